"""Weather for Demijohn apps: `app.use(Weather())`."""

from .battery import Weather
from .forecast import Day, Forecast, Place, Probe, Station, StationClosed

__all__ = ["Day", "Forecast", "Place", "Probe", "Station", "StationClosed", "Weather"]
