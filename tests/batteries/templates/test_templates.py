"""The Templates battery, through an app."""

from __future__ import annotations

import html.parser
import importlib.util
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2
import pytest

from demijohn import (
    HTML,
    App,
    Blueprint,
    Client,
    InlineTemplates,
    Markup,
    Schema,
    Session,
    Sessions,
    SetupError,
    SetupErrors,
    Templates,
    redirect,
    render,
)
from demijohn.foundation.current import current
from demijohn.kernel.battery import Battery, Setup
from demijohn.templates import (
    ContextValue,
    Rendering,
    TemplateFilter,
    TemplateFolder,
    TemplateGlobal,
    TemplateNotFound,
    TemplateRenderer,
)


def app_with(
    templates: dict[str, str] | str = "", *, debug: bool = True, root: Path | None = None, **options: Any
) -> App:
    """An app with inline templates that renders any of them at its name: /show/index.html?value=x."""
    app = App(debug=debug)
    app.root = root or Path(__file__).parent
    app.use(Templates(**options))
    if templates:
        app.register(InlineTemplates(templates))

    @app.get("/show/{name:path}", name="show")
    def show(name: str, value: str = "<i>"):
        return render(name, u=value)

    return app


def show(app: App, name: str, **query: str) -> str:
    """The text of a template of `app_with`."""
    return Client(app).get(f"/show/{name}", query=query).text


def write(folder: Path, files: dict[str, str]) -> None:
    """Files by name, their folders made."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def load(file: Path) -> ModuleType:
    """A module from a file, as an app's modules are."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Answers ------------------------------------------------------------------------------------------------------


def test_a_template_is_an_answer_with_status_headers_and_cookies() -> None:
    """What is set on a rendering before it is rendered goes out with it, behind the security headers."""
    app = app_with({"a.html": "<p>{{ u }}</p>"})

    @app.get("/")
    def home():
        answer = render("a.html", status=201, u="<b>")
        assert isinstance(answer, Rendering)
        answer.set_cookie("seen", "1")
        answer.headers["x-own"] = "yes"
        return answer

    answer = Client(app).get("/")
    assert (answer.status, answer.text) == (201, "<p>&lt;b&gt;</p>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-own"] == "yes"
    assert answer.headers["set-cookie"].startswith("seen=1")
    assert "'nonce-" not in answer.headers["content-security-policy"]


def test_arounds_see_the_rendered_text() -> None:
    """An around gets the page and not the promise of one."""
    app = app_with({"a.html": "page"})
    seen = []

    @app.around
    def watch():
        response = yield
        seen.append(response.text)
        return response

    assert show(app, "a.html") == "page"
    assert seen == ["page"]


def test_error_handlers_and_coroutines_render_too() -> None:
    """`render` works wherever an answer is returned."""
    app = app_with({"404.html": "no {{ request.path }}", "a.html": "{{ u }}"})

    @app.on_error(404)
    def missing():
        return render("404.html", 404)

    @app.get("/async")
    async def home():
        return render("a.html", u="&")

    client = Client(app)
    answer = client.get("/nowhere")
    assert (answer.status, answer.text) == (404, "no /nowhere")
    assert client.get("/async").text == "&amp;"


def test_a_context_may_have_any_names() -> None:
    """Values called like parameters of `render`, or like what templates know anyway, are the handler's."""
    app = app_with({"a.html": "{{ template }} {{ name }} {{ self_ }} {{ request }} {{ file }}"})

    @app.get("/")
    def home():
        return render("a.html", template="t", name="n", self_="s", request="r", file="f")

    assert Client(app).get("/").text == "t n s r f"


def test_text_that_utf8_cannot_say_is_no_error() -> None:
    """A lone surrogate in a value becomes a question mark."""
    app = app_with({"a.html": "{{ u }}"})

    @app.get("/")
    def home():
        return render("a.html", u="a\ud800b")

    assert Client(app).get("/").content == b"a?b"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("a", "text/html; charset=utf-8"),
        ("a.txt.j2", "text/plain; charset=utf-8"),
        ("feed.xml", "application/xml; charset=utf-8"),
        ("a.svg", "image/svg+xml"),
        ("a.html.jinja", "text/html; charset=utf-8"),
    ],
)
def test_the_name_tells_the_media_type(name: str, media_type: str) -> None:
    """HTML, unless the name says otherwise."""
    assert Client(app_with({name: "x"})).get(f"/show/{name}").headers["content-type"] == media_type


