"""Settings: the order of authority, the types, the errors and the masks."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from demijohn.foundation.config import MASK, Config, Secret, Sources
from demijohn.foundation.errors import SetupError, SetupErrors

if TYPE_CHECKING:
    from decimal import Decimal


@dataclasses.dataclass(frozen=True)
class Sessions:
    """A battery, as far as its settings go."""

    lifetime: timedelta = timedelta(days=14)
    cookie: str = "session"
    domains: tuple[str, ...] = ()
    backend: Callable[[str], str] | None = None
    api_key: str = ""
    name: ClassVar[str] = "sessions"
    _hidden: int = 0


class Settings(Config, prefix="SHOP_"):
    """A user's settings."""

    currency: str = "EUR"
    rates: list[float] = []
    api_key: Secret
    webhook_token: str = "t0k3n"
    database: str = "postgres://ann:tr0ub4dor@db/shop"


class Pair(Config, prefix="PAIR_"):
    """Settings that must be set."""

    host: str
    port: int
    debug: bool = False


def load(
    root: Path,
    environ: dict[str, str] | None = None,
    overrides: dict[str, object] | None = None,
    **files: str,
) -> Sources:
    """Sources of a folder with these files: `env`, `demijohn` and `pyproject`."""
    names = {"env": ".env", "demijohn": "demijohn.toml", "pyproject": "pyproject.toml"}
    for name, text in files.items():
        (root / names[name]).write_text(text)
    return Sources.load(root, environ=environ or {}, overrides=overrides)


def errors_of(call: Callable[[], object]) -> list[SetupError]:
    """The setup mistakes that a call reports."""
    with pytest.raises(SetupError) as caught:
        call()
    return list(caught.value.errors) if isinstance(caught.value, SetupErrors) else [caught.value]


# The order of authority


LADDER = ["default", "pyproject", "demijohn", "env", "environ", "code", "overrides"]


@pytest.mark.parametrize("top", range(len(LADDER)))
def test_the_order_of_authority_of_a_battery(top: int, tmp_path: Path) -> None:
    """Each source wins over all that are weaker, and `origin` says which one did."""
    steps = LADDER[: top + 1]
    files = {
        "pyproject": "[tool.demijohn.sessions]\ncookie = 'pyproject'",
        "demijohn": "[sessions]\ncookie = 'demijohn'",
        "env": "\nDEMIJOHN_SESSIONS_COOKIE=env",
    }
    sources = load(
        tmp_path,
        {"DEMIJOHN_SESSIONS_COOKIE": "environ"} if "environ" in steps else {},
        {"sessions": {"cookie": "overrides"}} if "overrides" in steps else {},
        **{name: text for name, text in files.items() if name in steps},
    )
    given = Sessions(cookie="code") if "code" in steps else Sessions()
    explicit = frozenset({"cookie"}) if "code" in steps else frozenset[str]()
    filled = sources.fill(Sessions, "sessions", given=given, explicit=explicit)
    assert filled.cookie == {"default": "session"}.get(LADDER[top], LADDER[top])
    origins = ["default", "pyproject.toml:2", "demijohn.toml:2", ".env:2", "environment", "code", "override"]
    assert sources.origin("sessions.cookie") == origins[top]
    assert sources.origin("sessions.lifetime") == "default"
    assert sources.origin("sessions.nothing") is None


def test_files_are_merged_key_by_key(tmp_path: Path) -> None:
    """A key in one file does not hide another key in the other."""
    sources = load(
        tmp_path,
        pyproject="[tool.demijohn.sessions]\ncookie = 'a'\nlifetime = 5",
        demijohn="[sessions]\ncookie = 'b'",
    )
    assert sources.fill(Sessions, "sessions") == Sessions(cookie="b", lifetime=timedelta(seconds=5))


