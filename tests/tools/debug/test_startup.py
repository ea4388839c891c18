"""The page for an app that does not start."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from demijohn.foundation.errors import SetupError, SetupErrors, Where
from demijohn.tools.debug import import_error_page, import_error_text


def _import(file: Path) -> BaseException:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        return error
    raise AssertionError("the module is right")


def test_a_syntax_error_shows_its_line_and_caret(tmp_path: Path) -> None:
    """A file that cannot be read is shown where it cannot."""
    file = tmp_path / "app.py"
    file.write_text("app = 1\n\n\ndef home(:\n    pass\n")
    error = _import(file)
    text = import_error_text(error, app_root=tmp_path)
    assert text.startswith("The app does not start\n\nSyntaxError: invalid syntax\n  at app.py:4\n")
    assert "  > 4 | def home(:\n      |          ^\n" in text
    page = import_error_page(error, app_root=tmp_path)
    assert "The app does not start: SyntaxError" in page
    assert "<i></i>         ^</span>" in page


def test_a_missing_module_is_named_with_its_fix(tmp_path: Path) -> None:
    """An import of what is not there says what to install, at the line that asked."""
    file = tmp_path / "app.py"
    file.write_text("import no_such_package_at_all\n")
    page = import_error_page(_import(file), app_root=tmp_path)
    assert "pip install no_such_package_at_all" in page
    assert "<code>app.py:1</code>" in page


def test_a_module_of_ours_that_there_is_not_leads_to_those_there_are(tmp_path: Path) -> None:
    """From Django, Flask and FastAPI one expects shortcuts, responses, middleware: each name is told its place."""
    file = tmp_path / "app.py"
    file.write_text("from demijohn.shortcuts import render, redirect, Mapped, get_object_or_404, nonsense\n")
    text = import_error_text(_import(file), app_root=tmp_path)
    assert "There is no module demijohn.shortcuts: what handlers need is in demijohn itself." in text
    assert "from demijohn import render, redirect\n" in text
    assert "from demijohn.database import Mapped\n" in text
    assert "Instead of get_object_or_404: " in text
    assert "nonsense:" not in text


def test_each_setup_mistake_is_shown_with_its_places_and_fix(tmp_path: Path) -> None:
    """All mistakes are on one page, so that all can be mended in one go."""
    file = tmp_path / "app.py"
    file.write_text("@app.get('/')\ndef home(x):\n    pass\n\n\ndef other():\n    pass\n")
    here, there = Where(str(file), 2, "home"), Where(str(file), 6, "other")
    mistakes = SetupErrors(
        [
            SetupError("DMJ0001", "<One>.", fix="def home(x: int):\n    pass", where=[here, there]),
            SetupError("DMJ0002", "Two.", fix="Rename it.", where=here),
        ]
    )
    page = import_error_page(mistakes, app_root=tmp_path)
    for part in ("The app has 2 setup mistakes.", "DMJ0001", "&lt;One&gt;.", "def home(x: int):\n    pass",
                 "DMJ0002", "Two.", "Rename it.", "<code>other</code> <code>app.py:6</code>"):  # fmt: skip
        assert part in page
    assert page.count('<span class="l now">') == 3


def test_one_mistake_is_the_headline(tmp_path: Path) -> None:
    """A single mistake is said once."""
    page = import_error_page(SetupError("DMJ0001", "One thing.", fix="Do this."), app_root=tmp_path)
    assert page.partition("<textarea")[0].count("One thing.") == 2  # in the title of the window, and the headline
    assert "The app does not start: DMJ0001" in page


def test_an_app_that_exits_gets_a_page() -> None:
    """`sys.exit()` at import is told like any other exception."""
    assert "SystemExit" in import_error_page(SystemExit(3))
