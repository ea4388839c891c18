"""What proxies say, through every door: who is believed, for what, and what nobody is believed for."""

from __future__ import annotations

import json

import pytest
from contract_asking import DOORS, ask
from contract_doors import Sent
from hypothesis import given
from hypothesis import strategies as st

from demijohn import App, Request, Security, SetupError
from demijohn.foundation.http.forwarded import address_of, clean_prefix, listed, parse_forwarded

CLAIMS = (
    ("x-forwarded-for", "6.6.6.6"), ("x-real-ip", "6.6.6.6"), ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "evil.tld"), ("x-forwarded-port", "444"), ("x-forwarded-prefix", "/evil"),
    ("forwarded", "for=6.6.6.6;proto=https;host=evil.tld"), ("x-forwarded-user", "admin"), ("remote-user", "admin"),
    ("x-client-ip", "6.6.6.6"), ("cf-connecting-ip", "6.6.6.6"), ("true-client-ip", "6.6.6.6"),
)  # fmt: skip


def make(**settings) -> App:
    app = App()
    app.use(Security(**settings))

    @app.get("/admin")
    def admin():
        return "admin"

    @app.get("/")
    @app.post("/")
    def home(request: Request):
        return [request.client, request.scheme, request.root_path, request.url, request.method, request.path]

    return app


def seen(door: str, headers, *, peer: str = "127.0.0.1", **settings):
    """Client, scheme, prefix and URL as the handler sees them; the status if it was refused."""
    answer = ask(make(**settings), door, Sent("GET", "/", headers=tuple(headers)), peer=peer)
    if answer.status != 200:
        return answer.status
    client, scheme, prefix, address, *_ = json.loads(answer.body)
    return client, scheme, prefix, address


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "settings", [{}, {"trusted_proxies": ["10.0.0.0/8"]}, {"trusted_proxies": ["192.0.2.1", "unix"]}]
)
def test_strangers_are_believed_nothing(door, settings):
    """Without a trusted proxy, or from another address than its, the client is the peer."""
    assert seen(door, CLAIMS, **settings) == ("127.0.0.1", "http", "", "http://example.com/")


@pytest.mark.parametrize("door", DOORS)
def test_one_proxy_is_believed_what_it_added_itself(door):
    """The right-most address is the proxy's word; what stands left of it came from the client."""
    one = [("x-forwarded-for", "6.6.6.6, 1.2.3.4"), ("x-forwarded-proto", "https")]
    assert seen(door, one, trusted_proxies=1) == ("1.2.3.4", "https", "", "https://example.com/")
    assert seen(door, one, trusted_proxies=["loopback"])[0] == "1.2.3.4"
    two = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "1.2.3.4")]
    assert seen(door, two, trusted_proxies=1)[0] == "1.2.3.4"
    assert seen(door, two, trusted_proxies=2)[0] == "6.6.6.6"


@pytest.mark.parametrize("door", DOORS)
def test_trusted_networks_are_passed_from_the_right(door):
    """The client is the right-most address that is no trusted proxy, whatever it wrote further left."""
    told = [("x-forwarded-for", "6.6.6.6, 1.2.3.4, 10.0.0.2"), ("x-forwarded-proto", "http, https, http")]
    client, scheme, *_ = seen(door, told, trusted_proxies=["10.0.0.0/8"], peer="10.0.0.1")
    assert (client, scheme) == ("1.2.3.4", "https")
    unknown = [("x-forwarded-for", "6.6.6.6, unknown, 10.0.0.2")]
    assert seen(door, unknown, trusted_proxies=["10.0.0.0/8"], peer="10.0.0.1")[0] is None


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("peer", ["::1", "::ffff:127.0.0.1", "127.0.0.9"])
def test_loopback_has_many_names(door, peer):
    """An address is compared by what it means."""
    assert seen(door, [("x-forwarded-for", "1.2.3.4")], peer=peer, trusted_proxies=["loopback"])[0] == "1.2.3.4"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "prefix",
    [
        "//evil.tld",
        "/a/../..",
        "/a b",
        "a",
        "https://evil.tld",
        "/a\\b",
        "/%2e%2e",
        "/a?b",
        "/a#b",
        "///",
        "/a//b",
        "/./a",
        "/a\r\nx: y",
        "/a\x00",
    ],
)
def test_a_prefix_that_could_lead_elsewhere_is_refused(door, prefix):
    """400 from a proxy that is trusted; from anybody else it is not even read."""
    assert seen(door, [("x-forwarded-prefix", prefix)], trusted_proxies=1) == 400
    assert seen(door, [("x-forwarded-prefix", prefix)])[3] == "http://example.com/"


@pytest.mark.parametrize("door", ["wsgi", "asgi"])
@pytest.mark.parametrize("root", ["//evil.tld", "/\\evil.tld", "\\\\evil.tld"])
def test_a_server_s_own_prefix_stays_on_our_host(door, root):
    """SCRIPT_NAME and `root_path` too: two slashes at its start would be another host in a link."""
    answer = ask(make(), door, Sent("GET", "/", root=root))
    if answer.status == 200:
        assert b'"http://example.com/evil.tld' in answer.body or b'"http://example.com/"' in answer.body
        assert b'"//' not in answer.body
    else:
        assert answer.status in (400, 404)


