"""A guestbook: sign it with a photo, in one file.

    pip install "demijohn[standard,images]"
    demijohn dev examples/guestbook/app.py

A form with a file that stays chosen when something else is wrong, photos written anew before they are kept, a message
for the next page, and a limit to how often one visitor may sign. From top to bottom: the model, the form, the two
addresses, and what browsers get (templates and style).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import select

from demijohn import (
    App,
    Form,
    Forms,
    HTTPError,
    InlineTemplates,
    Meta,
    Query,
    Request,
    Response,
    Schema,
    Session,
    Sessions,
    UnprocessableContent,
    UploadedFile,
    redirect,
    render,
)
from demijohn.database import DB, Database, Mapped, Model, field
from demijohn.forms import Field, LongText
from demijohn.security import rate_limit
from demijohn.storage import FileStorage, Storage, clean_image

app = App("guestbook")
app.use(Database(), Forms(), Sessions(), Storage())

PageNumber = Annotated[int, Query(ge=1)]


class Entry(Model):
    name: Mapped[str] = field(max_length=40)
    message: Mapped[str] = field(max_length=1000)
    photo: Mapped[str | None] = field(default=None, max_length=200)  # the name that FileStorage gave it
    created: Mapped[datetime] = field(auto_now_add=True)


class EntryIn(Schema):
    name: Annotated[str, Meta(min_length=1, max_length=40), Field(autocomplete="name")]
    message: Annotated[LongText, Meta(min_length=1, max_length=1000)]
    photo: Annotated[
        UploadedFile | None, Meta(description="Up to 8 MB."), Field(accept="image/*", max_size=8_000_000)
    ] = None


class EntryForm(Form[EntryIn]):
    submit = "Sign the book"


def page_of(db: DB, form: EntryForm, number: int) -> Response:
    """The newest entries, and the form above them: blank, or with all that is wrong."""
    entries = db.page(select(Entry).order_by(Entry.id.desc()), number, 10)
    return render("book.html", form=form, entries=entries)


@app.get("/")
def book(db: DB, form: EntryForm, page: PageNumber = 1) -> Response:
    return page_of(db, form, page)


@app.post("/", around=[rate_limit("5/minute", "50/day")])
def sign(db: DB, form: EntryForm, files: FileStorage, session: Session, page: PageNumber = 1) -> Response:
    photo = cleaned(form) if form.valid else None
    if not form.valid:
        return page_of(db, form, page)
    name = files.save(photo, form.value.photo.filename, folder="photos") if photo and form.value.photo else None
    entry = db.save(Entry(name=form.value.name, message=form.value.message, photo=name))
    session.flash(f"Thank you, {entry.name}.", "success")
    return redirect(book)


def cleaned(form: EntryForm) -> bytes | None:
    """The photo without anything but the picture; what is no picture is a mistake of its field."""
    if form.value.photo is None:
        return None
    try:
        return clean_image(form.value.photo, largest=800)
    except UnprocessableContent as error:
        form.add_error("photo", error.detail)
        return None


@app.on_error(404)
@app.on_error(429)
def problem(error: HTTPError, request: Request) -> Any:
    """Errors in the look of the book for browsers; None leaves all others with problem details."""
    return render("problem.html", error.status, error=error) if request.wants_html else None


app.register(
    InlineTemplates("""
@@ layout.html
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{% block title %}Guestbook{% endblock %}</title>
  <link rel="icon" href="data:,">
  <style nonce="{{ nonce }}">{% include "book.css" %}</style>
</head>
<body>
  <main>{% block main %}{% endblock %}</main>
</body>
</html>

@@ book.html
{% extends "layout.html" %}
{% block main %}
<header>
  <h1>Guestbook</h1>
  <p>You were here. Leave a word, and a picture if you like.</p>
</header>
<div id="news" role="status">
  {%- for message in messages() %}<p class="{{ message.category }}">{{ message }}</p>{% endfor -%}
