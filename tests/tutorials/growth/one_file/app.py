"""A small app in one file: models, pages, an API, arounds, providers, error handlers and templates."""

from collections.abc import Generator, Iterator
from decimal import Decimal
from typing import Annotated

from sqlalchemy import select
from sqlalchemy.orm import Mapped, selectinload

from demijohn import (
    DB,
    App,
    AsyncDB,
    Database,
    Depends,
    FormField,
    Header,
    InlineTemplates,
    JSONResponse,
    Meta,
    Model,
    NotFound,
    Request,
    Response,
    Schema,
    Templates,
    Unauthorized,
    belongs_to,
    field,
    has_many,
    many_to_many,
    redirect,
    render,
)

app = App("press")
app.use(Database(), Templates())


class Person(Model):
    name: Mapped[str] = field(max_length=80, unique=True)
    posts: Mapped[list["Post"]] = has_many(by="author")


class Tag(Model):
    name: Mapped[str] = field(max_length=40)


class Post(Model):
    title: Mapped[str] = field(max_length=200)
    body: Mapped[str] = field()
    price: Mapped[Decimal] = field(default=Decimal("1.50"))
    author: Mapped[Person] = belongs_to(on_delete="cascade")
    tags: Mapped[set[Tag]] = many_to_many()


class PostInput(Schema):
    title: Annotated[str, Meta(min_length=2, max_length=200)]
    body: str
    author_id: int


class PostOutput(Schema):
    id: int
    title: str
    price: Decimal


class Closed(Exception):
    """Raised where nothing may be written."""


class Edition:
    """What every page says at its foot."""

    def __init__(self, name: str) -> None:
        self.name = name


class Reader:
    """Who reads, by a header of theirs."""

    def __init__(self, name: str) -> None:
        self.name = name


@app.around
def counted(request: Request) -> Generator[None, Response, None]:
    response = yield
    response.headers["x-letters"] = str(len(request.path))


@app.on_error(404)
def missing(error: NotFound, request: Request):
    return render("posts/missing.html", path=request.path), 404


@app.provide
def edition() -> Iterator[Edition]:
    yield Edition("Morning")


@app.provide(scope="app", name="evening")
def evening_edition() -> Edition:
    return Edition("Evening")


@app.provide
def reader(x_reader: Annotated[str | None, Header()] = None) -> Reader:
    return Reader(x_reader or "nobody")


def open_only(request: Request) -> None:
    if "closed" in request.query:
        raise Closed


def members_only(reader: Reader) -> None:
    if reader.name == "nobody":
        raise Unauthorized("Say who you are.")


@app.on_error(Closed)
def closed(error: Closed):
    return JSONResponse({"closed": True}, 423)


@app.encoder(Edition)
def encode_edition(edition: Edition):
    return {"edition": edition.name}


@app.get("/")
def index(db: DB, edition: Edition):
    posts = db.all(select(Post).order_by(Post.id).options(selectinload(Post.author)))
    return render("posts/index.html", posts=posts, edition=edition)


@app.get("/posts/{post}")
def show(post: Post, edition: Annotated[Edition, "evening"]):
    return render("posts/show.html", post=post, edition=edition)


@app.post("/posts", around=[open_only])
def create(db: DB, title: Annotated[str, FormField(min_length=2)], author_id: Annotated[int, FormField()]):
    author = db.get_or_404(Person, author_id)
    post = db.save(Post(title=title, body="", author=author))
    return redirect("show", post=post.id)


@app.get("/api/posts")
async def list_posts(db: AsyncDB, limit: int = 10) -> list[PostOutput]:
    return await db.all(select(Post).order_by(Post.id).limit(limit))


@app.post("/api/posts", status=201, around=[Depends(members_only), open_only])
def create_by_api(data: PostInput, db: DB) -> PostOutput:
    author = db.get_or_404(Person, data.author_id)
    return db.save(Post(title=data.title, body=data.body, author=author))


@app.get("/edition")
def current_edition(edition: Edition):
    return {"now": edition}


@app.post("/people")
def add_person(db: DB, name: Annotated[str, FormField(max_length=80)]):
    person = db.save(Person(name=name))
    return redirect(show_person, person=person.id)


@app.get("/people/{person}", name="person")
def show_person(person: Person, reader: Reader, request: Request):
    return {"name": person.name, "reader": reader.name, "route": request.route.path}


@app.get("/people/{person}/first")
def first_post(person: Person, db: DB):
    post = db.scalar(select(Post).where(Post.author == person).order_by(Post.id))
    if post is None:
        raise NotFound(f"{person.name} has written nothing.")
    return redirect(show, post=post.id)


app.register(
    InlineTemplates("""
@@ posts/base.html
<!doctype html>
<title>{% block title %}Posts{% endblock %}</title>
{% block main %}{% endblock %}
{% if edition %}<footer>{{ edition.name }}</footer>{% endif %}
@@ posts/index.html
{% extends "posts/base.html" %}
{% block main %}
{% for post in posts %}
<h2><a href="{{ url("show", post=post.id) }}">{{ post.title }}</a></h2>
<p>{{ post.author.name }}, {{ post.price }}</p>
{% else %}
<p>No posts yet.</p>
{% endfor %}
<form action="{{ url("create") }}" method="post"></form>
{% endblock %}
@@ posts/missing.html
<h1>{{ path }} is not here.</h1>
@@ posts/show.html
{% extends "posts/base.html" %}
{% block title %}{{ post.title }}{% endblock %}
{% block main %}
<h1>{{ post.title }}</h1>
<p>{{ post.body }}</p>
<a href="{{ url("index") }}">All posts</a>
{% endblock %}
""")
)
