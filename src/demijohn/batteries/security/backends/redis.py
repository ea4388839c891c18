"""Rates counted in Redis or Valkey, for any number of workers and machines."""

from __future__ import annotations

import logging
from typing import Any

import redis

from ....foundation.http.errors import ServiceUnavailable
from ..rates import Decision, Rate

log = logging.getLogger("demijohn.security")

_PATIENCE = 2.0
# As `rates.decide`, in one step for all who ask, by the clock of the server that they share.
_TAKE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local limit, seconds = tonumber(ARGV[1]), tonumber(ARGV[2])
local slice = seconds / 60
local current = math.floor(now / slice)
local used, oldest, over = 0, current, {}
local counts = redis.call('HGETALL', KEYS[1])
for i = 1, #counts, 2 do
    local number = tonumber(counts[i])
    if number < current - 60 then
        over[#over + 1] = counts[i]
    else
        used = used + tonumber(counts[i + 1])
        if number < oldest then oldest = number end
    end
end
if #over > 0 then redis.call('HDEL', KEYS[1], unpack(over)) end
local allowed = 0
if used < limit then
    redis.call('HINCRBY', KEYS[1], string.format('%d', current), 1)
    redis.call('EXPIRE', KEYS[1], math.ceil(seconds + slice))
    used, allowed = used + 1, 1
end
return {allowed, limit - used, tostring(math.max(0, (oldest + 61) * slice - now))}
"""


class RedisRates:
    """Keys are `rates:` and what is counted; Redis itself forgets them."""

    blocking = True

    def __init__(self, url: str, prefix: str = "rates:") -> None:
        # Nothing is connected to before the first call, which is after a server's fork.
        self._client: Any = redis.Redis.from_url(url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE)
        self._take = self._client.register_script(_TAKE)
        self._prefix = prefix

    def take(self, key: str, rate: Rate) -> Decision:
        """Count a request, if it is within the rate; `ServiceUnavailable` if Redis does not answer."""
        try:
            allowed, left, reset = self._take(keys=[self._prefix + key], args=[rate.limit, rate.seconds])
        except redis.RedisError as error:
            log.error("Redis does not answer, so that rates cannot be counted: %s", error)
            raise ServiceUnavailable("Try again in a moment.", retry_after=1) from error
        return Decision(bool(allowed), int(left), float(reset))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
