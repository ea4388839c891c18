"""The two commands of the README, as far as they can be tried without installing anything."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"

pytestmark = pytest.mark.skipif(shutil.which("sh") is None, reason="there is no sh")


def find_python(folder: Path, **pythons: str) -> subprocess.CompletedProcess[str]:
    """Run find_python where only these commands exist: each a name and the text of a shell script."""
    for name, script in pythons.items():
        path = folder / name.replace("_", ".")
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    program = f'. {SCRIPTS}/environment.sh; find_python; printf "%s %s" "$python" "$python_version"'
    return subprocess.run(
        ["/bin/sh", "-eu", "-c", program, "scripts/demo"],
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def pretending(version: str, *, recent: bool, venv: bool = True) -> str:
    """A Python of some version, as far as the scripts ask it."""
    return (
        f'case "$2" in *print*) echo {version};; *version_info*) exit {0 if recent else 1};;'
        f" *ensurepip*) exit {0 if venv else 1};; esac"
    )


def test_a_recent_python_is_taken(tmp_path):
    """Whatever python3 is, an own name of a good version goes first."""
    found = find_python(
        tmp_path, python3=pretending("3.9.2", recent=False), python3_12=pretending("3.12.1", recent=True)
    )
    assert (found.returncode, found.stdout) == (0, "python3.12 3.12.1")


def test_python3_is_taken_if_it_is_recent(tmp_path):
    """The real one that runs this test."""
    found = find_python(tmp_path, python3=f'exec {sys.executable} "$@"')
    assert found.returncode == 0
    assert found.stdout == f"python3 {sys.version.split()[0]}"


def test_what_was_found_and_what_to_do(tmp_path):
    """Too old, broken, or without venv: each is said, and where to get another."""
    found = find_python(
        tmp_path,
        python3=pretending("3.9.2", recent=False),
        python3_13="exit 127",
        python3_11=pretending("3.11.2", recent=True, venv=False),
    )
    assert found.returncode == 1
    assert "Demijohn needs Python 3.11 or later." in found.stderr
    assert "python3 is Python 3.9.2" in found.stderr
    assert "python3.11 is Python 3.11.2, but has no venv" in found.stderr
    assert "python3.13" not in found.stderr
    assert "sudo apt-get install python3 python3-venv" in found.stderr


@pytest.mark.parametrize("name", ["demo", "test", "environment.sh", "../.ci/run"])
def test_the_scripts_are_plain_sh(name):
    """They parse in a shell that knows nothing of bash."""
    subprocess.run(["/bin/sh", "-n", str(SCRIPTS / name)], check=True)
