"""Finds the app: from a target that somebody typed, or from the folder where a command was started.

Two steps. `locate` looks at files only and imports nothing, so that the development server can watch an app
that does not import; `load` imports the module and picks the app out of it.

A target is one of

    shop:app              a module and the name in it          shop              the name is found
    shop:create_app()     a factory, called without arguments  shop/app.py       a file
    shop/app.py:app       both                                 examples/atlas    a folder to look in
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import shlex
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .console import CommandError, short

if TYPE_CHECKING:
    from ..app import App

NAMES = ("app.py", "main.py", "wsgi.py", "asgi.py")
FACTORIES = ("create_app", "make_app")

HELLO = """\
from demijohn import App

app = App()


@app.get("/")
def home():
    return "Hello, world!"
"""


@dataclass(frozen=True)
class Target:
    """Where an app is: the `module`, its `file`, the `folder` that must be on `sys.path`, and the name in it.

    An empty `attribute` is found after the import; `call` says that it is a factory.
    """

    module: str
    file: Path
    folder: Path
    attribute: str = ""
    call: bool = False

    def __str__(self) -> str:
        return f"{self.module}:{self.attribute}{'()' if self.call else ''}" if self.attribute else self.module

    @property
    def name(self) -> str:
        """What to call the app in a banner: its package, or the folder of a one-file app."""
        package = self.module.partition(".")[0]
        return package if package != self.module or f"{package}.py" not in NAMES else self.folder.name or package

    @property
    def path(self) -> str:
        """A spec that names it from anywhere."""
        return f"{self.file}:{self.attribute}{'()' if self.call else ''}" if self.attribute else str(self.file)

    @property
    def root(self) -> Path:
        """The folder of the app's own files: what is watched."""
        return self.folder


# ---------------------------------------------------------------------------------------------- which file


def locate(spec: str = "", start: Path | None = None) -> Target:
    """Where the app is; raises `CommandError` saying what was looked for. Nothing is imported."""
    start = (start or Path.cwd()).resolve()
    if not spec:
        return _in_folder(start)
    place, attribute, call = _split(spec)
    path = Path(place)
    if place.endswith(".py") or "/" in place or "\\" in place or place in {".", ".."}:
        path = start / path.expanduser()
        if path.is_dir():
            return replace(_in_folder(path.resolve()), **_named(attribute, call))
        if not path.is_file():
            raise CommandError(f"There is no file {short(path)}.", fix=_did_you_mean(path))
        return replace(_of_file(path.resolve()), attribute=attribute, call=call)
    return _of_module(place, attribute, call, start)


def option_for(target: Target) -> str:
    """What commands need to find an app as well, ` --app examples/atlas/app.py`; nothing, if they do by themselves."""
    try:
        found: Target | None = locate()
    except CommandError:
        found = None
    if found is not None and found.file == target.file and target.attribute in {"", "app"}:
        return ""
    named = replace(target, file=Path(short(target.file))).path
    return f" --app {shlex.quote(named)}"


def _split(spec: str) -> tuple[str, str, bool]:
    place, colon, attribute = spec.rpartition(":")
    if not colon or (len(place) == 1 and attribute[:1] in {"\\", "/"}):  # no name, or the C: of Windows
        return spec, "", False
    call = attribute.endswith("()")
    name = attribute.removesuffix("()")
    if not place or not name.isidentifier():
        raise CommandError(
            f"{spec!r} does not name an app.",
            fix="Write module:name (shop:app), a factory (shop:create_app()), or a file (shop/app.py).",
        )
    return place, name, call


def _named(attribute: str, call: bool) -> dict[str, Any]:
    return {"attribute": attribute, "call": call} if attribute else {}


def _in_folder(folder: Path) -> Target:
    candidates = [folder / name for name in NAMES if (folder / name).is_file()]
    if not candidates:
        candidates = _in_packages(folder, NAMES[0]) or [
            file
            for name in (*NAMES[1:], "__init__.py")
            for file in _in_packages(folder, name)
            if _may_hold_an_app(file)
        ]
    if len(candidates) > 1:
        candidates = [file for file in candidates if _may_hold_an_app(file)] or candidates
    if len(candidates) == 1:
        return _of_file(candidates[0])
    if candidates:
        raise _several(candidates)
    raise _nothing(folder)


