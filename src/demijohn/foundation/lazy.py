"""Optional third-party packages: imported when they are needed, and a clear word when they are not there."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

from demijohn.foundation.errors import SetupError


def need(module: str, *, extra: str, wanted_by: str, package: str = "demijohn") -> ModuleType:
    """Import an optional package, or raise the `SetupError` that says how to install it.

    `extra` is the extra of `package` that brings it, `wanted_by` who asks. A package that is missing is
    DMJ0601; one that is installed but breaks while it is imported is DMJ0602, with its own error as the
    cause.

    >>> need("json", extra="standard", wanted_by="Database").__name__
    'json'
    >>> need("no_such", extra="standard", wanted_by="Database")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    demijohn.foundation.errors.SetupError: DMJ0601  Database needs no_such: pip install 'demijohn[standard]'
      Fix: Run with the Python of this app: ... -m pip install 'demijohn[standard]'
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        # Only the package itself or a part of it: a hole inside an installed package is another story.
        if error.name is not None and f"{module}.".startswith(f"{error.name}."):
            raise SetupError(
                "DMJ0601",
                f"{wanted_by} needs {error.name}: pip install '{package}[{extra}]'",
                fix=f"Run with the Python of this app: {sys.executable} -m pip install '{package}[{extra}]'",
            ) from error
        raise _broken(module, f"{package}[{extra}]", wanted_by, error) from error
    except ImportError as error:
        raise _broken(module, f"{package}[{extra}]", wanted_by, error) from error


def _broken(module: str, distribution: str, wanted_by: str, error: ImportError) -> SetupError:
    return SetupError(
        "DMJ0602",
        f"{wanted_by} needs {module}, which is installed but does not import: {error}",
        fix=f"Install it anew: {sys.executable} -m pip install --force-reinstall '{distribution}'",
    )
