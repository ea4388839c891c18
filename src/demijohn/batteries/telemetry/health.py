"""Whether an app is well: addresses for load balancers and orchestrators.

`/health/live` says that the process answers at all; restart it if it does not. `/health/ready`, as `/health`, asks
what the app needs, such as its database; send no requests while it answers 503.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from time import monotonic
from typing import Any

from ...foundation.http.response import JSONResponse
from ...kernel.blueprint import Blueprint
from ...kernel.health import HealthCheck

log = logging.getLogger("demijohn.health")

_KEPT_SECONDS = 1.0  # Anybody may ask, and asking must not become work for a database.


class Health:
    """Runs the checks, at most once a second, and none of them twice at once."""

    def __init__(self, checks: Iterable[HealthCheck], *, shows_details: bool) -> None:
        self._checks = checks
        self._shows_details = shows_details
        self._lock = threading.Lock()
        self._running: dict[HealthCheck, Future[None]] = {}
        self._ill: set[HealthCheck] = set()
        self._found: dict[str, str] | None = None
        self._until = 0.0

    def blueprint(self) -> Blueprint:
        """The routes."""
        blueprint = Blueprint("health")
        blueprint.get("", name="health")(self.ready)
        blueprint.get("/ready", name="ready")(self.ready)
        blueprint.get("/live", name="live", blocking=False)(live)
        return blueprint

    def ready(self) -> JSONResponse:
        """200 if all is well, else 503; what is not is for the log, and for whoever develops here."""
        found = self.look()
        well = all(word == "ok" for word in found.values())
        body: dict[str, Any] = {"status": "ok" if well else "unavailable"}
        if self._shows_details and found:
            body["checks"] = found
        return _answer(body, 200 if well else 503)

    def look(self) -> dict[str, str]:
        """What each check says: `ok`, `failed` or `timed out`.

        While somebody looks, others get what was found last, so that no crowd of threads waits for a check that hangs.
        """
        found = self._found
        if not self._lock.acquire(blocking=found is None) and found is not None:
            return found
        try:
            if self._found is None or monotonic() >= self._until:
                self._found = self._ask()
                self._until = monotonic() + _KEPT_SECONDS
            return self._found
        finally:
            self._lock.release()

    def _ask(self) -> dict[str, str]:
        begin = monotonic()
        found: dict[str, str] = {}
        for check, future in [(check, self._begin(check)) for check in self._checks]:
            word, error = _outcome(check, future, begin)
            self._tell(check, word, error)
            if found.get(check.name, "ok") == "ok":  # Of two with one name, the one that is not well counts.
                found[check.name] = word
        return found

    def _tell(self, check: HealthCheck, word: str, error: BaseException | None) -> None:
        """Log what has changed, not what each of many probes finds."""
        if word == "ok":
            if check in self._ill:
                self._ill.discard(check)
                log.info("The health check %s is well again.", check.name)
        elif check not in self._ill:
            self._ill.add(check)
            if error is None:
                log.warning("The health check %s did not end within %s s.", check.name, check.timeout)
            else:
                log.warning("The health check %s failed.", check.name, exc_info=error)

    def _begin(self, check: HealthCheck) -> Future[None]:
        """Start a check on a thread of its own; one that still hangs is not started again."""
        running = self._running.get(check)
        if running is not None and not running.done():
            return running
        future: Future[None] = Future()
        self._running[check] = future
        threading.Thread(target=_run, args=(check, future), name=f"health {check.name}", daemon=True).start()
        return future


def live() -> JSONResponse:
    """200: the process is there."""
    return _answer({"status": "ok"}, 200)


def _answer(body: dict[str, Any], status: int) -> JSONResponse:
    return JSONResponse(body, status, headers={"cache-control": "no-store"})


def _run(check: HealthCheck, future: Future[None]) -> None:
    try:
        said = check.check()
        if inspect.isawaitable(said):
            said = asyncio.run(_wait_for(said))
        if said is False:
            raise RuntimeError(f"The check {check.name} returned False.")
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(None)


async def _wait_for(said: Any) -> Any:
    return await said


def _outcome(check: HealthCheck, future: Future[None], begin: float) -> tuple[str, BaseException | None]:
    try:
        error = future.exception(max(0.0, begin + check.timeout - monotonic()))
    except TimeoutError:
        return "timed out", None
    return ("ok", None) if error is None else ("failed", error)