@pytest.mark.parametrize("door", DOORS)
def test_a_prefix_is_part_of_every_link(door):
    """A proxy that serves the app below a path says so."""
    told = [("x-forwarded-prefix", "/shop/")]
    assert seen(door, told, trusted_proxies=1)[2:] == ("/shop", "http://example.com/shop/")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-http-method-override", "DELETE"), ("x-method-override", "DELETE"), ("x-http-method", "DELETE"),
        ("x-original-url", "/admin"), ("x-rewrite-url", "/admin"), ("x-original-uri", "/admin"),
        ("x-forwarded-uri", "/admin"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("settings", [{}, {"trusted_proxies": 1}])
def test_nothing_overrides_method_or_path(door, name, value, settings):
    """Whoever guards paths and methods in front of the app sees what the app sees."""
    answer = ask(make(**settings), door, Sent("POST", "/", headers=((name, value),)))
    assert answer.status == 200
    assert answer.body.endswith(b'"POST","/"]')


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "told",
    [
        ("x-forwarded-proto", "javascript"), ("x-forwarded-proto", "https\\evil"), ("x-forwarded-port", "0"),
        ("x-forwarded-port", "99999"), ("x-forwarded-port", "8a"), ("x-forwarded-host", "evil@tld"),
        ("x-forwarded-host", "a/?x="), ("x-forwarded-proto", "https\r\nx: y"),
    ],
)  # fmt: skip
def test_a_trusted_proxy_that_talks_nonsense_is_refused(door, told):
    """What a proxy passes on from its client has a grammar, too."""
    assert seen(door, [told], trusted_proxies=1) == 400


@pytest.mark.parametrize("door", DOORS)
def test_a_proxy_s_host_must_be_ours(door):
    """The host that a trusted proxy passes on is checked as the client's own would be."""
    settings = {"trusted_proxies": 1, "hosts": ["example.com"]}
    assert seen(door, [("x-forwarded-host", "evil.tld")], **settings) == 400
    assert seen(door, [("x-forwarded-host", "example.com")], **settings)[3] == "http://example.com/"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("for=1.2.3.4;proto=https;host=example.com", ("1.2.3.4", "https")),
        ('for="[2001:db8::1]:4711";proto=https', ("2001:db8::1", "https")),
        ('for=6.6.6.6;host="x, for=9.9.9.9", for=1.2.3.4;proto=https;host=example.com', ("1.2.3.4", "https")),
        ("for=1.2.3.4;for=6.6.6.6", 400), ("for=1.2.3.4;proto", 400), ('for="1.2.3.4', 400), ("=", 400),
        ("for=1.2.3.4;proto=https;;host=evil.tld@x", 400),
    ],
)  # fmt: skip
def test_forwarded_is_read_whole_or_refused(door, value, expected):
    """RFC 7239 with quotes and commas; a name twice, or what does not parse, could be read in two ways."""
    found = seen(door, [("forwarded", value)], trusted_proxies=1, trusted_headers=["forwarded"])
    assert (found if isinstance(found, int) else found[:2]) == expected


@pytest.mark.parametrize("door", DOORS)
def test_only_the_headers_that_the_proxy_sets_are_believed(door):
    """A header that the proxy does not set is the client's own, and passes through it."""
    told = [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-host", "evil.tld"), ("forwarded", "for=6.6.6.6")]
    found = seen(door, told, trusted_proxies=1, trusted_headers=["x-forwarded-for"])
    assert found == ("1.2.3.4", "http", "", "http://example.com/")


@pytest.mark.parametrize("door", ["asgi", "rsgi"])
def test_a_name_with_an_underscore_poses_as_nobody(door):
    """Some servers would make `x_forwarded_for` the same as `x-forwarded-for`."""
    assert seen(door, [("x_forwarded_for", "6.6.6.6")], trusted_proxies=1)[0] == "127.0.0.1"


@pytest.mark.parametrize("settings", [
    {"trusted_proxies": ["nginx"]}, {"trusted_proxies": 0},
    {"trusted_proxies": -1}, {"trusted_proxies": ["10.0.0.1/8"]},
])  # fmt: skip
def test_proxies_that_cannot_be_known_are_mistakes(settings):
    """Names are not looked up: an address, a network, or a number."""
    with pytest.raises(SetupError, match="DMJ0551"):
        make(**settings).seal()


@pytest.mark.parametrize("headers", [["x-real-ip"], ["forwarded", "x-forwarded-for"]])
def test_headers_that_cannot_be_trusted_are_mistakes(headers):
    """Of two that say the same, one is what the proxy passes on unread."""
    with pytest.raises(SetupError, match="DMJ0552"):
        make(trusted_proxies=1, trusted_headers=headers).seal()


@given(st.lists(st.text(alphabet='for=proto;host,"\\ 1.[]:\t\x00é', max_size=40), max_size=3))
def test_no_forwarded_field_breaks_the_parser(values):
    """It is read or refused; what was read is made of names and values without commas outside of quotes."""
    try:
        elements = parse_forwarded(values)
    except ValueError:
        return
    assert all(name == name.lower() and name for element in elements for name in element)


@given(st.text(max_size=60))
def test_no_node_breaks_the_reading_of_an_address(text):
    """An address is said in its one spelling, or is none."""
    found = address_of(text)
    assert found is None or address_of(found) == found
    assert all(member and member == member.strip() for member in listed([text]))


@given(st.text(alphabet="/.a%\\:@ ?#", max_size=20))
def test_a_clean_prefix_stays_below_the_root(text):
    """Whatever is let through begins with one slash, and climbs nowhere."""
    try:
        prefix = clean_prefix(text)
    except ValueError:
        return
    assert prefix == "" or (prefix[0] == "/" and prefix[:2] != "//" and not prefix.endswith("/"))
    assert ".." not in prefix.split("/")
