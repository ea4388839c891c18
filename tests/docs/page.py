"""Runs one page of the documentation: python tests/docs/page.py PAGE FOLDER

The page is taken for the module `app` of an empty folder; its blocks run in order and share that module. What a block
is for stands behind its three backticks; CONTRIBUTING.md describes it for writers:

    python                  run; functions called test_... are called
    python raises           a whole app.py of its own, with the files right above it; running, sealing or starting it
                            raises the SetupError whose message is the text below
    python no-run: why      not run, but counted
    KIND path/name.ext      written to that file in the folder
    text                    right below a Python block: what it printed
    console                 `$ curl ...` asks the page's app in process, `$ demijohn ...` is run; answers are compared

In expectations a line `...` stands for any lines, JSON may be laid out as you like, and of headers (curl -i) only
those that are written are compared.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import importlib.util
import inspect
import io
import json
import logging
import os
import pkgutil
import re
import shlex
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: the words behind its backticks, its text, the number of its first line, what follows at once."""

    info: str
    text: str
    line: int
    below: str | None = None

    @property
    def kind(self) -> str:
        """The first word: python, console, text, ..."""
        return self.info.partition(" ")[0]

    @property
    def file(self) -> str:
        """The file that it is written to, if its second word names one."""
        word = self.info.partition(" ")[2].strip()
        return word if re.fullmatch(r"[\w./-]*\.\w+|[\w./-]*/\.?\w+|\.env", word) else ""

    @property
    def no_run(self) -> str | None:
        """Why it is not run; None if it is."""
        found = re.match(r"python no-run:?(.*)", self.info)
        return found[1].strip() if found else None


def blocks_of(text: str) -> list[Block]:
    """All fenced blocks of a page that begin at the left margin."""
    found = list(_FENCE.finditer(text))
    blocks = []
    for index, match in enumerate(found):
        follower = found[index + 1] if index + 1 < len(found) else None
        adjacent = follower is not None and not text[match.end() : follower.start()].strip()
        below = follower["text"] if follower and adjacent and follower["info"].strip() == "text" else None
        line = text.count("\n", 0, match.start("text")) + 1
        blocks.append(Block(match["info"].strip(), match["text"], line, below))
    return blocks


