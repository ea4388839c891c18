"""`demijohn check`: puts the app together without serving it, and tells every mistake at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..foundation.errors import SetupError, SetupErrors
from ..kernel.checks import Check
from .console import CommandError, count, paint, say, short
from .mistakes import further
from .sealed import seal


def run(spec: str = "", *, as_json: bool = False, deploy: bool = False) -> int:
    """Print the findings; the exit code is 0 if there are none, else 2. `deploy` looks at what is for the public, too.

    Warnings alone, which only `deploy` gives, leave it at 0.
    """
    try:
        sealed = seal(spec)
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
        from .deploy import check_deploy

        return check_deploy(kernel, as_json=as_json)
    if unread or as_json:
        return _tell(unread, as_json=as_json)
    parts = f"{count(len(kernel.routes), 'route')}, {count(len(kernel.batteries), 'battery', 'batteries')}"
    say(f"{paint('✓', 'green')} No mistakes in {short(sealed.target.file)}: {parts}.")
    return 0


def _tell(errors: Sequence[SetupError], *, as_json: bool) -> int:
    if as_json:
        say(json.dumps({"ok": not errors, "findings": [finding(each) for each in errors]}, indent=2))
    else:
        say("\n\n".join(str(each) for each in errors))
        say(f"\n{paint(count(len(errors), 'mistake'), 'red', 'bold')}. {further(errors)}")
    return 2 if errors else 0


def finding(error: SetupError) -> dict[str, Any]:
    """One mistake, for JSON."""
    where = [{"file": place.file, "line": place.line, "name": place.name} for place in error.where]
    return {"code": error.code, "what": error.what, "where": where, "fix": error.fix}
