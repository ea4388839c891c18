"""Files stay with a form that is shown again, where somebody keeps them."""

from __future__ import annotations

import dataclasses
import io
import re
from typing import Any

from demijohn import App, Battery, Client, InlineTemplates, Schema, Setup, Templates, UploadedFile, render
from demijohn.forms import FileKeeper, Form, Forms


class Entry(Schema):
    """With a file."""

    name: str
    photo: UploadedFile


class Shelf:
    """Keeps files in memory."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, str, bytes]] = {}

    def keep(self, file: UploadedFile, visitor: str = "", /) -> str:
        """Under a number."""
        token = f"token-{len(self.files)}"
        file.file.seek(0)
        self.files[token] = (file.filename, file.content_type, file.read())
        return token

    def take(self, token: str, /) -> UploadedFile | None:
        """By it."""
        held = self.files.get(token)
        return None if held is None else UploadedFile(held[0], held[1], io.BytesIO(held[2]), len(held[2]))

    def drop(self, token: str, /) -> None:
        """Forget it."""
        self.files.pop(token, None)


def _client(shelf: Shelf, seen: list[Any]) -> Client:
    @dataclasses.dataclass(frozen=True)
    class Keeping(Battery):
        name = "keeping"

        def install(self, setup: Setup) -> None:
            setup.offer(shelf)

    app = App(bare=True)
    app.use(Forms(), Templates(), Keeping())
    app.register(InlineTemplates({"f.html": "{{ form }}"}))

    @app.route("/f", methods=["GET", "POST"])
    def f(form: Form[Entry]) -> Any:
        if form.valid:
            seen.append((form.value.name, form.value.photo.filename, form.value.photo.read()))
            return "taken"
        return render("f.html", form=form)

    return Client(app)


def test_a_file_is_chosen_once() -> None:
    """It is kept under a token, is taken with it, and is let go of when the form is right."""
    shelf = Shelf()
    seen: list[Any] = []
    assert isinstance(shelf, FileKeeper)
    client = _client(shelf, seen)
    answer = client.post("/f", data={"name": ""}, files={"photo": ("a.png", b"123", "image/png")})
    assert answer.status == 422
    tokens = re.findall(r'name="photo\._kept" value="([^"]+)"', answer.text)
    assert tokens == ["token-0"]
    assert "Chosen: a.png" in answer.text
    assert " required" not in re.findall(r'<input type="file"[^>]*>', answer.text)[0]
    again = client.post("/f", data={"name": "", "photo._kept": tokens[0]}, files={"photo": ("", b"")})
    assert re.findall(r'name="photo\._kept" value="([^"]+)"', again.text) == tokens
    done = client.post("/f", data={"name": "Ada", "photo._kept": tokens[0]}, files={"photo": ("", b"")})
    assert done.text == "taken"
    assert seen == [("Ada", "a.png", b"123")]
    assert shelf.files == {}


def test_another_file_goes_before_the_one_that_is_kept() -> None:
    """The visitor has chosen anew."""
    shelf = Shelf()
    seen: list[Any] = []
    client = _client(shelf, seen)
    client.post("/f", data={"name": ""}, files={"photo": ("a.png", b"123", "image/png")})
    client.post("/f", data={"name": "Ada", "photo._kept": "token-0"}, files={"photo": ("b.png", b"45", "image/png")})
    assert seen == [("Ada", "b.png", b"45")]


def test_a_token_that_is_none_is_no_file() -> None:
    """The file is missing still; so it is where nobody keeps any."""
    seen: list[Any] = []
    for token in ("token-9", "../../etc/passwd", "", "x" * 100_000):
        answer = _client(Shelf(), seen).post("/f", data={"name": "Ada", "photo._kept": token})
        assert answer.status == 422
        assert "This field is required." in answer.text
    assert seen == []