def test_without_the_battery_the_error_says_which_line_to_add() -> None:
    """`render` in an app without templates names what is missing, also where no handler's own code shows the call."""
    app = App()
    pages = [render]

    @app.get("/")
    def home():
        return pages[0]("a.html")

    with pytest.raises(SetupError, match="DMJ0701") as caught:
        Client(app).get("/")
    assert "app.use(Templates())" in str(caught.value)


# Escaping -----------------------------------------------------------------------------------------------------


class Elements(html.parser.HTMLParser):
    """Counts the elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append(tag)


@pytest.mark.parametrize(
    "name",
    [
        "a.html",
        "a.htm",
        "a.xhtml",
        "a.svg",
        "a.xml",
        "a.html.j2",
        "a.jinja",
        "a",
        "a.md",
        "a.j2",
        "a.json",
        "txt",
        "a.TXT",
    ],
)
def test_everything_is_escaped_but_text_files(name: str) -> None:
    """A value is never markup, whatever the template is called."""
    assert show(app_with({name: "{{ u }}"}), name, value='"><svg onload=alert(1)>') == (
        "&#34;&gt;&lt;svg onload=alert(1)&gt;"
    )


@pytest.mark.parametrize("name", ["a.txt", "a.txt.j2", "mail/a.txt.jinja"])
def test_only_text_files_are_raw(name: str) -> None:
    """Where nothing is HTML, nothing is escaped."""
    assert show(app_with({name: "{{ u }}"}), name) == "<i>"


def test_escaping_holds_in_macros_includes_and_strings() -> None:
    """What one template hands to another is escaped once, and an environment's own strings too."""
    app = app_with(
        {
            "m.html": "{% macro m(x) %}<b>{{ x }}</b>{% endmacro %}",
            "i.html": "{{ u }}",
            "a.html": '{% from "m.html" import m %}{{ m(u) }}{% include "i.html" %}',
        }
    )
    assert show(app, "a.html") == "<b>&lt;i&gt;</b>&lt;i&gt;"
    renderer = next(app.seal().offers(TemplateRenderer))
    assert renderer.engine.environment().from_string("{{ u }}").render(u="<i>") == "&lt;i&gt;"


def test_markup_escapes_what_is_put_into_it() -> None:
    """Every way to put a value into markup escapes it."""
    u = "<i>"
    for kind in (Markup, HTML):
        for text in (
            kind("<b>{}</b>").format(u), kind("<b>%s</b>") % u, kind("<b>") + u + kind("</b>"),
            kind("<b>{u}</b>").format_map({"u": u}), kind("").join([kind("<b>"), u, kind("</b>")]),
            kind("<b>{0.real}</b>").format(type("R", (), {"real": u})()),
        ):  # fmt: skip
            assert text == "<b>&lt;i&gt;</b>"
            assert isinstance(text, Markup)
    assert HTML("<b>{}</b>", u) == "<b>&lt;i&gt;</b>"


def test_values_are_never_templates() -> None:
    """What looks like Jinja in a value is shown as it is."""
    assert show(app_with({"a.html": "{{ u }}"}), "a.html", value="{{7*7}}{% include 'a.html' %}") == (
        "{{7*7}}{% include &#39;a.html&#39; %}"
    )


def test_json_in_a_script_cannot_end_it() -> None:
    """`tojson` writes what handlers may return, with nothing in it that ends a script element."""

    class Point(Schema):
        x: int
        note: str

    app = app_with({"a.html": "<script>{{ point|tojson }}</script>{{ {'a': 1}|tojson(indent=1) }}"})

    @app.get("/")
    def home():
        return render("a.html", point=Point(x=1, note="</script><img>"))

    text = Client(app).get("/").text
    assert text.startswith('<script>{"x":1,"note":"\\u003c/script\\u003e\\u003cimg\\u003e"}</script>')
    assert Elements(text).found == ["script"]


