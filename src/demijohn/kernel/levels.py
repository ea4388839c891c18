"""Levels: which services and converters are seen from a place of a recipe.

A blueprint's own are seen in it and in what it includes, and there go before those further out; the app's and its
batteries' are seen everywhere. What makes a service sees what is seen where it was written, whoever asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .services import Provider, ServiceKey

if TYPE_CHECKING:
    from .converters import Converter


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """What is seen from one blueprint at one of its places."""

    providers: Mapping[ServiceKey, Provider]
    converters: Mapping[type, Converter]
