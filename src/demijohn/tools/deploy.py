"""`demijohn check --deploy`: what an app may be served to the public with, and what not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..foundation.signing import NEW_KEY_COMMAND, key_problem
from ..kernel.deploy import DeployCheck, Finding
from ..kernel.kernel import Kernel
from .console import count, paint, say

_FILES = (".toml", ".json", ".yaml")


def check_deploy(kernel: Kernel, *, as_json: bool = False) -> int:
    """Print the findings; the exit code is 2 if one of them is an error."""
    found = sorted(findings(kernel), key=lambda each: (each.level, each.id))
    errors = [each for each in found if each.level == "error"]
    if as_json:
        say(json.dumps({"ok": not errors, "findings": [plain(each) for each in found]}, indent=2))
    elif not found:
        say(f"{paint('✓', 'green')} Nothing speaks against serving it to the public.")
    else:
        say("\n\n".join(shown(each) for each in found))
        warnings = count(len(found) - len(errors), "warning")
        summary = f"{paint(count(len(errors), 'error'), 'red', 'bold')}, {warnings}" if errors else warnings
        say(f"\n{summary}. docs/security.md tells more of each id.")
    return 2 if errors else 0


def findings(kernel: Kernel) -> Iterator[Finding]:
    """What every battery says of itself, and what concerns them all."""
    yield from _development(kernel)
    yield from _keys(kernel)
    yield from _places(kernel)
    names = {battery.name for battery in kernel.batteries}
    if "security" not in names:
        yield Finding(
            "SEC009", "The Security battery is not in use: no headers, no check of forged requests.",
            "App() instead of App(bare=True), or app.use(Security())",
        )  # fmt: skip
    for check in kernel.offers(DeployCheck):
        yield from check.run(kernel)


def _development(kernel: Kernel) -> Iterator[Finding]:
    if kernel.debug:
        yield debugging()


def debugging() -> Finding:
    """What is said of an app that is being developed."""
    return Finding(
        "SEC001", "It runs in development: errors show the code and its values.",
        "Leave DEMIJOHN_DEBUG unset, and debug=True out of App(...).",
    )  # fmt: skip


def _keys(kernel: Kernel) -> Iterator[Finding]:
    keys = kernel.sources.secret_keys()
    if not keys:
        yield Finding(
            "SEC002", "SECRET_KEY is not set: nothing can be signed.",
            f"Make one and set it where the app runs:\n{NEW_KEY_COMMAND}", "warning",
        )  # fmt: skip
        return
    for number, key in enumerate(keys):
        problem = key_problem(key)
        if problem:
            which = "SECRET_KEY" if number == 0 else f"Fallback {number} of SECRET_KEY"
            yield Finding("SEC002", f"{which} {problem}.", f"Make another:\n{NEW_KEY_COMMAND}")
    origin = kernel.sources.origin("SECRET_KEY") or ""
    if origin.partition(":")[0].endswith(_FILES):
        yield Finding(
            "SEC003", f"SECRET_KEY stands in {origin}, a file that is shared with everybody who has the code.",
            "Set it in the environment, and make a new one: this one is known.",
        )  # fmt: skip


def _places(kernel: Kernel) -> Iterator[Finding]:
    batteries: dict[str, Any] = {battery.name: battery for battery in kernel.batteries}
    sessions = batteries.get("sessions")
    if sessions is not None and sessions.store == "memory":
        yield Finding(
            "SEC005", "Sessions are kept in memory: each worker has its own, and a restart ends them all.",
            'app.use(Sessions())   in a cookie, or Sessions(store="database")', "warning",
        )  # fmt: skip
    if sessions is not None and sessions.same_site == "none":
        yield Finding(
            "SEC006", 'The session\'s cookie is sent with what other sites ask for: same_site="none".',
            'app.use(Sessions(same_site="lax")), unless the app is meant to be framed by other sites', "warning",
        )  # fmt: skip
    if "database" in batteries and _is_sqlite(kernel, batteries["database"]):
        yield Finding(
            "SEC004", "The database is SQLite: one file on one machine, and one writer at a time.",
            "DATABASE_URL=postgresql://...   or leave it, if one machine is enough and the file is backed up.",
            "warning",
        )  # fmt: skip


def _is_sqlite(kernel: Kernel, database: Any) -> bool:
    from ..batteries.database import Engines

    engines = next(kernel.offers(Engines), None)
    return engines is not None and str(engines.url).startswith("sqlite")


def shown(finding: Finding) -> str:
    """A finding on a terminal."""
    colour = "red" if finding.level == "error" else "yellow"
    fix = finding.fix.replace("\n", "\n       ")
    return f"{paint(finding.id, colour, 'bold')}  {finding.what}\n  Fix: {fix}"


def plain(finding: Finding) -> dict[str, Any]:
    """A finding, for JSON."""
    return {"code": finding.id, "level": finding.level, "what": finding.what, "where": [], "fix": finding.fix}
