"""Files in the steps of a wizard: kept by `Storage` until it ends, shown on going back, gone when it is given up."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any

import pytest

from demijohn import App, Client, InlineTemplates, Schema, Sessions, SetupError, UploadedFile, render
from demijohn.forms import Field, Form, Forms, Wizard
from demijohn.storage import Storage

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
PHOTO = {"photo": ("My cork.png", PNG, "image/png")}
EMPTY = {"photo": ("", b"")}


class Who(Schema):
    """The first step."""

    name: str
    photo: Annotated[UploadedFile, Field(accept="image/*")]


class Scan(Schema):
    """A row with a file."""

    title: str
    paper: UploadedFile | None = None


class What(Schema):
    """The second, with rows of files."""

    scans: list[Scan] = []
    sure: bool = False


class Sheet(Wizard):
    """Two steps."""

    steps = {"who": Who, "what": What}


@pytest.fixture
def client(tmp_path: Path) -> Client:
    """A wizard that tells what it was given, and can be given up."""
    app = App(bare=True, debug=True)
    app.root = tmp_path
    app.use(Forms(), Sessions(), Storage(pending_bytes=100_000))
    app.register(InlineTemplates({"w.html": "{{ wizard }}"}))

    @app.route("/w", methods=["GET", "POST"])
    def fill(wizard: Sheet) -> Any:
        if wizard.done:
            who, what = wizard["who"].value, wizard["what"].value
            told = [
                who.photo.filename,
                len(who.photo.read()),
                [scan.paper and scan.paper.read().decode() for scan in what.scans],
            ]
            wizard.clear()
            return told
        return render("w.html", wizard=wizard)

    @app.post("/give-up")
    def give_up(wizard: Sheet) -> None:
        wizard.clear()

    return Client(app)


def pending(tmp_path: Path) -> list[Path]:
    """The files that wait."""
    return [path for path in (tmp_path / "media" / ".pending").glob("*") if not path.suffix]


def tokens(page: str) -> list[str]:
    """What the page says is chosen."""
    return re.findall(r'name="[\w.]*photo\._kept" value="([^"]+)" checked', page)


def test_a_file_is_kept_from_step_to_step(client: Client, tmp_path: Path) -> None:
    """Chosen once, shown on going back, there at the end, and gone then."""
    answer = client.post("/w?step=who", data={"name": "Ada"}, files=PHOTO)
    assert answer.headers["location"] == "/w?step=what"
    assert len(pending(tmp_path)) == 1
    client.post("/w?step=what", data={"_back": "1"})
    page = client.get("/w?step=who").text
    [token] = tokens(page)
    assert "Chosen: My cork.png" in page
    assert " required" not in re.findall(r'<input type="file"[^>]*>', page)[0]
    client.post("/w?step=who", data={"name": "Ada", "photo._kept": token}, files=EMPTY)
    assert len(pending(tmp_path)) == 1
    done = client.post("/w?step=what", data={"sure": "true"})
    assert done.json() == ["My cork.png", len(PNG), []]
    assert pending(tmp_path) == []
    assert 'name="name"' in client.get("/w").text


def test_rows_keep_their_files(client: Client) -> None:
    """Each its own, also when a step in between is wrong."""
    client.post("/w?step=who", data={"name": "Ada"}, files=PHOTO)
    sent = {"scans.0.title": "A", "scans.3.title": "B", "_back": "1"}
    client.post("/w?step=what", data=sent, files={"scans.3.paper": ("b.txt", b"bb")})
    page = client.get("/w?step=what").text
    [(name, token)] = re.findall(r'name="(scans\.\d\.paper\._kept)" value="([^"]+)"', page)
    assert name == "scans.1.paper._kept"
    done = client.post("/w?step=what", data={"scans.0.title": "A", "scans.1.title": "B", name: token})
    assert done.json()[2] == [None, "bb"]


def test_what_is_left_out_or_replaced_is_let_go(client: Client, tmp_path: Path) -> None:
    """At once: one file a field waits, and no more."""
    client.post("/w?step=who", data={"name": "Ada"}, files=PHOTO)
    [first] = pending(tmp_path)
    client.post("/w?step=who", data={"name": "Ada"}, files={"photo": ("b.png", PNG + b"1", "image/png")})
    [second] = pending(tmp_path)
    assert first != second
    refused = client.post("/w?step=who", data={"name": "Ada"}, files=EMPTY)
    assert refused.status == 422
    assert "This field is required." in refused.text


def test_a_wizard_that_is_given_up_leaves_nothing(client: Client, tmp_path: Path) -> None:
    """Cleared by hand."""
    client.post("/w?step=who", data={"name": "Ada"}, files=PHOTO)
    assert client.post("/give-up").status == 204
    assert pending(tmp_path) == []


def test_a_file_whose_hour_is_over_is_asked_for_again(client: Client, tmp_path: Path) -> None:
    """On the page of its step, with a reason; the step counts as not right."""
    client.post("/w?step=who", data={"name": "Ada"}, files=PHOTO)
    os.utime(pending(tmp_path)[0], (0, 0))
    answer = client.get("/w?step=what")
    assert answer.status == 200
    assert "is not there any more: choose it again." in answer.text
    assert 'value="Ada"' in answer.text
    assert client.post("/w?step=what", data={"sure": "true"}).status == 422
    assert client.post("/w?step=who", data={"name": "Ada"}, files=PHOTO).status == 303
    assert client.post("/w?step=what", data={"sure": "true"}).json()[0] == "My cork.png"


def test_a_file_of_the_wrong_kind_or_size_is_no_step(client: Client, tmp_path: Path) -> None:
    """A program; one that is larger than what may wait; and files that no field asks for."""
    answer = client.post("/w?step=who", data={"name": "Ada"}, files={"photo": ("a.png", b"MZ", "image/png")})
    assert answer.status == 422
    assert "this one is a program." in answer.text
    large = client.post("/w?step=who", data={"name": "Ada"}, files={"photo": ("a.png", PNG * 500, "image/png")})
    assert large.status == 422
    assert "Choose a.png again: it was not kept." in large.text
    client.post("/w?step=who", data={"name": "Ada"}, files={**PHOTO, "other": ("x", b"1"), "name.x": ("y", b"1")})
    assert len(pending(tmp_path)) == 1


def test_without_storage_it_is_told_at_the_start() -> None:
    """With what to add."""
    app = App(bare=True, debug=True)
    app.use(Forms(), Sessions())

    @app.get("/w")
    def fill(wizard: Sheet) -> Any: ...

    with pytest.raises(SetupError, match=r"DMJ0587.*nothing keeps files") as caught:
        app.seal()
    assert "app.use(Storage())" in str(caught.value)


def test_a_form_says_which_files_it_lost(tmp_path: Path) -> None:
    """Where nobody keeps them, or they are larger than what may wait."""
    app = App(bare=True, debug=True)
    app.root = tmp_path
    app.use(Forms())
    app.register(InlineTemplates({"f.html": "{{ form }}"}))

    @app.post("/")
    def who(form: Form[Who]) -> Any:
        return render("f.html", form=form)

    answer = Client(app).post("/", data={"name": ""}, files=PHOTO)
    assert "Choose My cork.png again: it was not kept." in answer.text
