"""What is typed from habit and means the same here: it works, with the answer that its framework would give."""

import pytest

from demijohn import App
from demijohn.testing import Client

# (what it is, what is typed, what is asked, status, what is answered)
WORKS = [
    ("Flask: request without an annotation", """
@app.route("/", methods=["GET", "POST"])
def index(request):
    return request.method
""", "POST /", 200, "POST"),
    ("Flask: a body, a status and headers", """
@app.get("/")
def index():
    return {"made": True}, 201, {"x-total": "1"}
""", "GET /", 201, '{"made":true}'),
    ("Flask: before_request answers early", """
@app.before_request
def guard(request):
    if "let-me-in" not in request.query:
        return "Not you.", 403
@app.get("/")
def index():
    return "in"
""", "GET /", 403, "Not you."),
    ("Flask: after_request", """
@app.after_request
def stamp(response):
    response.status = 202
    return response
@app.get("/")
def index():
    return "in"
""", "GET /", 202, "in"),
    ("Flask: teardown_request", """
@app.teardown_request
def close(error):
    pass
@app.get("/")
def index():
    return "in"
""", "GET /", 200, "in"),
    ("Flask: url_prefix of a blueprint", """
from demijohn import Blueprint
auth = Blueprint("auth", prefix="/auth")
@auth.get("/login")
def login():
    return "log in"
app.include(auth)
""", "GET /auth/login", 200, "log in"),
    ("Flask: a generator streams", """
@app.get("/")
def index():
    yield "a"
    yield "b"
""", "GET /", 200, "ab"),
    ("Flask: request.form.get with a type", """
@app.post("/")
def index(request):
    return {"n": request.form.get("n", 1, type=int)}
""", "POST /", 200, '{"n":1}'),
    ("Flask: redirect and url by a name", """
from demijohn import redirect, url
@app.get("/")
def index():
    return redirect(url("index"), status=302)
""", "GET /", 302, ""),
    ("Django: a table of paths, and request first", """
from demijohn import include, path, Blueprint
def index(request):
    return "polls"
polls = Blueprint("polls")
polls.urls(path("/", index, name="index"))
app.urls(path("/polls/", include(polls)))
""", "GET /polls/", 200, "polls"),
    ("Django: a class with get and post", """
from demijohn import View, path
class Posts(View):
    def get(self):
        return "all"
    def post(self):
        return "made", 201
app.urls(path("/posts", Posts))
""", "POST /posts", 201, "made"),
    ("Django: raise NotFound as Http404", """
from demijohn import NotFound as Http404
@app.get("/")
def index():
    raise Http404("No such poll.")
""", "GET /", 404,
     '{"type":"about:blank","title":"Not Found","status":404,"detail":"No such poll."}'),
    ("FastAPI: Depends as a default", """
from demijohn import Depends
def paging(page: int = 3):
    return {"page": page}
@app.get("/")
async def index(paging: dict = Depends(paging)):
    return paging
""", "GET /", 200, '{"page":3}'),
    ("FastAPI: Depends in Annotated, with a yield", """
from typing import Annotated
from demijohn import Depends
def connection():
    yield "open"
@app.get("/")
async def index(db: Annotated[str, Depends(connection)]):
    return {"db": db}
""", "GET /", 200, '{"db":"open"}'),
    ("FastAPI: a class as a dependency", """
from typing import Annotated
from demijohn import Depends
class Paging:
    def __init__(self, skip: int = 0, limit: int = 10):
        self.skip, self.limit = skip, limit
@app.get("/")
async def index(paging: Annotated[Paging, Depends()]):
    return [paging.skip, paging.limit]
""", "GET /?skip=4", 200, "[4,10]"),
    ("FastAPI: Query as a default", """
from demijohn import Query
@app.get("/")
def index(page: int = Query(1, ge=1)):
    return page
""", "GET /?page=2", 200, "2"),
    ("FastAPI: a Pydantic model is the body, and shapes the answer", """
from pydantic import BaseModel
class Item(BaseModel):
    name: str
class Shown(BaseModel):
    name: str = "nothing"
@app.get("/")
async def index() -> Shown:
    return {"name": "Lamp", "secret": 1}
""", "GET /", 200, '{"name":"Lamp"}'),
    ("FastAPI: BackgroundTasks", """
from demijohn import BackgroundTasks
@app.get("/")
def index(background_tasks: BackgroundTasks):
    background_tasks.add_task(print, end="")
    return "sent"
""", "GET /", 200, "sent"),
    ("FastAPI: tags, summary and deprecated", """
@app.get("/", tags=["items"], summary="All items", deprecated=True, include_in_schema=False)
def index():
    return []
""", "GET /", 200, "[]"),
    ("FastAPI: Optional with a default", """
from typing import Optional
@app.get("/")
def index(q: Optional[str] = None):
    return {"q": q}
""", "GET /", 200, '{"q":null}'),
    ("FastAPI: an Enum in the path", """
from enum import Enum
class Model(str, Enum):
    alexnet = "alexnet"
@app.get("/models/{model}")
async def index(model: Model):
    return {"model": model}
""", "GET /models/alexnet", 200, '{"model":"alexnet"}'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "asked", "status", "answered"), [case[1:] for case in WORKS], ids=[w[0] for w in WORKS]
)
def test_a_habit_works(typed, asked, status, answered):
    """The status and the body, to the letter."""
    names = {"__name__": "app", "App": App, "app": App("app")}
    exec(compile(typed, "app.py", "exec"), names)
    method, _, path = asked.partition(" ")
    answer = Client(names["app"]).request(method, path)
    assert (answer.status, answer.text) == (status, answered)
