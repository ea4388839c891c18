"""The `Weather` battery: each verb of `Setup`, used once."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from demijohn import (
    Battery,
    Binding,
    Blueprint,
    Encoder,
    Request,
    Response,
    Setup,
    TemplateFolder,
    Templates,
    need,
    render,
)

from .forecast import Forecast, Place, Probe, Station, StationClosed, find

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Weather(Battery):
    """Weather for an app: pages at `/weather`, and `Forecast` and `Place` for handlers.

    `unit` is that of all degrees, `places` those that there are, `prefix` where the pages are; `radar` adds one more
    page and needs the extra of that name.
    """

    name = "weather"

    unit: Literal["celsius", "fahrenheit"] = "celsius"
    places: Sequence[str] = ("Ghent", "Oslo")
    prefix: str = "/weather"
    radar: bool = False

    def install(self, setup: Setup) -> None:
        """Add all that it brings; a missing package is told here, when the app is sealed."""
        if self.radar:
            need("weather_radar_that_nobody_has", extra="radar", wanted_by="Weather", package="demijohn-weather")
        station = Station()
        probes = setup.offers(Probe)
        setup.needs(Templates)
        setup.offer(TemplateFolder(HERE / "templates", "weather"))
        setup.offer(Encoder(Place, lambda place: {"place": place.name}))
        setup.routes(pages(probes), prefix=self.prefix)
        setup.around(count_clouds)
        setup.on_error(StationClosed, closed)
        setup.headers({"X-Weather-Unit": self.unit})
        setup.bind(Place, self.bind_place)
        setup.provide(Station, lambda: station, scope="app")
        setup.provide(Forecast, self.make_forecast)
        setup.lifespan(lambda: running(station))

    def make_forecast(self, station: Station) -> Iterator[Forecast]:
        """The forecast of one exchange."""
        forecast = Forecast(self.unit, station, [])
        yield forecast
        forecast.asked.clear()

    def bind_place(
        self, annotation: Any, *, name: str, source: Literal["path", "query"], optional: bool, is_async: bool
    ) -> Binding:
        """A `Place` is made of its name, in the path or in the query."""

        def make(text: str) -> Place:
            return find(self.places, text)

        return Binding(str, (), make)


def pages(probes: Any) -> Blueprint:
    """The pages of the battery."""
    blueprint = Blueprint("weather")

    @blueprint.get("/")
    def index(forecast: Forecast, place: Place):
        return render("weather/page.html", day=forecast.of(place), probes=[(p.name, p.measure(place)) for p in probes])

    @blueprint.get("/{place}")
    def show(place: Place, forecast: Forecast):
        return forecast.of(place)

    return blueprint


def count_clouds(request: Request) -> Generator[None, Response, None]:
    """Wraps every exchange of the app, errors and refusals too."""
    response = yield
    response.headers["x-clouds"] = str(request.path.count("o"))


def closed(error: StationClosed) -> Any:
    """The answer where a station does not answer."""
    return render("weather/closed.html", place=str(error)), 503


def running(station: Station) -> Generator[None, None, None]:
    """The station runs while the app does."""
    station.running = True
    station.starts += 1
    yield
    station.running = False
