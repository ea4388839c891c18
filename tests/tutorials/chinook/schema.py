"""The file itself, in the names and types of Chinook's."""

import sqlite3
from contextlib import closing
from pathlib import Path

TABLES = """
CREATE TABLE [Artist] (
    [ArtistId] INTEGER NOT NULL, [Name] NVARCHAR(120), CONSTRAINT [PK_Artist] PRIMARY KEY ([ArtistId])
);
CREATE TABLE [Album] (
    [AlbumId] INTEGER NOT NULL, [Title] NVARCHAR(160) NOT NULL, [ArtistId] INTEGER NOT NULL,
    CONSTRAINT [PK_Album] PRIMARY KEY ([AlbumId]),
    FOREIGN KEY ([ArtistId]) REFERENCES [Artist] ([ArtistId]) ON DELETE NO ACTION ON UPDATE NO ACTION
);
CREATE TABLE [Genre] ([GenreId] INTEGER NOT NULL, [Name] NVARCHAR(120), CONSTRAINT [PK_Genre] PRIMARY KEY ([GenreId]));
CREATE TABLE [Track] (
    [TrackId] INTEGER NOT NULL, [Name] NVARCHAR(200) NOT NULL, [AlbumId] INTEGER, [GenreId] INTEGER,
    [Milliseconds] INTEGER NOT NULL, [UnitPrice] NUMERIC(10,2) NOT NULL,
    CONSTRAINT [PK_Track] PRIMARY KEY ([TrackId]),
    FOREIGN KEY ([AlbumId]) REFERENCES [Album] ([AlbumId]) ON DELETE NO ACTION ON UPDATE NO ACTION,
    FOREIGN KEY ([GenreId]) REFERENCES [Genre] ([GenreId]) ON DELETE NO ACTION ON UPDATE NO ACTION
);
CREATE TABLE [Playlist] (
    [PlaylistId] INTEGER NOT NULL, [Name] NVARCHAR(120), CONSTRAINT [PK_Playlist] PRIMARY KEY ([PlaylistId])
);
CREATE TABLE [PlaylistTrack] (
    [PlaylistId] INTEGER NOT NULL, [TrackId] INTEGER NOT NULL,
    CONSTRAINT [PK_PlaylistTrack] PRIMARY KEY ([PlaylistId], [TrackId]),
    FOREIGN KEY ([PlaylistId]) REFERENCES [Playlist] ([PlaylistId]) ON DELETE NO ACTION ON UPDATE NO ACTION,
    FOREIGN KEY ([TrackId]) REFERENCES [Track] ([TrackId]) ON DELETE NO ACTION ON UPDATE NO ACTION
);
CREATE TABLE [Customer] (
    [CustomerId] INTEGER NOT NULL, [FirstName] NVARCHAR(40) NOT NULL, [LastName] NVARCHAR(20) NOT NULL,
    [Country] NVARCHAR(40), [Email] NVARCHAR(60) NOT NULL, CONSTRAINT [PK_Customer] PRIMARY KEY ([CustomerId])
);
CREATE TABLE [Invoice] (
    [InvoiceId] INTEGER NOT NULL, [CustomerId] INTEGER NOT NULL, [InvoiceDate] DATETIME NOT NULL,
    [BillingCountry] NVARCHAR(40), [Total] NUMERIC(10,2) NOT NULL, CONSTRAINT [PK_Invoice] PRIMARY KEY ([InvoiceId]),
    FOREIGN KEY ([CustomerId]) REFERENCES [Customer] ([CustomerId]) ON DELETE NO ACTION ON UPDATE NO ACTION
);
CREATE TABLE [InvoiceLine] (
    [InvoiceLineId] INTEGER NOT NULL, [InvoiceId] INTEGER NOT NULL, [TrackId] INTEGER NOT NULL,
    [UnitPrice] NUMERIC(10,2) NOT NULL, [Quantity] INTEGER NOT NULL,
    CONSTRAINT [PK_InvoiceLine] PRIMARY KEY ([InvoiceLineId]),
    FOREIGN KEY ([InvoiceId]) REFERENCES [Invoice] ([InvoiceId]) ON DELETE NO ACTION ON UPDATE NO ACTION,
    FOREIGN KEY ([TrackId]) REFERENCES [Track] ([TrackId]) ON DELETE NO ACTION ON UPDATE NO ACTION
);
"""


def build(path: Path) -> None:
    """Thirty artists, with an album of three tracks each, and what was sold of them."""
    numbers = range(1, 31)
    tracks = range(1, 91)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(TABLES)

        def fill(table, rows):
            rows = list(rows)
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)

        fill("Artist", ((n, f"Artist {n:02}") for n in numbers))
        fill("Album", ((n, f"Album {n:02}", n) for n in numbers))
        fill("Genre", [(1, "Rock"), (2, "Jazz")])
        fill("Track", ((n, f"Track {n:02}", (n + 2) // 3, 1 + n % 2, 180_000 + n, "0.99") for n in tracks))
        fill("Playlist", [(1, "Music"), (2, "Nothing yet")])
        fill("PlaylistTrack", ((1, n) for n in tracks if n % 3 == 0))
        fill("Customer", [
            (1, "Ann", "Lee", "Norway", "ann@example.com"), (2, "Bob", "Ray", "Chile", "bob@example.com"),
            (3, "Eve", "Kim", None, "eve@example.com"),
        ])  # fmt: skip
        fill("Invoice", [
            (1, 1, "2009-01-01 00:00:00", "Norway", 1.98), (2, 1, "2009-02-01 00:00:00", "Norway", 3.96),
            (3, 2, "2009-02-03 00:00:00", "Chile", 0.99),
        ])  # fmt: skip
        fill("InvoiceLine", [(1, 1, 1, 0.99, 2), (2, 2, 2, 0.99, 1), (3, 2, 3, 0.99, 3), (4, 3, 1, 0.99, 1)])
