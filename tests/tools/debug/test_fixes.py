"""Why it happened, and how to mend it."""

from __future__ import annotations

import os
import sqlite3
import textwrap
from pathlib import Path

import jinja2
import pytest
import sqlalchemy

from demijohn.foundation.errors import SetupError
from demijohn.tools.debug.fixes import suggest
from demijohn.tools.debug.suggestion import Suggestion

CASES = {
    "a name with a typing error": ("titel", "title = 1", "Did you mean title?", "Change titel to title."),
    "a module that is not imported": ("json.loads('')", "", "Nothing is called json", "import json"),
    "a name of another framework's": (
        "ModelForm",
        "Model = 1",
        "Nothing is called ModelForm",
        "Instead of ModelForm: Form: class PostForm(Form[Post])",
    ),
    "a word that is another framework's too": ("post", "posts = []", "Did you mean posts?", "Change post to posts."),
    "an attribute with a typing error": ("A().titel", "", "A has no titel. Did you mean title?", "to title"),
    "an attribute of a class": ("A.titel", "", "Did you mean title?", "Change titel to title."),
    "an attribute of None": ("user.name", "user = None", "user is None", "if user is None"),
    "an attribute of a call that returns None": (
        "find(1).name",
        "",
        "find(1) returned None",
        "without return",
    ),
    "an attribute of a mapping": ("data.title", "data = {'title': 1}", "data is a mapping", '["title"]'),
    "an item of None": ("rows[0]", "rows = None", "rows is None", "rows"),
    "None called": ("hook()", "hook = None", "hook is None", "if hook is None"),
    "None in a loop": ("list(x for x in rows)", "rows = None", "None", ""),
    "None in a sum": ("1 + total", "total = None", "total is None", "if total is None"),
    "a key with a typing error": ("d['titel']", "d = {'title': 1}", "Did you mean 'title'?", "'title'"),
    "a key of another type": ("d[1]", "d = {'1': 1}", "The keys of d are text", '"1"'),
    "a key that is not there": ("d['xyz']", "d = {'title': 1}", "d holds 'title'.", "d.get('xyz')"),
    "a key of an attribute": ("a.data['titel']", "a = A()", "a.data has no 'titel'", "'title'"),
    "an environment variable": ("os.environ['NO_SUCH']", "import os", "environment has no NO_SUCH", ".env"),
    "an index too high": ("rows[3]", "rows = [1]", "rows has 1 item: the last has the index 0", "rows[-1]"),
    "an index into nothing": ("rows[0]", "rows = []", "rows is empty", "rows"),
    "a coroutine not awaited": ("later().name", "", "coroutine", "await"),
    "text and number": ("'a' + 1", "", "joins text", "f-string"),
    "a wrong keyword": ("find(numbr=1)", "", "Did you mean number?", "Change numbr= to number=."),
    "a division": ("1 / n", "n = 0", "n is 0 here", "when n is 0"),
    "a module with a typing error": ("__import__('jsn')", "", "Did you mean json?", "json"),
    "a module that is not installed": (
        "__import__('yaml_not_here_x')",
        "",
        "not installed",
        "pip install yaml",
    ),
    "a name of a module": (
        "exec('from json import lods')",
        "",
        "Did you mean loads?",
        "from json import loads",
    ),
    "a variable of a branch": ("late", "if not A: late = 1", "late has no value yet", "before the branch"),
    "endless recursion": ("again()", "", "again() calls itself", "returns at once"),
    "a file in no folder": ("open('/nowhere/at/all.txt')", "", "There is no folder /nowhere/at", "Make it"),
    "a relative file": ("open('no_such_file_zzz.bin')", "", "working directory", "Path(__file__)"),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore:coroutine")
def test_python_s_own_errors(raised, name: str) -> None:
    """Each usual mistake is explained with the names that are there."""
    expression, before, why, fix = CASES[name]
    error = raised(f"""
        class A:
            title = "x"
            def __init__(self):
                self.data = {{"title": 1}}
        def find(number):
            return None
        def again():
            return again()
        async def later():
            return 1
        def main():
            {before}
            return {expression}
        """)
    said = suggest(error)
    assert why in said.why
    assert fix in said.fix


def test_a_setup_error_brings_its_own_fix() -> None:
    """What the framework says is not guessed at."""
    assert suggest(SetupError("DMJ0001", "Wrong.", fix="Right.")) == Suggestion(fix="Right.")


@pytest.mark.parametrize(
    "error", [ValueError("x"), KeyError("x"), NameError("x"), ImportError("x"), TypeError("x"), OSError()]
)
def test_where_nothing_is_sure_nothing_is_said(error: BaseException) -> None:
    """An exception without a traceback gives no ground for a guess."""
    assert not suggest(error)


def test_no_code_of_the_user_runs(raised) -> None:
    """Properties and `__getattr__` are not called to find out what a name stands for."""
    error = raised("""
        ran = []
        class A:
            @property
            def rows(self):
                ran.append(1)
                return []
        def main():
            a = A()
            del ran[:]
            a.rows["x"]["y"]
        """)
    error.__traceback__.tb_next.tb_frame.f_globals["ran"].clear()
    suggest(error)
    assert error.__traceback__.tb_next.tb_frame.f_globals["ran"] == []


def test_a_strange_object_does_no_harm(raised) -> None:
    """An object whose `__dir__` raises only costs the suggestion."""
    error = raised("""
        class A:
            def __dir__(self):
                raise ValueError
        def main():
            A().x
        """)
    assert not suggest(error)


def _template_error(folder: Path, source: str, **values: object) -> BaseException:
    (folder / "page.html").write_text(textwrap.dedent(source))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), undefined=jinja2.StrictUndefined, autoescape=True
    )
    try:
        environment.get_template("page.html").render(**values)
    except jinja2.TemplateError as error:
        return error
    raise AssertionError("the template is right")


