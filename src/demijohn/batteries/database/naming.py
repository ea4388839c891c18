"""Names in the database: what a class, a constraint and an index are called, fixed from the first release."""

from __future__ import annotations

import re
from typing import Final

NAMING_CONVENTION: Final = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
"""How SQLAlchemy names what nobody named. A migration can only change what it can name, so this never
changes."""

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake_case(name: str) -> str:
    """The table name of a class name.

    >>> snake_case("BlogPost"), snake_case("HTTPRequest"), snake_case("OAuth2Token")
    ('blog_post', 'http_request', 'o_auth2_token')
    """
    return _WORD_START.sub("_", name).lower()
