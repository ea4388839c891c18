"""What the weather is: pure, made up from the name of a place, the same every day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from demijohn import NotFound, Schema


class Day(Schema):
    """The weather of one day at a place."""

    place: str
    degrees: float
    unit: str
    sunny: bool


class StationClosed(Exception):
    """Raised where a place is asked about whose station does not answer."""


class Place:
    """A place that there is, of those in the settings."""

    def __init__(self, name: str) -> None:
        self.name = name


@dataclass(frozen=True)
class Probe:
    """Offered by other batteries and registered by apps: what else is measured at each place."""

    name: str
    measure: Callable[[Place], float]


@dataclass
class Station:
    """What is switched on while the app runs."""

    running: bool = False
    starts: int = 0


@dataclass(frozen=True)
class Forecast:
    """The forecast of an exchange, in its unit."""

    unit: str
    station: Station
    asked: list[str]

    def of(self, place: Place) -> Day:
        """Tomorrow's weather; raises `StationClosed` for places that begin with X."""
        self.asked.append(place.name)
        if place.name.startswith("X"):
            raise StationClosed(place.name)
        celsius = float(sum(map(ord, place.name)) % 40 - 5)
        degrees = celsius if self.unit == "celsius" else celsius * 9 / 5 + 32
        return Day(place=place.name, degrees=degrees, unit=self.unit, sunny=celsius > 15)


def find(places: Sequence[str], name: str) -> Place:
    """The place of a name; `NotFound` if there is none."""
    for place in places:
        if place.lower() == name.lower():
            return Place(place)
    raise NotFound(f"There is no weather in {name}.")
