"""Path patterns: what they take apart, what they refuse, what they build."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demijohn.foundation.errors import SetupError, Where
from demijohn.kernel.matcher import Matcher
from demijohn.kernel.paths import PathPattern

HERE = Where("app.py", 7)


def parse(path: str) -> PathPattern:
    return PathPattern.parse(path, HERE)


@pytest.mark.parametrize(
    ("path", "code", "fix"),
    [
        ("posts", "DMJ0201", 'Write "/posts".'),
        ("", "DMJ0201", 'Write "/".'),
        ("/<int:id>", "DMJ0203", 'Write "/{id}" and def handler(id: int).'),
        ("/<id>", "DMJ0203", 'Write "/{id}" and def handler(id: str).'),
        ("/<uuid:key>/x", "DMJ0203", 'Write "/{key}/x" and def handler(key: UUID).'),
        ("/<path:rest>", "DMJ0203", 'Write "/{rest:path}".'),
        ("/<slug:name>", "DMJ0203", 'Write "/{name}" and def handler(name: str).'),
        ("/<string(length=2):code>", "DMJ0203", 'Write "/{code}" and def handler(code: str).'),
        ("/{id:int}", "DMJ0203", 'Write "/{id}" and def handler(id: int).'),
        ("/{id:uuid}/x", "DMJ0203", 'Write "/{id}/x" and def handler(id: UUID).'),
        ("/{a b}", "DMJ0202", "Write {name}, a Python identifier."),
        ("/{}", "DMJ0202", "Write {name}, a Python identifier."),
        ("/{1}", "DMJ0202", "Write {name}, a Python identifier."),
        ("/{a", "DMJ0202", "Write {name}."),
        ("/a}", "DMJ0202", "Write {name}."),
        ("/{a}/{a}", "DMJ0204", "Give each its own name."),
        ("/{rest:path}/edit", "DMJ0205", "Let it be the last segment."),
        ("/x-{rest:path}", "DMJ0205", "Let a {...:path} parameter stand alone between slashes."),
    ],
)
def test_odd_paths_show_the_right_spelling(path, code, fix):
    """Each mistake names the path, the place and what to write."""
    with pytest.raises(SetupError) as caught:
        parse(path)
    assert caught.value.code == code
    assert caught.value.fix == fix
    assert str(caught.value.where[0]) == "app.py:7"


def test_the_parts_of_a_path():
    """Names in order, and the shape that makes two paths one address."""
    pattern = parse("/{year}-{month}/posts/{id}/{rest:path}")
    assert pattern.names == ("year", "month", "id", "rest")
    assert pattern.shape == "/{}-{}/posts/{}/{:path}"
    assert pattern.shape == parse("/{a}-{b}/posts/{c}/{d:path}").shape
    assert not pattern.is_static
    assert parse("/posts/").is_static


@pytest.mark.parametrize("value", ["a/b", "", ".", ".."])
def test_values_that_no_segment_carries(value):
    """A slash would be another segment; dots and nothing would be another address."""
    with pytest.raises(ValueError, match=r"x=.* does not fit into one segment of /a/\{x\}"):
        parse("/a/{x}").build({"x": value})


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_what_is_built_is_matched(value):
    """A built path, decoded as servers do, gives the value back."""
    from urllib.parse import unquote

    pattern, matcher = parse("/größe/{x}/{y}"), Matcher()
    matcher.methods_at(pattern)["GET"] = 1
    matcher.freeze()
    try:
        path = pattern.build({"x": value, "y": "b"})
    except ValueError:
        assert "/" in value or value in (".", "..")
        return
    assert path.isascii()
    assert not set(path) & set(' ?#"<>\\^`{}|')
    assert matcher.find(unquote(path)) == ({"GET": 1}, (value, "b"))


def test_a_rest_keeps_its_slashes():
    """Only the characters between the slashes are quoted."""
    assert parse("/files/{path:path}").build({"path": "a b/c?d"}) == "/files/a%20b/c%3Fd"
    with pytest.raises(ValueError, match="path"):
        parse("/files/{path:path}").build({"path": ""})
    for climbing in ("..", "a/../b", "../x", "a/./b"):
        with pytest.raises(ValueError, match="path"):
            parse("/files/{path:path}").build({"path": climbing})


def test_no_link_leads_to_another_host():
    """What begins with two slashes is read as a host by browsers."""
    with pytest.raises(ValueError, match="another host"):
        parse("/{path:path}").build({"path": "/evil.example"})


@pytest.mark.parametrize(("x", "y"), [("a-b", "c"), ("a-", "-b")])
def test_values_that_would_be_read_as_others(x, y):
    """A link that leads to other values is none."""
    with pytest.raises(ValueError, match="does not tell these values apart"):
        parse("/{x}-{y}").build({"x": x, "y": y})


pieces = st.sampled_from(["a", "b-c", "é", "{}", "{}-{}", "v{}", "{}.txt", "{}b{}"])
values = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6) | st.sampled_from(
    ["-", ".", "..", "a/b", "%2F", "b", "a-b", "b-c", " ", "+", "?", "#", ".txt", "\\"]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(pieces, min_size=1, max_size=4), st.booleans(), st.data())
def test_every_pattern_reads_what_it_builds(parts, has_rest, data):
    """Whatever the pattern and the values: the path that is built is matched, and gives the same values."""
    from urllib.parse import unquote

    names = iter("nmkopqrstu")
    path = "/" + "/".join(re.sub(r"\{\}", lambda _: f"{{{next(names)}}}", part) for part in parts)
    pattern = parse(path + "/{rest:path}" if has_rest else path)
    given_values = {name: data.draw(values) for name in pattern.names}
    matcher = Matcher()
    matcher.methods_at(pattern)["GET"] = 1
    matcher.freeze()
    try:
        built = pattern.build(given_values)
    except ValueError:
        assert set("/.-b").intersection("".join(given_values.values()))
        return
    assert matcher.find(unquote(built)) == ({"GET": 1}, tuple(given_values.values()))
