"""Flask with SQLAlchemy's ORM on psycopg."""

from __future__ import annotations

from flask import Flask, jsonify, render_template, request
from sqlalchemy import create_engine, select
from sqlalchemy.orm import sessionmaker

from ..folder import TEMPLATES
from .sqlalchemy_models import Fortune, World, shape
from .work import CONNECTIONS, EXTRA, any_number, driver_url, some_keys

app = Flask(__name__, template_folder=str(TEMPLATES))
Session = sessionmaker(
    create_engine(driver_url("psycopg"), pool_size=CONNECTIONS, max_overflow=0), expire_on_commit=False
)


@app.get("/db")
def one():
    with Session() as session:
        return jsonify(shape(session.get_one(World, any_number())))


@app.get("/queries")
def several():
    with Session() as session:
        worlds = [session.get_one(World, key) for key in some_keys(request.args.get("queries", 1, type=int))]
        return jsonify([shape(world) for world in worlds])


@app.get("/fortunes")
def fortunes():
    with Session() as session:
        rows = list(session.scalars(select(Fortune)))
    rows.append(Fortune(id=0, message=EXTRA))
    rows.sort(key=lambda row: row.message)
    return render_template("fortunes.html", fortunes=rows)


@app.get("/updates")
def updates():
    with Session() as session:
        worlds = [session.get_one(World, key) for key in some_keys(request.args.get("queries", 1, type=int))]
        for world in worlds:
            world.random_number = any_number()
        session.commit()
        return jsonify([shape(world) for world in worlds])
