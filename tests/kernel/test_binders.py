"""Binders: how a battery makes a kind of parameter, and what it is told of it."""

from typing import Annotated

from demijohn import App, Battery, Client
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
