"""Rounds in process: every contestant in turn, by CPU time, so that what else the machine does falls on all."""

from __future__ import annotations

import gc
import io
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ..measure import Sample

Task = Callable[[], object]


@dataclass(frozen=True)
class Contest:
    """One kind of work. `makers` are the contestants by name, made when they are chosen; all are divided by `base`.

    `at_most` and `at_least` are the goals: how many times as long as the base a contestant takes.
    """

    name: str
    title: str
    base: str
    makers: dict[str, Callable[[], Task]]
    at_most: dict[str, float] = field(default_factory=dict)
    at_least: dict[str, float] = field(default_factory=dict)

    def choose(self, words: list[str]) -> Contest:
        """With those contestants alone whose name contains one of the words, and the base; all if there are none."""
        chosen = {
            name: make
            for name, make in self.makers.items()
            if not words or name == self.base or any(word in name.lower() for word in words)
        }
        return replace(self, makers=chosen)

    def misses(self, name: str, times: float) -> str:
        """What the goal is, if so many times the base's CPU time miss it."""
        most, least = self.at_most.get(name), self.at_least.get(name)
        if most is not None and times > most:
            return f"at most {most:.2f}"
        return f"at least {least:.1f}" if least is not None and times < least else ""


def run(contests: list[Contest], *, rounds: int, seconds: float) -> dict[str, dict[str, list[Sample]]]:
    """Microseconds of CPU time by contestant and contest, one sample for each round."""
    found: dict[str, dict[str, list[Sample]]] = {}
    all_tasks = {contest.name: {name: make() for name, make in contest.makers.items()} for contest in contests}
    counts = {}
    for contest, tasks in all_tasks.items():
        for name, task in tasks.items():
            task()
            counts[contest, name] = max(1, int(seconds / _time(task, 3)))
    gc.collect()
    gc.freeze()
    for index in range(rounds):
        for contest, tasks in all_tasks.items():
            for name, task in tasks.items() if index % 2 == 0 else reversed(tasks.items()):
                taken = _time(task, counts[contest, name])
                found.setdefault(name, {}).setdefault(contest, []).append({"microseconds": taken * 1e6})
    gc.unfreeze()
    return found


def _time(task: Task, times: int) -> float:
    begin = time.process_time()
    for _ in range(times):
        task()
    return (time.process_time() - begin) / times


class Exchange:
    """A request to a WSGI app without a server: called, it gives the body of the answer."""

    def __init__(self, app: Any, path: str, body: bytes = b"", *, status: int = 200, says: bytes) -> None:
        self._app, self._body = app, body
        self._environ = {
            "REQUEST_METHOD": "POST" if body else "GET",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SCRIPT_NAME": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost:8000",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.errors": io.StringIO(),
        }
        if body:
            self._environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
            self._environ["CONTENT_LENGTH"] = str(len(body))
        self._status = ""
        answer = self()
        if not self._status.startswith(str(status)) or says not in answer:
            raise SystemExit(f"{path}: {self._status} {answer[:300]!r}")

    def __call__(self) -> bytes:
        # Apps keep what they find out in the environ.
        answer = self._app({**self._environ, "wsgi.input": io.BytesIO(self._body)}, self._start)
        try:
            return b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()

    def _start(self, status: str, _headers: Any, _exception: Any = None) -> None:
        self._status = status
