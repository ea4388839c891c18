"""Nested blueprints: prefixes, names, arounds, error handlers, and services that are seen in their blueprint alone."""

from collections.abc import Iterator
from typing import Annotated

import pytest

from demijohn import App, Blueprint, Client, NotFound, SetupError, url

log: list[str] = []


class Clock:
    """A service that tells who made it."""

    def __init__(self, name: str) -> None:
        self.name = name


class Watch:
    """A service that needs another."""

    def __init__(self, clock: Clock) -> None:
        self.name = f"watch of {clock.name}"


def clock_of(name: str):
    """A provider of clocks that are called so."""

    def make() -> Clock:
        return Clock(name)

    return make


def make_watch(clock: Clock) -> Watch:
    return Watch(clock)


def tell(clock: Clock) -> str:
    return clock.name


def tell_both(clock: Clock, watch: Watch) -> str:
    return f"{clock.name}, {watch.name}"


def asked(app: App, path: str) -> str:
    with Client(app) as client:
        answer = client.get(path)
        assert answer.status == 200, answer.text
        return answer.text


def nested() -> tuple[App, Blueprint, Blueprint]:
    app, outer, inner = App(bare=True), Blueprint("outer"), Blueprint("inner")
    for each in (app, outer, inner):
        each.get("/tell")(tell)
    outer.include(inner, prefix="/inner")
    app.include(outer, prefix="/outer")
    return app, outer, inner


def test_the_nearest_provider_wins():
    """A blueprint's is seen in it and in what it includes; the app's everywhere else."""
    app, outer, inner = nested()
    app.provide(clock_of("app"))
    outer.provide(clock_of("outer"))
    assert [asked(app, path) for path in ("/tell", "/outer/tell", "/outer/inner/tell")] == ["app", "outer", "outer"]
    app, outer, inner = nested()
    app.provide(clock_of("app"))
    inner.provide(clock_of("inner"))
    assert [asked(app, path) for path in ("/tell", "/outer/tell", "/outer/inner/tell")] == ["app", "app", "inner"]


def test_a_provider_is_not_seen_outside():
    """What the blueprint alone brings cannot be asked for by the app, nor by its neighbour."""
    app, one, two = App(bare=True), Blueprint("one"), Blueprint("two")
    one.provide(clock_of("one"))
    one.get("/")(tell)
    two.get("/")(tell)
    app.include(one, prefix="/one")
    app.include(two, prefix="/two")
    with pytest.raises(SetupError) as caught:
        app.seal()
    assert caught.value.code == "DMJ0303"
    two.provide(clock_of("two"))
    assert [asked(app, path) for path in ("/one/", "/two/")] == ["one", "two"]


def test_a_service_sees_what_is_seen_where_it_was_written():
    """The app's watch is made of the app's clock, even where a blueprint has a clock of its own."""
    app, inner = App(bare=True), Blueprint("inner")
    app.provide(clock_of("app"))
    app.provide(make_watch)
    inner.provide(clock_of("inner"))
    inner.get("/")(tell_both)
    app.include(inner, prefix="/inner")
    assert asked(app, "/inner/") == "inner, watch of app"
    inner.provide(make_watch)
    again = App(bare=True)
    again.provide(clock_of("app"))
    again.include(inner)
    assert asked(again, "/") == "inner, watch of inner"


def test_arounds_see_what_is_seen_where_they_were_written():
    """The app's around gets the app's clock, the blueprint's its own."""
    app, inner = App(bare=True), Blueprint("inner")

    def noted(clock: Clock) -> Iterator[None]:
        log.append(clock.name)
        yield

    def noted_inside(clock: Clock) -> Iterator[None]:
        log.append(clock.name)
        yield

    app.provide(clock_of("app"))
    app.around(noted)
    inner.provide(clock_of("inner"))
    inner.around(noted_inside)
    inner.get("/")(tell)
    app.include(inner)
    log.clear()
    assert asked(app, "/") == "inner"
    assert log == ["app", "inner"]


