"""The music shop by classes that are written by hand, over the tables and columns that are there."""

import datetime as dt
from decimal import Decimal

from sqlalchemy import DateTime

from demijohn.database import BareModel, Mapped, belongs_to, field, has_many, key

from .served import serve


class Artist(BareModel):
    __tablename__ = "Artist"
    ArtistId: Mapped[int] = field(primary_key=True)
    Name: Mapped[str | None] = field(max_length=120)
    albums: Mapped[list["Album"]] = has_many(by="artist", order_by="Album.AlbumId")


class Album(BareModel):
    __tablename__ = "Album"
    AlbumId: Mapped[int] = field(primary_key=True)
    Title: Mapped[str] = field(max_length=160)
    artist: Mapped[Artist] = belongs_to(via="ArtistId")
    ArtistId: Mapped[int] = key()
    tracks: Mapped[list["Track"]] = has_many(by="album", order_by="Track.TrackId")


class Genre(BareModel):
    __tablename__ = "Genre"
    GenreId: Mapped[int] = field(primary_key=True)
    Name: Mapped[str | None] = field(max_length=120)


class Track(BareModel):
    __tablename__ = "Track"
    TrackId: Mapped[int] = field(primary_key=True)
    Name: Mapped[str] = field(max_length=200)
    album: Mapped[Album | None] = belongs_to(via="AlbumId", default=None)
    AlbumId: Mapped[int | None] = key()
    genre: Mapped[Genre | None] = belongs_to(via="GenreId", default=None)
    GenreId: Mapped[int | None] = key()
    Milliseconds: Mapped[int]
    UnitPrice: Mapped[Decimal] = field(max_digits=10, decimal_places=2)


class PlaylistTrack(BareModel):
    __tablename__ = "PlaylistTrack"
    playlist: Mapped["Playlist"] = belongs_to(via="PlaylistId")
    PlaylistId: Mapped[int] = key(primary_key=True)
    track: Mapped[Track] = belongs_to(via="TrackId")
    TrackId: Mapped[int] = key(primary_key=True)


class Playlist(BareModel):
    __tablename__ = "Playlist"
    PlaylistId: Mapped[int] = field(primary_key=True)
    Name: Mapped[str | None] = field(max_length=120)
    entries: Mapped[list[PlaylistTrack]] = has_many(by="playlist", order_by="PlaylistTrack.TrackId")


class Customer(BareModel):
    __tablename__ = "Customer"
    CustomerId: Mapped[int] = field(primary_key=True)
    FirstName: Mapped[str] = field(max_length=40)
    LastName: Mapped[str] = field(max_length=20)
    Country: Mapped[str | None] = field(max_length=40)
    Email: Mapped[str] = field(max_length=60, format="email", private=True)


class Invoice(BareModel):
    __tablename__ = "Invoice"
    InvoiceId: Mapped[int] = field(primary_key=True)
    customer: Mapped[Customer] = belongs_to(via="CustomerId")
    CustomerId: Mapped[int] = key()
    InvoiceDate: Mapped[dt.datetime] = field(DateTime())  # without a zone, as it was stored
    BillingCountry: Mapped[str | None] = field(max_length=40)
    Total: Mapped[Decimal] = field(max_digits=10, decimal_places=2)
    lines: Mapped[list["InvoiceLine"]] = has_many(by="invoice", order_by="InvoiceLine.InvoiceLineId")


class InvoiceLine(BareModel):
    __tablename__ = "InvoiceLine"
    InvoiceLineId: Mapped[int] = field(primary_key=True)
    invoice: Mapped[Invoice] = belongs_to(via="InvoiceId")
    InvoiceId: Mapped[int] = key()
    track: Mapped[Track] = belongs_to(via="TrackId")
    TrackId: Mapped[int] = key()
    UnitPrice: Mapped[Decimal] = field(max_digits=10, decimal_places=2)
    Quantity: Mapped[int] = field(ge=1)


app = serve(globals())
