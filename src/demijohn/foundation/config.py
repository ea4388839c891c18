"""Settings: where they come from, who wins, and the types they are read as.

Order of authority, the weakest first: the default of a field; `[tool.demijohn]` of `pyproject.toml`;
`demijohn.toml`; `.env`; the environment; an argument in code; the overrides of `Client(app, config=...)`.
`Sources` are all of them merged. A `Config` is a class of a user's own settings, and a battery a dataclass
whose fields are its settings: both are filled from the sources, converted by type, and frozen. All mistakes
of one class are reported together.
"""

from __future__ import annotations

import dataclasses
import inspect
import os
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    TypeVar,
    cast,
    dataclass_transform,
)

from demijohn.foundation.errors import SetupError, Where
from demijohn.foundation.filling import Filling, Setting, did_you_mean, fields_of, shouted
from demijohn.foundation.masking import MASK, Secret, looks_secret, mask

if TYPE_CHECKING:
    from demijohn.foundation.dotenv import Entry
    from demijohn.foundation.tomlfile import TomlFile

__all__ = ["MASK", "Config", "Secret", "Setting", "Sources", "looks_secret", "mask"]

T = TypeVar("T")
C = TypeVar("C", bound="Config")

_PREFIX = re.compile(r"(?:[A-Z][A-Z0-9_]*)?", re.ASCII).fullmatch


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(dataclasses.field,))
class Config:
    """The base of a class of settings: annotations and defaults are all that is written.

    A field is read from the environment variable `prefix` + its name in upper case, and from the TOML section
    named like the prefix in lower case. A field without default must be set. `repr` masks `Secret` fields and
    those whose names look secret. A default that is a list, dict or set is copied for each instance.

    >>> class Settings(Config, prefix="SHOP_"):
    ...     currency: str = "EUR"
    ...     api_key: Secret
    >>> Sources.load(environ={"SHOP_API_KEY": "tr0ub4dor"}).config(Settings)
    Settings(currency='EUR', api_key=Secret('********'))
    """

    _prefix: ClassVar[str] = ""

    def __init_subclass__(cls, *, prefix: str | None = None, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if prefix is not None:
            if not _PREFIX(prefix):
                raise SetupError(
                    "DMJ0624",
                    f"{prefix!r}, the prefix of {cls.__name__}, cannot begin environment variables.",
                    fix=f'Write upper case letters, digits and _: prefix="{shouted(prefix) or "APP_"}".',
                    where=Where.caller(),
                )
            cls._prefix = prefix
        for name, default in list(vars(cls).items()):
            if isinstance(default, (list, dict, set)) and name in inspect.get_annotations(cls):
                setattr(cls, name, dataclasses.field(default_factory=default.copy))
        dataclasses.dataclass(frozen=True, kw_only=True, repr=False)(cls)

    def __repr__(self) -> str:
        shown = (f"{field.name}={mask(field.name, getattr(self, field.name))!r}" for field in fields_of(self))
        return f"{type(self).__qualname__}({', '.join(shown)})"


class Sources:
    """All places that settings come from, with the order of authority; made by `load`, not by hand."""

    def __init__(self, root: Path, environ: Mapping[str, str], overrides: Mapping[str, Any]) -> None:
        self.root = root
        self._environ = environ
        self._override_sections, self._override_names = _sorted_out(overrides)
        self._origins: dict[str, str] = {}
        self._sections: set[str] = set()
        self._variables: set[str] = set()
        self._configs: dict[type[Config], Config] = {}

    @classmethod
    def load(
        cls,
        root: Path | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> Sources:
        """The sources of an app: the files of one folder (`root`, or the current one) and the environment.

        Files are read once, when a setting is first asked for. `environ` stands for `os.environ`. Keys of
        `overrides` are `{"sessions": {"lifetime": 60}}`, `{"sessions.lifetime": 60}` or names such as
        `DATABASE_URL`. A missing file is fine; a malformed one is a `SetupError` (DMJ0620) when it is read.
        """
        return cls(
            Path.cwd() if root is None else root.absolute(),
            os.environ if environ is None else environ,
            {} if overrides is None else overrides,
        )

    def fill(self, cls: type[T], section: str, *, given: T | None = None, explicit: frozenset[str] = frozenset()) -> T:
        """A frozen dataclass with its fields set from a section; `given` itself if nothing is set there.

        `given` is the user's instance, which a copy is made of; `explicit` names the fields that were written
        in code: only overrides win over those. A bad value is a `SetupError` DMJ0621, an unknown key DMJ0622,
        a missing field without default DMJ0623; several come as `SetupErrors`.
        """
        kind = cls if given is None else type(given)
        section = section.replace("-", "_")
        filling = Filling(self, kind, section, f"DEMIJOHN_{shouted(section)}_", code=explicit)
        values = filling.values(filled=given is not None, dotted=True)
        if given is not None:
            settings = cast("Any", given)
            return filling.build(lambda: cast("T", dataclasses.replace(settings, **values))) if values else given
        return filling.build(lambda: kind(**values))

    def config(self, cls: type[C]) -> C:
        """The settings of a user's `Config` class; one instance per class. Errors as in `fill`."""
        if cls not in self._configs:
            filling = Filling(self, cls, cls._prefix.lower().rstrip("_"), cls._prefix)
            filling.known.update(field.name for other in _sharing(cls._prefix, Config) for field in fields_of(other))
            values = filling.values(filled=False, dotted=False)
            self._configs[cls] = filling.build(lambda: cls(**values))
        return cast("C", self._configs[cls])

    def plain(self, name: str, default: str | None = None) -> str | None:
        """A well-known name (`DATABASE_URL`, `SECRET_KEY`, `PORT`) as text.

        One that is empty counts as not set. In TOML it is the key in lower case at the top level.
        """
        setting = self.find("", name.lower(), name)
        if setting is None or setting.value is None or setting.value == "":
            self._origins[name] = "default"
            return default
        self._origins[name] = setting.origin
        return _as_text(setting.value)

    def secret_keys(self) -> tuple[str, ...]:
        """The keys to sign with: `SECRET_KEY`, then those of `SECRET_KEY_FALLBACKS`, split at commas.

        Empty if there is no key at all. Fallbacks only verify: alone they are a `SetupError` (DMJ0623), for
        the first of them would sign.
        """
        key = self.plain("SECRET_KEY")
        listed = (self.plain("SECRET_KEY_FALLBACKS") or "").split(",")
        fallbacks = [part.strip() for part in listed if part.strip()]
        if key is None and fallbacks:
            raise SetupError(
                "DMJ0623",
                "SECRET_KEY_FALLBACKS is set, but SECRET_KEY is not.",
                fix="Set SECRET_KEY to the key that signs; fallbacks verify what older keys have signed.",
            )
        return () if key is None else (key, *fallbacks)

    def origin(self, name: str) -> str | None:
        """Where a setting came from: `default`, `code`, `.env:3`, `override`, ...; None if nobody read it.

        Names are as in `origins`: `sessions.lifetime`, `SHOP_CURRENCY`, `DATABASE_URL`.
        """
        return self._origins.get(name)

    def origins(self) -> dict[str, str]:
        """All settings read so far, and where each came from."""
        return dict(self._origins)

    def leftovers(self) -> list[SetupError]:
        """What is set but was read by nobody (DMJ0625): sections, overrides, `DEMIJOHN_` variables.

        Call it when all batteries and settings are filled.
        """
        known = sorted(self._sections - {""})
        errors = []
        for file in self._files:
            for name in file.sections():
                if name not in self._sections:
                    errors.append(_unread(file.title(name), name, known, file.where(name)))
        for name in self._override_sections.keys() - self._sections:
            errors.append(_unread(f"The override {name!r}", name, known))
        for name in self._override_names.keys() - self._variables:
            errors.append(_unread(f"The override {name!r}", name, sorted(self._variables)))
        for name in sorted({*self._environ, *self._dotenv}):
            if name.startswith("DEMIJOHN_") and name not in self._variables:
                errors.append(_unread(f"The variable {name}", name, sorted(self._variables)))
        return errors

    def find(self, section: str, key: str, variable: str, *, code: bool = False) -> Setting | None:
        """The value of the highest authority, unconverted; with `code`, only an override counts."""
        self._sections.add(section)
        self._variables.add(variable)
        if key in (table := self._override_sections.get(section, {})):
            title = f"{section}.{key}".lstrip(".")
            return Setting(table[key], f"The override {title}", "override")
        if variable in self._override_names:
            return Setting(self._override_names[variable], f"The override {variable}", "override")
        if code:
            return Setting(None, "code", "code")
        if variable in self._environ:
            return Setting(self._environ[variable], f"The environment variable {variable}", "environment")
        if variable in self._dotenv:
            value, line = self._dotenv[variable]
            where = Where(str(self.root / ".env"), line)
            return Setting(value, f"{variable} in .env", f".env:{line}", (where,))
        for file in self._files:
            table = file.section(section)
            if key in table:
                where = file.where(section, key)
                title = f"{key} in {file.title(section)}"
                return Setting(table[key], title, f"{file.path.name}:{where.line}", (where,))
        return None

    def unknown(self, section: str, known: Iterable[str]) -> list[tuple[str, str, tuple[Where, ...]]]:
        """The keys of a section that are no settings: key, what the section is called, where."""
        names = set(known)
        found: list[tuple[str, str, tuple[Where, ...]]] = [
            (key, f"The override of {section}", ())
            for key in self._override_sections.get(section, {})
            if key not in names
        ]
        for file in self._files:
            keys = [key for key in file.section(section) if key not in names]
            found += [(key, file.title(section), (file.where(section, key),)) for key in keys]
        return found

    def looked_in(self, section: str) -> str:
        """A sentence that tells where settings were sought, and what was there."""
        count = f"found, {len(self._dotenv)} names" if (self.root / ".env").is_file() else "not found"
        files = {file.path.name: file for file in self._files}
        places = ["the environment", f"{self.root / '.env'} ({count})"]
        for name, title in (
            ("demijohn.toml", section),
            ("pyproject.toml", f"tool.demijohn.{section}".rstrip(".")),
        ):
            table = f"[{title}] of {name}" if title else name
            present = name in files and bool(files[name].section(section))
            places.append(f"{table} ({'found' if present else 'not found'})")
        return f"Looked in {', '.join(places)}."

    def note(self, name: str, origin: str) -> None:
        """Remember where a setting came from."""
        self._origins[name] = origin

    @cached_property
    def _dotenv(self) -> dict[str, Entry]:
        path = self.root / ".env"
        if not path.is_file():  # a folder of that name is a virtual environment
            return {}
        from demijohn.foundation.dotenv import read_dotenv
        from demijohn.foundation.tomlfile import read_text

        return read_dotenv(read_text(path), str(path))

    @cached_property
    def _files(self) -> list[TomlFile]:
        tables: dict[str, tuple[str, ...]] = {"demijohn.toml": (), "pyproject.toml": ("tool", "demijohn")}
        present = [(self.root / name, table) for name, table in tables.items() if (self.root / name).is_file()]
        if not present:
            return []
        from demijohn.foundation.tomlfile import TomlFile

        return [TomlFile(path, table) for path, table in present]


def settings_root(folder: Path) -> Path:
    """The nearest folder with settings in it, from the app's own upwards; the app's own if there is none.

    The search ends where the project does: at the folder that the process was started in, if the app is inside of it,
    else at the folder that its outermost package lies in. What lies further up belongs to somebody else.
    """
    for candidate in (folder, *folder.parents):
        if _has_settings(candidate):
            return candidate
        if candidate == Path.cwd() or not (folder.is_relative_to(Path.cwd()) or (candidate / "__init__.py").is_file()):
            break
    return folder


def _has_settings(folder: Path) -> bool:
    if (folder / "demijohn.toml").is_file() or (folder / ".env").is_file():
        return True
    project = folder / "pyproject.toml"
    # Read as text: whether it is worth a parser is all that is asked here.
    return project.is_file() and "[tool.demijohn" in project.read_text(encoding="utf-8", errors="replace")


def _sharing(prefix: str, base: type[Config]) -> Iterable[type[Config]]:
    """All `Config` classes with this prefix: they share a section, with the keys of all in it."""
    for kind in base.__subclasses__():
        if kind._prefix == prefix:
            yield kind
        yield from _sharing(prefix, kind)


def _as_text(value: Any) -> str:
    """A value of TOML or of code as the environment would spell it."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, (list, tuple)):
        return ",".join(_as_text(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sorted_out(overrides: Mapping[str, Any]) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Overrides by section and key, and by name in upper case."""
    sections: dict[str, dict[str, Any]] = {}
    names: dict[str, Any] = {}
    for name, value in overrides.items():
        section, dot, key = name.replace("-", "_").partition(".")
        if dot:
            sections.setdefault(section, {})[key] = value
        elif isinstance(value, Mapping):
            table = {key.replace("-", "_"): item for key, item in value.items()}
            sections.setdefault(section, {}).update(table)
        else:
            names[shouted(name)] = value
    return sections, names


def _unread(title: str, name: str, known: list[str], *where: Where) -> SetupError:
    return SetupError(
        "DMJ0625",
        f"{title} is set, but nothing in the app reads it.",
        fix=did_you_mean(name, known),
        where=where,
    )
