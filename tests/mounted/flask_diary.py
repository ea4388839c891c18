"""A Flask app in the shape of its tutorial: a factory, blueprints, SQLite, sessions, flashes, templates."""

import sqlite3
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Flask, abort, flash, g, redirect, render_template_string, request, session, url_for
from werkzeug.security import check_password_hash, generate_password_hash

PAGE = """<!doctype html>
<title>{% block title %}{{ title }}{% endblock %}</title>
<nav><a href="{{ url_for('blog.index') }}">Diary</a>
{% if g.user %}{{ g.user.name }} <a href="{{ url_for('auth.logout') }}">Log out</a>{% endif %}</nav>
{% for message in get_flashed_messages() %}<p class="flash">{{ message }}</p>{% endfor %}
{% for post in posts or () %}<article><h1>{{ post.title }}</h1><p>{{ post.body }}</p></article>{% endfor %}
"""
TABLES = """
CREATE TABLE IF NOT EXISTS user (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, password TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS post (id INTEGER PRIMARY KEY, author INTEGER NOT NULL, title TEXT NOT NULL, body TEXT);
"""

auth = Blueprint("auth", __name__, url_prefix="/auth")
blog = Blueprint("blog", __name__)


def create_app(database: str) -> Flask:
    app = Flask(__name__)
    app.secret_key = "for tests alone"
    app.config["DATABASE"] = database
    with sqlite3.connect(database) as db:
        db.executescript(TABLES)

    @app.before_request
    def connect() -> None:
        g.db = sqlite3.connect(database)
        g.db.row_factory = sqlite3.Row

    @app.teardown_request
    def close(error: BaseException | None) -> None:
        g.db.close()

    @app.before_request
    def load_user() -> None:
        found = session.get("user_id")
        g.user = g.db.execute("SELECT * FROM user WHERE id = ?", (found,)).fetchone() if found else None

    app.register_blueprint(auth)
    app.register_blueprint(blog)
    return app


def login_required(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def wrapped(**values: Any) -> Any:
        return view(**values) if g.user else redirect(url_for("auth.login"))

    return wrapped


@auth.route("/register", methods=("GET", "POST"))
def register() -> Any:
    if request.method == "POST":
        try:
            g.db.execute(
                "INSERT INTO user (name, password) VALUES (?, ?)",
                (request.form["name"], generate_password_hash(request.form["password"])),
            )
            g.db.commit()
        except sqlite3.IntegrityError:
            flash("The name is taken.")
        else:
            return redirect(url_for("auth.login"))
    return render_template_string(PAGE, title="Register")


@auth.route("/login", methods=("GET", "POST"))
def login() -> Any:
    if request.method == "POST":
        user = g.db.execute("SELECT * FROM user WHERE name = ?", (request.form["name"],)).fetchone()
        if user is not None and check_password_hash(user["password"], request.form["password"]):
            session.clear()
            session["user_id"] = user["id"]
            return redirect(url_for("blog.index"))
        flash("Incorrect name or password.")
    return render_template_string(PAGE, title="Log in")


@auth.route("/logout")
def logout() -> Any:
    session.clear()
    return redirect(url_for("blog.index"))


@blog.route("/")
def index() -> Any:
    return render_template_string(PAGE, title="Posts", posts=g.db.execute("SELECT * FROM post ORDER BY id").fetchall())


@blog.route("/create", methods=("GET", "POST"))
@login_required
def create() -> Any:
    if request.method == "POST":
        if not request.form["title"]:
            abort(400, "A title is needed.")
        values = (g.user["id"], request.form["title"], request.form["body"])
        g.db.execute("INSERT INTO post (author, title, body) VALUES (?, ?, ?)", values)
        g.db.commit()
        return redirect(url_for("blog.index"))
    return render_template_string(PAGE, title="New post")
