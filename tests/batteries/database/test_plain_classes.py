"""Classes that know nothing of Demijohn, in each way in which SQLAlchemy maps them, over a database that was there."""

import dataclasses
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, ForeignKey, Integer, String, Table, create_engine, select
from sqlalchemy.ext.automap import automap_base
from sqlalchemy.ext.declarative import DeferredReflection
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    declarative_base,
    mapped_column,
    registry,
    relationship,
)

from demijohn import App, Client, Schema
from demijohn.batteries.database.mapped import AnyModel
from demijohn.database import DB, AsyncDB, Database, Model
from demijohn.foundation.errors import SetupError

SCHEMA = """
    CREATE TABLE Artist (ArtistId INTEGER NOT NULL PRIMARY KEY, Name NVARCHAR(20));
    CREATE TABLE Album (
        AlbumId INTEGER NOT NULL PRIMARY KEY, Title NVARCHAR(20) NOT NULL,
        ArtistId INTEGER NOT NULL REFERENCES Artist (ArtistId)
    );
    CREATE TABLE PlaylistTrack (PlaylistId INTEGER NOT NULL, TrackId INTEGER NOT NULL,
        PRIMARY KEY (PlaylistId, TrackId));
    CREATE TABLE Invoice (InvoiceId INTEGER NOT NULL PRIMARY KEY, InvoiceDate DATETIME, Total NUMERIC(10,2));
    INSERT INTO Artist VALUES (1, 'AC/DC'), (2, 'Accept');
    INSERT INTO Album VALUES (1, 'For Those', 1), (2, 'Balls', 2), (3, 'Let There', 1);
    INSERT INTO PlaylistTrack VALUES (1, 2);
    INSERT INTO Invoice VALUES (1, '2009-01-01 00:00:00', 1.98);
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database that is older than the app, named and typed as nobody here would."""
    path = tmp_path / "chinook.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    connection.close()
    return path


def by_declarative_base(path: Path) -> Any:
    """The usual way."""

    class Base(DeclarativeBase):
        pass

    class Album(Base):
        __tablename__ = "Album"
        AlbumId: Mapped[int] = mapped_column(primary_key=True)
        Title: Mapped[str] = mapped_column(String(20))
        ArtistId: Mapped[int]

    return Album


def by_old_base(path: Path) -> Any:
    """SQLAlchemy 1.4's way."""
    base: Any = declarative_base()

    class Album(base):
        __tablename__ = "Album"
        AlbumId = Column(Integer, primary_key=True)
        Title = Column(String(20), nullable=False)
        ArtistId = Column(Integer, nullable=False)

    return Album


def by_decorator(path: Path) -> Any:
    """Without a base."""
    found = registry()

    @found.mapped
    class Album:
        __tablename__ = "Album"
        AlbumId: Mapped[int] = mapped_column(primary_key=True)
        Title: Mapped[str] = mapped_column(String(20))
        ArtistId: Mapped[int]

        def __init__(self, **values: Any) -> None:
            for name, value in values.items():
                setattr(self, name, value)

    return Album


def by_hand(path: Path) -> Any:
    """Table and class apart, the table reflected."""
    found = registry()
    engine = create_engine(f"sqlite:///{path}")

    class Album:
        def __init__(self, **values: Any) -> None:
            for name, value in values.items():
                setattr(self, name, value)

    found.map_imperatively(Album, Table("Album", found.metadata, autoload_with=engine))
    engine.dispose()
    return Album


def by_automap(path: Path) -> Any:
    """Classes nobody wrote."""
    base: Any = automap_base()
    engine = create_engine(f"sqlite:///{path}")
    base.prepare(autoload_with=engine)
    engine.dispose()
    return base.classes.Album


def by_reflection(path: Path) -> Any:
    """Classes whose columns the database tells."""

    class Base(DeferredReflection, DeclarativeBase):
        pass

    class Album(Base):
        __tablename__ = "Album"

    engine = create_engine(f"sqlite:///{path}")
    Base.prepare(engine)
    engine.dispose()
    return Album


def by_dataclass(path: Path) -> Any:
    """Dataclasses, which msgspec would write by itself."""

    class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
        pass

    class Album(Base):
        __tablename__ = "Album"
        AlbumId: Mapped[int] = mapped_column(primary_key=True, init=False)
        Title: Mapped[str] = mapped_column(String(20))
        ArtistId: Mapped[int]

    return Album


