"""Sessions in Redis or Valkey, for any number of machines."""

from __future__ import annotations

import logging
from typing import Any

import redis

from ..store import key_of, new_token, unreachable

log = logging.getLogger("demijohn.sessions")

_PATIENCE = 5.0


class RedisStore:
    """Keys are `sessions:` and the token's hash; Redis itself forgets what is over."""

    blocking = True

    def __init__(self, url: str, prefix: str = "sessions:") -> None:
        # Nothing is connected to before the first call, which is after a server's fork.
        self._client: Any = redis.Redis.from_url(url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE)
        self._prefix = prefix

    def load(self, token: str) -> bytes | None:
        """What is kept under a token."""
        key = key_of(token)
        return None if key is None else self._asked(self._client.get, self._prefix + key)

    def save(self, token: str | None, payload: bytes, max_age: int) -> str | None:
        """Set it; one that was ended is not set again."""
        made = token or new_token()
        key = key_of(made)
        if key is None:
            return None
        is_set = self._asked(self._client.set, self._prefix + key, payload, ex=max(max_age, 1), xx=token is not None)
        return made if is_set else None

    def end(self, token: str) -> None:
        """Delete it."""
        key = key_of(token)
        if key is not None:
            self._asked(self._client.delete, self._prefix + key)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _asked(self, command: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return command(*arguments, **options)
        except redis.RedisError as error:
            log.error("Redis does not answer: %s", error)
            raise unreachable() from error
