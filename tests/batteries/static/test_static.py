"""The Static battery, through an app."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demijohn import App, Blueprint, Client, InlineTemplates, SetupError, Static, Templates, render
from demijohn.batteries.static.files import MOST_TAGGED, StaticFileNotFound, StaticFiles
from demijohn.batteries.static.folders import Folder
from demijohn.foundation.http.request import Request
from demijohn.static import StaticFolder

FOREVER = "public, max-age=31536000, immutable"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of static files with a secret beside it, and links in and out."""
    static = tmp_path / "static"
    (static / "sub" / ".git").mkdir(parents=True)
    (static / "app.css").write_text("body{}")
    (static / "a.txt").write_text("0123456789")
    (static / "logo.svg").write_text("<svg/>")
    (static / "LICENSE").write_text("free")
    (static / ".env").write_text("UP-SECRET")
    (static / "sub" / "b.txt").write_text("b")
    (static / "sub" / ".git" / "config").write_text("UP-SECRET")
    (tmp_path / "up.txt").write_text("UP-SECRET")
    (tmp_path / "static-secret").mkdir()
    (tmp_path / "static-secret" / "s.txt").write_text("UP-SECRET")
    (static / "link_in").symlink_to(static / "a.txt")
    (static / "link_out").symlink_to(tmp_path / "up.txt")
    (static / "folder_out").symlink_to(tmp_path / "static-secret")
    (static / "folder_in").symlink_to(static / "sub")
    (static / "round").symlink_to(static / "round")
    os.mkfifo(static / "pipe")
    return static


def app_for(folder: Path, /, *, debug: bool = False, **options: Any) -> App:
    """An app whose own folder is the parent of `folder`."""
    app = App(debug=debug)
    app.root = folder.parent
    app.use(Static(**options))

    @app.get("/url")
    def url_of(name: str, files: StaticFiles) -> str:
        return files.url(name)

    return app


@pytest.fixture
def client(folder: Path) -> Iterator[Client]:
    """A client of an app in production."""
    with Client(app_for(folder)) as client:
        yield client


def url_of(client: Client, name: str) -> str:
    """What `static(name)` gives."""
    return client.get("/url", query={"name": name}).text


def test_a_plain_name_is_asked_for_each_time(client: Client) -> None:
    """The file comes with validators and no-cache, and the second time as 304, which repeats no security header."""
    answer = client.get("/static/app.css")
    assert (answer.status, answer.text) == (200, "body{}")
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    again = client.get("/static/app.css", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status, again.content, again.headers["cache-control"]) == (304, b"", "no-cache")
    for name in ("x-content-type-options", "referrer-policy", "x-frame-options", "cross-origin-opener-policy",
                 "cross-origin-resource-policy"):  # fmt: skip
        assert name in answer.headers
        assert name not in again.headers  # It would take the place of what the browser has kept.


def test_a_hashed_name_is_kept_for_ever(client: Client) -> None:
    """The URL that `static` gives has the hash of the contents, and is answered as immutable."""
    url = url_of(client, "app.css")
    assert re.fullmatch(r"/static/app\.[0-9a-f]{12}\.css", url)
    answer = client.get(url)
    assert (answer.status, answer.text, answer.headers["cache-control"]) == (200, "body{}", FOREVER)
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert re.fullmatch(r"/static/LICENSE\.[0-9a-f]{12}", url_of(client, "LICENSE"))
    assert client.get(url_of(client, "LICENSE")).headers["cache-control"] == FOREVER
    assert client.get(url_of(client, "sub/b.txt")).text == "b"


def test_a_hash_of_other_contents_is_not_kept(client: Client) -> None:
    """A page of another version gets the present contents, which nobody may keep for ever under that name."""
    answer = client.get("/static/app.000000000000.css")
    assert (answer.status, answer.text, answer.headers["cache-control"]) == (200, "body{}", "no-cache")
    assert client.get("/static/gone.000000000000.css").status == 404


def test_a_file_that_looks_hashed_is_itself(client: Client, folder: Path) -> None:
    """What a bundler has named with a hash is served under that name, before a shorter name is thought of."""
    (folder / "app.0123456789ab.css").write_text("bundled")
    (folder / "lone.0123456789ab.css").write_text("lone")
    assert client.get("/static/app.0123456789ab.css").text == "bundled"
    assert client.get("/static/lone.0123456789ab.css").text == "lone"
    assert client.get(url_of(client, "lone.0123456789ab.css")).headers["cache-control"] == FOREVER