# Names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "a\0b",
        "a/../../b",
        "a/../b.html",
        "..\\b",
        "",
        "./b.html",
        "b.html/",
        "a" * 300,
    ],
)
def test_nothing_outside_of_the_folders_is_opened(name: str, tmp_path: Path) -> None:
    """A name that leads elsewhere is not found, wherever it comes from, and no file is opened for it."""
    write(tmp_path, {"templates/b.html": "b", "b": "outside", "secret.py": "x"})
    renderer = next(app_with(root=tmp_path).seal().offers(TemplateRenderer))
    environment = renderer.engine.environment()
    including = environment.from_string(f"{{% include {name!r} %}}")
    assert environment.get_template("b.html").render() == "b"
    with watching_opens() as opened:
        with pytest.raises(jinja2.TemplateNotFound):
            environment.get_template(name)
        with pytest.raises(jinja2.TemplateNotFound):
            including.render()
        assert environment.get_template("b.html").render() == "b"
    assert [path for path in opened if str(path).startswith("/etc") or ".." in str(path) or "secret" in str(path)] == []
    assert set(opened) <= {f"{tmp_path}/templates/b.html", f"{tmp_path}/templates/{name}"}


_opens: list[list[Any]] = []


def _note_open(event: str, arguments: tuple[Any, ...]) -> None:
    # Jinja itself imports a module when something fails for the first time.
    if event == "open" and _opens and not str(arguments[0]).endswith(".pyc"):
        _opens[-1].append(arguments[0])


@contextmanager
def watching_opens() -> Iterator[list[Any]]:
    """All that is opened meanwhile."""
    if not _opens:
        sys.addaudithook(_note_open)  # Python has no way to take one away again: it stays, and notes nothing.
    _opens.append([])
    try:
        yield _opens[-1]
    finally:
        _opens.pop()


def test_a_missing_template_tells_where_was_looked(tmp_path: Path) -> None:
    """The error names the folders with what is there, and guesses what was meant."""
    write(tmp_path, {"templates/posts/show.html": "x", "templates/base.html": "x"})
    app = app_with({"home.html": "x"}, root=tmp_path)
    with pytest.raises(TemplateNotFound) as caught:
        show(app, "show.html")
    text = str(caught.value)
    assert text.startswith("There is no template 'show.html'. Did you mean posts/show.html?\nLooked in:\n")
    assert f"  {tmp_path}/templates (base.html, posts/show.html)\n" in text
    assert "  InlineTemplates (home.html)" in text
    assert f"{Path(__file__).parent}/templates (no such folder)" in text
    with pytest.raises(TemplateNotFound, match=r"Did you mean base\.html\?"):
        show(app, "bsae.html")


def test_a_missing_parent_or_include_is_told_alike() -> None:
    """Names in templates are looked for as those of handlers are; what may be missing may be."""
    app = app_with(
        {"a.html": '{% extends "bas.html" %}', "base.html": "", "b.html": '[{% include "no" ignore missing %}]'}
    )
    with pytest.raises(TemplateNotFound, match=r"no template 'bas\.html'. Did you mean base\.html"):
        show(app, "a.html")
    assert show(app, "b.html") == "[]"


def test_visitors_are_told_nothing_of_it(tmp_path: Path) -> None:
    """In production a missing template is a plain 500."""
    answer = Client(app_with(root=tmp_path, debug=False), raise_errors=False).get("/show/none.html")
    assert answer.status == 500
    assert str(tmp_path) not in answer.text
    assert "none.html" not in answer.text


def test_a_syntax_error_names_template_and_line(tmp_path: Path) -> None:
    """Both for templates in the code and for files, whose line a traceback shows."""
    write(tmp_path, {"templates/file.html": "\n\n{% if %}"})
    app = app_with({"a.html": "x\n{% endfor %}"}, root=tmp_path)
    with pytest.raises(jinja2.TemplateSyntaxError, match=r"\(a\.html, line 2\)$"):
        show(app, "a.html")
    with pytest.raises(jinja2.TemplateSyntaxError, match=r"\(file\.html, line 3\)$") as caught:
        show(app, "file.html")
    assert caught.value.filename == f"{tmp_path}/templates/file.html"


