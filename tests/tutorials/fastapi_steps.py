"""The first pages of FastAPI's tutorial, as somebody types them here who comes from there."""

# ruff: noqa: B006 - defaults are typed here as FastAPI's own pages have them; each request gets a copy

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel

from demijohn import (
    App,
    Body,
    Cookie,
    Depends,
    FormField,
    Header,
    HTTPError,
    JSONResponse,
    Meta,
    Path,
    Query,
    RedirectResponse,
    Request,
    Response,
    Schema,
    Upload,
    UploadedFile,
)

app = App()
items_db = [{"item_name": "Foo"}, {"item_name": "Bar"}, {"item_name": "Baz"}]
closed: list[str] = []


# First steps


@app.get("/")
async def root():
    return {"message": "Hello World"}


# Path parameters


@app.get("/items/{item_id}")
async def read_item(item_id: int):
    return {"item_id": item_id}


@app.get("/users/me")
async def read_user_me():
    return {"user_id": "the current user"}


@app.get("/users/{user_id}")
async def read_user(user_id: str):
    return {"user_id": user_id}


class ModelName(str, Enum):  # noqa: UP042 - as it stands on FastAPI's page
    alexnet = "alexnet"
    resnet = "resnet"
    lenet = "lenet"


@app.get("/models/{model_name}")
async def get_model(model_name: ModelName):
    if model_name is ModelName.alexnet:
        return {"model_name": model_name, "message": "Deep Learning FTW!"}
    return {"model_name": model_name, "message": "Have some residuals"}


@app.get("/files/{file_path:path}")
async def read_file(file_path: str):
    return {"file_path": file_path}


# Query parameters


@app.get("/items/")
async def read_items(skip: int = 0, limit: int = 10):
    return items_db[skip : skip + limit]


@app.get("/users/{user_id}/items/{item_id}")
async def read_user_item(user_id: int, item_id: str, needy: str, q: str | None = None, short: bool = False):
    item = {"item_id": item_id, "owner_id": user_id, "needy": needy}
    if q:
        item.update({"q": q})
    if not short:
        item.update({"description": "a long description"})
    return item


# Request body: a Pydantic model as it is, and a Schema


class Item(BaseModel):
    name: str
    description: str | None = None
    price: float
    tax: float | None = None


@app.post("/items/")
async def create_item(item: Item):
    made = item.model_dump()
    if item.tax is not None:
        made.update({"price_with_tax": item.price + item.tax})
    return made


class Image(Schema):
    url: Annotated[str, Meta(pattern="^https?://")]
    name: str


class Product(Schema):
    name: str
    price: Annotated[float, Meta(gt=0)]
    tags: set[str] = set()
    image: Image | None = None
    images: list[Image] = []


@app.put("/products/{product_id}")
def update_product(product_id: int, product: Product, q: str | None = None):
    return {"product_id": product_id, "product": product, "q": q}


@app.post("/images/")
def create_images(images: list[Image]):
    return [image.name for image in images]


@app.post("/weights/")
def create_weights(weights: dict[str, float]):
    return weights


@app.put("/importance/{item_id}")
def update_importance(item_id: int, importance: Annotated[int, Body(gt=0)]):
    return {"item_id": item_id, "importance": importance}


# Query and path parameters with bounds


@app.get("/search/")
async def search(
    q: Annotated[str | None, Query(min_length=3, max_length=50, pattern="^fixedquery")] = None,
    tag: Annotated[list[str], Query()] = ["foo", "bar"],
    item_query: Annotated[str | None, Query(alias="item-query")] = None,
):
    return {"q": q, "tag": tag, "item-query": item_query}


@app.get("/old-style/")
async def old_style(q: str = Query("fixed", max_length=5), size: float = Query(gt=0, lt=10.5)):
    return {"q": q, "size": size}


@app.get("/bounded/{item_id}")
async def bounded(item_id: Annotated[int, Path(title="The ID of the item to get", ge=1, le=1000)], q: str = ""):
    return {"item_id": item_id, "q": q}


@app.get("/order/")
async def order(by: Literal["created_at", "updated_at"] = "created_at", ids: list[int] = []):
    return {"by": by, "ids": ids}


# Extra data types, cookies, headers


class Period(Schema):
    start: datetime
    end: datetime


@app.put("/periods/{period_id}")
async def read_period(period_id: UUID, period: Period):
    return {"period_id": period_id, "hours": (period.end - period.start).total_seconds() / 3600}


@app.get("/cookie/")
async def read_cookie(ads_id: Annotated[str | None, Cookie()] = None):
    return {"ads_id": ads_id}


