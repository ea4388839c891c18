"""A database that was there before is served as it is, by classes written by hand and by reflected ones."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from asking import Answer, ask
from chinook.schema import build

ASKED: dict[str, tuple[Any, ...]] = {
    "list": ("GET", "/artists"),
    "last page": ("GET", "/artists?page=3"),
    "no page": ("GET", "/artists?page=4"),
    "artist": ("GET", "/artists/7"),
    "artist, async": ("GET", "/async/artists/7"),
    "no artist": ("GET", "/artists/31"),
    "no key": ("GET", "/artists/x"),
    "huge key": ("GET", f"/artists/{10**30}"),
    "track": ("GET", "/tracks/5"),
    "albums": ("GET", "/albums"),
    "albums, async": ("GET", "/async/albums"),
    "playlist": ("GET", "/playlists/1"),
    "empty playlist": ("GET", "/playlists/2"),
    "entry": ("GET", "/playlists/1/tracks/9"),
    "no entry": ("GET", "/playlists/2/tracks/9"),
    "add": ("POST", "/playlists/2/tracks/9"),
    "add again": ("POST", "/playlists/2/tracks/9"),
    "add nothing": ("POST", "/playlists/2/tracks/91"),
    "added": ("GET", "/playlists/2"),
    "invoice": ("GET", "/invoices/2"),
    "sales": ("GET", "/sales"),
}


@pytest.fixture(scope="module", params=["chinook.by_hand", "chinook.reflected"])
def answers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    """What the shop says, by name; asked once for all tests. The app finds its tables, and makes none."""
    file = tmp_path_factory.mktemp("chinook") / "chinook.sqlite"
    build(file)
    before = tables(file)
    settings = {"DEMIJOHN_DATABASE_CREATE_TABLES": "development"}
    found = ask(request.param, list(ASKED.values()), database=file, environment=settings)
    assert tables(file) == before
    return dict(zip(ASKED, found, strict=True))


def tables(file: Path) -> list[Any]:
    """All that is declared in a file."""
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall()


def body(answer: Answer) -> Any:
    """What was sent as JSON."""
    assert answer.status < 300, answer
    return json.loads(answer.text)


def test_lists_have_pages(answers: dict[str, Answer]) -> None:
    """Names of columns are names of fields; a page that does not exist is a 404."""
    page = body(answers["list"])
    assert page["items"][0] == {"ArtistId": 1, "Name": "Artist 01"}
    assert (len(page["items"]), page["total"], page["pages"]) == (10, 30, 3)
    assert body(answers["last page"])["items"][-1]["ArtistId"] == 30
    assert answers["no page"].status == 404


def test_a_row_is_shown_by_its_key(answers: dict[str, Answer]) -> None:
    """In `def` and in `async def`; keys that are none are 404s, however they look. Decimals keep their places."""
    assert body(answers["artist"]) == body(answers["artist, async"]) == {"ArtistId": 7, "Name": "Artist 07"}
    assert [answers[name].status for name in ("no artist", "no key", "huge key")] == [404, 404, 404]
    assert body(answers["track"]) == {
        "TrackId": 5, "Name": "Track 05", "AlbumId": 2, "GenreId": 2, "Milliseconds": 180_005, "UnitPrice": "0.99",
    }  # fmt: skip


def test_a_page_of_relations_takes_four_queries(answers: dict[str, Answer]) -> None:
    """Albums, their artists, their tracks, the genres of these, for thirty albums as for one; `load` asks once more."""
    albums = body(answers["albums"])
    assert len(albums) == 30
    assert albums[1] == {
        "title": "Album 02",
        "artist": "Artist 02",
        "tracks": [["Track 04", "Rock"], ["Track 05", "Jazz"], ["Track 06", "Rock"]],
    }
    assert answers["albums"].header("x-queries") == "4"
    assert body(answers["albums, async"]) == albums
    assert answers["albums, async"].header("x-queries") == "5"


def test_a_key_of_two_columns(answers: dict[str, Answer]) -> None:
    """It is read, and written to; what the database refuses is an answer with words."""
    assert body(answers["playlist"])["tracks"] == [f"Track {number:02}" for number in range(3, 91, 3)]
    assert answers["playlist"].header("x-queries") == "3"
    assert body(answers["empty playlist"]) == {"name": "Nothing yet", "tracks": []}
    assert body(answers["entry"]) == {"PlaylistId": 1, "TrackId": 9}
    assert answers["no entry"].status == 404
    assert (answers["add"].status, body(answers["add"])) == (201, {"PlaylistId": 2, "TrackId": 9})
    assert answers["add again"].status == 409
    assert answers["add nothing"].status == 422
    assert body(answers["added"])["tracks"] == ["Track 09"]


def test_invoices_and_the_report_over_them(answers: dict[str, Answer]) -> None:
    """Dates come as they were stored; sums of money are decimals."""
    assert body(answers["invoice"]) == {
        "customer": "Lee", "at": "2009-02-01T00:00:00", "total": "3.96", "sums": ["0.99", "2.97"],
    }  # fmt: skip
    assert body(answers["sales"]) == [
        {"country": "Norway", "invoices": 2, "total": "5.94"},
        {"country": "Chile", "invoices": 1, "total": "0.99"},
    ]
    assert answers["sales"].header("x-queries") == "1"
