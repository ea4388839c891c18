"""Representations through every door: what is sent to whom, and what is not sent again."""

import asyncio
import logging

import contract_representations
import msgspec
import pytest
from contract_doors import Got, Sent, ask_asgi, ask_rsgi, ask_wsgi

app, ran = contract_representations.app, contract_representations.ran

DOORS = ("wsgi", "asgi", "rsgi")
DATE = "Sun, 31 May 2026 14:30:00 GMT"
LATER = "Mon, 01 Jun 2026 14:30:00 GMT"
EARLIER = "Sat, 30 May 2026 14:30:00 GMT"


@pytest.fixture(scope="module")
def runner():
    """One event loop for all that is asked here."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(autouse=True)
def quiet():
    """Failures are part of the cases: their tracebacks are not."""
    logging.getLogger("demijohn").disabled = True
    ran.clear()
    yield
    logging.getLogger("demijohn").disabled = False


@pytest.fixture
def ask(runner):
    """The same request through all doors: the one answer that they give."""

    def ask_all(target: str, method: str = "GET", **headers: str) -> Got:
        pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        sent = Sent(method, target, pairs)
        answers = []
        for door in DOORS:
            before = len(ran)
            if door == "wsgi":
                answers.append(ask_wsgi(app, sent))
            else:
                answers.append(runner.run((ask_asgi if door == "asgi" else ask_rsgi)(app, sent)))
            steps = ran[before:]
            del ran[before:]
            if door == "wsgi":
                first = steps
            assert steps == first, door
            assert answers[-1] == answers[0], door
        ran.extend(first)
        return answers[0]

    return ask_all


# Negotiation -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "kind", "body"),
    [
        (None, "text/html; charset=utf-8", b"<p>Bern</p>"),
        ("*/*", "text/html; charset=utf-8", b"<p>Bern</p>"),
        ("nonsense", "text/html; charset=utf-8", b"<p>Bern</p>"),
        ("application/json", "application/json", b'{"name":"Bern","people":134000}'),
        ("text/*;q=0.2, application/json;q=0.9", "application/json", b'{"name":"Bern","people":134000}'),
        ("text/csv, text/html;q=0.1", "text/csv; charset=utf-8", b"name,people\r\nBern,134000\r\n'=Ulm,126000\r\n"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8", b"<p>Bern</p>"),
    ],
)
def test_the_client_chooses(ask, accept, kind, body):
    """The representation that the client likes best, and the first for who takes any."""
    answer = ask("/choice", **({} if accept is None else {"accept": accept}))
    assert (answer.status, answer.header("content-type"), answer.body) == (200, kind, body)
    assert answer.header("vary") == "accept"


def test_nothing_to_choose_is_a_406_that_lists_what_there_is(ask):
    """RFC 9110, section 15.5.7."""
    answer = ask("/choice", accept="image/png")
    problem = msgspec.json.decode(answer.body)
    assert answer.status == problem["status"] == 406
    assert problem["available"] == ["text/html", "application/json", "text/csv"]
    assert problem["detail"].endswith("There is: text/html, application/json, text/csv.")
    assert answer.header("vary") == "accept"


def test_an_address_may_choose(ask):
    """With `query=`, a word in the address goes before the header, and one that is unknown is a 406."""
    assert ask("/choice?format=csv", accept="text/html").header("content-type") == "text/csv; charset=utf-8"
    assert ask("/choice?format=csv").header("vary") is None
    assert ask("/choice?format=xml").status == 406


def test_a_choice_keeps_its_status_and_headers(ask):
    """Those of the choice hold for whatever is chosen."""
    answer = ask("/choice-async", accept="application/json")
    assert (answer.status, answer.header("x-one"), answer.body) == (203, "1", b'{"a":1}')
    assert ask("/choice-async").header("content-type") == "text/turtle; charset=utf-8"


def test_a_choice_that_is_made_wrong_fails(ask):
    """Text is never HTML, and what must be awaited is not made in a choice."""
    assert ask("/choice-wrong").status == 500
    assert ask("/choice-late").status == 500


@pytest.mark.parametrize(
    ("accept", "kind", "body"),
    [
        ("*/*", "application/json", b'[{"name":"Bern","people":134000},{"name":"=Ulm","people":126000}]'),
        ("text/csv", "text/csv; charset=utf-8", b"name,people\r\nBern,134000\r\n'=Ulm,126000\r\n"),
    ],
)
def test_a_route_produces_several(ask, accept, kind, body):
    """One value, written in the type that the client likes best."""
    answer = ask("/produces", accept=accept)
    assert (answer.header("content-type"), answer.body) == (kind, body)
    assert ran == ["produces"]


def test_a_route_produces_messagepack(ask):
    """`application/msgpack` needs no renderer of the app's."""
    answer = ask("/produces", accept="application/msgpack")
    assert msgspec.msgpack.decode(answer.body)[0] == {"name": "Bern", "people": 134_000}