</div>
<section class="sign" aria-label="Sign the book">{{ form }}</section>
<section aria-labelledby="entries">
  <h2 id="entries">{{ entries.total|intcomma }} {{ entries.total|pluralize("entry,entries") }}</h2>
  {% for entry in entries %}
  <article>
    {% if entry.photo %}
    <a class="photo" href="{{ media(entry.photo) }}">
      <img src="{{ media(entry.photo) }}" alt="From {{ entry.name }}" loading="lazy">
    </a>
    {% endif %}
    <div>
      <h3>{{ entry.name }}</h3>
      <time datetime="{{ entry.created|date("c") }}">{{ entry.created|date("j F Y, H:i") }}</time>
      {{ entry.message|linebreaks }}
    </div>
  </article>
  {% else %}
  <p class="empty">Nobody has signed yet. Be the first.</p>
  {% endfor %}
  {% if entries.pages > 1 %}
  <nav aria-label="Pages">
    {% if entries.has_previous %}<a rel="prev" href="{{ url('book', page=entries.previous_page) }}">Newer</a>{% endif %}
    <span>Page {{ entries.page }} of {{ entries.pages }}</span>
    {% if entries.has_next %}<a rel="next" href="{{ url('book', page=entries.next_page) }}">Older</a>{% endif %}
  </nav>
  {% endif %}
</section>
{% endblock %}

@@ problem.html
{% extends "layout.html" %}
{% block title %}{{ error.title }} · Guestbook{% endblock %}
{% block main %}
<header>
  {% if error.status == 429 %}
  <h1>One moment, please</h1>
  <p>You have signed very often. Go back, and send it again in a minute: your text is still there.</p>
  {% else %}
  <h1>No such page</h1>
  <p>There is nothing here.</p>
  {% endif %}
</header>
<p><a href="{{ url('book') }}">To the guestbook</a></p>
{% endblock %}

@@ book.css
:root {
  color-scheme: light dark;
  --paper: light-dark(oklch(.975 .012 85), oklch(.19 .012 70));
  --sheet: light-dark(oklch(.995 .004 85), oklch(.235 .014 70));
  --line: light-dark(oklch(.88 .02 85), oklch(.34 .02 70));
  --ink: light-dark(oklch(.27 .03 60), oklch(.93 .015 85));
  --faded: light-dark(oklch(.48 .03 60), oklch(.75 .02 85));
  --good: light-dark(oklch(.93 .05 150), oklch(.32 .06 150));
  --dj-accent: light-dark(oklch(.45 .11 35), oklch(.80 .10 55));
  --dj-on-accent: light-dark(oklch(1 0 0), oklch(.2 .03 55));
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: anywhere }
body { font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif }
main { display: grid; gap: 24px; max-width: 680px; margin: auto; padding: clamp(20px, 5vw, 48px) 16px 64px }
main > * { min-width: 0 }
h1, h2, h3, p { margin: 0 }
h1, h2, h3 { font-family: Georgia, "Noto Serif", serif; font-weight: 600; line-height: 1.2 }
h1 { font-size: clamp(32px, 6vw, 46px); margin-bottom: 6px }
h2 { font-size: 22px }
h3 { font-size: 18px }
a { color: var(--dj-accent); text-underline-offset: 3px }
:focus-visible { outline: 3px solid var(--dj-accent); outline-offset: 2px }
header p, time, nav, .empty { color: var(--faded) }
section { display: grid; gap: 16px }
.sign, article { background: var(--sheet); border: 1px solid var(--line); border-radius: 12px }
.sign, article { padding: clamp(16px, 3vw, 24px) }
.dj-form { max-inline-size: none; --dj-surface: var(--paper) }
article { display: flex; flex-wrap: wrap; gap: 12px 20px }
article > div { flex: 1 1 260px; min-width: 0 }
article p + p { margin-top: 8px }
article time { display: block; font-size: 14px; margin-bottom: 8px }
img { display: block; width: 160px; height: 160px; object-fit: cover; border-radius: 8px; background: var(--line) }
#news:empty { display: none }
#news p { padding: 12px 16px; border-radius: 8px; background: var(--good) }
nav { display: flex; gap: 16px; justify-content: center }
""")
)
