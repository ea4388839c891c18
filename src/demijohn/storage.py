"""What users type of the `Storage` battery: `from demijohn.storage import Storage, FileStorage`."""

from __future__ import annotations

from demijohn.batteries.storage import (
    IMAGES,
    DiskStorage,
    FileStorage,
    PendingFiles,
    Storage,
    UnsafeName,
    accepts,
    clean_image,
    kind_of,
    safe_name,
)

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
    "safe_name",
]
