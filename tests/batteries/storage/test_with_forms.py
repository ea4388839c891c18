"""Storage keeps the files of forms that are shown again: from the form through the page to the folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import pytest

from demijohn import App, Client, InlineTemplates, Response, Schema, UploadedFile, render
from demijohn.forms import Field, Form, Forms
from demijohn.storage import FileStorage, PendingFiles, Storage

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
OTHER = PNG + b"1"


class Entry(Schema):
    """With a photo that may be left out, and others."""

    name: str
    photo: UploadedFile | None = None
    more: list[UploadedFile] = []


@pytest.fixture
def client(tmp_path: Path) -> Client:
    """A form that keeps what it takes; only its handler knows that nobody is called Eve."""
    app = App(bare=True)
    app.root = tmp_path
    app.use(Forms(), Storage())
    app.register(InlineTemplates({"form.html": "{{ form }}"}))

    @app.route("/", methods=["GET", "POST"])
    def sign(form: Form[Entry], files: FileStorage) -> Response | dict[str, Any]:
        if form.valid and form.value.name == "Eve":
            form.add_error("name", "Nobody is called so.")
        if form.valid:
            given = [*([form.value.photo] if form.value.photo else []), *form.value.more]
            return {"saved": [files.save(file) for file in given]}
        return render("form.html", form=form)

    return Client(app)


JPEG = b"\xff\xd8\xff\xe0" + b"0" * 20


class Picture(Schema):
    """Of two kinds."""

    photo: Annotated[UploadedFile, Field(accept=".png,.jpg", max_size=1_000)]


@pytest.fixture(scope="module")
def pictures() -> Client:
    """A form that takes those alone."""
    app = App(bare=True)
    app.use(Forms())
    app.register(InlineTemplates({"form.html": "{{ form }}"}))

    @app.post("/")
    def send(form: Form[Picture]) -> Response | str:
        return form.value.photo.filename if form.valid else render("form.html", form=form)

    return Client(app)


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("x.php.jpg", JPEG, 200), ("x.JPG", JPEG, 200), ("x.png", PNG, 200), ("x.jpg.php", JPEG, 422),
        ("x.jpg%00.php", JPEG, 422), ("x.jpg\0.php", JPEG, 400), ("x.jpg/", JPEG, 422), ("x", JPEG, 422),
        ("x.png", b"<html>", 422), ("x.png", b"MZ\x90", 422), ("x.png", b"", 422), ("x.png", PNG * 50, 422),
    ],
)  # fmt: skip
def test_a_list_of_kinds_is_held(pictures: Client, name: str, data: bytes, status: int) -> None:
    """Whatever a file calls itself, and whatever its sender says that it is."""
    assert pictures.post("/", files={"photo": (name, data, "image/png")}).status == status


def test_of_several_files_for_one_the_last_counts(pictures: Client) -> None:
    """And is the one that was looked at."""
    good, bad = ("x.png", PNG, "image/png"), ("x.exe", b"MZ", "image/png")
    assert pictures.post("/", files=[("photo", bad), ("photo", good)]).text == "x.png"
    assert pictures.post("/", files=[("photo", good), ("photo", bad)]).status == 422


def tokens(answer: Response, name: str = "photo") -> list[str]:
    """The files that a page says are chosen."""
    return re.findall(rf'<input type="checkbox" name="{name}\._kept" value="([^"]+)" checked>', answer.text)


def pending(tmp_path: Path) -> list[Path]:
    """What waits."""
    return sorted((tmp_path / "media" / ".pending").glob("*"))


def test_a_photo_is_chosen_once_and_saved(client: Client, tmp_path: Path) -> None:
    """However often the form is shown again; then nothing waits any more, and nobody else could see what did."""
    answer = client.post("/", data={"name": ""}, files={"photo": ("My cork.png", PNG, "image/png")})
    [token] = tokens(answer)
    assert "Chosen: My cork.png" in answer.text
    assert client.get(f"/media/.pending/{token}").status == 404
    again = client.post("/", data={"name": "", "photo._kept": token}, files={"photo": ("", b"")})
    assert tokens(again) == [token]
    done = client.post("/", data={"name": "Ada", "photo._kept": token}, files={"photo": ("", b"")})
    [name] = done.json()["saved"]
    assert name.startswith("My-cork-")
    assert (tmp_path / "media" / name).read_bytes() == PNG
    assert pending(tmp_path) == []


def test_a_mistake_that_the_handler_finds_keeps_the_photo_too(client: Client) -> None:
    """One that was sent now, and one that waited."""
    [token] = tokens(client.post("/", data={"name": "Eve"}, files={"photo": ("a.png", PNG, "image/png")}))
    answer = client.post("/", data={"name": "Eve", "photo._kept": token}, files={"photo": ("", b"")})
    assert answer.status == 422
    [token] = tokens(answer)
    done = client.post("/", data={"name": "Ada", "photo._kept": token}, files={"photo": ("", b"")})
    assert len(done.json()["saved"]) == 1


def test_a_photo_can_be_left_out_again(client: Client) -> None:
    """Its box is not ticked any more, so nothing is sent of it; a token of nobody's is no file."""
    assert tokens(client.post("/", data={"name": ""}, files={"photo": ("a.png", PNG, "image/png")}))
    assert client.post("/", data={"name": "Ada"}, files={"photo": ("", b"")}).json() == {"saved": []}
    for wrong in ("x" * 32, "../../app", "", "x" * 10_000):
        sent = {"name": "Ada", "photo._kept": wrong}
        assert client.post("/", data=sent, files={"photo": ("", b"")}).json() == {"saved": []}


def test_some_of_several_files_are_kept(client: Client, tmp_path: Path) -> None:
    """Those whose boxes are ticked."""
    sent = [("more", ("a.png", PNG, "image/png")), ("more", ("b.png", OTHER, "image/png"))]
    answer = client.post("/", data={"name": ""}, files=sent)
    first, second = tokens(answer, "more")
    assert first != second
    done = client.post("/", data={"name": "Ada", "more._kept": second}, files={"more": ("", b"")})
    [name] = done.json()["saved"]
    assert (tmp_path / "media" / name).read_bytes() == OTHER


def test_a_photo_whose_hour_is_over_is_not_there(client: Client, tmp_path: Path) -> None:
    """The form counts without it, as if none had been chosen."""
    [token] = tokens(client.post("/", data={"name": ""}, files={"photo": ("a.png", PNG, "image/png")}))
    PendingFiles(tmp_path / "media").drop(token)
    done = client.post("/", data={"name": "Ada", "photo._kept": token}, files={"photo": ("", b"")})
    assert done.json() == {"saved": []}
