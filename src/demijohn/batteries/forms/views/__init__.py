"""Generic views: pages over a store, as classes that say what is their own and leave the rest.

building.py   how a class becomes handlers       reading.py    lists, details, archives
saving.py     values that go into a store        changing.py   forms, making, changing, deleting
"""

from __future__ import annotations

from .changing import CreateView, DeleteView, FormView, UpdateView
from .reading import ArchiveView, DetailView, ListView, Period

__all__ = [
    "ArchiveView", "CreateView", "DeleteView", "DetailView", "FormView", "ListView", "Period", "UpdateView",
]  # fmt: skip
