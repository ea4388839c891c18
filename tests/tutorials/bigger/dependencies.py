"""What guards the app and its parts: a token in the query for all, one in a header for some."""

from typing import Annotated

from demijohn import BadRequest, Header


async def get_query_token(token: str):
    """Let those in who know the word; a missing one is a 422 by itself."""
    if token != "jessica":
        raise BadRequest("No Jessica token provided")


async def get_token_header(x_token: Annotated[str, Header()]):
    """The same, for a header."""
    if x_token != "fake-super-secret-token":
        raise BadRequest("X-Token header invalid")
