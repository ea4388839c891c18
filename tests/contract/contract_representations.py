"""The app of the contract's second half: representations, conditions, files, compression."""

import datetime
import os
import tempfile
from pathlib import Path
from typing import Annotated, Any

from demijohn import (
    HTML,
    App,
    Choice,
    FileResponse,
    Header,
    HTTPError,
    NotFound,
    Request,
    Response,
    Schema,
    StreamingResponse,
    cache_control,
    conditional,
    never_cache,
)

app = App("representations", debug=False)

FOLDER = Path(tempfile.mkdtemp(prefix="demijohn-representations-"))
DIGITS = FOLDER / "digits.txt"
DIGITS.write_bytes(b"0123456789")
os.utime(DIGITS, (1_700_000_000, 1_700_000_000))
(FOLDER / "letters.txt").write_text("abcdefghijklmnopqrstuvwxyz" * 100)
(FOLDER / "folder").mkdir()
if hasattr(os, "mkfifo"):
    os.mkfifo(FOLDER / "fifo")

CHANGED = datetime.datetime(2026, 5, 31, 14, 30, tzinfo=datetime.UTC)

# Which handlers ran, in order; the tests empty it.
ran: list[str] = []


class City(Schema):
    """A record."""

    name: str
    people: int


CITIES = [City(name="Bern", people=134_000), City(name="=Ulm", people=126_000)]


# Negotiation -------------------------------------------------------------------------------------------------


@app.get("/choice")
def choice():
    return Choice(html=lambda: HTML("<p>{}</p>", "Bern"), json=CITIES[0], csv=CITIES, query="format")


@app.get("/choice-async")
async def choice_async():
    return Choice({"text/turtle": "<a> <b> <c> ."}, json={"a": 1}, status=203, headers={"X-One": "1"})


@app.get("/choice-wrong")
def choice_wrong():
    return Choice(html="<p>not escaped</p>")


@app.get("/choice-late")
async def choice_late():
    async def make():
        return "late"

    return Choice(text=make)


@app.get("/produces", produces=["json", "text/csv", "application/msgpack"])
def produces() -> list[City]:
    ran.append("produces")
    return CITIES


@app.get("/produces-async", produces=["application/geo+json", "text/x-cities"])
async def produces_async():
    return {"cities": len(CITIES)}, 203, {"X-One": "1"}


@app.get("/produces-nobody", produces=["application/x-nobody"])
def produces_nobody():
    return {"a": 1}


@app.renderer("text/x-cities")
def write_cities(value: Any) -> str:
    return f"cities: {value['cities']}"


@app.get("/language")
def language(request: Request):
    return {"language": request.accepts_language("en", "de", "pt-BR")}


@app.get("/accepts")
async def accepts(request: Request):
    return {"type": request.accepts("text/html", "application/json")}


@app.get("/vary")
def vary(request: Request):
    request.vary("Cookie")
    request.vary("cookie", "accept")
    response = Response("varied", headers={"Vary": "Accept, Origin"})
    response.vary("origin", "X-Own")
    return response


@app.get("/vary-star")
def vary_star(request: Request):
    request.vary("accept")
    return Response("varied", headers={"Vary": "*"})


# Conditions --------------------------------------------------------------------------------------------------


@app.get("/tagged", etag=True)
def tagged():
    return {"a": 1}


@app.get("/tagged-async", etag=True, around=[never_cache])
async def tagged_async() -> str:
    return "tagged"


@app.get("/own-tag")
def own_tag():
    return Response("mine", headers={"ETag": '"mine"', "Content-Language": "en", "Cache-Control": "max-age=5"})


@app.post("/own-tag")
def own_tag_post():
    ran.append("post")
    return Response("done", headers={"ETag": '"mine"'})


@app.get("/own-date")
async def own_date():
    return Response("dated", headers={"Last-Modified": "Sun, 31 May 2026 14:30:00 GMT"})


@app.get("/own-tag-404")
def own_tag_404():
    return Response("none", 404, headers={"ETag": '"mine"'})


@app.get("/own-tag-stream")
def own_tag_stream():
    def chunks():
        try:
            yield "streamed"
        finally:
            ran.append("closed")

    return StreamingResponse(chunks(), headers={"ETag": '"mine"'})


def version_of(id: int, accept_language: Annotated[str, Header()] = "en") -> str | None:
    return f"v{id}-{accept_language}" if id else None


async def changed_at(id: int) -> datetime.datetime | None:
    return CHANGED if id else None


@app.get("/items/{id}", around=[cache_control(max_age=60, public=True), conditional(etag=version_of)])
def item(id: int):
    ran.append("item")
    if not id:
        raise NotFound
    return {"id": id}


@app.put("/items/{id}", around=[conditional(etag=version_of)])
def put_item(id: int):
    ran.append("put")
    return {"id": id}


@app.patch("/items/{id}", around=[conditional(etag=version_of, last_modified=changed_at, required=True)])
async def patch_item(id: int):
    ran.append("patch")
    return {"id": id}


@app.get("/dated/{id}", around=[conditional(last_modified=changed_at)])
def dated(id: int):
    ran.append("dated")
    return {"id": id}


# Caching -----------------------------------------------------------------------------------------------------

kept = cache_control(max_age=datetime.timedelta(hours=1), public=True, stale_while_revalidate=30)


@app.get("/kept", around=[kept])
def keep():
    return "kept"


@app.get("/kept-cookie", around=[kept])
def keep_cookie():
    response = Response("kept")
    response.set_cookie("a", "1")
    return response


@app.get("/kept-error", around=[kept])
def keep_error():
    return "missing", 404


@app.get("/kept-own", around=[kept])
async def keep_own():
    return "kept", 200, {"Cache-Control": "no-cache"}


@app.get("/kept-raised", around=[kept])
def keep_raised():
    raise HTTPError(409)


# Files -------------------------------------------------------------------------------------------------------


@app.get("/digits")
def digits():
    return FileResponse(DIGITS)


@app.get("/digits-async")
async def digits_async():
    return FileResponse(DIGITS, filename='Zürich "1".txt', as_attachment=True, headers={"ETag": '"d"'})


@app.get("/files/{name:path}")
def file(name: str):
    return FileResponse(FOLDER / name)


@app.get("/log")
def read_log():
    said = list(ran)
    ran.clear()
    return said
