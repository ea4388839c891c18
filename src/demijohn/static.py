"""What users type of the `Static` battery: `from demijohn.static import Static, StaticFolder`."""

from __future__ import annotations

from demijohn.batteries.static import Static, StaticFileNotFound, StaticFiles, StaticFolder

__all__ = ["Static", "StaticFileNotFound", "StaticFiles", "StaticFolder"]
