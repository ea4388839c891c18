"""`TemplateView`: a template with what `context` returns."""

import pytest

from demijohn import App, Client, InlineTemplates, SetupError, TemplateView, path

PAGES = InlineTemplates({"about.html": "<p>{{ section }} {{ request.path }}</p>", "plain.html": "plain"})


class About(TemplateView):
    template = "about.html"

    def context(self, section: str):
        return {"section": section}


class AsyncAbout(TemplateView):
    template = "about.html"

    async def context(self, section: str):
        return {"section": section}

    def post(self, section: str):
        return "posted"


class Plain(TemplateView):
    template = "plain.html"


def app_with_pages() -> App:
    from demijohn import Templates

    app = App()
    app.use(Templates())
    app.register(PAGES)
    app.view("/about/{section}")(About)
    app.urls(path("/async/{section}", AsyncAbout), path("/plain", Plain))
    return app


def test_a_template_with_its_context():
    """The parameters of `context` are filled as a handler's; other methods may stand beside it."""
    with Client(app_with_pages()) as client:
        answer = client.get("/about/<us>")
        assert answer.text == "<p>&lt;us&gt; /about/&lt;us&gt;</p>"
        assert answer.headers["content-type"].startswith("text/html")
        assert client.get("/async/x").text == "<p>x /async/x</p>"
        assert client.post("/async/x").text == "posted"
        assert client.get("/plain").text == "plain"
        assert client.post("/plain").status == 405


def test_without_templates():
    """The forgotten battery is told when the app is sealed."""
    app = App(bare=True)
    app.view("/")(Plain)
    with pytest.raises(SetupError) as caught:
        app.seal()
    assert caught.value.code == "DMJ0309"


def test_mistakes():
    """A view without a template, and Django's words."""

    class Nothing(TemplateView):
        pass

    class Django(TemplateView):
        template_name = "about.html"

    with pytest.raises(SetupError) as caught:
        App().view("/")(Nothing)
    assert caught.value.code == "DMJ0129"
    with pytest.raises(SetupError) as caught:
        App().view("/")(Django)
    assert (caught.value.code, caught.value.fix) == ("DMJ0125", 'template = "about.html"')
