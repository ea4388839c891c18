"""A shop whose API has some of everything: what the linters read, and what the tests look into."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import uuid
from collections.abc import Iterator
from typing import Annotated, Any, Generic, Literal, TypedDict, TypeVar

import attrs
import pydantic

from demijohn import (
    HTML,
    App,
    Blueprint,
    Body,
    BodyStream,
    Conflict,
    Cookie,
    Depends,
    Event,
    FileResponse,
    FormField,
    Header,
    HTTPError,
    Meta,
    NotFound,
    Path,
    Query,
    RedirectResponse,
    Request,
    Response,
    Schema,
    Upload,
    UploadedFile,
    View,
    WebSocket,
)
from demijohn.api import API, APIKeyCookie, APIKeyHeader, BasicCredentials, HTTPBasic, HTTPBearer, OAuth2PasswordBearer
from demijohn.database import Database, Mapped, Model, field

T = TypeVar("T")


class Size(enum.Enum):
    """How large it is."""

    SMALL = "small"
    LARGE = "large"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Item(Schema):
    """Something that is sold."""

    name: Annotated[str, Meta(min_length=1, max_length=80, description="As it stands on the shelf.")]
    price: decimal.Decimal
    count: Annotated[int, Meta(ge=0, le=1000)] = 1
    size: Size = Size.SMALL
    tags: list[str] = []
    note: str | None = None


class Category(Schema):
    """A category, which holds others."""

    name: str
    parts: list[Category] = []


class Pages(Schema, Generic[T]):
    """One page of many."""

    items: list[T]
    total: int


class Card(Schema, tag="card"):
    """Paid by card."""

    number: Annotated[str, Meta(pattern="^[0-9]{12,19}$", examples=["4242424242424242"])]


class Invoice(Schema, tag="invoice"):
    """Paid later."""

    to: str
    days: int = 30


class Order(Schema, forbid_unknown_fields=True):
    """What is ordered, and how it is paid."""

    items: Annotated[list[Item], Meta(min_length=1)]
    payment: Card | Invoice
    when: dt.datetime | None = None
    labels: dict[str, int] = {}


@dataclasses.dataclass
class Point:
    """Where it is."""

    x: float
    y: float = 0.0


@attrs.define
class Box:
    width: int
    height: int = 2


class Weather(TypedDict, total=False):
    """What it is like outside."""

    sky: Literal["clear", "cloudy"]
    degrees: float


class Address(pydantic.BaseModel):
    """Where somebody lives."""

    street: str
    city: str = "Bern"
    above: Address | None = None


class Customer(pydantic.BaseModel):
    name: str = pydantic.Field(max_length=40)
    address: Address


class Author(Model):
    """Somebody who writes."""

    name: Mapped[str] = field(max_length=120, help="In full.")
    born: Mapped[dt.date | None] = field(default=None)
    secret: Mapped[str] = field(default="", private=True)


class SoldOut(HTTPError):
    """There are not so many left."""

    status = 409
    left: int


bearer = HTTPBearer(bearer_format="JWT")
basic = HTTPBasic(description="Name and password.")
key = APIKeyHeader("X-Key")
visitor = APIKeyCookie("visitor", auto_error=False)
oauth = OAuth2PasswordBearer("/token", scopes={"read": "May read."})

app = App("shop")
app.use(
    API(
        try_it=True, title="Shop", version="2.1.0", summary="Everything that is sold.",
        description="The API of a shop, with some of everything.", terms="https://shop.example.com/terms",
        contact={"name": "Ann", "url": "https://shop.example.com", "email": "ann@example.com"}, license="MIT",
        tags={"items": "What is sold.", "shapes": "All kinds of records."},
    ),
    Database("sqlite://", create_tables="always"),
)  # fmt: skip

items = Blueprint("items")


@items.get("")
def listed(
    page: Annotated[int, Query(ge=1, description="Which page, from 1.", examples=[2])] = 1,
    size: Size | None = None,
    tag: list[str] = [],  # noqa: B006
    level: Level = Level.LOW,
    accept_language: Annotated[str, Header()] = "en",
    seen: Annotated[str, Cookie()] = "",
) -> Pages[Item]:
    """List the items.

    They come in the order of their names.
    """
    return Pages(items=[Item(name=f"Item {page}", price=decimal.Decimal("1.50"))], total=1)


@items.get("/{id}", raises=[NotFound], etag=True)
def show(id: int) -> Item:
    """Show one item."""
    if id > 100:
        raise NotFound("There is no such item.")
    return Item(name=f"Item {id}", price=decimal.Decimal("1.50"))


@items.post("", status=201, around=[Depends(bearer)], raises=[Conflict])
def create(item: Annotated[Item, Body(examples=[{"name": "Cup", "price": "4.50"}])]) -> Item:
    """Add an item."""
    return item


@items.put("/{id}", deprecated=True)
def replace(id: int, item: Item, token: Annotated[str, Depends(oauth)]) -> Item:
    """Replace an item."""
    return item


@items.delete("/{id}", around=[Depends(key)])
def delete(id: int) -> None:
    """Delete an item."""


@items.post("/{id}/order", raises=[SoldOut, NotFound], status=202)
def order(id: int, order: Order, who: Annotated[BasicCredentials, Depends(basic)]) -> dict[str, int]:
    """Order an item."""
    raise SoldOut(detail="Only two are left.", left=2)


@items.post("/{id}/picture", responses={202: {"model": Point, "description": "It will be looked at."}})
def picture(
    id: uuid.UUID, file: Annotated[UploadedFile, Upload(description="A PNG.")], title: Annotated[str, FormField()] = ""
) -> tuple[dict[str, str], Literal[201]]:
    """Add a picture."""
    return {"name": file.filename}, 201


@items.post("/search")
def search(words: Annotated[str, FormField(min_length=2)], most: Annotated[int, FormField(ge=1)] = 10) -> list[Item]:
    """Search by a form."""
    return []


app.include(items, prefix="/items")


@app.post("/point", tags=["shapes"])
def point(point: Point) -> Point:
    """Move a point."""
    return point


@app.post("/box", tags=["shapes"])
def box(box: Box) -> Box:
    """Open a box."""
    return box


@app.post("/weather", tags=["shapes"])
def weather(weather: Weather) -> Weather:
    """Tell the weather."""
    return weather


@app.post("/customer", tags=["shapes"])
def customer(customer: Customer) -> Customer:
    """Keep a customer."""
    return customer


@app.post("/category", tags=["shapes"])
def category(category: Category) -> Category:
    """Keep a category."""
    return category


@app.get("/authors/{author}", tags=["shapes"])
def author(author: Author) -> Author:
    """Show an author."""
    return author


@app.get("/text", around=[Depends(visitor)])
def text() -> str:
    """Read some text."""
    return "text"


@app.get("/page")
def page() -> HTML:
    """Read a page."""
    return HTML("<p>page</p>")


@app.get("/lines")
def lines() -> Iterator[str]:
    """Stream lines."""
    yield "one\n"


@app.get("/changes")
def changes() -> Iterator[Event]:
    """Follow the changes."""
    yield Event("one")


@app.get("/go")
def go() -> RedirectResponse:
    """Go elsewhere."""
    return RedirectResponse("/text")


@app.get("/files/{path:path}")
def file(path: str) -> FileResponse:
    """Download a file."""
    raise NotFound


@app.post("/raw")
def raw(stream: BodyStream) -> dict[str, int]:
    """Take any bytes."""
    return {}


@app.get("/unsaid")
def unsaid(request: Request):
    return {}


@app.get("/maybe/{word}")
def maybe(word: Annotated[str, Path(pattern="^[a-z]+$")]) -> Point | str | Response:
    """Answer in several ways."""
    return Point(1)


@app.get("/hidden", include_in_schema=False)
def hidden() -> str:
    return "hidden"


@app.websocket("/chat/{room}")
async def chat(ws: WebSocket, room: str) -> None:
    await ws.accept()


@app.view("/posts/{id}")
class Posts(View):
    """Posts."""

    def get(self, id: int) -> Any:
        """Read a post."""
        return {}

    def patch(self, id: int, item: Item) -> Item:
        """Change a post."""
        return item
