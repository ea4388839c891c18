"""Asks an app of any framework: python tests/docs/ask_app.py FOLDER, where `shown.py` has `app`; JSON in and out."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import sys
from typing import Any

from demijohn import App, AsyncClient, Client


def _plain(answer: Any) -> tuple[int, object]:
    return answer.status, answer.json() if "json" in answer.headers.get("content-type", "") else answer.text


async def _ask(app: Any, asked: list[Any]) -> list[tuple[int, object]]:
    """By ASGI, without its lifespan."""
    client = AsyncClient(app, raise_errors=False)
    return [
        _plain(await client.request(method, path, headers=head, content=body)) for method, path, head, body in asked
    ]


def main() -> None:
    """Ask, and print."""
    sys.path.insert(0, sys.argv[1])
    app = importlib.import_module("shown").app
    asked = json.load(sys.stdin)
    if not isinstance(app, App) and inspect.iscoroutinefunction(getattr(app, "__call__", None)):  # noqa: B004
        answers = asyncio.run(_ask(app, asked))
    else:
        client = Client(app, raise_errors=False)
        answers = [
            _plain(client.request(method, path, headers=head, content=body)) for method, path, head, body in asked
        ]
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
