"""Paths that are spelt by language: which spelling answers, and which one links choose."""

import pytest

from demijohn import App, Blueprint, Client, Request, SetupError, View, include, path, redirect, url
from demijohn.kernel.links import LinkError

ABOUT = {"en": "/about", "de": "/ueber-uns", "pt-BR": "/sobre"}


def site() -> App:
    """An app in three languages."""
    app = App()
    posts = Blueprint("posts", prefix={"en": "/posts", "de": "/beitraege"})

    @app.get("/")
    def home() -> list[str]:
        return [url(about), url("posts.show", id=1), url(about, language="pt-BR")]

    @app.get(ABOUT)
    def about(request: Request) -> dict:
        return {"language": request.route.language, "links": [url("posts.show", id=1), url(about, language="en")]}

    @posts.get({"en": "/{id}", "de": "/nummer-{id}"})
    def show(id: int) -> list[str]:
        return [url("show", id=id), url("home")]

    @posts.get("/all")
    def every() -> str:
        return url("every")

    @posts.get("/moved")
    def moved():
        return redirect(show, id=2)

    app.include(posts)
    return app


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/about", 200), ("/ueber-uns", 200), ("/sobre", 200), ("/posts/1", 200), ("/beitraege/nummer-1", 200),
        ("/posts/all", 200), ("/beitraege/all", 200), ("/posts/nummer-1", 404), ("/beitraege/1", 404),
    ],
)  # fmt: skip
def test_every_spelling_answers(target, status):
    """Each of its own language, and none that mixes two."""
    with Client(site()) as client:
        assert client.get(target).status == status


def test_links_stay_in_the_language_of_the_page():
    """Whatever the visitor prefers."""
    with Client(site(), follow_redirects=False) as client:
        german = {"accept-language": "de"}
        answer = client.get("/about", headers=german)
        assert answer.json() == {"language": "en", "links": ["/posts/1", "/about"]}
        assert client.get("/ueber-uns").json() == {"language": "de", "links": ["/beitraege/nummer-1", "/about"]}
        assert client.get("/beitraege/nummer-7").json() == ["/beitraege/nummer-7", "/"]
        assert client.get("/beitraege/all", headers={"accept-language": "en"}).text == "/beitraege/all"
        assert client.get("/beitraege/moved").headers["location"] == "/beitraege/nummer-2"


@pytest.mark.parametrize(
    ("preferred", "links"),
    [
        ("de-AT, en;q=0.5", ["/ueber-uns", "/beitraege/nummer-1", "/sobre"]),
        ("pt-BR, de;q=0.5", ["/sobre", "/beitraege/nummer-1", "/sobre"]),
        ("fr", ["/about", "/posts/1", "/sobre"]),
        (None, ["/about", "/posts/1", "/sobre"]),
    ],
)
def test_a_page_in_no_language_asks_the_visitor(preferred, links):
    """And says so to caches; the first spelling is for all others."""
    with Client(site()) as client:
        answer = client.get("/", headers={"accept-language": preferred} if preferred else {})
        assert answer.json() == links
        assert "accept-language" in answer.headers["vary"].lower()


def test_outside_of_a_request():
    """The first spelling, or the one of a language; another is an error that lists them."""
    app = site()
    assert app.url("about") == "/about"
    assert app.url("posts.show", id=1, language="de") == "/beitraege/nummer-1"
    with pytest.raises(LinkError, match="it is spelt in en, de, pt-BR"):
        app.url("about", language="fr")


def test_language_is_a_value_like_others_elsewhere():
    """Only a translated path takes it for itself."""
    app = App(bare=True)
    app.get("/search", name="search")(lambda request: "x")
    app.get({"en": "/in/{language}", "de": "/auf/{language}"}, name="in")(lambda language: language)
    assert app.url("search", language="de") == "/search?language=de"
    assert app.url("in", language="fr") == "/in/fr"


def test_languages_that_spell_alike():
    """Share one route: links of either language find it."""
    app = App(bare=True)
    app.get({"en": "/blog", "fr": "/blog", "de": "/tagebuch"}, name="blog")(lambda request: request.route.language)
    app.get({"en": "/x", "fr": "/y"}, name="other")(lambda: url("blog"))
    assert [(route.path, route.languages) for route in app.seal().routes][:2] == [
        ("/blog", ("en", "fr")), ("/tagebuch", ("de",)),
    ]  # fmt: skip
    assert app.url("blog", language="fr") == "/blog"
    with Client(app) as client:
        assert client.get("/y").text == "/blog"


def test_prefixes_per_language():
    """One language at the root, the others behind their names; tables and views as well."""
    app, pages = App(bare=True), Blueprint("pages", prefix={"en": "", "de": "/de/"})

    class Page(View):
        """A page."""

        def get(self, request: Request) -> str:
            return url(Page)

    pages.get("/")(lambda: "home")
    pages.view({"en": "/page", "de": "/seite"})(Page)
    app.urls(path({"en": "/site", "de": "/auftritt"}, include(pages)), path({"en": "/p", "de": "/s"}, Page))
    app.include(pages)
    with Client(app) as client:
        assert client.get("/site/page").text == "/p"
        assert client.get("/de/seite").text == "/s"
        assert client.get("/auftritt/de/seite").text == "/s"
        assert client.get("/de/").text == client.get("/").text == "home"


@pytest.mark.parametrize(
    ("step", "code", "words"),
    [
        (lambda app: app.get({}), "DMJ0211", "no mapping"),
        (lambda app: app.get({"en": 1}), "DMJ0211", "no mapping"),
        (lambda app: app.get({"english!": "/"}), "DMJ0211", "'english!' is no language"),
        (lambda app: app.get({"en": "/{id}", "de": "/"}), "DMJ0211", "{id} is in 'en', not in 'de'"),
        (lambda app: app.get({"en": "/", "de": "/{id}"}), "DMJ0211", "{id} is in 'de', not in 'en'"),
        (lambda app: Blueprint("a", prefix={"en": "/a", "x y": "/b"}), "DMJ0211", "'x y' is no language"),
        (lambda app: Blueprint("a", prefix={"en": "a"}), "DMJ0201", "does not begin with a slash"),
        (lambda app: app.urls(path("/b", include(Blueprint("b")), name="b")), "DMJ0112", "no option 'name'"),
    ],
)
def test_mistakes_where_they_are_written(step, code, words):
    """Told at once, with the place."""
    with pytest.raises(SetupError, match=code) as caught:
        step(App(bare=True))
    assert words in caught.value.what
    assert caught.value.where[0].file == __file__


@pytest.mark.parametrize(("prefix", "words"), [("en", "The path /"), ("fr", "The prefix")])
def test_a_spelling_that_is_missing(prefix, words):
    """A path and its prefix are spelt in the same languages, or one of them in none."""
    app, posts = App(bare=True), Blueprint("posts", prefix={"en": "/posts", "de": "/beitraege"} | {prefix: "/x"})
    spelt = {"en": "/a", "de": "/b"} | ({"pt": "/c"} if prefix == "en" else {})
    posts.get(spelt)(lambda: "x")
    app.include(posts)
    with pytest.raises(SetupError, match="DMJ0210") as caught:
        app.seal()
    assert caught.value.what.startswith(words)