class Page:
    """One page being run: the module `app` that its blocks share, and the folder that they stand in."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path = path
        self.folder = folder
        self.module = _module(folder)
        self.source: list[str] = []
        self.files: dict[str, str] = {}

    def run(self) -> bool:
        """Run all blocks and tell those that do not do what they say; whether all did."""
        failed = 0
        for block in blocks_of(self.path.read_text(encoding="utf-8")):
            try:
                self._run_block(block)
            except Exception:
                failed += 1
                print(f"{self.path}:{block.line}: this block fails", file=sys.stderr)
                traceback.print_exc(limit=-3)
        return failed == 0

    def _run_block(self, block: Block) -> None:
        if block.file:
            target = self.folder / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
            importlib.invalidate_caches()
            self.files[block.file] = block.text
            return
        files, self.files = self.files, {}
        if block.kind == "console":
            self._run_console(block.text)
        elif block.info == "python raises":
            self._run_mistake(block, files)
        elif block.kind == "python" and block.no_run is None:
            self._run_python(block)

    def _run_python(self, block: Block) -> None:
        self.source.append(block.text)
        # The lines above make the numbers in a traceback those of the page.
        code = compile("\n" * (block.line - 1) + block.text, str(self.path), "exec", dont_inherit=True)
        before = set(vars(self.module))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, vars(self.module))
            for name in sorted(set(vars(self.module)) - before):
                if name.startswith("test_"):
                    _call(vars(self.module).pop(name))
        if block.below is not None or printed.getvalue():
            compare(printed.getvalue(), block.below or "")

    def _run_mistake(self, block: Block, files: dict[str, str]) -> None:
        assert block.below is not None, "The message of a `python raises` block stands right below it, as text."
        folder = self.folder.with_name(f"{self.folder.name}-{block.line}")
        compare(mistake_of(folder, {**files, "app.py": block.text}), block.below)

    def _run_console(self, text: str) -> None:
        for entry in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, _, expected = entry.replace("\\\n", " ").partition("\n")
            words = shlex.split(command)
            if words[0] == "curl":
                curl(self.module.app, words[1:], expected)
            elif words[0] == "demijohn":
                compare(self._demijohn(words[1:]), expected)
            else:
                raise AssertionError(f"`$ {words[0]}` cannot be checked: use a sh block for it.")

    def _demijohn(self, words: list[str]) -> str:
        if self.source:
            (self.folder / "app.py").write_text("\n".join(self.source), encoding="utf-8")
        command = [sys.executable, "-c", "from demijohn.tools.cli import main; main()", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=self.folder, check=False)
        return (done.stdout + done.stderr).replace(f"{self.folder}{os.sep}", "")


def _module(folder: Path) -> ModuleType:
    """A new, empty module `app` in the folder."""
    module = ModuleType("app")
    module.__file__ = str(folder / "app.py")
    sys.modules["app"] = module
    return module


def _call(test: Callable[[], Any]) -> None:
    result = test()
    if inspect.iscoroutine(result):
        asyncio.run(result)


@functools.cache
def _import_once() -> None:
    """Import what the apps need before the forks, which then share it: it is most of their time."""
    import demijohn.batteries
    import demijohn.testing

    for battery in pkgutil.iter_modules(demijohn.batteries.__path__, "demijohn.batteries."):
        if importlib.util.find_spec(f"{battery.name}.battery"):
            importlib.import_module(f"{battery.name}.battery")


def mistake_of(folder: Path, files: dict[str, str]) -> str:
    """What is printed when the app of some files, in a new folder, is imported, sealed, started and checked.

    It runs in a forked process: models are registered for a whole process, and mistakes with them, too.
    """
    _import_once()
    folder.mkdir()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        # Nothing of the parent's (buffers, exit hooks) may run twice.
        os.close(read)
        with os.fdopen(write, "w", encoding="utf-8") as out:
            out.write(_commit(folder, files))
        os._exit(0)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as answer:
        message = answer.read()
    os.waitpid(child, 0)
    return message


def _commit(folder: Path, files: dict[str, str]) -> str:
    """Make the mistake; its message without the paths of this machine."""
    from demijohn import SetupError

    logging.disable()
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    module = _module(folder)
    try:
        source = (folder / "app.py").read_text(encoding="utf-8")
        exec(compile(source, str(folder / "app.py"), "exec", dont_inherit=True), vars(module))
        _start(module)
    except SetupError as error:
        message = str(error).replace(f"{folder}{os.sep}", "").replace(sys.executable, "python")
        return "\n".join(line.rstrip() for line in message.splitlines()) + "\n"
    except BaseException:
        return traceback.format_exc()
    return "No SetupError was raised.\n"


def _start(module: ModuleType) -> None:
    from demijohn import Client
    from demijohn.kernel.checks import Check

    if hasattr(module, "app"):
        with Client(module.app) as client:
            kernel = client.app.seal()
            for mistake in (error for check in kernel.offers(Check) for error in check.run(kernel)):
                raise mistake


# Asking ------------------------------------------------------------------------------------------------------


def curl(app: Any, words: list[str], expected: str) -> None:
    """Do what a curl command does, in process, and compare what it prints."""
    from demijohn import Client

    method, url, show_head, options = _read_curl(words)
    parts = urlsplit(url if "//" in url else f"http://{url}")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    base = {} if parts.hostname == "localhost" else {"base_url": f"http://{parts.netloc}"}
    # An override of something makes the client seal a copy: later blocks may go on with the app.
    with Client(app, provide={Page: None}, raise_errors=False, headers={"accept": "*/*"}, **base) as client:
        answer = client.request(method, target, **options)
    if not show_head:
        compare(answer.text, expected)
        return
    head, _, body = expected.partition("\n\n")
    lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}"]
    lines += [f"{name.lower()}: {value}" for name, value in answer.headers.items()]
    status, *headers = head.strip().splitlines()
    missing = [line for line in [status, *map(_lower_name, headers)] if line not in lines and line != "..."]
    assert not missing, f"Not in the answer: {missing}\nIt has:\n" + "\n".join(lines)
    compare(answer.text, body)


def _lower_name(line: str) -> str:
    name, colon, value = line.partition(":")
    return name.lower() + colon + value


def _phrase(status: int) -> str:
    from demijohn.foundation.http.status import phrase

    return phrase(status)


def _read_curl(words: list[str]) -> tuple[str, str, bool, dict[str, Any]]:
    """Method, URL, whether to show the head, and what the client is told, of the curl options that the pages use."""
    method, url, show_head = "", "", False
    headers: dict[str, str] = {}
    data: list[str] = []
    options: dict[str, Any] = {"headers": headers}
    rest = iter(words)
    for word in rest:
        if word in ("-i", "-I"):
            show_head = True
            method = "HEAD" if word == "-I" else method
        elif word == "-X":
            method = next(rest)
        elif word == "-H":
            name, _, value = next(rest).partition(":")
            headers[name.strip().lower()] = value.strip()
        elif word == "-d":
            data.append(next(rest))
            headers.setdefault("content-type", "application/x-www-form-urlencoded")
        elif word == "--json":
            data.append(next(rest))
            headers.setdefault("content-type", "application/json")
        elif word == "-F":
            name, _, value = next(rest).partition("=")
            if value.startswith("@"):
                options.setdefault("files", {})[name] = (Path(value[1:]).name, Path(value[1:]).read_bytes())
            else:
                options.setdefault("data", {})[name] = value
            method = method or "POST"
        else:
            assert not word.startswith("-"), f"The pages' curl knows no {word}."
            url = word
    if data:
        options["content"] = "&".join(data)
    return method or ("POST" if data else "GET"), url, show_head, options


def compare(actual: str, expected: str) -> None:
    """Raise if the two differ; see the rules at the top."""
    actual, expected = actual.strip("\n"), expected.strip("\n")
    if actual == expected or _same_json(actual, expected):
        return
    pattern = r"(?:.*\n)*?".join(
        "".join(re.escape(line) + "\n" for line in part) for part in _split_at_dots(expected.splitlines())
    )
    if re.fullmatch(pattern, "\n".join(line.rstrip() for line in actual.splitlines()) + "\n"):
        return
    raise AssertionError(f"Expected:\n{expected}\n\nGot:\n{actual}\n")


def _split_at_dots(lines: list[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for line in lines:
        if line.strip() == "...":
            parts.append([])
        else:
            parts[-1].append(line)
    return parts


def _same_json(actual: str, expected: str) -> bool:
    try:
        return bool(json.loads(actual) == json.loads(expected))
    except ValueError:
        return False


if __name__ == "__main__":
    page_path, page_folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    os.chdir(page_folder)
    sys.path.insert(0, str(page_folder))
    # As `demijohn dev` does; PORT and the like of the machine must not change what a page shows.
    for left in ("PORT", "DATABASE_URL", "SECRET_KEY"):
        os.environ.pop(left, None)
    os.environ |= {"DEMIJOHN_DEBUG": "true", "NO_COLOR": "1"}
    sys.exit(not Page(page_path, page_folder).run())
