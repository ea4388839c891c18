"""Every page's code is run, and its links lead somewhere."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
PAGES = sorted(
    [
        *(ROOT / "docs").rglob("*.md"),
        *(SOURCE / "demijohn" / "batteries").glob("*/README.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
        ROOT / "benchmarks" / "README.md",
    ]
)
ALLOWED_WITHOUT_RUN = 0


def _load_page() -> ModuleType:
    """The runner, which is a script."""
    specification = importlib.util.spec_from_file_location("demijohn_docs_page", Path(__file__).parent / "page.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


page = _load_page()


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_the_code_of_a_page_runs(path: Path, tmp_path: Path) -> None:
    """Each page in a process and folder of its own: it may define models, write files and change the environment."""
    folder = tmp_path / "page"
    folder.mkdir()
    command = [sys.executable, "-W", "error", str(Path(__file__).parent / "page.py"), str(path), str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr


def test_hardly_any_block_goes_without_run() -> None:
    """A block that is not run says why, and there are no more of them than agreed."""
    reasons = {
        f"{_name(path)}:{block.line}": block.no_run
        for path in PAGES
        for block in page.blocks_of(path.read_text(encoding="utf-8"))
        if block.no_run is not None
    }
    assert all(reasons.values()), reasons
    assert len(reasons) <= ALLOWED_WITHOUT_RUN, reasons


def test_blocks_are_of_known_kinds() -> None:
    """A block whose kind is misspelt would not be run."""
    known = {"python", "python raises", "console", "text", "sh", "json", "nginx"}
    odd = [
        f"{_name(path)}:{block.line} {block.info}"
        for path in PAGES
        for block in page.blocks_of(path.read_text(encoding="utf-8"))
        if block.info not in known and not block.file and block.no_run is None
    ]
    assert not odd


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_python_is_laid_out_as_in_the_source(path: Path) -> None:
    """Examples are read more often than any other code: they are valid Python with lines of at most 100 characters."""
    for block in page.blocks_of(path.read_text(encoding="utf-8")):
        if block.kind == "python":
            ast.parse(block.text)
            assert max(map(len, block.text.splitlines())) <= 100, f"{_name(path)}:{block.line}"


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_links_lead_somewhere(path: Path) -> None:
    """Relative links name a file that is there, and a heading in it."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        other = (path.parent / name).resolve() if name else path
        assert other.exists(), f"{_name(path)}: {target}"
        if anchor:
            assert anchor in _anchors(other.read_text(encoding="utf-8")), f"{_name(path)}: {target}"


def _anchors(text: str) -> set[str]:
    """The anchors of headings, as GitHub and site generators make them."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_commands_in_shell_blocks_exist() -> None:
    """`demijohn ...` in a sh block names a command and options that there are."""
    from demijohn.tools.cli import cli

    for path in PAGES:
        for block in page.blocks_of(path.read_text(encoding="utf-8")):
            if block.kind != "sh":
                continue
            for line in re.findall(r"^demijohn (.+)$", block.text, flags=re.MULTILINE):
                name, *words = line.partition("#")[0].split()
                if name.startswith("-"):
                    continue
                assert name in cli.commands, f"{_name(path)}: demijohn {line}"
                options = {option for parameter in cli.commands[name].params for option in parameter.opts}
                options |= {option for parameter in cli.commands[name].params for option in parameter.secondary_opts}
                unknown = {word for word in words if word.startswith("--")} - options
                assert not unknown, f"{_name(path)}: demijohn {line}"
