"""Batteries: needs, order, settings, the ledger, and conflicts that name both origins."""

from dataclasses import dataclass

import pytest

from demijohn import App, Battery, Blueprint, Client, Setup, SetupError, SetupErrors

installed: list[str] = []


@dataclass(frozen=True)
class Ground(Battery):
    """Needed by others."""

    name = "ground"
    depth: int = 1

    def install(self, setup: Setup) -> None:
        installed.append(f"ground {self.depth}")


@dataclass(frozen=True)
class House(Battery):
    """Needs the ground."""

    name = "house"

    def install(self, setup: Setup) -> None:
        ground = setup.needs(Ground)
        installed.append(f"house on {ground.depth}")


@dataclass(frozen=True)
class Hen(Battery):
    """Needs the egg."""

    name = "hen"

    def install(self, setup: Setup) -> None:
        setup.needs(Egg)


@dataclass(frozen=True)
class Egg(Battery):
    """Needs the hen."""

    name = "egg"

    def install(self, setup: Setup) -> None:
        setup.needs(Hen)


@pytest.fixture(autouse=True)
def nothing_installed():
    """Each test counts its own installations."""
    installed.clear()


def sealed(*batteries: Battery, **options):
    """The kernel of a bare app with batteries."""
    app = App(bare=True)
    app.use(*batteries)
    return app.seal(**options)


def refused(*batteries: Battery) -> SetupError:
    with pytest.raises(SetupError) as caught:
        sealed(*batteries)
    return caught.value


def test_what_is_needed_is_installed_first_and_once():
    """The order of `use` does not matter; what nobody uses is installed with default settings."""
    sealed(House())
    assert installed == ["ground 1", "house on 1"]
    for order in ((House(), Ground(5)), (Ground(5), House())):
        installed.clear()
        kernel = sealed(*order)
        assert installed == ["ground 5", "house on 5"]
        assert kernel.battery(Ground) == Ground(5)


def test_a_circle_is_told():
    """Two batteries that need each other are a mistake, with the way round."""
    error = refused(Hen())
    assert error.code == "DMJ0401"
    assert error.what == "Batteries need each other in a circle: Hen -> Egg -> Hen."


def test_two_batteries_of_one_name():
    """The name is a section of the configuration: both classes are shown, needed ones too."""

    @dataclass(frozen=True)
    class Imposter(Battery):
        name = "ground"

        def install(self, setup: Setup) -> None:
            pass

    error = refused(Ground(), Imposter())
    assert error.code == "DMJ0402"
    assert error.what == "Ground and Imposter are both called 'ground'."
    assert len(error.where) == 2
    assert refused(Imposter(), House()).code == "DMJ0402"


def test_one_battery_twice():
    """`use` is for one of a kind: both lines are shown."""
    error = refused(Ground(1), Ground(2))
    assert error.code == "DMJ0406"
    assert [place.file for place in error.where] == [__file__, __file__]


@pytest.mark.parametrize(
    ("thing", "what"),
    [(Ground, "use(Ground) is given the class."), (Blueprint("x"), "use() takes batteries, not Blueprint.")],
)
def test_what_is_no_battery(thing, what):
    """A class instead of an instance, a blueprint, a middleware: the fix is shown."""
    with pytest.raises(SetupError) as caught:
        App().use(thing)
    assert (caught.value.code, caught.value.what) == ("DMJ0407", what)


def conflict(first, second) -> SetupError:
    """The mistake of two batteries, each with a function as its `install`."""

    @dataclass(frozen=True)
    class One(Battery):
        name = "one"

        def install(self, setup: Setup) -> None:
            first(setup)

    @dataclass(frozen=True)
    class Two(Battery):
        name = "two"

        def install(self, setup: Setup) -> None:
            second(setup)

    error = refused(One(), Two())
    assert len(error.where) == 2, "a conflict names both origins"
    assert error.where[0].line != error.where[1].line
    return error


def test_conflicts_name_both_origins():
    """Two answers to one error, one fixed header twice, two providers of a type."""

    def handler(error): ...

    error = conflict(lambda s: s.on_error(KeyError, handler), lambda s: s.on_error(KeyError, handler))
    assert (error.code, error.what) == ("DMJ0403", "Two batteries handle KeyError.")
    error = conflict(lambda s: s.headers({"X-A": "1"}), lambda s: s.headers({"x-a": "1"}))
    assert (error.code, error.what) == ("DMJ0404", "one and two both fix the header x-a.")
    error = conflict(lambda s: s.provide(Ground, Ground), lambda s: s.provide(Ground, Ground))
    assert (error.code, error.what) == ("DMJ0405", "Two providers make Ground.")