def test_in_development_links_follow_the_contents(folder: Path) -> None:
    """A changed file has another URL at once."""
    client = Client(app_for(folder, debug=True))
    before = url_of(client, "app.css")
    (folder / "app.css").write_text("body{color:red}")
    after = url_of(client, "app.css")
    assert before != after
    assert client.get(after).text == "body{color:red}"


def test_in_production_links_stay_and_stay_true(client: Client, folder: Path) -> None:
    """Links are worked out once; a file that is changed under a running app is not promised for ever."""
    url = url_of(client, "app.css")
    (folder / "app.css").write_text("body{color:red}")
    assert url_of(client, "app.css") == url
    answer = client.get(url)
    assert (answer.text, answer.headers["cache-control"]) == ("body{color:red}", "no-cache")


@pytest.mark.parametrize(
    "path",
    [
        "/../up.txt", "/..%2fup.txt", "/%2e%2e/up.txt", "/.%2e%2fup.txt", "/%252e%252e%252fup.txt", "/..%5cup.txt",
        "/../static-secret/s.txt", "//etc/hostname", "/%2fetc/hostname", "/%2f%2fetc/hostname", "/a.txt%00.png", "/%00",
        "/" + "a" * 300, "/" + "a/" * 900, "/link_out", "/folder_out/s.txt", "/round", "/pipe",
        "/.env", "/sub/.git/config", "/sub", "/sub/", "/", "/a.txt/", "/a.txt/x", "/gone.txt", "/sub/../a.txt",
        "/.000000000000.env", "/link_out.000000000000", "/%ff",
    ],
)  # fmt: skip
def test_what_may_not_be_served_is_not_found(client: Client, folder: Path, path: str) -> None:
    """Paths out of the folder, hidden files, links out, folders, pipes: one 404 (or 400) that leaks nothing."""
    for method in ("GET", "HEAD"):
        answer = client.request(method, f"/static{path}")
        assert answer.status in (400, 404)
        assert "SECRET" not in answer.text
        assert str(folder.parent) not in answer.text


def test_links_inside_are_followed(client: Client) -> None:
    """A link to a file or folder of the same folder is as good as the file."""
    assert client.get("/static/link_in").text == "0123456789"
    assert client.get("/static/folder_in/b.txt").text == "b"


def test_the_folder_itself_may_be_a_link(folder: Path, tmp_path: Path) -> None:
    """Where the folder lies is the developer's choice; only what is in it must stay in it."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "assets").symlink_to(folder)
    client = Client(app_for(tmp_path / "elsewhere" / "assets", folder="assets"))
    assert client.get("/static/a.txt").status == 200
    assert client.get("/static/link_in").status == 200
    assert client.get("/static/link_out").status == 404


@pytest.mark.parametrize("name", ["CON", "sub/NUL", "aux.txt", "COM1", "CON:", "a.txt::$DATA", "a.txt."])
def test_devices_of_windows_are_refused(
    client: Client, folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows they are no files; here a file of that name exists, so that only the name is refused."""
    (folder / name).write_text("UP-SECRET")
    assert client.get(f"/static/{name}").status == 200
    inside = Folder(folder)
    with monkeypatch.context() as patched:
        patched.setattr(os, "name", "nt")
        # With a condition, as an answer without one is remembered for a second.
        status = client.get(f"/static/{name}", headers={"if-match": "*"}).status
        found = [inside.find(other) is not None for other in (name, "sub/b.txt", "link_in", "link_out")]
    assert status == 404
    assert found == [False, True, True, False]


def test_ranges_and_conditions(client: Client) -> None:
    """Parts and conditions are answered as for any file."""
    part = client.get(url_of(client, "a.txt"), headers={"range": "bytes=2-3"})
    assert (part.status, part.text, part.headers["content-range"]) == (206, "23", "bytes 2-3/10")
    assert client.get("/static/a.txt", headers={"range": "bytes=10-"}).status == 416
    assert client.get("/static/a.txt", headers={"if-match": '"x"'}).status == 412
    assert client.head("/static/a.txt").headers["content-length"] == "10"


