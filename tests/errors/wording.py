"""Commits each mistake of tests/errors/*.txt and collects what is printed.

    python tests/errors/wording.py FOLDER [FILE ...]     prints {file: message} as JSON
    python tests/errors/wording.py FOLDER --write [...]  writes the messages into the files and docs/errors.md

A file holds sections, each below a line `---- name`: the files of a small app, and the message. FOLDER is for the
apps.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "errors.md"


def sections_of(text: str) -> dict[str, str]:
    """The sections of a file by name, in order."""
    parts = re.split(r"^---- (.+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _write(file: Path, message: str) -> None:
    """Put a message into its file, and into the page of errors where the old one stood."""
    head, line, old = file.read_text(encoding="utf-8").partition("---- message\n")
    file.write_text(f"{head}{line}{message}", encoding="utf-8")
    if old.strip() and old != message:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(page.replace(f"```text\n{old}```", f"```text\n{message}```"), encoding="utf-8")


def _load_page() -> object:
    specification = importlib.util.spec_from_file_location("page", HERE.parent / "docs" / "page.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["page"] = module
    specification.loader.exec_module(module)
    return module


mistake_of = _load_page().mistake_of  # type: ignore[attr-defined]


def main() -> None:
    """Collect, and print or write."""
    folder, *names = sys.argv[1:]
    writes = "--write" in names
    chosen = [Path(name) for name in names if name != "--write"] or sorted(HERE.glob("*.txt"))
    for left in ("PORT", "DATABASE_URL", "SECRET_KEY"):
        os.environ.pop(left, None)
    os.environ["DEMIJOHN_DEBUG"] = "true"
    found = {}
    for file in chosen:
        sections = sections_of(file.read_text(encoding="utf-8"))
        files = {name: text for name, text in sections.items() if name != "message"}
        found[file.name] = mistake_of(Path(folder).resolve() / file.stem, files)
        if writes:
            _write(file, found[file.name])
    print(json.dumps(found))


if __name__ == "__main__":
    main()
