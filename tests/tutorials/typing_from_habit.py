"""Runs what somebody has typed from habit, as `app.py` below `app = App()`, and tells what it says."""

from __future__ import annotations

import re
from typing import Any

from demijohn import App
from demijohn.testing import Client

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def said_of(typed: str, asked: str | None = None) -> str:
    """What is said of a few lines when they are run and sealed, and then asked, as `GET /`: the error with its notes.

    An empty text if all goes well.
    """
    names: dict[str, Any] = {"__name__": "app", "__file__": "app.py", "App": App, "app": App("app")}
    try:
        exec(compile(typed, "app.py", "exec"), names)
        client = Client(names["app"])
        if asked is not None:
            method, _, path = asked.partition(" ")
            options: Any = {"files": {"file": b"x"}} if "UploadedFile" in typed else {}
            if "json" in typed:
                options = {"json": {}}
            client.request(method, path, **options)
    except (Exception, SystemExit) as error:
        notes = [] if isinstance(error, SyntaxError) else getattr(error, "__notes__", [])
        return _ADDRESS.sub("", "\n".join([str(error), *notes]))
    return ""
