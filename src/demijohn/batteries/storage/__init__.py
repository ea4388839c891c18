"""Files that visitors send: a protocol, a folder that fulfils it, and how they are served without harm."""

from __future__ import annotations

from .accepting import accepts, kind_told
from .battery import Storage
from .disk import DiskStorage
from .images import clean_image
from .kinds import IMAGES, kind_of
from .names import safe_name
from .pending import PendingFiles
from .protocol import FileStorage, UnsafeName

__all__ = [
    "IMAGES",
    "DiskStorage",
    "FileStorage",
    "PendingFiles",
    "Storage",
    "UnsafeName",
    "accepts",
    "clean_image",
    "kind_of",
    "kind_told",
    "safe_name",
]