def test_tracebacks_show_the_line_of_an_inline_template() -> None:
    """A template in the code has its lines in tracebacks like any file."""
    with pytest.raises(jinja2.UndefinedError) as caught:
        show(app_with({"a.html": "first\n{{ nothing_here }}"}), "a.html")
    entry = next(entry for entry in caught.traceback if "a.html" in str(entry.path))
    assert entry.lineno + 1 == 2
    import traceback

    assert "    {{ nothing_here }}" in "".join(traceback.format_exception(caught.value))


def test_a_template_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    """The error names the file and says what to do; a byte order mark is no content."""
    write(tmp_path, {"templates/a.html": ""})
    (tmp_path / "templates" / "a.html").write_bytes(b"caf\xe9")
    (tmp_path / "templates" / "b.html").write_bytes(b"\xef\xbb\xbfb")
    app = app_with(root=tmp_path)
    with pytest.raises(ValueError, match=r"a\.html is not UTF-8: byte 3"):
        show(app, "a.html")
    assert show(app, "b.html") == "b"


# Places -------------------------------------------------------------------------------------------------------


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package `shop` with an app, and one inside it, `shop.posts`, with templates of its own."""
    write(
        tmp_path / "shop",
        {
            "__init__.py": "",
            "templates/base.html": "shop({% block main %}{% endblock %})",
            "templates/home.html": "home of shop",
            "templates/nav.html": "nav of shop",
            "posts/__init__.py": "",
            "posts/pages.py": (
                "from demijohn import render\n"
                "def page(name: str):\n"
                "    return render(name)\n"
            ),
            "posts/views/__init__.py": "",
            "posts/views/deep.py": "from demijohn import render\ndef page(name: str):\n    return render(name)\n",
            "posts/templates/show.html": (
                '{% extends "base.html" %}{% block main %}post {% include "nav.html" %}{% endblock %}'
            ),
            "posts/templates/nav.html": "nav of posts",
        },
    )  # fmt: skip
    return tmp_path / "shop"


def app_of(package: Path, module: str) -> App:
    """An app in the package's folder with the handler of a module in it."""
    app = app_with(root=package)
    app.get("/page/{name:path}")(load(package / module).page)
    return app


def test_templates_beside_the_module_go_first(package: Path) -> None:
    """A module's own folder, then the app's; all names of a page are looked for in the same places."""
    client = Client(app_of(package, "posts/pages.py"))
    assert client.get("/page/show.html").text == "shop(post nav of posts)"
    assert client.get("/page/nav.html").text == "nav of posts"
    assert client.get("/page/home.html").text == "home of shop"
    assert client.get("/show/nav.html").text == "nav of shop"


def test_the_packages_around_a_module_are_looked_in(package: Path) -> None:
    """A module deeper down finds the templates of the packages above it, the nearest first."""
    client = Client(app_of(package, "posts/views/deep.py"))
    assert client.get("/page/show.html").text == "shop(post nav of posts)"
    write(package / "posts/views/templates", {"nav.html": "nav of views"})
    assert client.get("/page/show.html").text == "shop(post nav of views)"


def test_a_package_elsewhere_brings_its_templates(package: Path, tmp_path: Path) -> None:
    """One that is not inside of the app's folder is looked through up to its own top."""
    write(tmp_path, {"app/templates/base.html": "app({% block main %}{% endblock %})", "templates/never.html": "x"})
    app = app_with(root=tmp_path / "app")
    app.get("/page/{name:path}")(load(package / "posts/views/deep.py").page)
    client = Client(app)
    assert client.get("/page/show.html").text == "shop(post nav of posts)"
    with pytest.raises(TemplateNotFound):
        client.get("/page/never.html")


