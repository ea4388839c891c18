"""The pages for those who come from elsewhere show one app twice: both are asked the same and answer the same."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
ASK = Path(__file__).with_name("ask_app.py")
JSON, FORM = "application/json", "application/x-www-form-urlencoded"

# (page, what is imported, what is asked: method, path, headers, body)
PAGES = {
    "flask": (
        "flask",
        [
            ("GET", "/people/?q=n", {}, ""),
            ("GET", "/people/?q=n&page=2", {}, ""),
            ("GET", "/people/1", {}, ""),
            ("GET", "/people/9", {}, ""),
            ("GET", "/people/x", {}, ""),
            ("POST", "/people/", {"content-type": FORM}, "name=Eve"),
            ("GET", "/people/3", {}, ""),
            ("PUT", "/people/3", {}, ""),
        ],
    ),
    "django": (
        "django",
        [
            ("GET", "/people/?q=n", {}, ""),
            ("GET", "/people/2/", {}, ""),
            ("GET", "/people/9/", {}, ""),
            ("GET", "/people/x/", {}, ""),
            ("GET", "/hello/", {}, ""),
            ("PUT", "/hello/", {}, ""),
        ],
    ),
    "fastapi": (
        "fastapi",
        [
            ("POST", "/items/", {"content-type": JSON, "x-token": "secret"}, '{"name": "Lamp", "price": 12.5}'),
            ("POST", "/items/", {"content-type": JSON, "x-token": "wrong"}, '{"name": "Lamp", "price": 12.5}'),
            ("POST", "/items/", {"content-type": JSON, "x-token": "secret"}, '{"name": "", "price": 0}'),
            ("POST", "/items/", {"content-type": JSON}, '{"name": "Lamp", "price": 12.5}'),
            ("GET", "/items/", {}, ""),
            ("GET", "/items/?limit=101", {}, ""),
            ("GET", "/items/1", {}, ""),
            ("GET", "/items/9", {}, ""),
        ],
    ),
}


def _answers(source: str, asked: list[tuple[str, str, dict[str, str], str]], folder: Path) -> list[tuple[int, object]]:
    """The status of each answer, and what a program reads of it where it succeeded."""
    folder.mkdir()
    (folder / "shown.py").write_text(source, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(ASK), str(folder)], input=json.dumps(asked), capture_output=True, text=True, timeout=60,
        check=False, env={**os.environ, "PYTHONPATH": str(DOCS.parent / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [(status, body if status < 300 else None) for status, body in json.loads(done.stdout)]


@pytest.mark.parametrize("name", PAGES)
def test_both_answer_the_same(name: str, tmp_path: Path) -> None:
    """Status for status, and JSON for JSON; the texts of refusals are each framework's own."""
    package, asked = PAGES[name]
    pytest.importorskip(package)
    text = (DOCS / f"coming-from-{name}.md").read_text(encoding="utf-8")
    theirs = re.search(rf"^```python {name}_app\.py\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    ours = re.search(r"^Here:\n\n```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    assert theirs is not None
    assert ours is not None
    there = _answers(theirs[1], asked, tmp_path / "theirs")
    here = _answers(ours[1], asked, tmp_path / "ours")
    assert here == there
    assert any(status < 300 for status, _ in here)
    assert any(status >= 400 for status, _ in here)