def test_other_methods_are_refused(client: Client) -> None:
    """Static files are read, and nothing else."""
    answer = client.post("/static/a.txt")
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_drawings_keep_their_styles_and_have_no_scripts(client: Client) -> None:
    """An SVG has a policy of its own: inline styles, never scripts."""
    policy = client.get("/static/logo.svg").headers.getlist("content-security-policy")
    assert len(policy) == 1
    assert "style-src 'unsafe-inline'" in policy[0]
    assert "script-src" not in policy[0]
    assert "default-src 'none'" in policy[0]


def test_compressed_files_are_sent_to_those_who_take_them(client: Client, folder: Path) -> None:
    """The variant beside a file has its type and its own ETag; caches are told what it depends on."""
    (folder / "app.css.br").write_bytes(b"BR")
    (folder / "app.css.gz").write_bytes(b"GZ")
    url = url_of(client, "app.css")
    answers = {
        accept: client.get(url, headers={"accept-encoding": accept} if accept else {})
        for accept in ("", "gzip", "gzip, br", "br;q=0, gzip;q=0.5", "identity", "gzip;q=0.000")
    }
    assert [answer.content for answer in answers.values()] == [b"body{}", b"GZ", b"BR", b"GZ", b"body{}", b"body{}"]
    for answer in answers.values():
        assert answer.headers["vary"] == "accept-encoding"
        assert answer.headers["content-type"] == "text/css; charset=utf-8"
        assert answer.headers["cache-control"] == FOREVER
    assert answers["gzip"].headers["content-encoding"] == "gzip"
    assert "content-encoding" not in answers[""].headers
    assert len({answers[accept].headers["etag"] for accept in ("", "gzip", "gzip, br")}) == 3
    part = client.get(url, headers={"accept-encoding": "br", "range": "bytes=0-3"})
    assert (part.status, part.content) == (206, b"body")


def test_compressed_files_that_are_stale_or_lead_out_are_not_sent(client: Client, folder: Path) -> None:
    """An older variant is of older contents; a link out of the folder is none of its files."""
    (folder / "app.css.br").write_bytes(b"OLD")
    os.utime(folder / "app.css.br", ns=(1, 1))
    (folder / "app.css.gz").symlink_to(folder.parent / "up.txt")
    answer = client.get("/static/app.css", headers={"accept-encoding": "br, gzip"})
    assert answer.text == "body{}"
    assert "vary" not in answer.headers


def test_the_coding_that_the_client_likes_best_is_sent(client: Client, folder: Path) -> None:
    """By the weights that it gives; of equals the smallest; nonsense chooses nothing."""
    (folder / "app.css.br").write_bytes(b"BR")
    (folder / "app.css.zst").write_bytes(b"ZST")
    for accept, coding in {
        "br;q=0.5, zstd": "zstd", "zstd, br": "br", "BR ; q=1": "br", "br;q=2": None, ";;,;q=,*": None,
        "brotli, xzstd, *": None, "identity, br;q=0.5": None,
    }.items():  # fmt: skip
        answer = client.get("/static/app.css", headers={"accept-encoding": accept})
        assert answer.headers.get("content-encoding") == coding, accept


def test_tags_are_of_the_contents(client: Client, folder: Path) -> None:
    """A file that changed in a build that sets all times to the same is another one; large ones go by time and size."""
    os.utime(folder / "app.css", (1, 1))
    tag = client.get("/static/app.css").headers["etag"]
    assert client.get("/static/app.css", headers={"if-none-match": tag}).status == 304
    (folder / "app.css").write_bytes(b"html{}")
    os.utime(folder / "app.css", (1, 1))
    other = StaticFiles("/static", lambda: (Folder(folder),), debug=False)
    assert other.answer("app.css", Request(None, "GET", "/", "", "")).headers["etag"] != tag
    with (folder / "large.bin").open("wb") as file:
        file.truncate(MOST_TAGGED + 1)
    assert "-" in client.get("/static/large.bin").headers["etag"]


def test_folders_of_blueprints_come_after_the_apps_own(folder: Path, tmp_path: Path) -> None:
    """A package brings its files, under a prefix if it likes; an app may have its own in their place."""
    package = tmp_path / "package"
    (package / "files").mkdir(parents=True)
    (package / "files" / "app.css").write_text("of the package")
    (package / "files" / "blog.css").write_text("blog")
    blog = Blueprint("blog")
    blog.register(StaticFolder(package / "files"))
    blog.register(StaticFolder(package / "files", prefix="blog"))
    app = app_for(folder)
    app.include(blog)
    client = Client(app)
    assert client.get("/static/blog.css").text == "blog"
    assert client.get("/static/app.css").text == "body{}"
    assert client.get("/static/blog/app.css").text == "of the package"
    assert client.get(url_of(client, "blog/blog.css")).text == "blog"
    assert client.get("/static/blog/../../static/.env").status in (400, 404)


