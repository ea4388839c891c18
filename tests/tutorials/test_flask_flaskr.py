"""The pages of flaskr answer as those of Flask's tutorial do."""

from asking import ask


def test_the_blog(tmp_path):
    """A post is made, listed, changed and deleted."""
    answers = ask(
        "flask_flaskr",
        [
            ("GET", "/"),
            ("GET", "/create"),
            ("POST", "/create", {"title": "First <b>", "body": "Hello."}),
            ("POST", "/create", {"title": "Second", "body": ""}),
            ("GET", "/"),
            ("GET", "/1/update"),
            ("POST", "/1/update", {"title": "Changed", "body": "Again."}),
            ("GET", "/"),
            ("POST", "/1/delete"),
            ("GET", "/"),
        ],
        database=tmp_path / "flaskr.sqlite",
    )
    empty, form, first, second, two, edit, changed, after, deleted, one = answers
    assert [answer.status for answer in answers] == [200, 200, 303, 303, 200, 200, 303, 200, 303, 200]
    assert {answer.header("location") for answer in (first, second, changed, deleted)} == {"/"}
    assert '<a class="action" href="/create">New</a>' in empty.text
    assert "<article" not in empty.text
    assert '<input name="title" id="title" value="" required>' in form.text
    assert "<title>New Post - Flaskr</title>" in form.text
    assert two.text.index("<h1>Second</h1>") < two.text.index("<h1>First &lt;b&gt;</h1>")
    assert two.text.count("<hr>") == 1
    assert '<a class="action" href="/1/update">Edit</a>' in two.text
    assert 'value="First &lt;b&gt;"' in edit.text
    assert ">Hello.</textarea>" in edit.text
    assert '<form action="/1/delete" method="post">' in edit.text
    assert "<h1>Changed</h1>" in after.text
    assert '<p class="body">Again.</p>' in after.text
    assert "Changed" not in one.text
    assert one.text.count("<article") == 1


def test_what_is_missing_is_told(tmp_path):
    """A form without title comes back with what was typed; there is no page of a post that does not exist."""
    answers = ask(
        "flask_flaskr",
        [
            ("POST", "/create", {"title": "", "body": "kept"}),
            ("POST", "/create", {"body": "kept"}),
            ("GET", "/1/update"),
            ("GET", "/x/update"),
            ("POST", "/1/delete"),
            ("GET", "/1/delete"),
            ("GET", "/"),
        ],
        database=tmp_path / "flaskr.sqlite",
    )
    assert [answer.status for answer in answers] == [200, 400, 404, 404, 404, 405, 200]
    assert '<div class="flash">Title is required.</div>' in answers[0].text
    assert ">kept</textarea>" in answers[0].text
    assert "<article" not in answers[-1].text
