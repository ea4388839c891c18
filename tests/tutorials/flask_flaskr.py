"""The blog of Flask's tutorial, flaskr: a factory, a blueprint for who may write, and one for what is written.

What `flaskr/auth.py`, `flaskr/blog.py` and their templates say is said here in one file; `g.user` is
`request.state.user`.
"""

import datetime as dt
import hashlib
import hmac
import os

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, selectinload

from demijohn import (
    DB,
    App,
    Blueprint,
    Config,
    Database,
    Forbidden,
    InlineTemplates,
    Model,
    NotFound,
    Request,
    Session,
    Sessions,
    Templates,
    belongs_to,
    field,
    redirect,
    render,
)
from demijohn.database import key

auth = Blueprint("auth", prefix="/auth")
blog = Blueprint("blog")


class Settings(Config, prefix="FLASKR_"):
    testing: bool = False


class User(Model):
    username: Mapped[str] = field(unique=True)
    password: Mapped[str] = field()


class Post(Model):
    author: Mapped[User] = belongs_to()
    author_id: Mapped[int] = key()
    created: Mapped[dt.datetime] = field(auto_now_add=True)
    title: Mapped[str] = field(max_length=200)
    body: Mapped[str] = field()


# auth.py -----------------------------------------------------------------------------------------------------


def hashed(password: str, salt: bytes | None = None) -> str:
    salt = salt or os.urandom(16)
    return f"{salt.hex()}${hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1).hex()}"


def matches(kept: str, password: str) -> bool:
    salt = bytes.fromhex(kept.partition("$")[0])
    return hmac.compare_digest(kept, hashed(password, salt))


def load_logged_in_user(request: Request, session: Session, db: DB):
    user_id = session.get("user_id")
    request.state.user = None if user_id is None else db.get(User, user_id)


def login_required(request: Request):
    if request.state.user is None:
        return redirect("auth.login")
    yield


@auth.route("/register", methods=["GET", "POST"])
def register(request: Request, session: Session, db: DB):
    if request.method == "POST":
        username = request.form["username"]
        password = request.form["password"]
        error = None
        if not username:
            error = "Username is required."
        elif not password:
            error = "Password is required."
        if error is None:
            try:
                with db.begin_nested():
                    db.save(User(username=username, password=hashed(password)))
            except IntegrityError:
                error = f"User {username} is already registered."
            else:
                return redirect("auth.login")
        session.flash(error)
    return render("auth/register.html")


@auth.route("/login", methods=["GET", "POST"])
def login(request: Request, session: Session, db: DB):
    if request.method == "POST":
        username = request.form["username"]
        password = request.form["password"]
        error = None
        user = db.scalar(select(User).where(User.username == username))
        if user is None:
            error = "Incorrect username."
        elif not matches(user.password, password):
            error = "Incorrect password."
        else:
            session.clear()
            session["user_id"] = user.id
            return redirect("blog.index")
        session.flash(error)
    return render("auth/login.html")


@auth.route("/logout")
def logout(session: Session):
    session.clear()
    return redirect("blog.index")


# blog.py -----------------------------------------------------------------------------------------------------


@blog.route("/")
def index(db: DB):
    newest = select(Post).options(selectinload(Post.author)).order_by(Post.created.desc(), Post.id.desc())
    return render("blog/index.html", posts=db.all(newest))


def get_post(id: int, request: Request, db: DB) -> Post:
    post = db.get(Post, id)
    if post is None:
        raise NotFound(f"Post id {id} doesn't exist.")
    if post.author_id != request.state.user.id:
        raise Forbidden()
    return post


@blog.route("/create", methods=["GET", "POST"], around=[login_required])
def create(request: Request, session: Session, db: DB):
    if request.method == "POST":
        title = request.form["title"]
        body = request.form["body"]
        if title:
            db.add(Post(title=title, body=body, author=request.state.user))
            return redirect("index")
        session.flash("Title is required.")
    return render("blog/create.html")


@blog.route("/{id}/update", methods=["GET", "POST"], around=[login_required])
def update(id: int, request: Request, session: Session, db: DB):
    post = get_post(id, request, db)
    if request.method == "POST":
        title = request.form["title"]
        body = request.form["body"]
        if title:
            post.title = title
            post.body = body
            return redirect("index")
        session.flash("Title is required.")
    return render("blog/update.html", post=post)


