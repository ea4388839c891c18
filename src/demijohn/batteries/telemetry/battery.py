"""Telemetry: an id for each exchange, a line for each in the access log, and addresses that tell if all is well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from ...foundation.errors import SetupError
from ...foundation.http.headers import check_header
from ...kernel.battery import Battery, Setup
from ...kernel.health import HealthCheck
from ...kernel.passages import Passage, Probe
from .access import AccessLog
from .health import Health
from .logs import FORMATS, LEVELS, logging_set_up
from .request_ids import RequestIds

_RANK = -90  # inside of the proxies, whose word decides on ids, and outside of all else


@dataclass(frozen=True)
class Telemetry(Battery):
    """Request ids, the access log and the health address.

    `request_id` is the header that ids come and go in (None: neither); one that comes, if it is well-formed, is taken
    from `anybody`, or only from trusted `proxies`, or from `nobody`, as `request_id_from` says. `access_log` writes
    one line per exchange, but for the paths of `exclude` (those that end in a slash stand for all below) and, of
    answers below 400, but for a part (`sample`). `logs` sets logging up where nobody has: in `log_format`, from
    `log_level` on. `health` is the address that checks everything, with `/live` and `/ready` below it (None: none of
    them).
    """

    name = "telemetry"

    request_id: str | None = "x-request-id"
    request_id_from: Literal["proxies", "anybody", "nobody"] = "anybody"
    access_log: bool = True
    exclude: Sequence[str] = ()
    sample: float = 1.0
    logs: bool = True
    log_format: Literal["auto", "text", "json"] = "auto"
    log_level: str = "INFO"
    health: str | None = "/health"

    def install(self, setup: Setup) -> None:
        """Offer the passages, and add the routes."""
        self._check(setup)
        if self.request_id is not None:
            ids = RequestIds(self.request_id.lower(), self.request_id_from)
            setup.offer(Passage(enter=ids.enter, leave=ids.leave, rank=_RANK))
        if self.access_log:
            exclude = (self.exclude,) if isinstance(self.exclude, str) else tuple(self.exclude)
            if self.health is not None:
                exclude += (self.health, f"{self.health}/")
            log = AccessLog(exclude, self.sample)
            setup.offer(Passage(enter=log.enter, leave=log.leave, rank=_RANK - 1))
        if self.logs:
            text = self.log_format == "text" or (self.log_format == "auto" and setup.debug)
            setup.lifespan(partial(logging_set_up, level=self.log_level.upper(), as_text=text))
        if self.health is not None:
            health = Health(setup.offers(HealthCheck), shows_details=setup.debug)
            setup.routes(health.blueprint(), prefix=self.health)
            for path in (self.health, f"{self.health}/live", f"{self.health}/ready"):
                setup.offer(Probe(path))

    def _check(self, setup: Setup) -> None:
        wrong = fix = ""
        if not 0.0 <= self.sample <= 1.0:
            wrong, fix = f"sample={self.sample}", "A part of all, from 0.0 (errors only) to 1.0 (every exchange)."
        if self.log_level.upper() not in LEVELS:
            wrong, fix = f"log_level={self.log_level!r}", f"One of {', '.join(LEVELS)}."
        if self.log_format not in FORMATS:
            wrong, fix = f"log_format={self.log_format!r}", f"One of {', '.join(FORMATS)}."
        if self.health is not None and (not self.health.startswith("/") or self.health.endswith("/")):
            wrong, fix = f"health={self.health!r}", 'A path such as "/health", or None.'
        if self.request_id is not None:
            try:
                check_header(self.request_id, "")
            except ValueError as error:
                wrong, fix = f"request_id={self.request_id!r}", str(error)
        if wrong:
            raise SetupError("DMJ0555", f"Telemetry({wrong}) is not possible.", fix=fix, where=setup.where)