def test_the_order_of_authority_of_plain_names(tmp_path: Path) -> None:
    """Overrides, the environment, `.env`, the top level of TOML, the default."""
    files = {"demijohn": "port = 1\nsecure = true", "env": "PORT=2"}
    assert load(tmp_path).plain("PORT") is None
    assert load(tmp_path).plain("PORT", "0") == "0"
    assert load(tmp_path, demijohn=files["demijohn"]).plain("PORT") == "1"
    assert load(tmp_path).plain("SECURE") == "true"
    assert load(tmp_path, env=files["env"]).plain("PORT") == "2"
    assert load(tmp_path, {"PORT": "3"}).plain("PORT") == "3"
    assert load(tmp_path, {"PORT": "3"}, {"PORT": 4}).plain("PORT") == "4"
    assert load(tmp_path, {"PORT": "3"}, {"port": Secret("5")}).plain("PORT") == "5"
    empty = load(tmp_path, {"PORT": ""})
    assert empty.plain("PORT", "0") == "0"
    assert empty.origins() == {"PORT": "default"}


def test_the_order_of_authority_of_config(tmp_path: Path) -> None:
    """TOML under the prefix in lower case, `.env`, the environment, overrides in three spellings."""
    required = {"SHOP_API_KEY": "k"}
    assert load(tmp_path, required).config(Settings).currency == "EUR"
    assert load(tmp_path, required, demijohn="[shop]\ncurrency = 'A'").config(Settings).currency == "A"
    assert load(tmp_path, required, env="SHOP_CURRENCY=B").config(Settings).currency == "B"
    environ = required | {"SHOP_CURRENCY": "C"}
    assert load(tmp_path, environ).config(Settings).currency == "C"
    for overrides in ({"shop": {"currency": "D"}}, {"shop.currency": "D"}, {"SHOP_CURRENCY": "D"}):
        sources = load(tmp_path, environ, dict(overrides))
        assert sources.config(Settings).currency == "D"
        assert sources.origin("SHOP_CURRENCY") == "override"


# Reading


def test_files_are_read_lazily_and_once(tmp_path: Path) -> None:
    """Loading reads nothing; what was read once is kept."""
    sources = load(tmp_path, env="A=1")
    (tmp_path / ".env").write_text("A=2")
    assert sources.plain("A") == "2"
    (tmp_path / ".env").write_text("A=3")
    assert sources.plain("A") == "2"


def test_only_the_given_folder_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither parents nor the current folder, unless none is given; the real environment then too."""
    inner = tmp_path / "inner"
    inner.mkdir()
    load(tmp_path, env="DEMIJOHN_TEST_NAME=outer")
    assert load(inner).plain("DEMIJOHN_TEST_NAME") is None
    monkeypatch.chdir(tmp_path)
    assert load(inner).plain("DEMIJOHN_TEST_NAME") is None
    assert Sources.load(environ={}).plain("DEMIJOHN_TEST_NAME") == "outer"
    monkeypatch.setenv("DEMIJOHN_TEST_NAME", "real")
    assert Sources.load().plain("DEMIJOHN_TEST_NAME") == "real"


def test_a_virtual_environment_called_env_is_no_settings_file(tmp_path: Path) -> None:
    """Folders are passed over."""
    (tmp_path / ".env").mkdir()
    (tmp_path / "demijohn.toml").mkdir()
    assert load(tmp_path).plain("PORT") is None


@pytest.mark.parametrize(
    ("files", "line"),
    [({"env": "A=1\nnonsense"}, 2), ({"demijohn": "a =\n"}, 1), ({"pyproject": "\n\n[tool"}, 3)],
)
def test_malformed_files_name_file_and_line(files: dict[str, str], line: int, tmp_path: Path) -> None:
    """DMJ0620, when the file is first read."""
    sources = load(tmp_path, None, None, **files)
    (error,) = errors_of(lambda: sources.plain("PORT"))
    assert error.code == "DMJ0620"
    assert error.where[0].line == line
    assert Path(error.where[0].file).parent == tmp_path


# Batteries


def test_nothing_set_gives_the_same_instance(tmp_path: Path) -> None:
    """No copy is made for nothing; without an instance one with defaults is made."""
    given = Sessions(cookie="x")
    assert load(tmp_path).fill(Sessions, "sessions", given=given) is given
    assert load(tmp_path).fill(Sessions, "sessions") == Sessions()


def test_values_are_converted_by_type(tmp_path: Path) -> None:
    """Durations, lists, hyphens, and objects from overrides; the user's own instance stays as it was."""
    given = Sessions(cookie="mine")
    sources = load(
        tmp_path,
        {"DEMIJOHN_SESSIONS_DOMAINS": "a.org, b.org"},
        {"sessions.backend": str.upper},
        demijohn="[sessions]\nlifetime = '2h'\napi-key = 'k'",
    )
    filled = sources.fill(Sessions, "sessions", given=given)
    expected = Sessions(timedelta(hours=2), "mine", ("a.org", "b.org"), str.upper, "k")
    assert filled == expected
    assert given == Sessions(cookie="mine")