@pytest.mark.parametrize(
    ("source", "why", "fix"),
    [
        ("{% include 'pge.html' %}", "There is no template pge.html. Did you mean page.html?", "page.html"),
        ("{% include 'xyz.html' %}", "There is no template xyz.html. Looked in: ", "Create xyz.html."),
        ("{{ titel }}", "The template was given no titel. Did you mean title?", "Change titel to title."),
        ("{{ xyz }}", "The template was given no xyz.", "render(..., xyz=...)"),
        ("{{ post.titel }}", "dict has no titel. Did you mean title?", "Change titel to title."),
        ("{{ none.name }}", "What .name is asked of is None.", "{% if ... %}"),
        ("{% url 'home' %}", "a tag of Django's templates", "{{ url(...) }}"),
        ("{{ title|uper }}", "There is no filter uper. Did you mean upper?", "Use |upper."),
    ],
)
def test_errors_of_templates(tmp_path: Path, source: str, why: str, fix: str) -> None:
    """Names that a template does not have are compared with those it has."""
    said = suggest(_template_error(tmp_path, source, title="x", post={"title": "x"}, none=None))
    assert why in said.why
    assert fix in said.fix


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("SELECT * FROM comment", "The table comment does not exist"),
        ("SELECT titel FROM post", "The model has titel"),
        ("INSERT INTO post (id, title) VALUES (1, 'b')", "There is a row with the same post.id already."),
        ("INSERT INTO post (id) VALUES (2)", "post.title was not given a value"),
    ],
)
def test_errors_of_the_database(statement: str, why: str) -> None:
    """SQLAlchemy's errors are told in the words of the app."""
    engine = sqlalchemy.create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("CREATE TABLE post (id INTEGER PRIMARY KEY, title TEXT NOT NULL)")
            connection.exec_driver_sql("INSERT INTO post VALUES (1, 'a')")
            with pytest.raises(sqlalchemy.exc.DBAPIError) as caught:
                connection.exec_driver_sql(statement)
    finally:
        engine.dispose()
    said = suggest(caught.value)
    assert why in said.why
    assert said.fix


def test_a_locked_database() -> None:
    """Of SQLite's own error the reason is told."""
    assert "Another connection" in suggest(sqlite3.OperationalError("database is locked")).why


def test_the_environment_is_named_only_for_the_environment(raised) -> None:
    """A KeyError of any other mapping is not taken for one of `os.environ`."""
    assert "NO_SUCH" not in os.environ
    error = raised("""
        class Mapping:
            def __getitem__(self, key):
                raise KeyError(key)
        def main():
            Mapping()["NO_SUCH"]
        """)
    assert not suggest(error)
