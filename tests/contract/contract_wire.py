"""The app that is asked by hand, byte by byte: what it is told shows how a server read the request."""

import asyncio

from demijohn import App, BodyStream, Request

app = App("wire", debug=False)


@app.get("/plain")
def plain():
    return "plain"


@app.get("/smuggled")
def smuggled():
    return "smuggled"


@app.post("/echo")
def echo(request: Request):
    return b"<" + request.body + b">"


@app.post("/echo-async")
async def echo_async(request: Request):
    return b"<" + request.body + b">"


@app.post("/stream")
async def stream(body: BodyStream):
    return b"<" + b"".join([chunk async for chunk in body]) + b">"


@app.post("/form")
def form(request: Request):
    return {"fields": request.form.multi_items(), "files": [name for name, _ in request.files.multi_items()]}


@app.post("/small", body_limit=10)
def small(request: Request):
    return request.body


@app.get("/where")
def where(request: Request):
    return {"scheme": request.scheme, "host": request.host, "path": request.path}


@app.get("/headers")
def headers(request: Request):
    return {"count": len(request.headers), "for": request.headers.get("x-forwarded-for")}


@app.get("/slow")
async def slow():
    await asyncio.sleep(0.05)
    return "slow"


@app.get("/none")
def none() -> None:
    return None