@app.get("/headers/")
async def read_headers(
    user_agent: Annotated[str | None, Header()] = None, x_token: Annotated[list[str] | None, Header()] = None
):
    return {"User-Agent": user_agent, "X-Token values": x_token}


# Response model, status code


class UserOut(Schema):
    username: str
    email: str


class UserIn(UserOut):
    password: str


@app.post("/user/", status=201)
async def create_user(user: UserIn) -> UserOut:
    return user


@app.get("/user/all")
async def all_users() -> list[UserOut]:
    return [{"username": "ann", "email": "ann@example.org", "password": "secret"}]


@app.get("/portal")
async def get_portal(teleport: bool = False) -> Response:
    if teleport:
        return RedirectResponse(url="https://www.youtube.com/watch?v=dQw4w9WgXcQ")
    return JSONResponse({"message": "Here's your interdimensional portal."})


@app.delete("/items/{item_id}", status=204)
async def delete_item(item_id: int) -> None:
    items_db[:] = [item for number, item in enumerate(items_db) if number != item_id]


# Forms and files


@app.post("/login/")
async def login(username: Annotated[str, FormField()], password: Annotated[str, FormField(min_length=4)]):
    return {"username": username}


class LoginForm(Schema):
    username: str
    password: str


@app.post("/login/model")
async def login_model(form: LoginForm):
    return {"username": form.username}


@app.post("/uploadfile/")
async def create_upload_file(file: UploadedFile):
    return {"filename": file.filename, "size": len(file.read())}


@app.post("/uploadfiles/")
async def create_upload_files(files: list[UploadedFile], token: Annotated[str, FormField()]):
    return {"filenames": [file.filename for file in files], "token": token}


@app.post("/maybefile/")
async def maybe_file(file: Annotated[UploadedFile | None, Upload()] = None):
    return {"message": "No upload file sent" if file is None else file.filename}


# Handling errors


class UnicornException(Exception):
    def __init__(self, name: str):
        self.name = name


@app.on_error(UnicornException)
async def unicorn_exception_handler(request: Request, exc: UnicornException):
    return JSONResponse({"message": f"Oops! {exc.name} did something. There goes a rainbow..."}, 418)


@app.get("/unicorns/{name}")
async def read_unicorn(name: str):
    if name == "yolo":
        raise UnicornException(name=name)
    return {"unicorn_name": name}


@app.get("/items-header/{item_id}")
async def read_item_header(item_id: str):
    if item_id != "foo":
        raise HTTPError(404, detail="Item not found", headers={"X-Error": "There goes my error"})
    return {"item": "The Foo Wrestlers"}


# Dependencies


async def common_parameters(q: str | None = None, skip: int = 0, limit: int = 100):
    return {"q": q, "skip": skip, "limit": limit}


CommonsDep = Annotated[dict, Depends(common_parameters)]


@app.get("/commons/a")
async def commons_a(commons: CommonsDep):
    return commons


@app.get("/commons/b")
def commons_b(commons: dict = Depends(common_parameters)):
    return commons


class Paging:
    def __init__(self, skip: int = 0, limit: int = 100):
        self.skip = skip
        self.limit = limit


@app.get("/commons/class")
async def commons_class(paging: Annotated[Paging, Depends()]):
    return {"skip": paging.skip, "limit": paging.limit}


def query_extractor(q: str | None = None):
    return q


def query_or_cookie_extractor(
    q: Annotated[str, Depends(query_extractor)], last_query: Annotated[str | None, Cookie()] = None
):
    return q or last_query


@app.get("/sub")
async def read_query(query_or_default: Annotated[str, Depends(query_or_cookie_extractor)]):
    return {"q_or_cookie": query_or_default}


async def verify_token(x_token: Annotated[str, Header()]):
    if x_token != "fake-super-secret-token":
        raise HTTPError(400, "X-Token header invalid")


async def verify_key(x_key: Annotated[str, Header()]):
    if x_key != "fake-super-secret-key":
        raise HTTPError(400, "X-Key header invalid")
    return x_key


@app.get("/guarded/", around=[Depends(verify_token), Depends(verify_key)])
async def guarded():
    return [{"item": "Foo"}, {"item": "Bar"}]


def get_db() -> Iterator[list[str]]:
    db = ["open"]
    try:
        yield db
    except LookupError:
        closed.append("rolled back")
        raise
    finally:
        closed.append("closed")


@app.get("/db/{key}")
def read_db(key: str, db: Annotated[list, Depends(get_db)]):
    if key == "missing":
        raise HTTPError(404, "Not in the database")
    if key == "broken":
        raise LookupError(key)
    return {"db": db, "closed": closed}
