"""Django's tutorial, parts 1 to 5: models, tables of paths, views and, in `django_polls_tests`, their tests."""

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, selectinload

from demijohn import (
    DB,
    HTML,
    App,
    Blueprint,
    Database,
    InlineTemplates,
    Model,
    NotFound,
    Request,
    Response,
    Templates,
    belongs_to,
    field,
    has_many,
    include,
    path,
    redirect,
    render,
)

# mysite/settings.py

app = App("mysite")
app.use(Database(), Templates())


# polls/models.py


class Question(Model):
    question_text: Mapped[str] = field(max_length=200)
    pub_date: Mapped[dt.datetime] = field(label="date published")
    choices: Mapped[list["Choice"]] = has_many(by="question")

    def __str__(self):
        return self.question_text

    def was_published_recently(self):
        now = dt.datetime.now(dt.UTC)
        return now - dt.timedelta(days=1) <= self.pub_date <= now


class Choice(Model):
    question: Mapped[Question] = belongs_to(on_delete="cascade")
    choice_text: Mapped[str] = field(max_length=200)
    votes: Mapped[int] = field(default=0)

    def __str__(self):
        return self.choice_text


# polls/views.py


def published():
    """The questions but those that are to be published in the future."""
    return select(Question).where(Question.pub_date <= dt.datetime.now(dt.UTC))


def index(request, db: DB):
    latest_question_list = db.all(published().order_by(Question.pub_date.desc()).limit(5))
    context = {"latest_question_list": latest_question_list}
    return render("polls/index.html", **context)


def detail(request, question_id: int, db: DB):
    question = db.first_or_404(published().where(Question.id == question_id))
    return render("polls/detail.html", question=question)


def results(request, question: Question, db: DB):
    choices = db.all(select(Choice).where(Choice.question == question).order_by(Choice.id))
    return render("polls/results.html", question=question, choices=choices)


def vote(request: Request, question_id: int, db: DB):
    question = db.get_or_404(Question, question_id, options=[selectinload(Question.choices)])
    selected_choice = db.scalar(
        select(Choice).where(Choice.question == question, Choice.id == request.form.get("choice", type=int))
    )
    if selected_choice is None:
        return render("polls/detail.html", question=question, error_message="You didn't select a choice.")
    selected_choice.votes = Choice.votes + 1
    return redirect("results", question=question.id)


def count(request, db: DB):
    total = db.scalar(select(func.count()).select_from(Question))
    if not total:
        raise NotFound("No questions yet.")
    return Response(f"{total} question(s)")


# polls/urls.py

polls = Blueprint("polls")
polls.urls(
    path("/", index, name="index"),
    path("/{question_id}/", detail, name="detail"),
    path("/{question}/results/", results, name="results"),
    path("/{question_id}/vote/", vote, methods=["POST"], name="vote"),
    path("/count/", count, name="count"),
)


# mysite/urls.py


def home(request):
    return HTML("Hello, world. You're at the site.")


def seed(db: DB):
    question = db.save(Question(question_text="What's new?", pub_date=dt.datetime.now(dt.UTC)))
    for text in ("Not much", "The sky"):
        db.save(Choice(question=question, choice_text=text))
    old = Question(question_text="What was new?", pub_date=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    db.save(old)
    return {str(each): each.was_published_recently() for each in (question, old)}


app.urls(
    path("/", home, name="home"),
    path("/seed/", seed, methods=["POST"], name="seed"),
    path("/polls/", include(polls)),
)

app.register(
    InlineTemplates("""
@@ polls/index.html
{% if latest_question_list %}
  <ul>
  {% for question in latest_question_list %}
    <li><a href="{{ url("polls.detail", question_id=question.id) }}">{{ question.question_text }}</a></li>
  {% endfor %}
  </ul>
{% else %}
  <p>No polls are available.</p>
{% endif %}
@@ polls/detail.html
<form action="{{ url("vote", question_id=question.id) }}" method="post">
<h1>{{ question.question_text }}</h1>
{% if error_message is defined %}<p><strong>{{ error_message }}</strong></p>{% endif %}
{% for choice in question.choices %}
  <input type="radio" name="choice" id="choice{{ loop.index }}" value="{{ choice.id }}">
  <label for="choice{{ loop.index }}">{{ choice.choice_text }}</label>
{% endfor %}
<input type="submit" value="Vote">
</form>
@@ polls/results.html
<h1>{{ question }}</h1>
{% for choice in choices %}
  <li>{{ choice }} -- {{ choice.votes }} vote{{ "" if choice.votes == 1 else "s" }}</li>
{% endfor %}
<a href="{{ url("detail", question_id=question.id) }}">Vote again?</a>
""")
)
