"""Where the driver put what the apps read: the templates, one static file, and the database."""

from __future__ import annotations

import os
import pathlib

FOLDER = pathlib.Path(os.environ["BENCHMARK_FOLDER"])
TEMPLATES = FOLDER / "templates"
STATIC = FOLDER / "static"
DATABASE = FOLDER / "rows.sqlite"