def test_the_mistakes_of_all_batteries_are_told_together():
    """One bad battery does not hide the next."""
    app = App(bare=True)
    app.use(Hen(), Ground(), Ground())
    app.get("/{x:int}")(lambda x: "")
    with pytest.raises(SetupErrors) as caught:
        app.seal()
    assert {error.code for error in caught.value.errors} == {"DMJ0401", "DMJ0406", "DMJ0203"}


class Clock:
    """Provided by a battery's blueprint."""


@dataclass(frozen=True)
class Everything(Battery):
    """Uses each verb."""

    name = "everything"
    word: str = "hello"
    started: tuple[list[str], ...] = ()

    def install(self, setup: Setup) -> None:
        extra = Blueprint("extra", around=[marks])

        @extra.provide
        def make_clock() -> Clock:
            return Clock()

        @extra.get("/")
        def index(ground: Ground, clock: Clock):
            return {"word": self.word, "depth": ground.depth}

        @extra.get("/broken")
        def broken():
            raise ZeroDivisionError("x")

        @extra.get("/own")
        def own():
            raise LookupError("x")

        @extra.on_error(LookupError)
        def on_lookup(error):
            return "the blueprint's", 410

        setup.needs(Ground)
        setup.routes(extra, prefix="/extra")
        setup.around(outer)
        setup.on_error(ZeroDivisionError, lambda error: ("no such key", 404))
        setup.headers({"X-Fixed": "yes"})
        setup.provide(Ground, lambda: Ground(9))
        setup.offer(self.word)
        self_offers = setup.offers(str)
        setup.lifespan(life)
        assert list(self_offers) == [self.word]


events: list[str] = []


def outer():
    events.append("outer in")
    yield
    events.append("outer out")


def marks():
    response = yield
    response.headers["x-marked"] = "by the blueprint"


def life():
    events.append("starts")
    yield
    events.append("stops")


def test_every_verb_does_what_it_says():
    """Routes with their blueprint's arounds and handlers, services, errors, headers, offers, life, and the ledger."""
    events.clear()
    app = App(bare=True)
    app.use(Everything(word="hi"))

    @app.get("/")
    def home():
        raise ZeroDivisionError("x")

    with Client(app) as client:
        answer = client.get("/extra/")
        assert answer.json() == {"word": "hi", "depth": 9}
        assert answer.headers["x-fixed"] == "yes"
        assert answer.headers["x-marked"] == "by the blueprint"
        assert client.get("/").text == "no such key"
        assert client.get("/extra/broken").status == 404
        assert client.get("/extra/own").text == "the blueprint's"
        assert client.get("/nowhere").headers["x-fixed"] == "yes"
    assert events[0] == "starts"
    assert events[-1] == "stops"
    assert events.count("outer in") == events.count("outer out") == 5
    kernel = app.seal()
    assert list(kernel.offers(str)) == ["hi"]
    ledger = [(line.verb, line.what) for line in kernel.ledger if line.battery == "everything"]
    assert [verb for verb, _ in ledger] == [
        "needs", "routes", "around", "on_error", "headers", "provide", "offer", "lifespan",
    ]  # fmt: skip
    assert ("routes", "extra at /extra") in ledger
    assert all(line.where.file == __file__ for line in kernel.ledger)
    assert app.url("extra.broken") == "/extra/broken"


def test_settings_come_from_outside_unless_written_in_code():
    """A field given in code wins over the configuration; an override for tests wins over both."""
    assert sealed(Ground(), config={"ground": {"depth": 7}}).battery(Ground) == Ground(7)
    assert sealed(House(), config={"ground": {"depth": 7}}).battery(Ground) == Ground(7)


def test_a_battery_without_install_says_so():
    """The base class does not pretend."""

    @dataclass(frozen=True)
    class Lazy(Battery):
        name = "lazy"

    with pytest.raises(TypeError, match=r"Lazy has no install\(setup\) method."):
        sealed(Lazy())


def test_a_battery_that_cannot_be_installed_is_told_once():
    """Not a second time for each handler that needs it: it is in use, after all."""

    class Lamp:
        __provided_by__ = "lamps:Light"

    class Light(Battery):
        name = "light"

        def install(self, setup):
            raise SetupError("DMJ0999", "There is no current.", fix="Plug it in.")

    app = App(bare=True)
    app.use(Light())

    @app.get("/")
    def home(lamp: Lamp):
        return ""

    with pytest.raises(SetupError) as found:
        app.seal()
    assert found.value.code == "DMJ0999"
    assert "not in use" not in str(found.value)


def test_init_app_is_told_the_line():
    """Flask's extensions are given the app; no attribute is looked for in vain without saying which."""
    with pytest.raises(AttributeError, match=r"'House' object has no attribute 'init_app'. Write app.use\(House\(\)\)"):
        House().init_app(App())
    with pytest.raises(AttributeError, match=r"'House' object has no attribute 'other'$"):
        _ = House().other
    with pytest.raises(SetupError, match=r"DMJ0407  House\(\) is given an app"):
        House(App())
