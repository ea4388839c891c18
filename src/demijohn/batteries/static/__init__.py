"""Static files: style sheets, scripts and pictures, cached for ever and renamed when they change."""

from .battery import Static
from .files import StaticFileNotFound, StaticFiles
from .folders import StaticFolder

__all__ = ["Static", "StaticFileNotFound", "StaticFiles", "StaticFolder"]
