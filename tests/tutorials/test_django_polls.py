"""The pages of Django's tutorial answer as its readers expect."""

from asking import ask

DATABASE = "polls.sqlite"


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