def test_a_route_refuses_before_it_runs(ask):
    """Who accepts nothing of what a route produces is told so, and the handler does not run."""
    answer = ask("/produces", accept="image/*")
    assert answer.status == 406
    assert msgspec.json.decode(answer.body)["available"] == ["application/json", "text/csv", "application/msgpack"]
    assert ran == []


def test_an_app_writes_its_own_types(ask):
    """`@app.renderer` adds a media type; a suffix `+json` is JSON; of others the app is told."""
    answer = ask("/produces-async", accept="text/x-cities")
    assert (answer.status, answer.header("x-one"), answer.body) == (203, "1", b"cities: 2")
    assert ask("/produces-async").body == b'{"cities":2}'
    assert ask("/produces-async").header("content-type") == "application/geo+json"
    assert ask("/produces-nobody").status == 500


@pytest.mark.parametrize(
    ("asked", "got"),
    [(None, "en"), ("de", "de"), ("de-AT", "de"), ("fr, de;q=0.1", "de"), ("pt", "pt-BR"), ("fr", None), ("*", "en"),
     ("en;q=0, *", "de"), ("DE-de;q=0.4, EN-gb;q=0.5", "en")],
)  # fmt: skip
def test_a_language(ask, asked, got):
    """RFC 9110, section 12.5.4."""
    answer = ask("/language", **({} if asked is None else {"accept_language": asked}))
    assert msgspec.json.decode(answer.body) == {"language": got}
    assert answer.header("vary") == "accept-language"


def test_vary_is_said_by_who_asked(ask):
    """Each name once, whoever put it there, and nothing beside a star."""
    assert ask("/accepts").header("vary") == "accept"
    assert ask("/vary").header("vary") == "Accept, Origin, X-Own, cookie"
    assert ask("/vary-star").header("vary") == "*"
    assert ask("/tagged").header("vary") is None


# Files -------------------------------------------------------------------------------------------------------


def test_several_parts_of_a_file(runner):
    """RFC 9110, section 14.6: each with a head of its own, and one length for all."""
    sent = Sent("GET", "/files/letters.txt", (("range", "bytes=2000-2003, 0-1, -2"),))
    answers = [ask_wsgi(app, sent), runner.run(ask_asgi(app, sent)), runner.run(ask_rsgi(app, sent))]
    for answer in answers:
        assert answer.status == 206
        assert answer.header("content-range") is None
        assert answer.header("etag")
        kind, boundary = answer.header("content-type").split("; boundary=")
        assert kind == "multipart/byteranges"
        parts = answer.body.decode().split(f"--{boundary}")
        head = "\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-range: bytes "
        assert parts == [
            "", f"{head}0-1/2600\r\n\r\nab\r\n", f"{head}2000-2003/2600\r\n\r\nyzab\r\n",
            f"{head}2598-2599/2600\r\n\r\nyz\r\n", "--\r\n",
        ]  # fmt: skip
        assert answer.header("content-length") == str(len(answer.body))
    assert len({answer.header("content-type") for answer in answers}) == 3


def test_parts_that_are_no_smaller_than_the_file(ask):
    """They are answered with the whole of it."""
    every = ",".join(f"{start}-{start + 99}" for start in range(0, 2600, 170))
    assert ask("/digits", range="bytes=0-1,5-6").status == 200
    assert ask("/files/letters.txt", range=f"bytes={every}").status == 200


# Conditions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/tagged", "/tagged-async", "/own-tag"])
def test_what_the_client_has_is_not_sent_again(ask, path):
    """304 with the headers of the 200, less those of its content."""
    whole = ask(path)
    tag = whole.header("etag")
    answer = ask(path, if_none_match=f'"other", W/{tag}')
    assert (answer.status, answer.body) == (304, b"")
    assert answer.header("etag") == tag
    assert answer.header("cache-control") == whole.header("cache-control")
    assert answer.header("content-type") is answer.header("content-language") is None
    assert ask(path, "HEAD", if_none_match=tag).status == 304
    assert ask(path, if_none_match='"other"') == whole
    assert ask(path, if_match='"other"').status == 412
    assert ask(path, if_match=tag) == whole


