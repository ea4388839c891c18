"""The API of posts."""

from decimal import Decimal
from typing import Annotated

from people.models import Person
from sqlalchemy import select

from demijohn import DB, AsyncDB, Depends, Meta, Schema

from . import posts as app
from .models import Post
from .services import Edition, members_only, open_only


class PostInput(Schema):
    title: Annotated[str, Meta(min_length=2, max_length=200)]
    body: str
    author_id: int


class PostOutput(Schema):
    id: int
    title: str
    price: Decimal


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
