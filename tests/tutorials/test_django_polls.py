"""The pages of Django's tutorial answer as its readers expect."""

import os
import re
import subprocess
import sys
from pathlib import Path

from asking import ask

DATABASE = "polls.sqlite"
FOLDER = Path(__file__).parent
PART_5 = [
    "TestQuestionModel::test_was_published_recently_with_future_question",
    "TestQuestionModel::test_was_published_recently_with_old_question",
    "TestQuestionModel::test_was_published_recently_with_recent_question",
    "TestQuestionIndexView::test_no_questions",
    "TestQuestionIndexView::test_past_question",
    "TestQuestionIndexView::test_future_question",
    "TestQuestionIndexView::test_future_question_and_past_question",
    "TestQuestionIndexView::test_two_past_questions",
    "TestQuestionDetailView::test_future_question",
    "TestQuestionDetailView::test_past_question",
]


def test_part_1_a_table_of_paths(tmp_path):
    """Views in tables, tables in tables; what is not in them is not found."""
    home, index, slash, nothing = ask(
        "django_polls",
        [("GET", "/"), ("GET", "/polls/"), ("GET", "/polls"), ("GET", "/polls/nothing/at/all/")],
        database=tmp_path / DATABASE,
    )
    assert (home.status, home.text) == (200, "Hello, world. You're at the site.")
    assert (index.status, "No polls are available." in index.text) == (200, True)
    assert (slash.status, slash.header("location")) == (308, "/polls/")
    assert nothing.status == 404


def test_part_3_index_and_detail(tmp_path):
    """The list, newest first, with links of its namespace; a detail page; 404 for what is not there."""
    requests = [
        ("POST", "/seed/"), ("GET", "/polls/"), ("GET", "/polls/1/"), ("GET", "/polls/34/"),
        ("GET", "/polls/x/"), ("GET", "/polls/1"), ("GET", "/polls/count/"),
    ]  # fmt: skip
    seeded, index, detail, missing, text, slash, count = ask("django_polls", requests, database=tmp_path / DATABASE)
    assert seeded.text == '{"What\'s new?":true,"What was new?":false}'
    new, old = '<a href="/polls/1/">What&#39;s new?</a>', '<a href="/polls/2/">What was new?</a>'
    assert index.text.index(new) < index.text.index(old)
    assert "<h1>What&#39;s new?</h1>" in detail.text
    assert detail.text.index("Not much") < detail.text.index("The sky")
    assert 'action="/polls/1/vote/"' in detail.text
    assert (missing.status, text.status) == (404, 404)
    assert (slash.status, slash.header("location")) == (308, "/polls/1/")
    assert count.text == "2 question(s)"


def test_part_4_votes(tmp_path):
    """A POST counts, and leads to the results; without a choice the form comes back with a word about it."""
    requests = [
        ("POST", "/seed/"), ("POST", "/polls/1/vote/", {"choice": "2"}), ("POST", "/polls/1/vote/", {"choice": "2"}),
        ("POST", "/polls/1/vote/", {"choice": "1"}), ("GET", "/polls/1/results/"), ("POST", "/polls/1/vote/", {}),
        ("POST", "/polls/2/vote/", {"choice": "2"}), ("GET", "/polls/1/vote/"), ("GET", "/polls/9/results/"),
        ("POST", "/polls/9/vote/", {"choice": "1"}),
    ]  # fmt: skip
    _, vote, _, _, results, none, foreign, get, missing, nowhere = ask(
        "django_polls", requests, database=tmp_path / DATABASE
    )
    assert (vote.status, vote.header("location")) == (303, "/polls/1/results/")
    assert "<li>Not much -- 1 vote</li>" in results.text
    assert "<li>The sky -- 2 votes</li>" in results.text
    assert '<a href="/polls/1/">Vote again?</a>' in results.text
    assert (none.status, "You didn&#39;t select a choice." in none.text) == (200, True)
    assert "You didn&#39;t select a choice." in foreign.text
    assert [get.status, missing.status, nowhere.status] == [405, 404, 404]


def run_tests(folder):
    """The tests of part 5 with the app of a folder: the outcome of each, by its name."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-vv", "--color=no", "-W", "error", "-p", "no:cacheprovider", "-c", os.devnull,
         "--noconftest", "--rootdir", str(folder), "django_polls_tests.py"],
        cwd=folder, env={**os.environ, "PYTEST_ADDOPTS": "", "COLUMNS": "200"}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    outcomes = dict(re.findall(r"^django_polls_tests\.py::(\S+) ([A-Z]+)", done.stdout, re.MULTILINE))
    assert outcomes, done.stdout + done.stderr
    return outcomes


def test_part_5_its_tests_pass():
    """Each in a transaction of its own, so that none sees the questions of another."""
    assert run_tests(FOLDER) == dict.fromkeys(PART_5, "PASSED")


def test_part_5_its_tests_find_the_mistakes_that_it_mends(tmp_path):
    """As in the tutorial: with the app of part 4 those about the future fail, and no other."""
    app = (FOLDER / "django_polls.py").read_text()
    for after, before in {
        " <= self.pub_date <= now": " <= self.pub_date",
        ".where(Question.pub_date <= dt.datetime.now(dt.UTC))": "",
    }.items():
        assert app.count(after) == 1
        app = app.replace(after, before)
    (tmp_path / "django_polls.py").write_text(app)
    (tmp_path / "django_polls_tests.py").write_text((FOLDER / "django_polls_tests.py").read_text())
    failed = {name for name, outcome in run_tests(tmp_path).items() if outcome == "FAILED"}
    assert failed == {name for name in PART_5 if "future" in name}
