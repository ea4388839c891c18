"""Names from outside, joined with a folder."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.foundation.safe_join import safe_join

BAD = [
    "", ".", "..", "../up.txt", "a/../../up.txt", "a/../b", "/etc/passwd", "//etc/passwd", "a//b", "a/", "./a",
    "..\\up.txt", "a\\b", "C:\\x", "a\0b", "a\nb", "a\x7fb", "a\x9fb", "a\udcffb", "../static-secret/s.txt",
]  # fmt: skip
DEVICES = [
    "CON", "sub/NUL", "aux.txt", "nul .txt", "COM1", "COM¹", "LPT9.tar.gz", "CON:", "CON::$DATA", "conout$",
    "a.txt:stream", "a.txt::$DATA", "C:x", "a.txt.", "a.txt ", "prn/a.txt",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_name_that_could_leave_is_refused(name: str) -> None:
    """Nothing absolute, no dots, no empty parts, no backslashes, no control characters."""
    assert safe_join("/srv/static", name) is None


@pytest.mark.parametrize("name", ["a.txt", "a/b/c.txt", "..a", "a..b", "...", ".well-known/x", "ü/✓ 1.txt", "a%2fb"])
def test_other_names_are_joined(name: str) -> None:
    """Whatever else a file may be called is a name; nothing is decoded."""
    assert safe_join("/srv/static", name) == f"/srv/static/{name}"


@pytest.mark.parametrize("name", DEVICES)
def test_devices_and_streams_of_windows_are_refused_there(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows these are devices, drives, streams or other spellings of a file; elsewhere they are names."""
    assert safe_join("static", name) is not None
    monkeypatch.setattr(os, "name", "nt")
    assert safe_join("static", name) is None
    assert safe_join("static", "console/com10.txt") is not None


@given(st.text(st.sampled_from("./\\a\0 :"), max_size=12) | st.text(max_size=12))
def test_what_is_joined_stays_inside(name: str) -> None:
    """However a name is made, the path lies below the folder."""
    path = safe_join("/srv/static", name)
    assert path is None or os.path.normpath(path).startswith("/srv/static/")
