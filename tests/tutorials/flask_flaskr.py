"""The blog of Flask's tutorial, flaskr, less its login: a list, and forms that create, update and delete."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from demijohn import DB, App, Database, InlineTemplates, Model, Request, Templates, field, redirect, render

app = App(__name__)
app.use(Database(), Templates())


class Post(Model):
    title: Mapped[str] = field(max_length=200)
    body: Mapped[str] = field()
    created: Mapped[dt.datetime] = field(auto_now_add=True)


@app.route("/")
def index(db: DB):
    posts = db.all(select(Post).order_by(Post.created.desc(), Post.id.desc()))
    return render("blog/index.html", posts=posts)


@app.route("/create", methods=["GET", "POST"])
def create(request: Request, db: DB):
    error = None
    if request.method == "POST":
        title = request.form["title"]
        body = request.form["body"]
        if not title:
            error = "Title is required."
        if error is None:
            db.add(Post(title=title, body=body))
            return redirect("index")
    return render("blog/create.html", error=error)


@app.route("/{id}/update", methods=["GET", "POST"])
def update(id: int, request: Request, db: DB):
    post = db.get_or_404(Post, id)
    error = None
    if request.method == "POST":
        title = request.form["title"]
        body = request.form["body"]
        if not title:
            error = "Title is required."
        if error is None:
            post.title = title
            post.body = body
            return redirect("index")
    return render("blog/update.html", post=post, error=error)


@app.post("/{id}/delete")
def delete(id: int, db: DB):
    db.delete(db.get_or_404(Post, id))
    return redirect("index")


app.register(
    InlineTemplates("""
@@ base.html
<!doctype html>
<title>{% block title %}{% endblock %} - Flaskr</title>
<header>{% block header %}{% endblock %}</header>
{% block content %}{% endblock %}
@@ blog/index.html
{% extends "base.html" %}
{% block header %}
  <h1>{% block title %}Posts{% endblock %}</h1>
  <a class="action" href="{{ url("create") }}">New</a>
{% endblock %}
{% block content %}
  {% for post in posts %}
    <article class="post">
      <h1>{{ post.title }}</h1>
      <div class="about">on {{ post.created.strftime("%Y-%m-%d") }}</div>
      <a class="action" href="{{ url("update", id=post.id) }}">Edit</a>
      <p class="body">{{ post.body }}</p>
    </article>
    {% if not loop.last %}<hr>{% endif %}
  {% endfor %}
{% endblock %}
@@ blog/create.html
{% extends "base.html" %}
{% block header %}<h1>{% block title %}New Post{% endblock %}</h1>{% endblock %}
{% block content %}
  {% if error %}<div class="flash">{{ error }}</div>{% endif %}
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
  {% if error %}<div class="flash">{{ error }}</div>{% endif %}
  <form method="post">
    <input name="title" id="title" value="{{ request.form.title or post.title }}" required>
    <textarea name="body" id="body">{{ request.form.body or post.body }}</textarea>
    <input type="submit" value="Save">
  </form>
  <form action="{{ url("delete", id=post.id) }}" method="post"><input type="submit" value="Delete"></form>
{% endblock %}
""")
)
