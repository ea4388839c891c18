"""The matcher against a naive one: the same answer for any routes, written in any order."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from demijohn.foundation.errors import Where
from demijohn.kernel.matcher import Matcher
from demijohn.kernel.paths import LITERAL, MIXED, PARAMETER, PathPattern, mixed_expression

HERE = Where("app.py", 1)

segments = st.sampled_from(["a", "b", "ab", "", "a-b", "{x}", "{x}-{y}", "a{x}", "{x}b"])
patterns = st.lists(segments, min_size=1, max_size=4).flatmap(
    lambda parts: st.sampled_from([parts, [*parts[:-1], "{rest:path}"]])
)
texts = st.lists(st.sampled_from(["a", "b", "ab", "", "c", "a-b", "a-", "-b", "ac", "cb", "ü"]), min_size=1, max_size=5)


def numbered(parts):
    """The parts of a pattern as a path, each parameter with a name of its own."""
    names = iter("nmklopqrst")
    return "/" + "/".join(
        re.sub(r"\{(\w+)(:path)?\}", lambda match: f"{{{next(names)}{match[2] or ''}}}", part) for part in parts
    )


def made(paths):
    """A matcher whose every address answers with its own shape."""
    matcher = Matcher()
    for path in paths:
        pattern = PathPattern.parse(path, HERE)
        matcher.methods_at(pattern).setdefault("GET", pattern.shape)
    matcher.freeze()
    return matcher


def naive(paths, path):
    """What answers a path: among all patterns that match, the one that is more specific at the first difference."""
    if not path.startswith("/"):
        return None
    texts = path[1:].split("/")
    found = []
    for written in paths:
        pattern = PathPattern.parse(written, HERE)
        rank, captured = [], []
        for index, segment in enumerate(pattern.segments):
            if index >= len(texts):
                break
            text = texts[index]
            if segment.kind == LITERAL:
                if text != segment.text:
                    break
                rank.append((0, 0, ""))
            elif segment.kind == MIXED:
                expression = mixed_expression(segment)
                match = expression.fullmatch(text)
                if match is None:
                    break
                rank.append((1, -len(expression.pattern), expression.pattern))
                captured += match.groups()
            elif segment.kind == PARAMETER:
                if not text:
                    break
                rank.append((2, 0, ""))
                captured.append(text)
            else:
                rest = "/".join(texts[index:])
                if not rest:
                    break
                rank.append((3, 0, ""))
                captured.append(rest)
                found.append((not pattern.is_static, rank, pattern.shape, tuple(captured)))
                break
        else:
            if len(pattern.segments) == len(texts):
                found.append((not pattern.is_static, rank, pattern.shape, tuple(captured)))
    return min(found)[2:] if found else None


@settings(max_examples=500, deadline=None)
@given(st.lists(patterns, min_size=1, max_size=6), texts)
@example([["{x}"]], ["a"])
@example([["a", "{x}"], ["{x}", "b"]], ["a", "b"])
@example([["a", "{x}", "b"], ["a", "{x}"]], ["a", "c"])
@example([["{x}-{y}"], ["{x}"]], ["a-b"])
@example([["a", "{rest:path}"], ["{x}", "b", "c"]], ["a", "b", "c"])
def test_the_matcher_agrees_with_a_naive_one(written, path_texts):
    """The most specific route wins at every depth, with backtracking, and captures the same texts."""
    paths = list(dict.fromkeys(map(numbered, written)))
    # Mixed segments of one length are told apart by nothing but their order: leave such pairs out.
    mixed = {mixed_expression(s).pattern for p in paths for s in PathPattern.parse(p, HERE).segments if s.kind == MIXED}
    if len({len(expression) for expression in mixed}) < len(mixed):
        return
    path = "/" + "/".join(path_texts)
    expected = naive(paths, path)
    for order in (paths, paths[::-1]):
        found = made(order).find(path)
        answer = None if found is None else (found[0]["GET"], found[1])
        assert answer == expected


@given(st.text(alphabet="ab/{}", max_size=12))
def test_a_path_without_its_slash_is_nobodys(path):
    """What does not begin with a slash is no path, though servers may pass it on."""
    matcher = made(["/{x}", "/a/{x}", "/{x}/b", "/a", "/{rest:path}"])
    if not path.startswith("/"):
        assert matcher.find(path) is None


def test_static_paths_win_whatever_the_order():
    """A literal path goes before a parameter at its place."""
    for paths in (["/users/me", "/users/{id}"], ["/users/{id}", "/users/me"]):
        matcher = made(paths)
        assert matcher.find("/users/me") == ({"GET": "/users/me"}, ())
        assert matcher.find("/users/5") == ({"GET": "/users/{}"}, ("5",))


def test_the_search_goes_back():
    """Where the more specific branch ends, the next is tried."""
    matcher = made(["/a/{x}/c", "/{x}/b/d", "/{rest:path}"])
    assert matcher.find("/a/b/c") == ({"GET": "/a/{}/c"}, ("b",))
    assert matcher.find("/a/b/d") == ({"GET": "/{}/b/d"}, ("a",))
    assert matcher.find("/a/b/e") == ({"GET": "/{:path}"}, ("a/b/e",))


def test_nothing_is_no_parameter():
    """An empty segment fills no parameter, and an empty rest no rest."""
    matcher = made(["/users/{id}", "/files/{path:path}"])
    assert matcher.find("/users/") is None
    assert matcher.find("/files/") is None
    assert matcher.find("/users") is None


def test_a_deep_path_is_cheap():
    """Branches that all match cost no more than the depth of the path times its branches."""
    matcher = made(["/" + "/".join([f"{{a{i}}}" for i in range(20)]) + "/end", "/" + "/".join(["a"] * 20) + "/other"])
    assert matcher.find("/" + "/".join(["a"] * 20) + "/nowhere") is None
    assert matcher.find("/" + "a/" * 4_000) is None
