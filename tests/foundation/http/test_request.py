"""The request: lazy, kind to habits, and never more than a 4xx."""
# ruff: noqa: E501 - the cases read as a table

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn import App, Client
from demijohn.foundation.http.errors import HTTPError
from demijohn.foundation.http.request import Request
from demijohn.foundation.limits import Limits


class Sent(Request, eq=False):
    """A request whose native is its list of headers."""

    def read_headers(self):
        return self.native


def request(*headers, body=b"", query="", **more) -> Request:
    made = Sent(list(headers), "POST", "/x", query, "example.com", **more)
    made.body = body
    return made


def test_json_and_text():
    """What a body is, and 400 for what it is not."""
    assert request(body=b'{"a":1}').json() == {"a": 1}
    assert request(body="ü".encode()).text == "ü"
    for raw in (b"{", b"\xff", b"[" * 100_000, b"NaN", b""):
        with pytest.raises(HTTPError) as caught:
            request(body=raw).json()
        assert caught.value.status == 400
    with pytest.raises(HTTPError):
        _ = request(body=b"\xff").text


def test_forms():
    """Fields and files by name; another type has none."""
    form = request(("content-type", "application/x-www-form-urlencoded"), body=b"a=1&b=2&a=3").form
    assert (form["b"], form.getlist("a")) == ("2", ["1", "3"])
    kind = ("content-type", "multipart/form-data; boundary=b")
    parts = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n1\r\n--b--\r\n'
    upload = request(kind, body=parts)
    assert upload.files["f"].read() == b"1"
    upload.finish()
    assert upload.files["f"].file.closed
    assert list(request(("content-type", "text/plain"), body=b"a=1").form) == []
    assert list(request(body=b"a=1").files) == []


def test_headers_are_limited():
    """Too many, or one that is too long: 431."""
    limits = Limits(headers=2, header=10)
    assert request(("a", "1"), ("b", "2"), limits=limits).headers["a"] == "1"
    for pairs in ([("a", "1")] * 3, [("a", "1" * 10)]):
        with pytest.raises(HTTPError) as caught:
            _ = request(*pairs, limits=limits).headers
        assert caught.value.status == 431


def test_all_headers_together_are_limited():
    """Also where there are neither too many nor one that is too long: 431."""
    limits = Limits(header_bytes=10)
    assert len(request(("a", "1234"), ("b", "1234"), limits=limits).headers) == 2
    with pytest.raises(HTTPError, match="over 10 bytes in all") as caught:
        _ = request(("a", "1234"), ("b", "12345"), limits=limits).headers
    assert caught.value.status == 431


def test_what_runs_after_it_keeps_nothing_else_from_running(caplog):
    """What fails is logged."""
    done = []
    made = request()
    made.call_after(lambda: 1 / 0)
    made.call_after(lambda: done.append(1))
    made.finish()
    made.finish()
    assert done == [1]
    assert "ZeroDivisionError" in caplog.text


def test_what_a_client_accepts():
    """Browsers say text/html, programs do not; a wish is matched."""
    assert request(("accept", "text/html,*/*")).wants_html
    assert not request(("accept", "*/*")).wants_html
    assert not request().wants_html
    assert (
        request(("accept", "application/json;q=0.5, text/html")).accepts("application/json", "text/html") == "text/html"
    )


def test_state_and_nonce_are_its_own():
    """Each request has its own attributes and its own nonce, made when it is asked for."""
    one, two = request(), request()
    one.state.user = 1
    assert not hasattr(two.state, "user")
    assert one.nonce_used is None
    assert one.nonce == one.nonce == one.nonce_used
    assert one.nonce != two.nonce
    assert len(one.nonce) >= 22


def test_urls():
    """Absolute from its parts, the path always quoted."""
    made = request(query="q=%C3%A9")
    made.path = "/a b/é"
    assert made.target == "/a%20b/%C3%A9?q=%C3%A9"
    assert made.url == "http://example.com/a%20b/%C3%A9?q=%C3%A9"


@pytest.mark.parametrize(
    ("habit", "instead"),
    [
        ("args", "request.query"),
        ("GET", "request.query"),
        ("get_json", r"request.json\(\)"),
    ],
)
def test_habits_are_answered(habit, instead):
    """What Flask, Django and Starlette call it leads to what it is called here."""
    with pytest.raises(AttributeError, match=instead):
        getattr(request(), habit)


@given(
    st.binary(max_size=200),
    st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data; boundary=B", "application/json", "x"]),
    st.text(st.characters(max_codepoint=255), max_size=50),
)
def test_nothing_that_a_client_sends_is_more_than_a_4xx(body, kind, text):
    """Every part of a request is a value or a client error."""
    made = request(("content-type", kind), ("cookie", text), ("accept", text), body=body, query=text)
    for read in (lambda: made.form, lambda: made.files, made.json, lambda: made.text, lambda: made.cookies,
                 lambda: made.query, lambda: made.accepts("text/html"), lambda: made.content_type, lambda: made.target):  # fmt: skip
        try:
            read()
        except HTTPError as error:
            assert 400 <= error.status < 500  # noqa: PT017


@pytest.mark.parametrize(("kind", "said"), [("headers", "no header 'x-key'"), ("cookies", "no cookie 'x-key'")])
def test_what_a_client_did_not_send_is_its_mistake(kind: str, said: str) -> None:
    """As with the query: 400 if it is left alone, and a KeyError for whoever expects one."""
    app = App(bare=True)

    @app.get("/")
    def home(request: Request):
        return getattr(request, kind)["x-key"]

    @app.get("/gently")
    def gently(request: Request):
        try:
            return getattr(request, kind)["x-key"]
        except KeyError:
            return str("x-key" in getattr(request, kind))

    client = Client(app)
    answer = client.get("/")
    assert (answer.status, said in answer.text) == (400, True)
    assert client.get("/gently").text == "False"
    assert client.get("/", headers={"x-key": "1", "cookie": "x-key=1"}).text == "1"
