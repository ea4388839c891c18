"""One suite over every way into an app: WSGI, ASGI, RSGI and the test clients answer the same bytes."""

import asyncio
import logging

import contract_app
import pytest
from contract_cases import CASES, Case
from contract_doors import Got, Sent, ask_asgi, ask_rsgi, ask_wsgi, got

from demijohn.foundation.current import current
from demijohn.testing import AsyncClient, Client

app = contract_app.app


@pytest.fixture(scope="module")
def runner():
    """One event loop for all that is asked here."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(autouse=True)
def quiet():
    """Failures are part of the cases: their tracebacks are not."""
    logging.getLogger("demijohn").disabled = True
    contract_app.log.clear()
    yield
    logging.getLogger("demijohn").disabled = False


@pytest.fixture(autouse=True)
def no_request_left():
    """No exchange leaves its request in the caller's context."""
    assert current.get() is None
    yield
    assert current.get() is None


def ask(door: str, sent: Sent, runner: asyncio.Runner) -> Got:
    """Send a request through one of the doors."""
    if door == "wsgi":
        return ask_wsgi(app, sent)
    return runner.run((ask_asgi if door == "asgi" else ask_rsgi)(app, sent))


def settle(case: Case) -> None:
    """Compare what was logged; all is closed before the answer is out, or with its last piece."""
    if case.logged is not None:
        assert tuple(contract_app.log) == case.logged


@pytest.mark.parametrize(
    ("case", "door"), [pytest.param(case, door, id=f"{case.name}-{door}") for case in CASES for door in case.doors]
)
def test_every_door_answers_as_promised(case: Case, door: str, runner):
    """Status, body, headers and side effects are those of the case."""
    answer = ask(door, case.sent, runner)
    case.check(answer)
    settle(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_all_doors_answer_the_same_bytes(case: Case, runner):
    """Status, body and headers are equal through WSGI, ASGI and RSGI."""
    reference = ask("wsgi", case.sent, runner)
    for door in case.doors[1:]:
        assert ask(door, case.sent, runner) == reference


def is_plain(case: Case) -> bool:
    """Whether a test client can send this at all: it refuses what no client could send."""
    sent = case.sent
    names = [name.lower() for name, _ in sent.headers]
    return (
        sent.chunks is None and sent.host == "example.com" and not sent.root and sent.target.startswith("/")
        and not sent.target.startswith("//") and "content-length" not in names and sent.method == sent.method.upper()
        and names.count("cookie") < 2 and all(value.isprintable() for _, value in sent.headers)
    )  # fmt: skip


PLAIN = [case for case in CASES if is_plain(case)]


def of_client(case: Case, answer) -> Got:
    return got(case.sent, answer.status, list(answer.headers.pairs()), answer.content, streamed=True)


@pytest.mark.parametrize("case", PLAIN, ids=lambda case: case.name)
def test_the_client_sees_what_a_browser_gets(case: Case, runner):
    """`Client` gets the bytes of the WSGI door."""
    client = Client(app, base_url="http://example.com", raise_errors=False)
    sent = case.sent
    answer = client.request(sent.method, sent.target, headers=list(sent.headers), content=sent.body or None)
    assert of_client(case, answer) == ask("wsgi", sent, runner)


@pytest.mark.parametrize("case", PLAIN, ids=lambda case: case.name)
def test_the_async_client_sees_the_same(case: Case, runner):
    """`AsyncClient` gets the bytes of the ASGI door."""
    client = AsyncClient(app, base_url="http://example.com", raise_errors=False)
    sent = case.sent
    answer = runner.run(client.request(sent.method, sent.target, headers=list(sent.headers), content=sent.body or None))
    assert of_client(case, answer) == ask("asgi", sent, runner)


@pytest.mark.parametrize("door", ["wsgi", "asgi", "rsgi"])
def test_a_failure_tells_nothing(door, runner):
    """In production a 500 has neither traceback nor reason, path or version, for programs and browsers alike."""
    for headers in ((), (("accept", "text/html"),)):
        answer = ask(door, Sent("GET", "/raise", headers), runner)
        for secret in ("secret reason", "RuntimeError", "Traceback", "contract_app", ".py", "/raise", "3.11"):
            assert secret not in answer.text


@pytest.mark.parametrize("door", ["wsgi", "asgi", "rsgi"])
def test_a_page_echoes_no_markup(door, runner):
    """What a visitor writes into an address does not become part of a page."""
    for target in (
        "/%3Cscript%3Ealert(1)%3C/script%3E?%3Cscript%3E",
        "/query?number=%3Cscript%3E",
        "/str/%3Cscript%3E%00",
    ):
        answer = ask(door, Sent("GET", target, (("accept", "text/html"),)), runner)
        assert b"<script>" not in answer.body
        assert answer.header("content-type") == "text/html; charset=utf-8"
    answer = ask(door, Sent("<SCRIPT>", "/", (("accept", "text/html"),)), runner)
    assert answer.status == 405
    assert b"<SCRIPT>" not in answer.body


@pytest.mark.parametrize("door", ["wsgi", "asgi", "rsgi"])
def test_a_nonce_is_fresh(door, runner):
    """The nonce of a page stands in its policy, and in no other page's."""

    def nonce() -> str:
        if door == "wsgi":
            headers: list = []
            body = b"".join(app.wsgi(_environ("/nonce"), lambda _, pairs: headers.extend(pairs)))
            policy = dict(headers)["content-security-policy"]
        else:
            return ""
        text = body.decode().split("'")[1]
        assert len(text) >= 22
        assert policy.count(f"'nonce-{text}'") == 2
        return text

    if door == "wsgi":
        assert nonce() != nonce()
    answer = ask(door, Sent("GET", "/html"), runner)
    assert "nonce" not in (answer.header("content-security-policy") or "")


def _environ(target: str):
    from contract_doors import environ_of

    return environ_of(Sent("GET", target))


def test_reading_a_body_stops_at_its_limit(runner):
    """A body without a length is not read to its end when it is too large already."""
    pieces = tuple(b"a" * 1_000 for _ in range(1_000))
    read = 0

    async def receive():
        nonlocal read
        read += 1
        return {"type": "http.request", "body": pieces[0], "more_body": True}

    async def drive():
        from contract_doors import scope_of

        messages = []

        async def send(message):
            messages.append(message)

        await app(scope_of(Sent("POST", "/raw", chunks=pieces)), receive, send)
        return messages[0]["status"]

    assert runner.run(drive()) == 413
    assert read <= 12
