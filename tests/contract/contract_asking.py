"""One way to ask any app through any of its three doors."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest import mock

from contract_doors import FakeScope, Got, Sent, ask_asgi, ask_rsgi, ask_wsgi, environ_of, scope_of

DOORS = ("wsgi", "asgi", "rsgi")


def ask(app: Any, door: str, sent: Sent, *, peer: str = "127.0.0.1", scheme: str = "http") -> Got:
    """What an app answers through a door, to somebody at an address."""

    def environ(sent: Sent) -> dict:
        return {**environ_of(sent), "REMOTE_ADDR": peer, "wsgi.url_scheme": scheme}

    def scope(sent: Sent) -> dict:
        return {**scope_of(sent), "client": (peer, 50_000), "scheme": scheme}

    far = f"[{peer}]:50000" if ":" in peer else f"{peer}:50000"
    with (
        mock.patch("contract_doors.environ_of", environ),
        mock.patch("contract_doors.scope_of", scope),
        mock.patch.multiple(FakeScope, client=far, scheme=scheme),
    ):
        if door == "wsgi":
            return ask_wsgi(app, sent)
        return asyncio.run((ask_asgi if door == "asgi" else ask_rsgi)(app, sent))
