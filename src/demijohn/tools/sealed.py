"""An app as the commands need it: found, imported and sealed, with every mistake told in words."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..foundation.errors import SetupError, SetupErrors
from .console import CommandError, short
from .finder import Target, load, locate
from .mistakes import explain

if TYPE_CHECKING:
    from ..app import App
    from ..kernel.kernel import Kernel


@dataclass(frozen=True)
class Sealed:
    """An app, its frozen kernel, and where it was found."""

    target: Target
    app: App
    kernel: Kernel


_KEYS = ("DMJ0214", "DMJ0572")
"""The codes of a SECRET_KEY that is not set."""


def seal(spec: str = "", *, serves: bool = False) -> Sealed:
    """Find, import and seal an app.

    Whoever only looks, at its routes or its tables, needs no SECRET_KEY: where none is set, one that nobody knows
    stands in for it. `serves` says that visitors are answered, or that it is checked whether they could be.

    Raises `SetupError` for mistakes in how it is put together, `CommandError` if it is not found or not
    imported.
    """
    target = locate(spec)
    try:
        app = load(target)
        kernel = app.seal() if serves else _looked_at(app)
    except (SetupError, CommandError):
        raise
    except (Exception, SystemExit) as error:
        raise CommandError(f"{short(target.file)} cannot be imported.\n\n{explain(error)}") from error
    return Sealed(target, app, kernel)


def _looked_at(app: App) -> Kernel:
    try:
        return app.seal()
    except SetupError as error:
        errors = error.errors if isinstance(error, SetupErrors) else (error,)
        if not any(each.code in _KEYS for each in errors):
            raise
    return app.seal(config={"SECRET_KEY": secrets.token_urlsafe(32)})  # All other mistakes are told again.