def test_services_of_the_app_of_each_blueprint():
    """Scope `app` means once for each place that brings it, and each is closed."""
    app, one, two = App(bare=True), Blueprint("one"), Blueprint("two")

    def made(name: str):
        def make() -> Iterator[Clock]:
            log.append(f"made {name}")
            yield Clock(name)
            log.append(f"closed {name}")

        return make

    for blueprint in (one, two):
        blueprint.provide(scope="app")(made(blueprint.name))
        blueprint.get("/")(tell)
        app.include(blueprint, prefix=f"/{blueprint.name}")
    app.include(one, prefix="/again")
    log.clear()
    with Client(app) as client:
        assert [client.get(path).text for path in ("/one/", "/two/", "/one/", "/again/")] == [
            "one",
            "two",
            "one",
            "one",
        ]
    assert sorted(log) == ["closed one", "closed two", "made one", "made two"]


def test_two_of_a_kind_at_one_level():
    """A mistake, as in the app; told apart by names."""
    app, inner = App(bare=True), Blueprint("inner")
    inner.provide(clock_of("a"))
    inner.provide(clock_of("b"))
    app.include(inner)
    with pytest.raises(SetupError) as caught:
        app.seal()
    assert caught.value.code == "DMJ0405"
    assert len(caught.value.where) == 2

    def tell_named(clock: Annotated[Clock, "b"]) -> str:
        return clock.name

    app, inner = App(bare=True), Blueprint("inner")
    inner.provide(clock_of("a"))
    inner.provide(name="b")(clock_of("b"))
    inner.get("/")(tell_named)
    app.include(inner)
    assert asked(app, "/") == "b"


def test_a_test_replaces_what_a_blueprint_brings():
    """A replacement goes before every provider, wherever it was written."""
    app, outer, _ = nested()
    app.provide(clock_of("app"))
    outer.provide(clock_of("outer"))
    with Client(app, provide={Clock: Clock("test")}) as client:
        assert [client.get(path).text for path in ("/tell", "/outer/tell", "/outer/inner/tell")] == ["test"] * 3


def test_a_lifespan_sees_the_services_of_its_blueprint():
    """As its handlers do."""
    app, inner = App(bare=True), Blueprint("inner")
    app.provide(clock_of("app"))
    inner.provide(clock_of("inner"))

    @inner.lifespan
    def start(clock: Clock) -> Iterator[None]:
        log.append(clock.name)
        yield

    inner.get("/")(tell)
    app.include(inner)
    log.clear()
    asked(app, "/")
    assert log == ["inner"]


def test_prefixes_join():
    """The place's, then the blueprint's own, then the inner ones; a blueprint with a prefix needs none from outside."""
    app, posts, notes = App(bare=True), Blueprint("posts", prefix="/posts/"), Blueprint("notes", prefix="/{post}/notes")

    @notes.get("/{id}")
    def show(post: int, id: int) -> str:
        return url("show", post=post, id=id)

    posts.include(notes)
    app.include(posts)
    app.include(posts, prefix="/v2")
    assert asked(app, "/posts/1/notes/2") == "/posts/1/notes/2"
    assert asked(app, "/v2/posts/1/notes/2") == "/posts/1/notes/2"
    assert app.url("posts.notes.show", post=1, id=2) == "/posts/1/notes/2"


def test_arounds_and_error_handlers_nest():
    """Arounds from the outside in; the innermost handler of an error that has one answers."""
    app, outer, inner = App(bare=True), Blueprint("outer", prefix="/outer"), Blueprint("inner", prefix="/inner")

    def noted(name: str):
        def around() -> Iterator[None]:
            log.append(name)
            yield

        return around

    def missing() -> str:
        raise NotFound

    for each in (app, outer, inner):
        each.around(noted(each.name))
        each.get("/missing")(missing)
    app.on_error(404)(lambda error: ("app", 404))
    inner.on_error(404)(lambda error: ("inner", 404))
    outer.include(inner)
    app.include(outer)
    log.clear()
    with Client(app) as client:
        answers = [client.get(path).text for path in ("/missing", "/outer/missing", "/outer/inner/missing", "/nowhere")]
    assert answers == ["app", "app", "inner", "app"]
    assert log == ["app", "app", "outer", "app", "outer", "inner", "app"]
