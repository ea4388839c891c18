"""The guestbook in a real browser: signed with a photo, with JavaScript and without, by day and night."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .running import running, somebody

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where `demijohn dev examples/guestbook/app.py` answers."""
    pytest.importorskip("PIL")
    with running("guestbook", tmp_path_factory.mktemp("guestbook")) as url:
        yield url


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of a hill at dusk, on the visitor's disk."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (1200, 900), "#2f4858")
    drawn = ImageDraw.Draw(picture)
    drawn.ellipse((760, 180, 960, 380), fill="#f6ae2d")
    drawn.polygon([(0, 900), (420, 430), (800, 720), (1200, 520), (1200, 900)], fill="#33658a")
    written = io.BytesIO()
    picture.save(written, "JPEG")
    path = tmp_path_factory.mktemp("camera") / "The hill.jpg"
    path.write_bytes(written.getvalue())
    return path


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_photo_is_chosen_once(visitor: Any, address: str, photo: Path, scripts: bool) -> None:
    """It stays chosen when the name is wrong, the thanks are shown once, and the picture is on the page."""
    page = visitor(address, scripts=scripts, **somebody())
    page.get_by_label("Message").fill("What a view!\nWe come again.")
    page.get_by_label("Photo").set_input_files(photo)
    page.get_by_label("Name").fill(" ")  # browsers let that pass
    page.get_by_role("button", name="Sign the book").click()
    page.get_by_role("alert").get_by_text("This field is required.").wait_for()
    assert page.get_by_label("Message").input_value() == "What a view!\nWe come again."
    kept = page.get_by_label("Chosen: The hill.jpg")
    assert kept.is_checked()
    name = "Ada <script>" if scripts else "Ada without"
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Sign the book").click()
    page.get_by_role("status").get_by_text(f"Thank you, {name}.").wait_for()
    entry = page.get_by_role("article").filter(has_text=name)
    picture = entry.get_by_role("img", name=f"From {name}")
    assert picture.is_visible()
    answer = page.request.get(address + picture.get_attribute("src"))
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
    page.reload()
    assert page.get_by_text(f"Thank you, {name}.").count() == 0
    assert page.get_by_label("Message").input_value() == ""


def test_what_is_no_picture_is_refused(visitor: Any, address: str, tmp_path: Path) -> None:
    """Whatever it calls itself: the field says so, and the text is kept."""
    wrong = tmp_path / "holiday.png"
    wrong.write_bytes(b"<html>")
    page = visitor(address, **somebody())
    page.get_by_label("Name").fill("Eve")
    page.get_by_label("Message").fill("Look at this")
    page.get_by_label("Photo").set_input_files(wrong)
    page.get_by_role("button", name="Sign the book").click()
    page.get_by_role("alert").get_by_text("Expected a file of the kind image/*").wait_for()
    assert page.get_by_label("Message").input_value() == "Look at this"
    assert page.get_by_label("Photo").get_attribute("aria-invalid") == "true"
    wrong.write_bytes(b"\x89PNG\r\n\x1a\n<html>")
    page.get_by_label("Photo").set_input_files(wrong)
    page.get_by_role("button", name="Sign the book").click()
    page.get_by_role("alert").get_by_text("The image is broken").wait_for()
    assert page.get_by_role("article").filter(has_text="Eve").count() == 0


def test_look(visitor: Any, address: str, photo: Path) -> None:
    """With entries and with mistakes, by day and night, on a desk and a phone, from right to left."""
    page = visitor(address, **somebody())
    page.get_by_label("Name").fill("Grace")
    page.get_by_label("Message").fill("A" * 200 + "\n\nA second paragraph, as long as one writes them on a good day.")
    page.get_by_label("Photo").set_input_files(photo)
    page.get_by_role("button", name="Sign the book").click()
    page.get_by_role("status").get_by_text("Thank you, Grace.").wait_for()
    visitor.inspect(page, "guestbook")
    page.get_by_label("Name").fill(" ")
    page.get_by_label("Message").fill("Once more")
    page.get_by_label("Photo").set_input_files(photo)
    page.get_by_role("button", name="Sign the book").click()
    page.locator(".dj-summary:focus").wait_for()
    visitor.inspect(page, "guestbook-mistake")
    page.goto(f"{address}/nowhere")
    visitor.inspect(page, "guestbook-nowhere")
