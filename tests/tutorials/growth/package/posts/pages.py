"""The pages of posts."""

from typing import Annotated

from people.models import Person
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from demijohn import DB, FormField, redirect, render

from . import posts as app
from .models import Post
from .services import Edition, open_only


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
