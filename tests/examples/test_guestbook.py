"""The guestbook, asked in process: signing, photos, pages, and what it refuses."""

from __future__ import annotations

import io
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from demijohn import Client

from .conftest import checked, example

BROWSER = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def guestbook() -> ModuleType:
    """The module `examples/guestbook/app.py`."""
    return example("guestbook")


@pytest.fixture
def client(guestbook: Any, tmp_path: Path) -> Iterator[Client]:
    """A book with nothing in it, that nobody has signed too often."""
    config = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'app.sqlite'}",
        "SECRET_KEY": secrets.token_urlsafe(32),
        "database": {"create_tables": "always"},
        "security": {"trusted_proxies": 1},
        "storage": {"folder": str(tmp_path / "media")},
    }
    with Client(guestbook.app, config=config) as made:
        yield made


@pytest.fixture(scope="module")
def photo() -> bytes:
    """A picture that tells who took it."""
    image = pytest.importorskip("PIL.Image")
    facts = image.Exif()
    facts[315] = "taken by somebody"
    written = io.BytesIO()
    image.new("RGB", (1600, 1200), "teal").save(written, "JPEG", exif=facts)
    return written.getvalue()


def test_an_empty_book(client: Client) -> None:
    """It has a form, and says that it is empty; a page that is not there is none."""
    page = client.get("/")
    assert page.status == 200
    assert "0 entries" in page.text
    assert "Be the first" in page.text
    assert client.get("/?page=2").status == 404
    assert "nothing here" in client.get("/?page=2", headers=BROWSER).text
    assert client.get("/?page=0").status == 422


def test_signing_with_a_photo(client: Client, photo: bytes) -> None:
    """The thanks are said once, and the picture is smaller, ours, and tells nothing more than what it shows."""
    assert b"taken by somebody" in photo
    sent = {"name": "Ada <b>", "message": "One\nTwo\n\nThree"}
    answer = client.post("/", data=sent, files={"photo": ("../hill.jpg", photo, "image/jpeg")})
    assert (answer.status, answer.headers["location"]) == (303, "/")
    page = client.get("/").text
    assert "Thank you, Ada &lt;b&gt;." in page
    assert "<h3>Ada &lt;b&gt;</h3>" in page
    assert "<p>One<br>Two</p>" in page
    assert "Thank you" not in client.get("/").text
    [path] = re.findall(r'<img src="(/media/photos/hill-[0-9a-f]+\.jpg)"', page)
    kept = client.get(path)
    assert kept.headers["content-type"] == "image/jpeg"
    assert b"taken by somebody" not in kept.content
    opened = pytest.importorskip("PIL.Image").open(io.BytesIO(kept.content))
    assert opened.size == (800, 600)


def test_a_photo_stays_chosen(client: Client, photo: bytes) -> None:
    """A form with another mistake has it with it."""
    answer = client.post("/", data={"message": "kept"}, files={"photo": ("hill.jpg", photo, "image/jpeg")})
    assert answer.status == 422
    assert "\nkept</textarea>" in answer.text
    [token] = re.findall(r'name="photo\._kept" value="([^"]+)" checked', answer.text)
    sent = {"name": "Ada", "message": "kept", "photo._kept": token}
    assert client.post("/", data=sent, files={"photo": ("", b"")}).status == 303
    assert "/media/photos/hill-" in client.get("/").text


@pytest.mark.parametrize("data", [b"<html>", b"", b"\xff\xd8\xff\xe0 no more of it"])
def test_what_is_no_picture(client: Client, tmp_path: Path, data: bytes) -> None:
    """Is a mistake of its field; nothing is kept of it."""
    pytest.importorskip("PIL.Image")
    sent = {"name": "Eve", "message": "Look"}
    answer = client.post("/", data=sent, files={"photo": ("a.jpg", data, "image/jpeg")})
    assert answer.status == 422
    assert '<a href="#form-photo">Photo</a>' in answer.text
    assert "0 entries" in answer.text
    assert not (tmp_path / "media" / "photos").exists()
    assert "_kept" not in answer.text


def test_what_is_too_much(client: Client) -> None:
    """Long texts, and a photo of more than 8 MB, are told at once."""
    sent = {"name": "x" * 41, "message": "y" * 1001}
    answer = client.post("/", data=sent, files={"photo": ("a.jpg", b"\xff\xd8\xff" + bytes(8_000_000), "image/jpeg")})
    assert answer.status == 422
    assert re.findall(r'<li><a href="#form-(\w+)">', answer.text) == ["name", "message", "photo"]


def test_programs_sign_too(client: Client) -> None:
    """By JSON, without a photo; their mistakes are problem details."""
    assert client.post("/", json={"name": "Robot", "message": "beep"}).status == 303
    assert "Robot" in client.get("/").text
    wrong = client.post("/", json={"name": ""})
    assert wrong.status == 422
    assert [one["where"] for one in wrong.json()["errors"]] == ["body.name", "body.message"]


def test_the_newest_come_first_and_ten_are_a_page(client: Client) -> None:
    """The pages are linked both ways."""
    for number in range(1, 13):
        sent = {"name": f"Visitor {number}", "message": "Hi"}
        assert client.post("/", data=sent, headers={"x-forwarded-for": f"192.0.2.{number}"}).status == 303
    first = client.get("/").text
    assert re.findall(r"<h3>Visitor (\d+)</h3>", first) == [str(number) for number in range(12, 2, -1)]
    assert "12 entries" in first
    assert '<a rel="next" href="/?page=2">Older</a>' in first
    second = client.get("/?page=2").text
    assert re.findall(r"<h3>Visitor (\d+)</h3>", second) == ["2", "1"]
    assert '<a rel="prev" href="/?page=1">Newer</a>' in second


def test_the_sixth_time_within_a_minute_is_too_often(client: Client) -> None:
    """Whatever was sent; a browser gets a page, and reading goes on."""
    statuses = [client.post("/", data={"name": "Ada", "message": "Hi"}).status for _ in range(6)]
    assert statuses == [303] * 5 + [429]
    refused = client.post("/", data={"name": "Ada", "message": "Hi"}, headers=BROWSER)
    assert refused.status == 429
    assert "One moment, please" in refused.text
    assert int(refused.headers["retry-after"]) > 0
    assert "5 entries" in client.get("/").text


def test_another_site_cannot_sign_for_a_visitor(client: Client) -> None:
    """The form is shown again, and nothing is written."""
    client.get("/")
    forged = {"origin": "https://evil.example", "sec-fetch-site": "cross-site", "cookie": "session=x"}
    assert client.post("/", data={"name": "Eve", "message": "Hi"}, headers=forged).status in (403, 422)
    assert "0 entries" in client.get("/").text


def test_the_check_finds_nothing() -> None:
    """Templates, their names and links are right."""
    assert checked("guestbook").startswith("✓ No mistakes")