WAYS = [by_declarative_base, by_old_base, by_decorator, by_hand, by_automap, by_reflection, by_dataclass]


class AlbumOut(Schema):
    """What is told of an album."""

    AlbumId: int
    Title: str


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_each_is_accepted_everywhere(way: Callable[[Path], Any], file: Path) -> None:
    """In the path, by the verbs, read fast, sent by its default shape, validated, and refused as a body."""
    album = way(file)
    app = App()
    app.use(Database(url=f"sqlite:///{file}", create_tables="never"))

    @app.get("/albums/{found}")
    def show(found: album) -> Any:
        return found

    @app.get("/async/{found}")
    async def show_async(found: album) -> Any:
        return found

    @app.get("/albums")
    def page(db: DB, page: int = 1) -> Any:
        return db.page(album, page, size=2)

    @app.get("/read")
    async def read(db: AsyncDB) -> Any:
        return await db.read(AlbumOut, select(album).order_by(album.AlbumId))

    @app.post("/albums", status=201)
    def create(title: str, db: DB) -> Any:
        return db.save(album(Title=title, ArtistId=1))

    first = {"AlbumId": 1, "Title": "For Those", "ArtistId": 1}
    with Client(app) as client:
        assert client.get("/albums/1").json() == client.get("/async/1").json() == first
        assert client.get("/albums/99").status == 404
        assert client.get("/albums/x").status == 404
        found = client.get("/albums").json()
        assert (found["items"][0], found["total"], found["pages"]) == (first, 3, 2)
        assert client.get("/read").json()[1] == {"AlbumId": 2, "Title": "Balls"}
        made = client.post("/albums?title=New")
        assert (made.status, made.json()) == (201, {"AlbumId": 4, "Title": "New", "ArtistId": 1})
        refused = client.post("/albums?title=" + "x" * 21)
        assert refused.status == 422
        assert refused.json()["errors"] == [{"where": "Title", "message": "Expected at most 20 characters."}]

    other = App()
    other.use(Database(url=f"sqlite:///{file}", create_tables="never"))
    other.post("/albums")(_taking(album))
    with pytest.raises(SetupError, match="DMJ0305"):
        other.seal()


def _taking(kind: Any) -> Any:
    def take(item: Any) -> None:
        pass

    take.__annotations__["item"] = kind
    return take


def test_a_whole_file_is_reflected_and_served(file: Path) -> None:
    """Relations, keys of two columns, dates without a zone and decimals of an old database."""
    base: Any = automap_base()
    engine = create_engine(f"sqlite:///{file}")
    base.prepare(autoload_with=engine)
    engine.dispose()
    artist, invoice, entry = base.classes.Artist, base.classes.Invoice, base.classes.PlaylistTrack
    app = App()
    app.use(Database(url=f"sqlite:///{file}", create_tables="never"))

    @app.get("/artists/{found}/albums")
    def albums(found: artist) -> Any:
        return found.album_collection

    @app.get("/invoices")
    def invoices(db: DB) -> Any:
        return db.all(invoice)

    @app.get("/entries/{playlist}/{track}")
    def show(playlist: int, track: int, db: DB) -> Any:
        return db.get_or_404(entry, (playlist, track))

    with Client(app) as client:
        assert [one["Title"] for one in client.get("/artists/1/albums").json()] == ["For Those", "Let There"]
        assert client.get("/invoices").json() == [
            {"InvoiceId": 1, "InvoiceDate": "2009-01-01T00:00:00", "Total": "1.98"},
        ]
        assert client.get("/entries/1/2").json() == {"PlaylistId": 1, "TrackId": 2}
        assert client.get("/entries/1/3").status == 404


def test_what_waits_for_its_table_is_told(file: Path) -> None:
    """A class that is to be reflected and was not: the error shows the call that is missing."""

    class Reflected(DeferredReflection, DeclarativeBase):
        pass

    class Album(Reflected):
        __tablename__ = "Album"

    app = App()
    app.use(Database(url=f"sqlite:///{file}", create_tables="never"))
    app.get("/albums/{item}")(_taking(Album))
    with pytest.raises(SetupError, match="DMJ0515") as caught:
        app.seal()
    assert "Reflected.prepare(create_engine(DATABASE_URL))" in str(caught.value)


