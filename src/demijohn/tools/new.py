"""`demijohn new`: the first file of an app. It runs as it is, and its comments say what comes next."""

from __future__ import annotations

from pathlib import Path

from .console import CommandError, paint, say, short

FIRST_FILE = """\
from demijohn import App

app = App()


@app.get("/")
def home():
    return "Hello, world!"


# Next steps. Each block works as it is: remove the "# " in front of its lines and save.
#
# A name in the path becomes a parameter, and its type is checked: /square/7 answers, /square/x is a 404.
#
# @app.get("/square/{number}")
# def square(number: int):
#     return {"number": number, "square": number * number}
#
# What is not in the path is read from the query (/greet?name=Ann); a default makes it optional.
#
# @app.get("/greet")
# def greet(name: str = "you"):
#     return f"Hello, {name}!"
#
# A class describes a JSON body or a form. What does not fit is answered with every mistake at once.
#
# from demijohn import Schema
#
# class Note(Schema):
#     title: str
#     stars: int = 0
#
# @app.post("/notes", status=201)
# def add(note: Note):
#     return note
"""


def run(name: str = ".") -> int:
    """Write the file and say how to run it; raises `CommandError` if it is there already."""
    place = Path(name)
    file = place if place.suffix == ".py" else place / "app.py"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as opened:
            opened.write(FIRST_FILE)
    except FileExistsError:
        taken = file if file.exists() else file.parent
        raise CommandError(
            f"{short(taken.resolve())} is there already; nothing was changed.",
            fix="Give another name: demijohn new NAME",
        ) from None
    except OSError as error:
        raise CommandError(f"{short(file)} cannot be written: {error.strerror}.", fix="Try another folder.") from None
    say(f"Wrote {paint(short(file.resolve()), 'bold')}.\n")
    say("Next:")
    if file.name != "app.py":
        say(f"  demijohn dev {file}")
    elif file.parent != Path():
        say(f"  cd {file.parent}\n  demijohn dev")
    else:
        say("  demijohn dev")
    return 0