def test_a_section_may_have_hyphens(tmp_path: Path) -> None:
    """The section of a battery called `my-battery`, in TOML, the environment and overrides."""
    for sources in (
        load(tmp_path, {"DEMIJOHN_MY_BATTERY_COOKIE": "x"}),
        load(tmp_path, {}, {"my-battery": {"cookie": "x"}}),
        load(tmp_path, {}, {"my-battery.cookie": "x"}),
        load(tmp_path, demijohn="[my-battery]\ncookie = 'x'"),
    ):
        assert sources.fill(Sessions, "my-battery").cookie == "x"


def test_bad_values_are_reported_together_with_their_places(tmp_path: Path) -> None:
    """DMJ0621 for each: which variable or line, the value, the type and the fix."""
    sources = load(
        tmp_path,
        {"DEMIJOHN_SESSIONS_LIFETIME": "soon"},
        demijohn="\n[sessions]\ncookie = 5",
        env="\n\nDEMIJOHN_SESSIONS_DOMAINS='[1'",
    )
    lifetime, cookie, domains = errors_of(lambda: sources.fill(Sessions, "sessions"))
    assert {error.code for error in (lifetime, cookie, domains)} == {"DMJ0621"}
    assert lifetime.what == (
        "The environment variable DEMIJOHN_SESSIONS_LIFETIME is 'soon', but Sessions.lifetime is timedelta."
    )
    assert "14d" in lifetime.fix
    assert cookie.what == "cookie in [sessions] of demijohn.toml is 5, but Sessions.cookie is str."
    assert (cookie.where[0].file, cookie.where[0].line) == (str(tmp_path / "demijohn.toml"), 3)
    assert (domains.where[0].file, domains.where[0].line) == (str(tmp_path / ".env"), 3)


def test_a_bad_value_that_is_overruled_harms_nobody(tmp_path: Path) -> None:
    """Only the value that wins is read."""
    sources = load(tmp_path, {"DEMIJOHN_SESSIONS_LIFETIME": "soon"}, {"sessions.lifetime": 60})
    assert sources.fill(Sessions, "sessions").lifetime == timedelta(minutes=1)


def test_unknown_keys_get_a_suggestion(tmp_path: Path) -> None:
    """DMJ0622 with did-you-mean, for files and overrides; private fields are no settings."""
    sources = load(tmp_path, {}, {"sessions": {"cokie": "x"}}, demijohn="[sessions]\nlifetme = 5\n_hidden = 1\nzzz = 1")
    errors = errors_of(lambda: sources.fill(Sessions, "sessions"))
    assert [error.code for error in errors] == ["DMJ0622"] * 4
    assert [error.fix for error in errors[:2]] == ["Did you mean cookie?", "Did you mean lifetime?"]
    assert errors[1].what == "[sessions] of demijohn.toml has lifetme, which is no setting of Sessions."
    assert errors[1].where[0].line == 2
    assert "lifetime" in errors[3].fix


def test_a_section_must_be_a_table(tmp_path: Path) -> None:
    """`sessions = 5` is told with its line."""
    (error,) = errors_of(lambda: load(tmp_path, demijohn="\nsessions = 5").fill(Sessions, "sessions"))
    assert (error.code, error.where[0].line) == ("DMJ0620", 2)


