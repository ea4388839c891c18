"""The pages of people."""

from typing import Annotated

from posts.models import Post
from posts.pages import show
from posts.services import Reader
from sqlalchemy import select

from demijohn import DB, FormField, NotFound, Request, redirect

from . import people as app
from .models import Person


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