def test_what_is_mapped_is_known_by_its_mapper() -> None:
    """Not by its bases, and an abstract model is none."""

    class Thing:
        pass

    assert issubclass(Model, AnyModel) is False
    assert not issubclass(Thing, AnyModel)
    assert not isinstance(Thing(), AnyModel)
    registry().map_imperatively(Thing, Table("thing", registry().metadata, Column("id", Integer, primary_key=True)))
    assert issubclass(Thing, AnyModel)
    assert isinstance(Thing(), AnyModel)


def test_relations_between_plain_classes_load(file: Path) -> None:
    """As SQLAlchemy says it, in the units of work of Demijohn."""

    class Base(DeclarativeBase):
        pass

    class Artist(Base):
        __tablename__ = "Artist"
        id: Mapped[int] = mapped_column("ArtistId", primary_key=True)
        name: Mapped[str | None] = mapped_column("Name", String(20))
        albums: Mapped[list[Any]] = relationship("Album", back_populates="artist", order_by="Album.id")

    class Album(Base):
        __tablename__ = "Album"
        id: Mapped[int] = mapped_column("AlbumId", primary_key=True)
        title: Mapped[str] = mapped_column("Title", String(20))
        artist_id: Mapped[int] = mapped_column("ArtistId", ForeignKey("Artist.ArtistId"))
        artist: Mapped[Any] = relationship("Artist", back_populates="albums")

    engine = create_engine(f"sqlite:///{file}")
    with DB(engine) as db:
        made = db.save(Artist(name="New", albums=[Album(title="First"), Album(title="Second")]))
        assert [one.artist_id for one in made.albums] == [made.id, made.id]
        assert [one.title for one in db.get_or_404(Artist, 1).albums] == ["For Those", "Let There"]
    engine.dispose()


def test_a_dataclass_is_sent_without_its_relations(file: Path) -> None:
    """Loaded or not, and wherever in an answer it is: JSON would follow them in a circle."""

    class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
        pass

    class Artist(Base):
        __tablename__ = "Artist"
        id: Mapped[int] = mapped_column("ArtistId", primary_key=True, init=False)
        name: Mapped[str | None] = mapped_column("Name", String(20))
        albums: Mapped[list["Album"]] = relationship(back_populates="artist", init=False, repr=False)

    class Album(Base):
        __tablename__ = "Album"
        id: Mapped[int] = mapped_column("AlbumId", primary_key=True, init=False)
        title: Mapped[str] = mapped_column("Title", String(20))
        artist_id: Mapped[int] = mapped_column("ArtistId", ForeignKey("Artist.ArtistId"), init=False)
        artist: Mapped[Artist] = relationship(back_populates="albums")

    @dataclasses.dataclass(frozen=True)
    class Shelf:
        albums: list[Any]
        best: Any = None

    class Named(Schema, rename="camel"):
        the_artist: Any

    app = App()
    app.use(Database(url=f"sqlite:///{file}", create_tables="never"))

    @app.get("/artist")
    def artist(db: DB) -> Any:
        found = db.get_or_404(Artist, 1)
        assert found.albums[0].artist is found
        return found

    @app.get("/nested")
    def nested(db: DB) -> Any:
        found = db.get_or_404(Artist, 1)
        return {"shelf": Shelf(found.albums), "named": [Named(the_artist=found)], "pair": (1, found)}

    @app.get("/page.csv", produces=["text/csv"])
    def page(db: DB) -> Any:
        return db.all(Album)

    wanted = {"id": 1, "name": "AC/DC"}
    albums = [{"id": 1, "title": "For Those", "artist_id": 1}, {"id": 3, "title": "Let There", "artist_id": 1}]
    with Client(app) as client:
        assert client.get("/artist").json() == wanted
        assert client.get("/nested").json() == {
            "shelf": {"albums": albums, "best": None}, "named": [{"theArtist": wanted}], "pair": [1, wanted],
        }  # fmt: skip
        assert client.get("/page.csv").text.splitlines()[:2] == ["id,title,artist_id", "1,For Those,1"]