def test_checks_of_the_battery_itself_become_setup_errors(tmp_path: Path) -> None:
    """A ValueError of `__post_init__` names the battery."""

    @dataclasses.dataclass(frozen=True)
    class Strict:
        size: int = 1

        def __post_init__(self) -> None:
            if self.size < 1:
                raise ValueError("size must be positive")

    sources = load(tmp_path, {"DEMIJOHN_STRICT_SIZE": "0"})
    (error,) = errors_of(lambda: sources.fill(Strict, "strict", given=Strict()))
    assert error.code == "DMJ0621"
    assert error.what == "Strict refuses its settings: size must be positive"


@dataclasses.dataclass(frozen=True)
class Priced:
    """A battery with a type that only type checkers see."""

    size: int = 1
    price: Decimal | None = None


def test_a_type_for_checkers_alone_harms_no_other_field(tmp_path: Path) -> None:
    """Setting the other field works; setting that one names the cure."""
    assert load(tmp_path, {"DEMIJOHN_X_SIZE": "2"}).fill(Priced, "x").size == 2
    (error,) = errors_of(lambda: load(tmp_path, {"DEMIJOHN_X_PRICE": "2"}).fill(Priced, "x"))
    assert error.code == "DMJ0624"
    assert "TYPE_CHECKING" in error.fix


# Config


