"""Binders: how a battery makes a kind of parameter, and what it is told of it."""

from typing import Annotated

import pytest

from demijohn import App, Battery, Client, SetupError
from demijohn.kernel.services import Binding


class Lamp:
    """Knows nothing of others."""


class Named:
    """Knows what it is called."""

    def __init__(self, name: str | None) -> None:
        self.name = name


class Light(Battery):
    """Makes both."""

    name = "light"

    def install(self, setup):
        """Each by a binder."""
        setup.bind(Lamp, self.lamp)
        setup.bind(Named, self.named)

    @staticmethod
    def lamp(annotation, *, name, source, optional, is_async):
        """Takes no qualifier."""
        return Binding(None, (), Lamp)

    @staticmethod
    def named(annotation, *, qualifier=None, **_):
        """Takes one."""
        return Binding(None, (), lambda: Named(qualifier))


def test_a_qualifier_is_told_to_those_who_take_one():
    """And to nobody else."""
    app = App(bare=True)
    app.use(Light())

    @app.get("/")
    def home(lamp: Annotated[Lamp, "desk"], first: Annotated[Named, "desk"], second: Named):
        return [type(lamp).__name__, first.name, second.name]

    assert Client(app).get("/").json() == ["Lamp", "desk", None]


class Current:
    """What a lamp needs."""

    __provided_by__ = "power:Power"


class Power(Battery):
    """Gives it, if it can."""

    name = "power"

    def install(self, setup):
        """Not this time."""
        raise SetupError("DMJ9999", "There is no cable.", fix="Plug it in.")


class Wired(Battery):
    """Needs what another gives."""

    name = "wired"

    def install(self, setup):
        """By a binder."""
        setup.bind(Lamp, lambda annotation, **_: Binding(None, (Current,), lambda current: Lamp()))


class Steady(Battery):
    """Gives it by a binder."""

    name = "power"

    def install(self, setup):
        """Of nothing."""
        setup.bind(Current, lambda annotation, **_: Binding(None, (), Current))


def test_what_a_binder_needs_may_be_bound_too():
    """And not only provided."""
    app = App(bare=True)
    app.use(Steady(), Wired())

    @app.get("/")
    def home(lamp: Lamp):
        return type(lamp).__name__

    assert Client(app).get("/").text == "Lamp"


def test_what_a_binder_needs_of_a_battery_that_failed():
    """The mistake of the battery is told, not what follows from it."""
    app = App(bare=True)
    app.use(Power(), Wired())

    @app.get("/")
    def home(lamp: Lamp):
        return "on"

    with pytest.raises(SetupError) as caught:
        app.seal()
    assert caught.value.code == "DMJ9999"
    app = App(bare=True)
    app.use(Wired())
    app.get("/")(home)
    with pytest.raises(SetupError, match="needs the Power battery, which is not in use") as caught:
        app.seal()
    assert caught.value.fix == "from power import Power\napp.use(Power())"
