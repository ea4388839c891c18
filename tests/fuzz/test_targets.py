"""Every fuzz target for a moment, from a beginning that is always the same; and whatever Hypothesis thinks of."""

import random
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest
from fuzz_mutations import inputs
from fuzz_targets import TARGETS, Target
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_changes_of_them(name: str) -> None:
    """Some thousands of each: about a second."""
    for data in islice(inputs(TARGETS[name], random.Random(name)), 2_000 if name in ("multipart", "json") else 10_000):
        try:
            TARGETS[name].run(data)
        except BaseException as error:
            error.add_note(f"{name}: {data!r}")
            raise


def made_of(target: Target) -> st.SearchStrategy[bytes]:
    """The words of a grammar in any order, and bytes between."""
    piece = st.one_of(st.sampled_from([*target.words, *target.seeds]), st.binary(max_size=4))
    return st.one_of(st.binary(max_size=60), st.lists(piece, max_size=24).map(b"".join))


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_bytes(name: str, data: st.DataObject) -> None:
    """The target holds for them."""
    TARGETS[name].run(data.draw(made_of(TARGETS[name])))


def test_it_runs_from_the_command_line() -> None:
    """One target, blindly, from a seed that it names."""
    command = [sys.executable, "-m", "tests.fuzz", "host", "--seconds", "0", "--seed", "7"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "host: 1 inputs, seed 7, nothing found\n"


def test_its_names_are_listed() -> None:
    """And a wrong one is told."""
    command = [sys.executable, "-m", "tests.fuzz"]
    done = subprocess.run([*command, "--list"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split() == list(TARGETS)
    done = subprocess.run([*command, "cookie", "--seed", "1"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no target 'cookie'" in done.stderr