def test_config_is_a_frozen_class_made_by_keyword() -> None:
    """In tests it is made as any dataclass; equality is by value, defaults are not shared."""
    settings = Settings(currency="USD", api_key=Secret("x"))
    assert settings == Settings(currency="USD", api_key=Secret("x"))
    assert settings != Settings(currency="USD", api_key=Secret("y"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.currency = "EUR"  # type: ignore[misc]
    with pytest.raises(TypeError):
        Settings("USD")  # type: ignore[call-arg]
    assert settings.rates is not Settings(api_key=Secret("x")).rates


def test_config_masks_its_secrets() -> None:
    """Secret fields, names that look secret, and passwords in URLs."""
    shown = repr(Settings(api_key=Secret("tr0ub4dor")))
    assert shown == (
        f"Settings(currency='EUR', rates=[], api_key=Secret('{MASK}'), webhook_token='{MASK}',"
        f" database='postgres://ann:{MASK}@db/shop')"
    )


def test_config_is_made_once(tmp_path: Path) -> None:
    """Injection gives the same instance everywhere."""
    sources = load(tmp_path, {"SHOP_API_KEY": "k", "SHOP_RATES": "1, 2.5"})
    assert sources.config(Settings) is sources.config(Settings)
    assert sources.config(Settings).rates == [1.0, 2.5]
    assert sources.config(Settings).api_key.reveal() == "k"


def test_missing_settings_are_named_all_at_once(tmp_path: Path) -> None:
    """DMJ0623: what is not set, where it was looked for; together with bad values."""
    sources = load(tmp_path, {"PAIR_DEBUG": "maybe"}, env="A=1\nB=2", demijohn="[other]\na=1")
    bad, missing = errors_of(lambda: sources.config(Pair))
    assert (bad.code, missing.code) == ("DMJ0621", "DMJ0623")
    assert missing.what == (
        "Pair needs PAIR_HOST and PAIR_PORT, which are not set. Looked in the environment,"
        f" {tmp_path / '.env'} (found, 2 names), [pair] of demijohn.toml (not found),"
        " [tool.demijohn.pair] of pyproject.toml (not found)."
    )
    assert "PAIR_HOST=...\nPAIR_PORT=..." in missing.fix
    assert missing.where[0].file == __file__


def test_secret_values_are_not_in_errors(tmp_path: Path) -> None:
    """A bad value is not shown if its name or type is secret, nor in the errors behind the error."""

    class Hidden(Config, prefix="HIDDEN_"):
        pin_token: int = 0
        codes: tuple[Secret, int] | None = None

    sources = load(tmp_path, {"HIDDEN_PIN_TOKEN": "hunter2", "HIDDEN_CODES": "hunter2"})
    with pytest.raises(SetupErrors) as caught:
        sources.config(Hidden)
    assert "hunter2" not in str(caught.value)
    assert len(caught.value.errors) == 2
    assert all(error.__cause__ is None and error.__context__ is None for error in caught.value.errors)


def test_unknown_keys_of_config(tmp_path: Path) -> None:
    """Told as for batteries; classes of one prefix share the section, and subclasses inherit it."""

    class Left(Config, prefix="SHARED_"):
        one: int = 0

    class Right(Config, prefix="SHARED_"):
        two: int = 0

    class Lower(Left):
        three: int = 0

    sources = load(tmp_path, demijohn="[shared]\none = 1\ntwo = 2\nthree = 3")
    assert (sources.config(Left).one, sources.config(Right).two) == (1, 2)
    assert sources.config(Lower) == Lower(one=1, three=3)
    (error,) = errors_of(lambda: load(tmp_path, demijohn="[shared]\ntwoo = 2").config(Left))
    assert (error.code, error.fix) == ("DMJ0622", "Did you mean two?")


def test_config_without_prefix_reads_the_top_level(tmp_path: Path) -> None:
    """Names as they are; other keys of the top level are none of its business."""

    class Bare(Config):
        currency: str = "EUR"

    assert load(tmp_path, {"CURRENCY": "A"}).config(Bare).currency == "A"
    assert load(tmp_path, demijohn="currency = 'B'\nport = 1\n[x]").config(Bare).currency == "B"
    assert load(tmp_path, {}, {"currency": "C"}).config(Bare).currency == "C"


def test_a_prefix_must_be_able_to_begin_a_variable() -> None:
    """Lower case gets the right spelling."""

    def declare() -> None:
        class Wrong(Config, prefix="shop-"):
            a: int = 0

    (error,) = errors_of(declare)
    assert error.code == "DMJ0624"
    assert 'prefix="SHOP_"' in error.fix
    assert error.where[0].file == __file__


# Keys, leftovers, cost


def test_secret_keys(tmp_path: Path) -> None:
    """SECRET_KEY first, then the fallbacks; fallbacks alone must never sign."""
    assert load(tmp_path).secret_keys() == ()
    assert load(tmp_path, {"SECRET_KEY": "a"}).secret_keys() == ("a",)
    environ = {"SECRET_KEY": "a", "SECRET_KEY_FALLBACKS": "b, c,,"}
    assert load(tmp_path, environ).secret_keys() == ("a", "b", "c")
    overrides = {"SECRET_KEY": Secret("x"), "SECRET_KEY_FALLBACKS": [Secret("y"), "z"]}
    assert load(tmp_path, environ, overrides).secret_keys() == ("x", "y", "z")
    (error,) = errors_of(load(tmp_path, {"SECRET_KEY_FALLBACKS": "b"}).secret_keys)
    assert error.code == "DMJ0623"


def test_leftovers(tmp_path: Path) -> None:
    """What nobody reads is told, once everything has been filled."""
    sources = load(
        tmp_path,
        {"DEMIJOHN_SESSIONS_COKIE": "x", "DEMIJOHN_SESSIONS_COOKIE": "y", "PATH": "z"},
        {"mail": {"a": 1}, "SECRT_KEY": "x"},
        demijohn="[sessions]\ncookie = 'x'\n[sesions]\na = 1",
    )
    sources.fill(Sessions, "sessions")
    sources.secret_keys()
    errors = sources.leftovers()
    assert {error.code for error in errors} == {"DMJ0625"}
    assert [(error.what.partition(" is set")[0], error.fix) for error in errors] == [
        ("[sesions] of demijohn.toml", "Did you mean sessions?"),
        ("The override 'mail'", "Take it away; known are: sessions."),
        ("The override 'SECRT_KEY'", "Did you mean SECRET_KEY?"),
        ("The variable DEMIJOHN_SESSIONS_COKIE", "Did you mean DEMIJOHN_SESSIONS_COOKIE?"),
    ]


def test_importing_is_cheap(tmp_path: Path) -> None:
    """Without a file or a value to convert, neither tomllib nor msgspec nor OpenSSL is loaded."""
    code = (
        "import sys; from pathlib import Path; from demijohn.foundation.config import Sources;"
        f"Sources.load(Path({str(tmp_path)!r}), environ={{}}).plain('PORT');"
        "print({'tomllib', 'msgspec', 'hmac', 'decimal', 'difflib'} & set(sys.modules))"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