def test_files_go_before_inline_templates_and_both_before_batteries(tmp_path: Path) -> None:
    """An app overrides what a battery brings, by the same name."""
    write(tmp_path, {"templates/a.html": "file"})
    write(tmp_path / "brought", {f"{name}.html": "brought" for name in "abc"})

    class Bringing(Battery):
        name = "bringing"

        def install(self, setup: Setup) -> None:
            setup.offer(TemplateFolder(tmp_path / "brought"))
            setup.offer(TemplateFolder(tmp_path / "brought", "admin"))

    app = app_with({"a.html": "inline", "b.html": "inline", "admin/b.html": "inline admin"}, root=tmp_path)
    app.use(Bringing())
    names = ["a.html", "b.html", "c.html", "admin/a.html", "admin/b.html"]
    assert [show(app, name) for name in names] == ["file", "inline", "brought", "brought", "inline admin"]
    with pytest.raises(TemplateNotFound):
        show(app, "admin/../a.html")


def test_changes_are_seen_in_development_alone(tmp_path: Path) -> None:
    """A changed file, and one that now goes before another, is taken at once; in production what was read stays."""
    for debug in (True, False):
        folder = tmp_path / str(debug)
        write(folder, {"templates/a.html": "one"})
        app = app_with({"b.html": "inline"}, root=folder, debug=debug)
        assert (show(app, "a.html"), show(app, "b.html")) == ("one", "inline")
        write(folder, {"templates/a.html": "two", "templates/b.html": "file"})
        os.utime(folder / "templates/a.html", ns=(1, 1))
        assert (show(app, "a.html"), show(app, "b.html")) == (("two", "file") if debug else ("one", "inline"))


def test_a_missing_folder_is_a_mistake_only_if_it_is_named(tmp_path: Path) -> None:
    """The default folder may be absent; one that is written down, in code or settings, must be there."""
    app_with(root=tmp_path).seal()
    for make in (
        lambda: app_with(root=tmp_path, folder="pages").seal(),
        lambda: app_with(root=tmp_path).seal(config={"templates.folder": "pages"}),
    ):
        with pytest.raises(SetupError, match="DMJ0702"):
            make()
    write(tmp_path, {"pages/a.html": "a"})
    assert show(app_with(root=tmp_path, folder="pages"), "a.html") == "a"


# Inline templates ---------------------------------------------------------------------------------------------


def test_one_text_holds_many_templates() -> None:
    """A line of two at signs and a name begins each, whatever the line ends."""
    text = "\n@@ a.html\n<p>\n\n  @@ not at the start\n@@   posts/b.html  \nb\n@@ empty.html\n"
    expected = {"a.html": "<p>\n\n  @@ not at the start\n", "posts/b.html": "b\n", "empty.html": ""}
    assert InlineTemplates(text).templates == expected
    assert InlineTemplates(text.replace("\n", "\r\n")).templates == expected


@pytest.mark.parametrize(
    "templates",
    ["<p>no name</p>", "", "text\n@@ a.html\n", "@@\n<p>", "@@ a.html\n@@ a.html\n", "@@ ../a.html\n", {"/a.html": ""}],
)
def test_inline_templates_that_make_no_sense(templates: Any) -> None:
    """The error says how it is written, and where it was."""
    with pytest.raises(SetupError, match="DMJ0705") as caught:
        InlineTemplates(templates)
    assert __file__ in str(caught.value)


def test_a_blueprint_may_register_its_own() -> None:
    """Templates of blueprints join those of the app; two of one name are told when the app starts."""
    posts = Blueprint("posts")
    posts.register(InlineTemplates({"posts/a.html": "of posts"}))
    app = app_with({"a.html": "of app"})
    app.include(posts)
    assert (show(app, "posts/a.html"), show(app, "a.html")) == ("of posts", "of app")
    app = app_with({"a.html": "one"})
    app.register(InlineTemplates({"a.html": "two"}))
    with pytest.raises(SetupError, match="DMJ0703") as caught:
        Client(app).__enter__()
    assert str(caught.value).count(__file__) == 2


# Context ------------------------------------------------------------------------------------------------------


