"""Part 5 of Django's tutorial: its tests, one by one. `test_django_polls` runs them in a process of their own."""

import datetime as dt
import re

import pytest
from django_polls import Question, app

from demijohn import Client
from demijohn.testing import make, rollback


@pytest.fixture(scope="module")
def started():
    with Client(app, config={"DATABASE_URL": "sqlite://"}) as client:
        yield client


@pytest.fixture
def db(started):
    """A unit of work, as `TestCase` has it: what a test writes, and what the app does, is gone at its end."""
    with rollback(started) as db:
        yield db


@pytest.fixture
def client(db, started):
    return started


def now():
    return dt.datetime.now(dt.UTC)


def create_question(db, question_text, days):
    """A question that is published so many days from now; negative for the past."""
    return db.save(make(Question, question_text=question_text, pub_date=now() + dt.timedelta(days=days)))


def listed(answer):
    """The questions of the page, in their order."""
    return re.findall(r'<li><a href="/polls/\d+/">(.*)</a></li>', answer.text)


class TestQuestionModel:
    def test_was_published_recently_with_future_question(self):
        future_question = make(Question, pub_date=now() + dt.timedelta(days=30))
        assert future_question.was_published_recently() is False

    def test_was_published_recently_with_old_question(self):
        old_question = make(Question, pub_date=now() - dt.timedelta(days=1, seconds=1))
        assert old_question.was_published_recently() is False

    def test_was_published_recently_with_recent_question(self):
        recent_question = make(Question, pub_date=now() - dt.timedelta(hours=23, minutes=59, seconds=59))
        assert recent_question.was_published_recently() is True


class TestQuestionIndexView:
    def test_no_questions(self, client):
        answer = client.get("/polls/")
        assert answer.status == 200
        assert "No polls are available." in answer.text
        assert listed(answer) == []

    def test_past_question(self, client, db):
        create_question(db, "Past question.", days=-30)
        assert listed(client.get("/polls/")) == ["Past question."]

    def test_future_question(self, client, db):
        create_question(db, "Future question.", days=30)
        answer = client.get("/polls/")
        assert "No polls are available." in answer.text
        assert listed(answer) == []

    def test_future_question_and_past_question(self, client, db):
        create_question(db, "Past question.", days=-30)
        create_question(db, "Future question.", days=30)
        assert listed(client.get("/polls/")) == ["Past question."]

    def test_two_past_questions(self, client, db):
        create_question(db, "Past question 1.", days=-30)
        create_question(db, "Past question 2.", days=-5)
        assert listed(client.get("/polls/")) == ["Past question 2.", "Past question 1."]


class TestQuestionDetailView:
    def test_future_question(self, client, db):
        future_question = create_question(db, "Future question.", days=5)
        assert client.get(f"/polls/{future_question.id}/").status == 404

    def test_past_question(self, client, db):
        past_question = create_question(db, "Past question.", days=-5)
        answer = client.get(f"/polls/{past_question.id}/")
        assert past_question.question_text in answer.text
