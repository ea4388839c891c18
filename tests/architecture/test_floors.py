"""The floors and shelves of the house, and the seams to packages of others."""

import ast
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import demijohn

SOURCE = Path(demijohn.__file__).parent
ROOT = SOURCE.parents[1]
FILES = sorted(SOURCE.rglob("*.py"))

# Where each package of others may be imported: the one file, or the folder of the battery, that is its seam.
# msgspec is the language in which types are spoken everywhere.
SEAMS = {
    "alembic": "batteries/database/migrations/",
    "asyncpg": "batteries/database/driver_limits.py",
    "brotli": "batteries/compression/backends/brotli.py",
    "brotlicffi": "batteries/compression/backends/brotli.py",
    "click": ("tools/cli.py", "tools/db/commands.py", "tools/own_commands.py"),
    "cryptography": "batteries/sessions/backends/encryption.py",
    "granian": "tools/server.py",
    "jinja2": "batteries/templates/",
    "markupsafe": "foundation/markup.py",
    "msgspec": "",
    "multipart": "foundation/http/forms.py",
    "pydantic": "kernel/pydantic_bodies.py",
    "psycopg": "batteries/database/driver_limits.py",
    "redis": ("batteries/sessions/backends/redis.py", "batteries/security/backends/redis.py"),
    "sqlalchemy": (
        "batteries/database/",
        "batteries/forms/models/",
        "batteries/forms/views/bridge.py",
        "batteries/sessions/backends/database.py",
    ),
    "typing_extensions": "batteries/database/",
    "watchfiles": "tools/reload/watch.py",
    "zstandard": "batteries/compression/backends/zstd.py",
}
# These may be missing where only the core is installed: nothing but their own battery may need them to be imported.
CORE = {"click", "granian", "jinja2", "markupsafe", "msgspec", "multipart"}
OPTIONAL = (
    "batteries/database/",
    "batteries/forms/models/",
    "batteries/forms/views/bridge.py",
    "batteries/security/backends/",
    "batteries/sessions/backends/",
)
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "base", "core_utils", "tools_utils", "stuff"}


def imports(path: Path) -> list[tuple[str, bool]]:
    """The absolute imports of a file: the module, and whether it stands at the top."""
    tree = ast.parse(path.read_text())
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node in tree.body) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.append((node.module, node in tree.body))
    return found


def test_the_contracts_are_kept():
    """import-linter agrees: tools > batteries > app > kernel | gateways > foundation, and the shelves."""
    pytest.importorskip("importlinter")
    command = Path(sysconfig.get_path("scripts")) / "lint-imports"
    done = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_each_package_of_others_has_one_seam(path):
    """A third-party package is imported where its seam is, and nowhere else."""
    relative = path.relative_to(SOURCE).as_posix()
    for module, _ in imports(path):
        package = module.partition(".")[0]
        if package in sys.stdlib_module_names or package in ("demijohn", "annotationlib"):
            continue
        assert package in SEAMS, f"{relative} imports {package}, which has no seam yet"
        assert relative.startswith(SEAMS[package]), f"{package} belongs in {SEAMS[package]}, not in {relative}"


def test_every_seam_is_there():
    """The table of seams names nothing that is gone."""
    used = {module.partition(".")[0] for path in FILES for module, _ in imports(path)}
    assert set(SEAMS) <= used


def test_optional_packages_are_not_needed_to_import_the_floors_below():
    """Foundation, kernel, gateways, app and command line import core packages only, at their tops."""
    for path in FILES:
        relative = path.relative_to(SOURCE).as_posix()
        if relative.startswith(OPTIONAL) or relative == "database.py":
            continue
        for module, at_top in imports(path):
            package = module.partition(".")[0]
            if at_top and package in SEAMS:
                assert package in CORE, f"{relative} imports {package} at its top"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_names_say_what_is_in_them(path):
    """No module is called utils, helpers, common or misc."""
    assert path.stem not in VAGUE
    assert not VAGUE & set(path.relative_to(SOURCE).parts[:-1])


def test_kernel_and_app_know_no_battery_by_name():
    """Not even as a string: what an app starts with is named in the front door."""
    for path in [*(SOURCE / "kernel").rglob("*.py"), SOURCE / "app.py", *(SOURCE / "gateways").rglob("*.py")]:
        assert "demijohn.batteries" not in path.read_text(), path
        assert "..batteries" not in path.read_text(), path


@pytest.mark.parametrize(
    "path", [p for p in FILES if "batteries" in p.parts], ids=lambda path: str(path.relative_to(SOURCE))
)
def test_batteries_meet_at_their_front_doors(path):
    """One battery imports another as `demijohn.batteries.other`, never a module inside of it."""
    relative = path.relative_to(SOURCE / "batteries")
    if len(relative.parts) < 2:
        return
    own = relative.parts[0]
    package = ["demijohn", "batteries", *relative.parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom):
            continue
        base = package[: len(package) - node.level + 1] if node.level else []
        target = [*base, *(node.module or "").split(".")] if node.module else base
        if target[:2] == ["demijohn", "batteries"] and len(target) > 2 and target[2] != own:
            assert len(target) == 3, f"{relative} reaches into {'.'.join(target)}"


def test_every_module_says_what_it_is_for():
    """A module without a docstring explains nothing (packages that only group may be empty)."""
    silent = [
        str(path.relative_to(SOURCE))
        for path in FILES
        if path.read_text().strip()
        and path.name != "_version.py"
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_files_and_functions_stay_short():
    """A file over 500 lines, or a function over 80, has more than one subject."""
    long = []
    for path in FILES:
        text = path.read_text()
        if text.count("\n") > 500:
            long.append(str(path.relative_to(SOURCE)))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno > 80:
                long.append(f"{path.relative_to(SOURCE)}:{node.name}")
    assert long == []
