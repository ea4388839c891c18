"""What must not be shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.tools.debug.masking import HIDDEN, blanked, is_secret, printable, scrub, scrub_pairs


@pytest.mark.parametrize(
    "name",
    ["password", "SECRET_KEY", "api_token", "AUTHORIZATION", "Cookie", "dsn", "DB_CREDENTIALS", "session_id",
     "signing_salt", "author_token", b"x-api-key", "privateKey"],
)  # fmt: skip
def test_names_of_secrets_are_known(name: object) -> None:
    """A secret word anywhere in a name makes it secret, whatever the case."""
    assert is_secret(name)


@pytest.mark.parametrize("name", ["title", "author", "design", "keywords", 3, None])
def test_everyday_names_are_not_secret(name: object) -> None:
    """Words that only contain a secret one are shown."""
    assert not is_secret(name)


@pytest.mark.parametrize(
    "text",
    [
        "postgres://ann:hunter2@db/shop", "cannot reach redis://:hunter2@cache:6379/0!",
        "Bearer hunter2hunter2",
        "Basic hunter2hunter2==", "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nhunter2 cut off", "mysql+pymysql://u:p@hunter2@host/db",
    ],
)  # fmt: skip
def test_secrets_are_found_by_their_shape(text: str) -> None:
    """URLs with a password, credentials and private keys are hidden, whatever they are called."""
    assert "hunter2" not in scrub(text)
    assert HIDDEN in scrub(text)


def test_urls_without_password_stay() -> None:
    """What holds no secret is not touched."""
    text = "see https://example.org/a?b=c and ann@example.org"
    assert scrub(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Settings(api_token='hunter2')", "{'password': \"hunter2\"}", "[('authorization', 'hunter2')]",
        "password = secret = 'hunter2'",
        "password=hunter2&x=1", '{"session_id":"hunter2"}', "b'{\"secret\": \"hunter2\"}'",
    ],
)  # fmt: skip
def test_pairs_in_somebody_elses_repr_are_hidden(text: str) -> None:
    """What stands beside a secret name is hidden, in any of the usual spellings."""
    assert "hunter2" not in scrub_pairs(text)


@given(
    st.text(max_size=300),
    st.sampled_from(["password", "api_key", "DSN"]),
    st.sampled_from(["=", ": ", "': '"]),
)
def test_scrubbing_never_raises_and_keeps_what_comes_before(text: str, name: str, between: str) -> None:
    """Any text may be scrubbed."""
    assert "hunter2" not in scrub_pairs(f"{text}\n{name}{between}hunter2")


def test_scrubbing_long_text_is_linear() -> None:
    """A long word is no trap for the patterns."""
    assert scrub_pairs("a" * 20_000 + "://" + "b:" * 5000).startswith("aaa")


@pytest.mark.parametrize(
    "line",
    ["PASSWORD = 'hunter2'", 'settings["api_key"] = "hunter2"', "{'SECRET_KEY': 'hunter2'}",
     "connect(password='hunter2')", "url = 'postgres://a:hunter2@b/c'"],
)  # fmt: skip
def test_secrets_in_source_are_blanked_in_place(line: str) -> None:
    """The columns of a line stay true."""
    assert "hunter2" not in blanked(line)
    assert len(blanked(line)) == len(line)


@pytest.mark.parametrize("line", ["key = 'title'", "author: str = 'Ann'", "token = next(tokens)", "sorted(key='x')"])
def test_ordinary_source_is_shown(line: str) -> None:
    """Code is not masked for a word that is a secret only in data."""
    assert blanked(line) == line


@given(st.text())
def test_printable_text_can_be_encoded_and_deceives_nobody(text: str) -> None:
    """No control character, bidi control or lone surrogate is left."""
    shown = printable(text + "\x00\x1b\u202e\ud800\r")
    shown.encode()
    assert not set("\x00\x1b\u202e\ud800\r") & set(shown)
