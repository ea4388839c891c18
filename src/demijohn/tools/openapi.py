"""`demijohn openapi`: the document of an app, printed or written to a file, or compared with one."""

from __future__ import annotations

import json
from pathlib import Path

from ..batteries.api import API, make_document
from ..kernel.kernel import Kernel
from .console import CommandError, say, short
from .sealed import seal


def run(target: str = "", *, output: str | None = None, check: bool = False) -> int:
    """Print or write the document; with `check`, tell whether the file has it: the exit code is 1 if not."""
    kernel = seal(target).kernel
    text = json.dumps(make_document(_battery_of(kernel), kernel), indent=2, ensure_ascii=False)
    if check:
        return _compare(text, output)
    if output is None:
        say(text)
        return 0
    file = Path(output)
    try:
        file.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        what = f"{short(file)} cannot be written: {error.strerror}."
        raise CommandError(what, fix="--output openapi.json") from error
    say(f"Wrote {short(file)}.")
    return 0


def _battery_of(kernel: Kernel) -> API:
    found = next((battery for battery in kernel.batteries if isinstance(battery, API)), None)
    if found is None:
        raise CommandError("This app has no API battery, which knows the title and version of the document.",
                           fix='app.use(API(title="Shop", version="1.0"))')  # fmt: skip
    return found


def _compare(text: str, output: str | None) -> int:
    if output is None:
        raise CommandError("--check compares with a file.", fix="demijohn openapi --check --output openapi.json")
    file = Path(output)
    written = file.read_text(encoding="utf-8") if file.is_file() else None
    if written is not None and written.rstrip("\n") == text:
        say(f"{short(file)} is up to date.")
        return 0
    what = "is not up to date" if written is not None else "is not there"
    say(f"{short(file)} {what}. To write it: demijohn openapi --output {output}", error=True)
    return 1