def test_a_relative_folder_starts_at_the_module_that_says_it() -> None:
    """So that a package finds its own files wherever it is installed."""
    assert StaticFolder("files").path == Path(__file__).resolve().parent / "files"


def test_templates_link_to_static_files(folder: Path) -> None:
    """`static` is known to templates, under the prefix that a server mounts the app at."""
    app = app_for(folder)
    app.use(Templates())
    app.register(InlineTemplates({"a.html": '{{ static("app.css") }}'}))

    @app.get("/")
    def home():
        return render("a.html")

    client = Client(app)
    link = client.get("/").text
    assert client.get(link).headers["cache-control"] == FOREVER
    started: list[Any] = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SCRIPT_NAME": "/shop", "QUERY_STRING": ""}
    page = b"".join(app.wsgi(environ, lambda *arguments: started.append(arguments)))
    assert page.decode() == "/shop" + link


def test_a_link_to_nothing(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """In development it is an error that guesses what was meant; in production it is logged once, and the page is."""
    client = Client(app_for(folder, debug=True))
    with pytest.raises(StaticFileNotFound) as caught:
        url_of(client, "ap.css")
    assert str(caught.value).startswith("There is no static file 'ap.css'. Did you mean app.css?")
    assert str(folder) in str(caught.value)
    assert ".env" not in str(caught.value)
    client = Client(app_for(folder))
    assert [url_of(client, "gone.css") for _ in range(3)] == ["/static/gone.css"] * 3
    assert [record.getMessage() for record in caplog.records if record.name == "demijohn.static"] == [
        "There is no static file 'gone.css', and a page links to it."
    ]


def test_names_are_quoted_in_links(folder: Path) -> None:
    """A link leads to its file whatever that is called."""
    (folder / "é #1?.txt").write_text("odd")
    client = Client(app_for(folder))
    url = url_of(client, "é #1?.txt")
    assert url.startswith("/static/%C3%A9%20%231%3F.")
    assert client.get(url).text == "odd"


def test_another_url_and_hidden_files(folder: Path) -> None:
    """Both are settings; hidden files are served only where that is switched on."""
    client = Client(app_for(folder, url="/assets/v1/", hidden=True))
    assert client.get("/assets/v1/a.txt").status == 200
    assert client.get("/assets/v1/.env").status == 200
    assert client.get("/static/a.txt").status == 404
    assert url_of(client, "a.txt").startswith("/assets/v1/a.")


def test_at_the_root_routes_go_first(folder: Path) -> None:
    """Files may lie at the root of a site; what has a route of its own stays what it is."""
    (folder / "url").write_text("not this")
    client = Client(app_for(folder, url="/"))
    assert client.get("/a.txt").text == "0123456789"
    assert url_of(client, "a.txt").startswith("/a.")
    assert client.get("/nothing").status == 404


def test_a_missing_folder_is_a_mistake_only_if_it_is_named(tmp_path: Path) -> None:
    """The default folder may be absent; one that is written down, in code or settings, must be there."""
    assert Client(app_for(tmp_path / "static")).get("/static/a.txt").status == 404
    for make in (
        lambda: app_for(tmp_path / "static", folder="assets").seal(),
        lambda: app_for(tmp_path / "static").seal(config={"static.folder": "assets"}),
        lambda: app_for(tmp_path / "static", folder="static").seal(),
    ):
        with pytest.raises(SetupError, match="DMJ0711"):
            make()


def test_a_missing_folder_of_a_package_is_told_at_start(folder: Path) -> None:
    """With the line that names it."""
    app = app_for(folder)
    app.register(StaticFolder("no-such"))
    with pytest.raises(SetupError, match="DMJ0711") as caught:
        Client(app).__enter__()
    assert __file__ in str(caught.value)


@pytest.mark.parametrize("url", ["static", "https://cdn.example/static", "//cdn.example", "/a/{b}"])
def test_a_url_that_is_no_path_is_a_mistake(folder: Path, url: str) -> None:
    """Files are served under a path of this site."""
    with pytest.raises(SetupError, match="DMJ0710"):
        app_for(folder, url=url).seal()
