"""An app as the commands need it: found, imported and sealed, with every mistake told in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..foundation.errors import SetupError
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


def seal(spec: str = "") -> Sealed:
    """Find, import and seal an app.

    Raises `SetupError` for mistakes in how it is put together, `CommandError` if it is not found or not
    imported.
    """
    target = locate(spec)
    try:
        app = load(target)
        kernel = app.seal()
    except (SetupError, CommandError):
        raise
    except (Exception, SystemExit) as error:
        raise CommandError(f"{short(target.file)} cannot be imported.\n\n{explain(error)}") from error
    return Sealed(target, app, kernel)