def test_links_by_name_and_by_handler() -> None:
    """`url` takes names, relative to the route's blueprint, and functions; also in imported macros."""
    blog = Blueprint("blog")

    @blog.get("/list", name="list")
    def blog_list(page: int = 1):
        return render("a.html", blog_list=blog_list)

    app = app_with(
        {
            "m.html": '{% macro link() %}{{ url("list", page=2) }}{% endmacro %}',
            "a.html": '{% import "m.html" as m %}{{ url("show", name="ü/1") }} {{ m.link() }} {{ url(blog_list) }}',
        }
    )
    app.include(blog, prefix="/blog")
    assert Client(app).get("/blog/list").text == "/show/%C3%BC/1 /blog/list?page=2 /blog/list"


def test_the_nonce_is_in_the_policy_only_if_a_page_uses_it() -> None:
    """Page and header have the same one; a page without it leaves none in the header."""
    app = app_with({"a.html": '<script nonce="{{ nonce }}"></script>', "b.html": "b"})
    client = Client(app)
    first, second = client.get("/show/a.html"), client.get("/show/a.html")
    nonce = first.text.split('"')[1]
    assert len(nonce) >= 20
    assert f"'nonce-{nonce}'" in first.headers["content-security-policy"]
    assert nonce not in second.text
    assert "'nonce-" not in client.get("/show/b.html").headers["content-security-policy"]


def test_values_of_batteries_are_made_when_a_template_uses_them() -> None:
    """Each at most once for a page, not at all for a page without it; a handler's own value goes before."""
    made: list[str] = []

    def make_user(request: Any) -> str:
        made.append(request.path)
        return "<ann>"

    app = app_with({
        "a.html": "{% if user %}{{ user }}{% endif %}{% for x in [1] %}{{ user }}{% endfor %}",
        "b.html": "{{ u }}", "c.html": "{{ user is defined }} {{ nobody is defined }}",
    })  # fmt: skip
    app.register(ContextValue("user", make_user))

    @app.get("/own")
    def own():
        return render("a.html", user="bob")

    assert show(app, "a.html") == "&lt;ann&gt;&lt;ann&gt;"
    assert made == ["/show/a.html"]
    assert (show(app, "b.html"), Client(app).get("/own").text) == ("&lt;i&gt;", "bobbob")
    assert len(made) == 1
    assert show(app, "c.html") == "True False"


def test_filters_and_globals_are_registered() -> None:
    """They are known everywhere; two of one name are told."""
    app = app_with(
        {
            "m.html": "{% macro m() %}{{ site }}{% endmacro %}",
            "a.html": '{% import "m.html" as m %}{{ m.m() }} {{ 3|money }}',
        }
    )
    app.register(TemplateFilter("money", lambda value: f"{value:.2f} €"))
    app.register(TemplateGlobal("site", "Shop & Co"))
    assert show(app, "a.html") == "Shop &amp; Co 3.00 €"
    app = app_with({"a.html": ""})
    app.register(TemplateFilter("money", str))
    app.register(TemplateFilter("money", repr))
    app.register(TemplateGlobal("site", 1))
    app.register(TemplateGlobal("site", 2))
    with pytest.raises(SetupErrors) as caught:
        show(app, "a.html")
    assert {error.code for error in caught.value.errors} == {"DMJ0703"}
    assert len(caught.value.errors) == 2


def test_static_without_its_battery_says_so() -> None:
    """The name is known, and its error says which line to add."""
    with pytest.raises(SetupError, match="DMJ0704"):
        show(app_with({"a.html": '{{ static("a.css") }}'}), "a.html")


def test_extensions_of_jinja() -> None:
    """By name, as a setting."""
    app = app_with({"a.html": "{% set x = [] %}{% do x.append(1) %}{{ x }}"}, extensions=["jinja2.ext.do"])
    assert show(app, "a.html") == "[1]"


# Undefined names ----------------------------------------------------------------------------------------------