def test_dates_count_where_no_tag_is_sent(ask):
    """RFC 9110, section 13.2.2."""
    assert ask("/own-date", if_modified_since=DATE).status == 304
    assert ask("/own-date", if_modified_since=EARLIER).status == 200
    assert ask("/own-date", if_modified_since=DATE, if_none_match='"x"').status == 200
    assert ask("/own-date", if_unmodified_since=EARLIER).status == 412
    assert ask("/own-date", if_unmodified_since=LATER).status == 200
    for odd in ("Mon, 28 May 999999999999 28:25:26 GMT", "-1", "", "Thu, 01 Jan 1970 00:00:00 GMT"):
        assert ask("/own-date", if_modified_since=odd).status == 200


def test_other_answers_stay(ask):
    """A change that was made is not called unmade, and an error is no representation."""
    assert ask("/own-tag", "POST", if_none_match='"mine"').status == 200
    assert ran == ["post"]
    assert ask("/own-tag-404", if_none_match='"mine"').status == 404


def test_a_stream_that_is_not_sent_is_closed(ask):
    """The generator behind a 304 never begins, or is closed."""
    assert ask("/own-tag-stream", if_none_match='"mine"').status == 304
    assert ran == []  # A generator that was never started has nothing to clean up.
    assert ask("/own-tag-stream").body == b"streamed"
    assert ran == ["closed"]


def test_a_condition_is_settled_without_the_handler(ask):
    """`conditional` compares first; its functions take parameters as handlers do."""
    whole = ask("/items/3", accept_language="de")
    assert whole.header("etag") == '"v3-de"'
    assert ran == ["item"]
    ran.clear()
    answer = ask("/items/3", accept_language="de", if_none_match='"v3-de"')
    assert (answer.status, answer.header("etag"), ran) == (304, '"v3-de"', [])
    assert answer.header("cache-control") == "public, max-age=60"
    assert ask("/items/3", if_none_match='"v3-de"').status == 200
    assert ask("/items/x", if_none_match="*").status == 404
    assert ask("/items/0", if_none_match="*").status == 404
    assert ask("/items/3", if_none_match="*").status == 304


def test_a_date_is_settled_without_the_handler(ask):
    """An async function of a `def` handler's route is awaited."""
    assert ask("/dated/3").header("last-modified") == DATE
    ran.clear()
    assert ask("/dated/3", if_modified_since=DATE).status == 304
    assert ran == []


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/items/3", {}, 200),
        ("/items/3", {"if_match": '"v3-en"'}, 200),
        ("/items/3", {"if_match": "*"}, 200),
        ("/items/3", {"if_match": '"v2-en"'}, 412),
        ("/items/3", {"if_match": 'W/"v3-en"'}, 412),
        ("/items/3", {"if_none_match": "*"}, 412),
        ("/items/0", {"if_match": "*"}, 412),
        ("/items/0", {"if_none_match": "*"}, 200),
    ],
)
def test_a_change_on_a_condition(ask, path, headers, status):
    """No lost update: a change that was meant for another version is a 412, and nothing is done."""
    assert ask(path, "PUT", **headers).status == status
    assert ran == (["put"] if status == 200 else [])


def test_a_change_may_have_to_say_its_condition(ask):
    """RFC 6585, section 3."""
    assert ask("/items/3", "PATCH").status == 428
    assert ran == []
    assert ask("/items/3", "PATCH", if_match='"v3-en"').status == 200
    assert ask("/items/3", "PATCH", if_unmodified_since=EARLIER).status == 412
    assert ask("/items/3", "PATCH", if_match='"v3-en"').header("etag") is None


@pytest.mark.parametrize(
    ("path", "status", "value"),
    [
        ("/kept", 200, "public, max-age=3600, stale-while-revalidate=30"),
        ("/kept-cookie", 200, "private, max-age=3600"),
        ("/kept-error", 404, None),
        ("/kept-raised", 409, None),
        ("/kept-own", 200, "no-cache"),
        ("/tagged-async", 200, "no-store"),
    ],
)
def test_how_long_an_answer_is_kept(ask, path, status, value):
    """`cache_control` speaks for answers that say nothing themselves and are no errors."""
    answer = ask(path)
    assert (answer.status, answer.header("cache-control")) == (status, value)