def _in_packages(folder: Path, name: str) -> list[Path]:
    return [
        file
        for parent in (folder, folder / "src")
        for file in sorted(parent.glob(f"*/{name}"))
        if (file.parent / "__init__.py").is_file()
    ]


def _may_hold_an_app(file: Path) -> bool:
    """Whether the source, unread by Python, looks like the place of an app; what cannot be parsed may be."""
    try:
        source = file.read_text(encoding="utf-8")
        tree = ast.parse(source)
    except (SyntaxError, ValueError, OSError):
        return True
    if "demijohn" not in source:
        return False
    return any(
        isinstance(node, ast.Call) and _last_name(node.func) == "App"
        for node in ast.walk(tree)
        if not isinstance(node, ast.Import)
    )


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _of_file(file: Path) -> Target:
    """The module of a file: inside packages the whole dotted name, with the folder above the topmost one."""
    parts = [file.stem] if file.stem != "__init__" else []
    folder = file.parent
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    return Target(".".join(parts), file, folder)


def _of_module(name: str, attribute: str, call: bool, start: Path) -> Target:
    if not all(part.isidentifier() for part in name.split(".")):
        raise CommandError(f"{name!r} is neither a file nor the name of a module.", fix=_where_to_look(start))
    for folder in (start, start / "src"):
        base = folder.joinpath(*name.split("."))
        if base.with_suffix(".py").is_file():
            return Target(name, base.with_suffix(".py"), folder, attribute, call)
        if (base / "__init__.py").is_file():
            inner = [base / each for each in NAMES if (base / each).is_file()] if not attribute else []
            if inner and (inner[0].name == NAMES[0] or not _may_hold_an_app(base / "__init__.py")):
                return Target(f"{name}.{inner[0].stem}", inner[0], folder)
            return Target(name, base / "__init__.py", folder, attribute, call)
    top, _, rest = name.partition(".")
    found = importlib.util.find_spec(top)  # only the top one: a submodule would import its parents
    for place in (found.submodule_search_locations or ()) if found else ():
        base = Path(place).joinpath(*rest.split(".")) if rest else Path(place)
        for file in (base.with_suffix(".py"), base / "__init__.py"):
            if file.is_file():
                return Target(name, file, Path(place).parent, attribute, call)
    if found and found.origin and found.has_location and not rest:
        return Target(name, Path(found.origin), Path(found.origin).parent, attribute, call)
    raise CommandError(f"There is no module {name} in {short(start)}.", fix=_where_to_look(start))


# ------------------------------------------------------------------------------------------------ which name


def load(target: Target) -> App:
    """Import the target and return its app; what the import raises goes through, with its own traceback."""
    app = pick(import_module(target), target)
    app.option = option_for(target)
    return app


def import_module(target: Target) -> ModuleType:
    """Import the module of a target under its own name, with its folder first on the path."""
    folder = str(target.folder)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    present = sys.modules.get(target.module)
    if present is not None and not _is_file_of(present, target.file):
        raise CommandError(
            f"{target.file.name} has the name of another module, {target.module}, which is imported already.",
            where=f"{short(target.file)}:1",
            fix="Rename the file; app.py is what every command looks for.",
        )
    if target.module.isidentifier() or "." in target.module:
        return importlib.import_module(target.module)
    return _import_by_path(target)


def _is_file_of(module: ModuleType, file: Path) -> bool:
    return Path(getattr(module, "__file__", None) or "").resolve() == file.resolve()


def _import_by_path(target: Target) -> ModuleType:
    """Import a file whose name is not a Python name (`my-app.py`): no import statement could."""
    specification = importlib.util.spec_from_file_location(target.module, target.file)
    if specification is None or specification.loader is None:
        raise CommandError(f"{short(target.file)} is not a Python file.", fix="Name a file that ends in .py.")
    module = importlib.util.module_from_spec(specification)
    sys.modules[target.module] = module
    try:
        specification.loader.exec_module(module)
    except BaseException:
        del sys.modules[target.module]
        raise
    return module


