"""The pages of the music shop, for whatever classes its tables are mapped by."""

from collections.abc import Generator, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from demijohn import App, Response, Schema
from demijohn.database import DB, AsyncDB, Database, query_budget


class Sales(Schema):
    """What one country paid, and by how many invoices."""

    country: str
    invoices: int
    total: Decimal


def serve(models: Mapping[str, Any]) -> App:
    """An app with a list, details, pages of relations, a report, and a form's end."""
    app = App("music")
    app.use(Database())
    app.around(count_queries)
    add_catalogue(app, models["Artist"], models["Album"], models["Track"])
    add_playlists(app, models["Playlist"], models["PlaylistTrack"])
    add_sales(app, models["Invoice"])
    return app


def count_queries() -> Generator[None, Response, None]:
    with query_budget(1000) as budget:
        response = yield
    response.headers["x-queries"] = str(len(budget))


def add_catalogue(app: App, Artist: Any, Album: Any, Track: Any) -> None:
    @app.get("/artists")
    def artists(db: DB, page: int = 1) -> Any:
        return db.page(select(Artist).order_by(Artist.ArtistId), page, size=10)

    @app.get("/artists/{artist}")
    def artist(artist: Artist) -> Any:
        return artist

    @app.get("/async/artists/{artist}")
    async def artist_async(artist: Artist) -> Any:
        return artist

    @app.get("/tracks/{track}")
    def track(track: Track) -> Any:
        return track

    def lines(albums: Any) -> list[Any]:
        return [
            {
                "title": album.Title,
                "artist": album.artist.Name,
                "tracks": sorted([track.Name, track.genre.Name] for track in album.tracks),
            }
            for album in albums
        ]

    @app.get("/albums")
    def albums(db: DB) -> Any:
        return lines(db.all(select(Album).order_by(Album.AlbumId)))

    @app.get("/async/albums")
    async def albums_async(db: AsyncDB) -> Any:
        found = await db.all(select(Album).order_by(Album.AlbumId).options(selectinload(Album.artist)))
        await db.load(found, selectinload(Album.tracks).selectinload(Track.genre))
        return lines(found)


def add_playlists(app: App, Playlist: Any, PlaylistTrack: Any) -> None:
    @app.get("/playlists/{playlist}")
    def playlist(playlist: Playlist) -> Any:
        return {"name": playlist.Name, "tracks": sorted(entry.track.Name for entry in playlist.entries)}

    @app.get("/playlists/{playlist}/tracks/{track}")
    def entry(playlist: int, track: int, db: DB) -> Any:
        return db.get_or_404(PlaylistTrack, (playlist, track))

    @app.post("/playlists/{playlist}/tracks/{track}", status=201)
    def add(playlist: int, track: int, db: DB) -> Any:
        return db.save(PlaylistTrack(PlaylistId=playlist, TrackId=track))


def add_sales(app: App, Invoice: Any) -> None:
    @app.get("/invoices/{invoice}")
    def invoice(invoice: Invoice) -> Any:
        sums = [line.UnitPrice * line.Quantity for line in invoice.lines]
        return {"customer": invoice.customer.LastName, "at": invoice.InvoiceDate, "total": invoice.Total, "sums": sums}

    @app.get("/sales")
    def sales(db: DB) -> list[Sales]:
        total = func.sum(Invoice.Total).label("total")
        statement = (
            select(Invoice.BillingCountry.label("country"), func.count(Invoice.InvoiceId).label("invoices"), total)
            .group_by(Invoice.BillingCountry)
            .order_by(total.desc(), Invoice.BillingCountry)
        )
        return db.read(Sales, statement)
