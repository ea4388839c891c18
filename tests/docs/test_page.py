"""The runner of pages itself: it must notice what is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src"

APP = """\
```python
from demijohn import App

app = App()


@app.get("/hello")
def hello(name: str = "world"):
    return {"hello": name}
```
"""


def _run(text: str, folder: Path) -> tuple[int, str]:
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    (folder / "work").mkdir()
    command = [sys.executable, "-W", "error", str(HERE / "page.py"), str(page), str(folder / "work")]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "```python\nprint(1 + 1)\n```\n\n```text\n2\n```\n",
        "```python\nprint('a')\nprint('b')\nprint('c')\n```\n\n```text\na\n...\nc\n```\n",
        "```python\nmade = []\ndef test_it():\n    made.append(1)\n```\n```python\nassert made == [1]\n```\n",
        "```toml demijohn.toml\na = 1\n```\n```python\nfrom pathlib import Path\n"
        "assert Path('demijohn.toml').read_text() == 'a = 1\\n'\n```\n",
        "```python no-run: a reason\n1 / 0\n```\n",
        "```python raises\nfrom demijohn import App\n\napp = App()\napp.get('x')(lambda: '')\n```\n\n"
        "```text\nDMJ0201  The path 'x' does not begin with a slash.\n  at app.py:4\n...\n```\n",
        APP + '```console\n$ curl "localhost:8000/hello?name=Ann"\n{\n  "hello": "Ann"\n}\n```\n',
        APP + "```console\n$ curl -i localhost:8000/hello\nHTTP/1.1 200 OK\n"
        'Content-Type: application/json\n\n{"hello": "world"}\n```\n',
        APP + "```console\n$ demijohn check\n...\n```\n",
    ],
)  # fmt: skip
def test_what_is_right_passes(text: str, tmp_path: Path) -> None:
    """Blocks that do what they say."""
    assert _run(text, tmp_path) == (0, "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("```python\n1 / 0\n```\n", "page.md:2"),
        ("```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n", "Expected:\n3"),
        ("```python\nprint(1 + 1)\n```\n", "Got:\n2"),
        ("```python\nprint('a')\nprint('c')\n```\n\n```text\na\n...\nb\n```\n", "Expected:"),
        ("```python\ndef test_it():\n    assert False\n```\n", "AssertionError"),
        ("```python raises\nfrom demijohn import App\n```\n\n```text\nDMJ0201\n```\n", "No SetupError"),
        ("```python raises\nfrom demijohn import App\n```\n", "stands right below it"),
        (APP + "```console\n$ curl localhost:8000/hello\n{}\n```\n", 'Got:\n{"hello":"world"}'),
        (APP + "```console\n$ curl -i localhost:8000/hello\nHTTP/1.1 404 Not Found\n...\n```\n", "404 Not Found"),
        (APP + "```console\n$ curl -i localhost:8000/hello\nHTTP/1.1 200 OK\nx-a: b\n\n...\n```\n", "x-a: b"),
        (APP + "```console\n$ rm -r .\n```\n", "cannot be checked"),
    ],
)
def test_what_is_wrong_is_told(text: str, told: str, tmp_path: Path) -> None:
    """Blocks that do not do what they say, and the line or the difference."""
    code, error = _run(text, tmp_path)
    assert code == 1
    assert told in error