@blog.post("/{id}/delete", around=[login_required])
def delete(id: int, request: Request, db: DB):
    db.delete(get_post(id, request, db))
    return redirect("index")


# templates/ --------------------------------------------------------------------------------------------------

PAGES = InlineTemplates("""
@@ base.html
<!doctype html>
<title>{% block title %}{% endblock %} - Flaskr</title>
<nav>
  <h1><a href="{{ url("blog.index") }}">Flaskr</a></h1>
  <ul>
    {% if request.state.user %}
      <li><span>{{ request.state.user.username }}</span>
      <li><a href="{{ url("auth.logout") }}">Log Out</a>
    {% else %}
      <li><a href="{{ url("auth.register") }}">Register</a>
      <li><a href="{{ url("auth.login") }}">Log In</a>
    {% endif %}
  </ul>
</nav>
<section class="content">
  <header>{% block header %}{% endblock %}</header>
  {% for message in messages() %}
    <div class="flash">{{ message }}</div>
  {% endfor %}
  {% block content %}{% endblock %}
</section>
@@ auth/register.html
{% extends "base.html" %}
{% block header %}<h1>{% block title %}Register{% endblock %}</h1>{% endblock %}
{% block content %}
  <form method="post">
    <label for="username">Username</label>
    <input name="username" id="username" required>
    <label for="password">Password</label>
    <input type="password" name="password" id="password" required>
    <input type="submit" value="Register">
  </form>
{% endblock %}
@@ auth/login.html
{% extends "base.html" %}
{% block header %}<h1>{% block title %}Log In{% endblock %}</h1>{% endblock %}
{% block content %}
  <form method="post">
    <label for="username">Username</label>
    <input name="username" id="username" required>
    <label for="password">Password</label>
    <input type="password" name="password" id="password" required>
    <input type="submit" value="Log In">
  </form>
{% endblock %}
@@ blog/index.html
{% extends "base.html" %}
{% block header %}
  <h1>{% block title %}Posts{% endblock %}</h1>
  {% if request.state.user %}<a class="action" href="{{ url("blog.create") }}">New</a>{% endif %}
{% endblock %}
{% block content %}
  {% for post in posts %}
    <article class="post">
      <h1>{{ post.title }}</h1>
      <div class="about">by {{ post.author.username }} on {{ post.created.strftime("%Y-%m-%d") }}</div>
      {% if request.state.user and request.state.user.id == post.author_id %}
        <a class="action" href="{{ url("blog.update", id=post.id) }}">Edit</a>
      {% endif %}
      <p class="body">{{ post.body }}</p>
    </article>
    {% if not loop.last %}<hr>{% endif %}
  {% endfor %}
{% endblock %}
@@ blog/create.html
{% extends "base.html" %}
{% block header %}<h1>{% block title %}New Post{% endblock %}</h1>{% endblock %}
{% block content %}
  <form method="post">
    <input name="title" id="title" value="{{ request.form.title }}" required>
    <textarea name="body" id="body">{{ request.form.body }}</textarea>
    <input type="submit" value="Save">
  </form>
{% endblock %}
@@ blog/update.html
{% extends "base.html" %}
{% block header %}<h1>{% block title %}Edit "{{ post.title }}"{% endblock %}</h1>{% endblock %}
{% block content %}
  <form method="post">
    <input name="title" id="title" value="{{ request.form.title or post.title }}" required>
    <textarea name="body" id="body">{{ request.form.body or post.body }}</textarea>
    <input type="submit" value="Save">
  </form>
  <form action="{{ url("blog.delete", id=post.id) }}" method="post"><input type="submit" value="Delete"></form>
{% endblock %}
""")


def create_app() -> App:
    """The factory of the tutorial; what a test wants otherwise is said to its client."""
    made = App("flaskr")
    made.use(Database(), Sessions(), Templates())
    made.register(PAGES)
    made.before_request(load_logged_in_user)
    made.include(auth)
    made.include(blog)

    @made.route("/hello")
    def hello():
        return "Hello, World!"

    @made.route("/testing")
    def testing(settings: Settings):
        return {"testing": settings.testing}

    return made


app = create_app()