def test_in_development_a_name_that_was_not_given_is_an_error() -> None:
    """So that a misspelt name is found when it is written."""
    for source in (
        "{{ missing }}",
        "{% if missing %}{% endif %}",
        "{% for x in missing %}{% endfor %}",
        "{{ u.missing }}",
    ):
        with pytest.raises(jinja2.UndefinedError, match="missing"):
            show(app_with({"a.html": source}), "a.html")
    assert show(app_with({"a.html": "{{ missing|default('-') }}"}), "a.html") == "-"


def test_in_production_it_prints_nothing_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """With template and line; asking something of it fails even there."""
    app = app_with({
        "holes.html": "a\n[{{ hole }}]{% if hole %}{% endif %}{% for x in hole %}{% endfor %}\n{{ u.hole }}",
        "deep.html": "{{ hole.deeper }}",
    }, debug=False)  # fmt: skip
    client = Client(app)
    assert [client.get("/show/holes.html").text for _ in range(3)] == ["a\n[]\n"] * 3
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        "'hole' is undefined in the template holes.html, line 2: it prints nothing.",
        "'str object' has no attribute 'hole' in the template holes.html, line 3: it prints nothing.",
    ]
    with pytest.raises(jinja2.UndefinedError):
        client.get("/show/deep.html")


def test_strictness_is_a_setting() -> None:
    """It may be chosen against the mode."""
    assert show(app_with({"a.html": "[{{ lax }}]"}, strict=False), "a.html") == "[]"
    with pytest.raises(jinja2.UndefinedError):
        show(app_with({"a.html": "{{ hole }}"}, strict=True, debug=False), "a.html")


# The service --------------------------------------------------------------------------------------------------


def test_templates_are_rendered_to_text_where_they_are_asked_for() -> None:
    """A handler, a provider or a task gets markup, or plain text of a text file."""
    app = app_with({"mail.txt": "Dear {{ name }}", "mail.html": '<p nonce="{{ nonce }}">{{ name }}</p>'})

    @app.get("/")
    def home(templates: TemplateRenderer) -> str:
        page, text = templates.render("mail.html", name="<A>"), templates.render("mail.txt", name="<A>")
        assert isinstance(page, Markup)
        assert not isinstance(text, Markup)
        return text

    assert Client(app).get("/").text == "Dear <A>"
    renderer = next(app.seal().offers(TemplateRenderer))
    assert current.get() is None
    assert renderer.render("mail.html", name="<A>") == '<p nonce="">&lt;A&gt;</p>'


def test_jinja_is_imported_only_where_templates_are_used() -> None:
    """Neither the front door nor what others need of this battery imports it."""
    code = (
        "import sys, demijohn\n"
        "from demijohn import App, Static, Templates, render\n"
        "from demijohn.templates import TemplateFolder\n"
        "app = App(); app.use(Static()); app.seal()\n"
        "assert 'jinja2' not in sys.modules\n"
        "app = App(); app.use(Templates()); app.seal().start_sync()\n"
        "assert 'jinja2' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_base_page_is_there_untouched_or_overridden():
    """Its style has the nonce of the page's policy; what an app calls the same goes before."""
    page = "{% extends 'demijohn/base.html' %}{% block title %}T{% endblock %}{% block main %}{{ u }}{% endblock %}"
    app = app_with({"page.html": page})
    answer = Client(app).get("/show/page.html")
    nonce = answer.text.partition('<style nonce="')[2].partition('"')[0]
    assert nonce
    assert f"'nonce-{nonce}'" in answer.headers["content-security-policy"]
    assert "<title>T</title>" in answer.text
    assert "&lt;i&gt;" in answer.text
    own = app_with({"page.html": "{% extends 'demijohn/base.html' %}", "demijohn/base.html": "own"})
    assert Client(own).get("/show/page.html").text == "own"


def test_the_base_page_shows_messages_for_the_visitor():
    """Where there are sessions."""
    app = app_with({"page.html": "{% extends 'demijohn/base.html' %}"})
    app.use(Sessions())

    @app.post("/flash")
    def flash(session: Session):
        session.flash("Saved <it>.", "error")
        return redirect("show", name="page.html")

    page = Client(app, follow_redirects=True).post("/flash").text
    assert '<p class="dj-message dj-error" role="status">Saved &lt;it&gt;.</p>' in page
