"""A request through every door at once: whatever is asked, the three give the same answer."""

import asyncio

from contract_doors import Got, Sent, ask_asgi, ask_rsgi, ask_wsgi


def everywhere(app, sent: Sent) -> Got:
    """The answer of an app, which is the same through WSGI, ASGI and RSGI."""
    answer = ask_wsgi(app, sent)
    assert asyncio.run(ask_asgi(app, sent)) == answer
    assert asyncio.run(ask_rsgi(app, sent)) == answer
    return answer


def posted(app, target: str, kind: str | None, body: bytes, **more) -> Got:
    """The answer to a POST."""
    headers = (("content-type", kind),) if kind is not None else ()
    return everywhere(app, Sent("POST", target, headers, body, **more))