def pick(module: ModuleType, target: Target) -> App:
    """The app in an imported module: the name asked for, else `app`, else the only `App`, else a factory."""
    from ..app import App  # the kernel is imported by those who come this far

    if target.attribute:
        return _checked(_asked_for(module, target), target, target.attribute)
    if isinstance(getattr(module, "app", None), App):
        return module.app  # type: ignore[no-any-return]
    apps = {name: value for name, value in vars(module).items() if isinstance(value, App)}
    if len({id(app) for app in apps.values()}) == 1:
        return next(iter(apps.values()))
    if apps:
        choices = "\n".join(f"demijohn dev {target.module}:{name}" for name in apps)
        raise CommandError(f"{short(target.file)} has {len(apps)} apps: {', '.join(apps)}.", fix=choices)
    for name in FACTORIES:
        if callable(getattr(module, name, None)):
            return _checked(_called(getattr(module, name), target, name), target, f"{name}()")
    if hasattr(module, "app"):
        return _checked(module.app, target, "app")
    raise CommandError(
        f"There is no App in {short(target.file)}.",
        fix="Make one and call it app:\n\n" + _indented(HELLO),
    )


def _asked_for(module: ModuleType, target: Target) -> Any:
    missing = object()
    value = getattr(module, target.attribute, missing)
    if value is missing:
        near = _close(target.attribute, [name for name in vars(module) if not name.startswith("_")])
        hint = f"Did you mean {target.module}:{near}?" if near else "Check the name after the colon."
        raise CommandError(f"There is no {target.attribute} in {short(target.file)}.", fix=hint)
    return _called(value, target, target.attribute) if target.call else value


def _called(factory: Any, target: Target, name: str) -> Any:
    import inspect  # only factories need it

    try:
        inspect.signature(factory).bind()
    except TypeError as error:
        raise CommandError(
            f"{name}() in {short(target.file)} cannot be called without arguments: {error}.",
            fix="Give its parameters defaults, or write a small function that calls it.",
        ) from None
    return factory()


def _checked(value: Any, target: Target, name: str) -> App:
    from ..app import App

    if isinstance(value, App):
        return value
    kind = f"{type(value).__module__.partition('.')[0]} {type(value).__name__}"
    if callable(value) and hasattr(value, "__code__"):
        raise CommandError(
            f"{name} in {short(target.file)} is a function, not an App.",
            fix=f"If it makes the app, say so: {target.module}:{name}()",
        )
    fix = "Name the App: module:name."
    if callable(value):
        mounting = f'app = App()\napp.mount("/", {name.rstrip("()")})'
        fix = f"To serve it with Demijohn, mount it:\n\n{_indented(mounting)}"
    raise CommandError(f"{name} in {short(target.file)} is a {kind}, not a Demijohn App.", fix=fix)


# ---------------------------------------------------------------------------------------------- what to say


def _several(candidates: list[Path]) -> CommandError:
    lines = "\n".join(f"demijohn dev {short(file)}" for file in candidates)
    return CommandError(f"There are {len(candidates)} places where the app could be.", fix=f"Choose one:\n{lines}")


def _nothing(folder: Path) -> CommandError:
    start = f"To start one, put this into app.py (`demijohn new` does):\n\n{_indented(HELLO)}"
    return CommandError(
        f"There is no app in {short(folder) if folder != Path.cwd() else folder}.",
        fix=f"{_where_to_look(folder)}\n\n{start}",
    )


def _where_to_look(folder: Path) -> str:
    names = ", ".join(NAMES)
    elsewhere = sorted(short(file) for file in folder.glob("*/app.py") if file.is_file())[:3]
    if elsewhere:
        return f"Did you mean {' or '.join(elsewhere)}?"
    return (
        f"Looked for {names}, and a package with one of them or an App in its __init__.py. "
        "If it is elsewhere: demijohn dev path/to/it.py"
    )


def _did_you_mean(path: Path) -> str:
    near = _close(path.name, [file.name for file in path.parent.glob("*.py")]) if path.parent.is_dir() else ""
    return f"Did you mean {short(path.parent / near)}?" if near else "Check the path."


def _close(name: str, names: list[str]) -> str:
    import difflib  # only a mistake needs it

    return next(iter(difflib.get_close_matches(name, names, n=1, cutoff=0.6)), "")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.rstrip().splitlines())
