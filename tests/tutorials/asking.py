"""Asks an app in a process of its own, so that the models of one tutorial are not those of the next.

Run as a program it reads what to ask from its standard input and writes the answers to its standard output.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """An answer as it came; `headers` are pairs."""

    status: int
    headers: list[tuple[str, str]]
    text: str

    def header(self, name: str) -> str | None:
        """The value of a header."""
        return dict(self.headers).get(name)


def ask(
    module: str,
    requests: list[tuple[Any, ...]],
    *,
    database: Path,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> list[Answer]:
    """The answers of `module.app` to requests: `(method, path)`, or with a form, headers and JSON."""
    asked = {"folder": str(folder or Path(__file__).parent), "module": module, "requests": requests}
    settings = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DEMIJOHN_")},
        "DATABASE_URL": f"sqlite:///{database}",
        "DEMIJOHN_DATABASE_CREATE_TABLES": "always",
        "SECRET_KEY": "a key of these tests alone, 32 bytes or more",
        **(environment or {}),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", __file__],
        input=json.dumps(asked), env=settings, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [
        Answer(status, [tuple(pair) for pair in headers], text) for status, headers, text in json.loads(done.stdout)
    ]


def _main() -> None:
    from demijohn.testing import Client

    asked = json.load(sys.stdin)
    sys.path.insert(0, asked["folder"])
    app = importlib.import_module(asked["module"]).app
    answers = []
    with Client(app) as client:
        for method, path, *rest in asked["requests"]:
            options = dict(zip(("data", "headers", "json"), rest, strict=False))
            answer = client.request(method, path, **options)
            pairs = [(name, value) for name in answer.headers for value in answer.headers.getlist(name)]
            answers.append((answer.status, pairs, answer.text))
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    _main()
