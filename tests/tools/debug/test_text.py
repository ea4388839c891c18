"""The report as text, Markdown and JSON."""

from __future__ import annotations

import json
import re

import msgspec

from demijohn.foundation.errors import SetupError, SetupErrors, Where
from demijohn.tools.debug import Report, text_page
from demijohn.tools.debug.as_json import problem_details
from demijohn.tools.debug.markdown import markdown_page

CODE = """
def price(order):
    return order["prise"]

def main():
    return price({"price": 3})
"""


def test_text_says_what_where_code_fix_and_frames(raised, tmp_path) -> None:
    """The whole text, as a terminal shows it."""
    error = raised(CODE)
    error.__traceback__ = error.__traceback__.tb_next  # less the frame of this test
    text = re.sub(r"shop\d+", "shop", text_page(Report.of(error, app_root=tmp_path)))
    assert text == (
        "KeyError: There is no key 'prise'.\n"
        "  at shop.py:3 in price\n"
        "\n"
        "    2 | def price(order):\n"
        '  > 3 |     return order["prise"]\n'
        "      |                 ^^^^^^^^^\n"
        "    4 |\n"
        "    5 | def main():\n"
        "\n"
        "Why: order has no 'prise'. Did you mean 'price'?\n"
        "Fix: Change 'prise' to 'price'.\n"
        "\n"
        "Your code, the innermost first:\n"
        "  shop.py:3 in price\n"
        '    return order["prise"]\n'
        "  shop.py:6 in main\n"
        '    return price({"price": 3})\n'
    )


def test_library_frames_are_counted_in_text(raised) -> None:
    """curl shows the way through the user's code; the rest is a number."""
    text = text_page(Report.of(raised("import json\ndef main():\n    json.loads('{')"), app_root=None))
    assert "  and 3 frames of libraries\n" in text
    assert "raw_decode" not in text


def test_setup_mistakes_are_listed_in_text(tmp_path) -> None:
    """Each mistake has its code, its places with their lines, and its fix."""
    file = tmp_path / "app.py"
    file.write_text("\n\n@app.get('/')\ndef home(x):\n    pass\n")
    mistakes = [
        SetupError("DMJ0001", "One.", fix="Do this.\nAnd that.", where=Where(str(file), 4, "home")),
        SetupError("DMJ0002", "Two.", fix="Do so."),
    ]
    text = text_page(Report.of(SetupErrors(mistakes), app_root=tmp_path))
    assert text.startswith("The app has 2 setup mistakes.\n\nDMJ0001  One.\n  at app.py:4 in home\n")
    assert "  > 4 | def home(x):\n" in text
    assert "  Fix: Do this.\n       And that.\n\nDMJ0002  Two.\n  Fix: Do so.\n" in text


def test_json_is_problem_details(raised, tmp_path) -> None:
    """APIs get the members of RFC 9457, and what a developer needs."""
    details = problem_details(Report.of(raised(CODE), app_root=tmp_path))
    assert json.loads(msgspec.json.encode(details)) == details
    assert {name: details[name] for name in ("type", "title", "status", "detail", "fix")} == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "KeyError: There is no key 'prise'.",
        "fix": "Change 'prise' to 'price'.",
    }
    assert details["exception"]["type"] == "KeyError"
    assert (details["where"]["line"], details["where"]["function"]) == (3, "price")
    assert details["where"]["code"] == 'return order["prise"]'
    assert [frame["function"] for frame in details["frames"][:2]] == ["price", "main"]
    assert "causes" not in details


def test_json_tells_causes_and_mistakes() -> None:
    """A chain and setup mistakes have members of their own."""
    error = ValueError("a")
    error.__cause__ = KeyError("b")
    assert problem_details(Report.of(error, app_root=None))["causes"][0]["relation"] == "Caused by"
    setup = SetupError("DMJ0001", "One.", fix="Do this.")
    found = problem_details(Report.of(setup, app_root=None))
    assert found["mistakes"] == [{"code": "DMJ0001", "what": "One.", "fix": "Do this.", "where": []}]
    assert found["fix"] == "Do this."


def test_markdown_has_no_values_and_stays_in_its_fences(raised) -> None:
    """What is pasted elsewhere holds no variables, and text with backticks does not break out."""
    error = raised("""
        def main():
            private = "value of a variable"
            raise ValueError("```\\n# not a heading\\n````")
        """)
    text = markdown_page(Report.of(error, app_root=None), None, [("Python", "3.11")])
    assert "`````\n```\n# not a heading\n````\n`````" in text
    assert "'value of a variable'" not in text
    assert text.endswith("## Versions\n\n* Python 3.11\n")
