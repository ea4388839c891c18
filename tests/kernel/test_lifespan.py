"""Lifespans: every way to write one, their order, and failures."""

import asyncio
import logging
from contextlib import asynccontextmanager, contextmanager

import pytest

from demijohn.foundation.errors import Where
from demijohn.kernel.lifespan import Lifespan
from demijohn.kernel.services import Provider, Singletons

log: list[str] = []


@pytest.fixture(autouse=True)
def empty_log():
    """Each test writes its own."""
    log.clear()


def generator():
    log.append("generator starts")
    yield
    log.append("generator stops")


async def async_generator():
    log.append("async generator starts")
    yield
    log.append("async generator stops")


@contextmanager
def manager():
    log.append("manager starts")
    yield
    log.append("manager stops")


@asynccontextmanager
async def async_manager():
    log.append("async manager starts")
    yield
    log.append("async manager stops")


async def coroutine():
    log.append("coroutine starts")


def function():
    log.append("function starts")


def run(lifespan):
    async def both():
        await lifespan.start()
        await lifespan.stop()

    asyncio.run(both())


@pytest.mark.parametrize("written", [generator, async_generator, manager, async_manager])
def test_what_follows_the_yield_stops_it(written):
    """A generator, an async one, and what contextlib makes of them."""
    name = written.__name__.replace("_", " ")
    run(Lifespan([written]))
    assert log == [f"{name} starts", f"{name} stops"]


@pytest.mark.parametrize("written", [coroutine, function])
def test_a_function_only_starts(written):
    """Something without a `yield` has nothing to stop."""
    run(Lifespan([written]))
    assert log == [f"{written.__name__} starts"]


def test_last_in_first_out():
    """Stopped in the reverse of their order, sync and async mixed."""
    lifespan = Lifespan([generator, async_generator, manager])
    assert lifespan.needs_loop
    run(lifespan)
    assert [line.rpartition(" ")[0] for line in log] == [
        "generator", "async generator", "manager", "manager", "async generator", "generator",
    ]  # fmt: skip
    assert not Lifespan([generator, manager, function]).needs_loop


def test_a_failing_start_stops_what_had_started():
    """Nothing stays half started."""

    def fails():
        raise LookupError
        yield

    lifespan = Lifespan([generator, fails, manager])
    with pytest.raises(LookupError):
        lifespan.start_sync()
    assert log == ["generator starts", "generator stops"]


def test_a_failing_stop_is_logged_and_stops_nobody_else(caplog):
    """The others are stopped all the same."""

    def fails():
        yield
        raise LookupError("at the end")

    lifespan = Lifespan([generator, fails])
    lifespan.start_sync()
    with caplog.at_level(logging.ERROR, "demijohn"):
        lifespan.stop_sync()
    assert log == ["generator starts", "generator stops"]
    assert "at the end" in caplog.text


def test_singletons_close_in_reverse_and_all_of_them(caplog):
    """A service of the app whose clean-up fails does not keep the others from theirs."""
    singletons = Singletons()

    def service(name, *, fails=False):
        def make():
            yield name
            log.append(f"{name} closed")
            if fails:
                raise LookupError(f"{name} failed")

        return make

    for name, fails in (("a", False), ("b", True), ("c", False)):
        make = service(name, fails=fails)
        provider = Provider((type(name, (), {}), None), make, "app", Where("app.py", 1))
        assert singletons.get(provider, make) == name
        assert singletons.get(provider, make) == name
    with caplog.at_level(logging.ERROR, "demijohn"):
        singletons.close()
    assert log == ["c closed", "b closed", "a closed"]
    assert "b failed" in caplog.text


def test_unusual_spellings():
    """A lambda around a generator, one around a manager, an object that is a manager already."""
    run(Lifespan([lambda: generator(), lambda: manager(), manager(), async_manager()]))
    names = ["generator", "manager", "manager", "async manager"]
    assert log == [f"{name} starts" for name in names] + [f"{name} stops" for name in reversed(names)]


@pytest.mark.parametrize("written", [lambda: async_generator(), lambda: coroutine(), lambda: async_manager()])
def test_what_must_be_awaited_is_told(written):
    """A plain function cannot await what it returns."""
    import gc
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the coroutine that nobody awaits
        with pytest.raises(TypeError, match="returns what must be awaited: make it an async generator itself"):
            run(Lifespan([written]))
        gc.collect()


def test_a_failing_stop_on_a_loop_is_logged_and_stops_nobody_else(caplog):
    """The same, where one of them awaits."""

    async def fails():
        yield
        raise LookupError("at the end")

    lifespan = Lifespan([generator, fails, async_generator])
    with caplog.at_level(logging.ERROR, "demijohn"):
        run(lifespan)
    assert log[-1] == "generator stops"
    assert "at the end" in caplog.text


def test_a_failing_start_on_a_loop_stops_what_had_started():
    """The same, where one of them awaits."""

    async def fails():
        raise LookupError
        yield

    with pytest.raises(LookupError):
        run(Lifespan([generator, async_generator, fails]))
    assert log[-2:] == ["async generator stops", "generator stops"]
