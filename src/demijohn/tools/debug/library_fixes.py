"""Suggestions for the errors of the packages that apps are made with: Jinja2 and SQLAlchemy.

They are known by the names of their classes, so that nothing is imported that the app does not use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .scene import MISSING, Scene, attribute_names, nearest
from .suggestion import Suggestion

_FIRST_START = "Import the module of that model before the app starts: 'demijohn dev' creates missing tables at start."


def _template_not_found(exc: Any, scene: Scene) -> Suggestion:
    name = exc.name or ""
    environments = [
        frame.f_locals["self"]
        for frame in reversed(scene.frames)
        if callable(getattr(frame.f_locals.get("self"), "list_templates", None))
    ]
    known: list[str] = []
    for environment in environments:
        try:
            known += environment.list_templates()
        except Exception:  # noqa: S112 - a loader that cannot list: the next one may
            continue
    match = nearest(name, known) or next((one for one in known if one.endswith(f"/{name}")), "")
    if match:
        return Suggestion(f"There is no template {name}. Did you mean {match}?", f"Change {name} to {match}.")
    searched = [str(path) for environment in environments[:1] for path in _search_path(environment)]
    looked = f" Looked in: {', '.join(searched)}." if searched else ""
    held = f" There are: {', '.join(sorted(set(known))[:8])}." if known else ""
    return Suggestion(f"There is no template {name}.{looked}{held}", f"Create {name}.")


def _search_path(environment: Any) -> list[Any]:
    loader = getattr(environment, "loader", environment)
    loaders = getattr(loader, "loaders", None) or [loader]
    return [path for one in loaders for path in getattr(one, "searchpath", ())]


def _undefined(exc: Any, scene: Scene) -> Suggestion:
    message = str(exc)
    lone = re.fullmatch(r"'(\w+)' is undefined", message)
    if lone and getattr(exc, "__notes__", None):
        return Suggestion()  # A habit from elsewhere, which the note explains.
    if lone:
        name = lone[1]
        known = nearest(name, [other for other in scene.names if not other.startswith("__")])
        if known:
            return Suggestion(f"The template was given no {name}. Did you mean {known}?", f"Change {name} to {known}.")
        return Suggestion(
            f"The template was given no {name}.",
            f"Give it in render(..., {name}=...), or write {name}|default('').",
        )
    part = re.fullmatch(r"'?(.+?)'? has no attribute '(\w+)'", message)
    if not part:
        return Suggestion()
    owner, name = part[1], part[2]
    if owner == "None":
        return Suggestion(
            f"What .{name} is asked of is None.", "Test it with {% if ... %} first, or see why it is None."
        )
    kind = owner.removesuffix(" object").rpartition(".")[2]
    asked = re.search(rf"(\w+)(?:\.|\[['\"]){name}\b", scene.line)
    value = scene.locals.get(asked[1], MISSING) if asked else MISSING
    if type(value).__name__ == kind:
        known = nearest(name, [*(value if isinstance(value, Mapping) else ()), *attribute_names(value)])
        if known:
            return Suggestion(f"{kind} has no {name}. Did you mean {known}?", f"Change {name} to {known}.")
    return Suggestion()


def _template_syntax(exc: Any, scene: Scene) -> Suggestion:
    message = str(getattr(exc, "message", ""))
    unknown = re.search(r"unknown tag '(\w+)'", message)
    if unknown and unknown[1] in {"url", "static", "load", "csrf_token", "trans"}:
        return Suggestion(
            f"{{% {unknown[1]} %}} is a tag of Django's templates; in Jinja it is a function.",
            f"Write {{{{ {unknown[1]}(...) }}}}.",
        )
    filtered = re.search(r"No filter named '(\w+)'", message)
    if filtered:
        for frame in reversed(scene.frames):
            environment = getattr(frame.f_locals.get("self"), "environment", frame.f_locals.get("self"))
            known = nearest(filtered[1], getattr(environment, "filters", ()))
            if known:
                return Suggestion(f"There is no filter {filtered[1]}. Did you mean {known}?", f"Use |{known}.")
    return Suggestion()


def _database(exc: Any, scene: Scene) -> Suggestion:
    message = str(getattr(exc, "orig", exc))
    table = re.search(r"no such table: (\S+)|relation \"(\S+)\" does not exist|Table '(\S+)' doesn't exist", message)
    if table:
        name = next(filter(None, table.groups()))
        return Suggestion(f"The table {name} does not exist in this database yet.", _FIRST_START)
    column = re.search(r"no such column: (\S+)|has no column named (\S+)|column (\S+) does not exist", message)
    if column:
        name = next(filter(None, column.groups()))
        return Suggestion(
            f"The model has {name}, but the table in this database was made without it.",
            "Change the table to fit the model; or delete the database, if it is for development only.",
        )
    if "database is locked" in message:
        return Suggestion(
            "Another connection is writing to this SQLite file, and did not finish in time.",
            "Keep transactions short, and close other programs that have the file open.",
        )
    return Suggestion()


def _integrity(exc: Any, scene: Scene) -> Suggestion:
    message = str(getattr(exc, "orig", exc))
    unique = re.search(r"UNIQUE constraint failed: (.+)", message)
    if unique:
        return Suggestion(
            f"There is a row with the same {unique[1]} already.",
            "Look for it before saving, or answer 409 (Conflict).",
        )
    null = re.search(r"NOT NULL constraint failed: (\S+)|null value in column \"(\S+?)\"", message)
    if null:
        name = next(filter(None, null.groups()))
        return Suggestion(f"{name} was not given a value, and must have one.", f"Give {name} a value or a default.")
    if "FOREIGN KEY constraint failed" in message:
        return Suggestion(
            "A row points to one that does not exist, or others still point to the row that was deleted.",
            "Save the row pointed to first; delete those that point to it first, or let on_delete do it.",
        )
    return Suggestion()


def _greenlet(exc: Any, scene: Scene) -> Suggestion:
    return Suggestion(
        "A relation or an expired attribute that is not loaded was read in async code, where it cannot be"
        " fetched in passing.",
        "Load it with the query: select(...).options(selectinload(...)).",
    )


def _detached(exc: Any, scene: Scene) -> Suggestion:
    return Suggestion(
        "The request that loaded this row has ended, and what is read now had not been loaded.",
        "Read it inside of the request, or load it with the query: select(...).options(selectinload(...)).",
    )


LIBRARY_TELLERS: dict[str, Callable[[Any, Scene], Suggestion]] = {
    "jinja2.exceptions.TemplateNotFound": _template_not_found,
    "jinja2.exceptions.UndefinedError": _undefined,
    "jinja2.exceptions.TemplateSyntaxError": _template_syntax,
    "sqlalchemy.exc.IntegrityError": _integrity,
    "sqlalchemy.exc.OperationalError": _database,
    "sqlalchemy.exc.ProgrammingError": _database,
    "sqlite3.OperationalError": _database,
    "sqlalchemy.exc.MissingGreenlet": _greenlet,
    "sqlalchemy.orm.exc.DetachedInstanceError": _detached,
}
