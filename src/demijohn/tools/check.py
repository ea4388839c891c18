"""`demijohn check`: puts the app together without serving it, and tells every mistake at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..foundation.errors import SetupError, SetupErrors
from ..kernel.checks import Check
from ..kernel.deploy import Finding
from .console import CommandError, count, paint, say, short
from .deploy import check_deploy, plain, shown
from .mistakes import further
from .sealed import seal


def run(spec: str = "", *, as_json: bool = False, deploy: bool = False) -> int:
    """Print the findings; the exit code is 0 if there are none, else 2. `deploy` looks at what is for the public, too.

    Warnings alone leave it at 0.
    """
    try:
        sealed = seal(spec, serves=True)
    except SetupError as error:
        return _tell(error.errors if isinstance(error, SetupErrors) else (error,), as_json=as_json)
    except CommandError as error:
        if not as_json:
            raise
        found = {"code": "", "what": error.what, "where": [], "fix": error.fix}
        say(json.dumps({"ok": False, "findings": [found]}, indent=2))
        return error.exit_code
    kernel = sealed.kernel
    unread = [*kernel.sources.leftovers(), *(error for check in kernel.offers(Check) for error in check.run(kernel))]
    if deploy and not unread:
        return check_deploy(kernel, as_json=as_json)
    warnings = [] if unread else [each for check in kernel.offers(Check) for each in check.warn(kernel)]
    if unread or as_json:
        return _tell(unread, warnings, as_json=as_json)
    for each in warnings:
        say(f"{shown(each)}\n")
    parts = f"{count(len(kernel.routes), 'route')}, {count(len(kernel.batteries), 'battery', 'batteries')}"
    say(f"{paint('✓', 'green')} No mistakes in {short(sealed.target.file)}: {parts}.")
    return 0


def _tell(errors: Sequence[SetupError], warnings: Sequence[Finding] = (), *, as_json: bool) -> int:
    if as_json:
        found = [*map(finding, errors), *map(plain, warnings)]
        say(json.dumps({"ok": not errors, "findings": found}, indent=2))
    else:
        say("\n\n".join(str(each) for each in errors))
        say(f"\n{paint(count(len(errors), 'mistake'), 'red', 'bold')}. {further(errors)}")
    return 2 if errors else 0


def finding(error: SetupError) -> dict[str, Any]:
    """One mistake, for JSON."""
    where = [{"file": place.file, "line": place.line, "name": place.name} for place in error.where]
    return {"code": error.code, "what": error.what, "where": where, "fix": error.fix}
