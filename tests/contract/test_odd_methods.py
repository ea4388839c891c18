"""Methods of requests that are none, to a class that has functions of those names (B273): nobody calls them."""

from __future__ import annotations

import pytest
from contract_asking import DOORS, ask
from contract_doors import Sent

from demijohn import App, View

called: list[str] = []


class Page(View):
    """With helpers, private ones and such as other frameworks call by the name of the method."""

    secret = "secret"

    def __init__(self) -> None:
        self.ready = True

    def get(self) -> str:
        return "page"

    def post(self) -> str:
        called.append("post")
        return "posted"

    def setup(self) -> None:
        called.append("setup")

    def foo(self) -> str:
        called.append("foo")
        return self.secret

    def list(self) -> str:
        called.append("list")
        return self.secret

    def trace(self) -> str:
        called.append("trace")
        return "traced"

    def connect(self) -> str:
        called.append("connect")
        return "connected"

    def _drop(self) -> str:
        called.append("_drop")
        return self.secret


app = App(debug=True)
app.view("/page")(Page)

ODD = [
    *(
        "DISPATCH",
        "SETUP",
        "__INIT__",
        "__init__",
        "Foo",
        "FOO",
        "foo",
        "LIST",
        "_DROP",
        "HANDLERS",
        "CHECK",
        "AS_VIEW",
    ),
    *(
        "AROUND",
        "NAME",
        "SECRET",
        "__CLASS__",
        "INIT_EVERY_REQUEST",
        "get",
        "Get",
        "gEt",
        "GET ",
        " GET",
        "GET\t",
        "post",
    ),
    *(
        "GETT",
        "GE",
        "G",
        "",
        "GET/1.1",
        "GET,POST",
        "*",
        "ALL",
        "ANY",
        "PROPFIND",
        "M-SEARCH",
        "G" * 5000,
        "GÉT",
        "\x00",
    ),
]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("method", ODD, ids=range(len(ODD)))
def test_a_method_that_is_none(door: str, method: str) -> None:
    """It is refused, with those that there are; nothing of the class is called, and nothing of it is shown."""
    called.clear()
    got = ask(app, door, Sent(method, "/page", host="localhost"))
    assert got.status in (400, 405, 501)
    assert called == []
    assert b"secret" not in got.body
    if got.status == 405:
        assert set(str(got.header("allow")).split(", ")) >= {"GET", "HEAD", "OPTIONS", "POST"}
        assert not set(str(got.header("allow")).split(", ")) & {"SETUP", "FOO", "LIST"}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("header", ["x-http-method-override", "x-method-override", "x-http-method"])
def test_a_header_is_no_method(door: str, header: str) -> None:
    """Nor is a field of the query or of a form."""
    called.clear()
    sent = Sent("GET", "/page?_method=POST&method=foo", headers=((header, "FOO"),), host="localhost")
    assert ask(app, door, sent).text == "page"
    form = (("content-type", "application/x-www-form-urlencoded"), (header, "SETUP"))
    assert ask(app, door, Sent("POST", "/page", headers=form, body=b"_method=FOO", host="localhost")).text == "posted"
    assert called == ["post"]
