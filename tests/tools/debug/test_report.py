"""An exception as data."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import jinja2
import pytest

from demijohn.tools.debug.report import Report
from demijohn.tools.debug.values import Describer
from demijohn.tools.places import is_library, short_path


def report(error: BaseException, root: Path | None = None) -> Report:
    return Report.of(error, app_root=root)


def test_where_is_the_innermost_frame_of_the_users_code(raised, tmp_path: Path) -> None:
    """An error deep in a library is told at the user's line, and the library's frames are marked."""
    error = raised("""
        import json
        def main():
            return json.loads("{")
        """)
    found = report(error, tmp_path)
    assert found.where.function == "main"
    assert found.where.line == 4
    assert "/" not in found.where.path
    assert found.problem.frames[0].path == "json/decoder.py"
    assert [frame.yours for frame in found.problem.frames].count(False) == 3


def test_an_error_in_a_library_alone_has_a_place_too() -> None:
    """Where no frame is the user's, the innermost is told."""
    with pytest.raises(ValueError) as caught:
        json.loads("{")
    error = caught.value.with_traceback(caught.value.__traceback__.tb_next)
    assert report(error).where.path == "json/decoder.py"


def test_an_exception_without_traceback_has_no_place() -> None:
    """What was never raised can be reported."""
    found = report(ValueError("x"))
    assert found.where is None
    assert found.problem.headline == "x"


def test_causes_are_told_as_a_sequence(raised) -> None:
    """`raise ... from` and an error while handling another are told apart, the exception itself first."""
    error = raised("""
        def main():
            try:
                try:
                    {}["a"]
                except KeyError:
                    int("x")
            except ValueError as error:
                raise RuntimeError("stop") from error
        """)
    found = [(problem.relation, problem.type) for problem in report(error).problems]
    assert found == [("", "RuntimeError"), ("Caused by", "ValueError"), ("Raised while handling", "KeyError")]


def test_from_none_hides_the_context(raised) -> None:
    """`raise ... from None` is respected."""
    error = raised("""
        def main():
            try:
                {}["a"]
            except KeyError:
                raise ValueError("b") from None
        """)
    assert [problem.type for problem in report(error).problems] == ["ValueError"]


def test_causes_in_a_circle_end() -> None:
    """Exceptions that cause each other are told once each."""
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert [problem.message for problem in report(one).problems] == ["one", "two"]


def test_a_group_of_one_is_its_member(raised) -> None:
    """A task group with one failure tells that failure first."""
    error = raised(
        """
        async def fail():
            raise ValueError("x")
        async def run():
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(fail())
        def main():
            asyncio.run(run())
        """,
        asyncio=asyncio,
    )
    found = report(error)
    assert found.problem.type == "ValueError"
    assert found.where.function == "fail"
    assert (found.problems[1].relation, found.problems[1].type) == ("Raised in the group", "ExceptionGroup")


def test_members_of_nested_groups_are_counted() -> None:
    """A group with several members tells each, however deep it lies."""
    group = ExceptionGroup("all", [ValueError("a"), ExceptionGroup("inner", [KeyError("b"), OSError("c")])])
    found = [(problem.relation, problem.type) for problem in report(group).problems]
    assert found == [
        ("", "ExceptionGroup"),
        ("1 of 3 in the group", "ValueError"),
        ("2 of 3 in the group", "KeyError"),
        ("3 of 3 in the group", "OSError"),
    ]


def test_notes_are_kept_and_scrubbed() -> None:
    """`add_note` is shown, without passwords."""
    error = ValueError("x")
    error.add_note("while reading redis://:hunter2@cache")
    assert report(error).problem.notes == ("while reading redis://:[hidden]@cache",)


def test_endless_recursion_is_folded(raised) -> None:
    """A thousand equal frames are one that is counted."""
    error = raised("""
        def again():
            return again()
        def main():
            return again()
        """)
    frames = report(error).problem.frames
    assert len(frames) < 10
    assert max(frame.repeats for frame in frames) > 500


def test_recursion_in_turns_is_cut(raised) -> None:
    """Of very many different frames the middle is left out."""
    error = raised("""
        def one():
            return two()
        def two():
            return one()
        def main():
            return one()
        """)
    assert len(report(error).problem.frames) == 80


def test_variables_are_described_when_asked_for(raised) -> None:
    """A report runs no repr by itself; variables keep what is worth showing."""
    error = raised("""
        import json
        calls = []
        class Spy:
            def __repr__(self):
                calls.append(1)
                return "Spy()"
        def main():
            spy, password, module = Spy(), "hunter2", json
            raise ValueError(calls)
        """)
    found = report(error)
    assert error.args[0] == []
    assert found.where.described(Describer()) == [("spy", "Spy()"), ("password", "[hidden]")]


def test_template_frames_are_told_at_the_line_of_the_template(tmp_path: Path) -> None:
    """An error in a template is the user's, with the template's own line and name."""
    (tmp_path / "page.html").write_text("<h1>Hello</h1>\n<p>{{ post.title.x.y }}</p>\n")
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(tmp_path), autoescape=True)
    with pytest.raises(jinja2.UndefinedError) as caught:
        environment.get_template("page.html").render(post={"title": "x"})
    where = report(caught.value, tmp_path).where
    assert (where.path, where.line, where.template) == ("page.html", 2, True)
    assert where.current.text == "<p>{{ post.title.x.y }}</p>"
    assert ("post", "{'title': 'x'}") in where.described(Describer())


def test_a_template_without_a_file_shows_its_source() -> None:
    """The source comes with the exception when the template is a string."""
    with pytest.raises(jinja2.TemplateSyntaxError) as caught:
        jinja2.Environment(autoescape=True).from_string("<p>\n{% if %}\n</p>")
    found = report(caught.value)
    assert found.problem.frames[0].current.text == "{% if %}"
    assert "\n" not in found.problem.message


def test_a_syntax_error_points_into_the_file_that_has_it(tmp_path: Path) -> None:
    """The place is the line that cannot be read, not the import of it."""
    file = tmp_path / "broken.py"
    file.write_text("x = 1\ndef home(:\n    pass\n")
    with pytest.raises(SyntaxError) as caught:
        compile(file.read_text(), str(file), "exec")
    where = report(caught.value, tmp_path).where
    assert (where.path, where.line) == ("broken.py", 2)
    assert where.current.text[where.current.start : where.current.end] == ":"


def test_messages_of_several_lines_have_a_headline() -> None:
    """The first line is the headline, the others are kept."""
    problem = report(ValueError("first\nsecond\nthird")).problem
    assert (problem.headline, problem.rest) == ("first", "second\nthird")
    assert report(ValueError()).problem.headline == "ValueError"


def test_libraries_are_told_from_the_users_code(tmp_path: Path) -> None:
    """Standard library, installed packages and Demijohn itself are libraries."""
    import demijohn.foundation.errors as ours

    assert is_library(json.__file__)
    assert is_library(jinja2.__file__)
    assert is_library(ours.__file__)
    assert is_library("<frozen importlib._bootstrap>")
    assert not is_library(str(tmp_path / "app.py"))
    assert short_path(jinja2.__file__, None) == "jinja2/__init__.py"
    assert short_path(ours.__file__, None) == "demijohn/foundation/errors.py"
    assert short_path(str(tmp_path / "shop" / "app.py"), tmp_path) == "shop/app.py"
    assert not is_library(sys.modules[__name__].__file__)
