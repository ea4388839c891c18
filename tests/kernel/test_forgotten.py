"""Batteries that a handler uses and the app does not are told when the app is sealed."""

import pytest

from demijohn import App, SetupError, Templates, render


def page():
    return render("page.html")


def nested():
    return next(render("page.html") for _ in range(1))


@pytest.mark.parametrize("handler", [page, nested])
def test_a_forgotten_battery_is_named(handler):
    """The message has the two lines to add."""
    app = App()
    app.get("/")(handler)
    with pytest.raises(SetupError) as caught:
        app.seal()
    assert caught.value.code == "DMJ0309"
    assert "calls render(), which needs the Templates battery" in str(caught.value)
    assert caught.value.fix == "from demijohn.templates import Templates\napp.use(Templates())"


def test_handlers_of_errors_are_looked_at_too():
    """With the line of the handler."""
    app = App()
    app.get("/")(lambda: "x")

    @app.on_error(404)
    def lost(error):
        return render("lost.html")

    with pytest.raises(SetupError, match="lost\\(\\) calls render\\(\\)") as caught:
        app.seal()
    assert (caught.value.code, caught.value.where[0].line) == ("DMJ0309", lost.__code__.co_firstlineno)


def test_nothing_is_said_where_it_is_in_use():
    """The app seals as soon as the battery is switched on."""
    app = App()
    app.use(Templates())
    app.get("/")(page)
    app.seal()
