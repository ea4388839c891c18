"""What is imported when: `import demijohn` almost nothing, an app only what it uses."""
# ruff: noqa: E501, C405 - lists of names

import json
import subprocess
import sys

import pytest

HELLO = """
from demijohn import App
app = App()
@app.get("/")
def home():
    return "Hello, world!"
app.seal()
"""
ANSWERED = (
    HELLO
    + """
app({"REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "", "HTTP_HOST": "a"}, lambda status, headers: None)
"""
)


def loaded(code: str) -> set[str]:
    """The modules that a fresh interpreter has imported after running some code, less those it starts with."""
    script = f"import sys\nbefore = set(sys.modules)\n{code}\nimport json\nafter = set(sys.modules)\n"
    script += "sys.stdout.write(json.dumps(sorted(after - before)))"
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_import_demijohn_imports_almost_nothing():
    """The front door alone: of ours two modules, of the standard library what `typing` needs."""
    modules = loaded("import demijohn")
    assert {name for name in modules if name.startswith("demijohn")} == {"demijohn", "demijohn._version"}
    others = {name.partition(".")[0].lstrip("_") for name in modules if not name.startswith("demijohn")}
    allowed = set(
        [
            "future",
            "collections",
            "functools",
            "operator",
            "sre",
            "typing",
            "contextlib",
            "copyreg",
            "enum",
            "itertools",
            "keyword",
            "re",
            "reprlib",
            "types",
            "warnings",
            "json",
        ]
    )
    assert others - {"future__"} <= allowed | {""}, sorted(others - allowed)


@pytest.mark.parametrize(
    "package",
    ["jinja2", "sqlalchemy", "click", "granian", "multipart", "email", "http.client", "http.cookies", "cryptography",
     "markupsafe", "pydantic", "attrs", "watchfiles", "uvicorn", "sqlite3", "wsgiref", "unittest", "xml", "argparse", "mimetypes"],
)  # fmt: skip
def test_hello_world_pays_for_nothing_else(package):
    """Sealing and answering hello world imports no battery's package and none of the slow standard ones."""
    modules = _hello()
    assert package not in modules
    assert not {name for name in modules if name.startswith(f"{package}.")}


def _hello(found: list[set[str]] = []) -> set[str]:  # noqa: B006 - asked once
    if not found:
        found.append(loaded(ANSWERED))
    return found[0]


def test_hello_world_loads_no_tool_and_two_batteries():
    """Of our own floors: no tools, and only the batteries that every app starts with."""
    modules = _hello()
    assert not {name for name in modules if name.startswith("demijohn.tools")}
    batteries = {name.split(".")[2] for name in modules if name.startswith("demijohn.batteries.")}
    assert batteries == {"security"}


def test_a_bare_app_loads_no_battery():
    """`App(bare=True)` is the kernel alone."""
    modules = loaded(HELLO.replace("App()", "App(bare=True)"))
    assert not {name for name in modules if name.startswith(("demijohn.batteries", "demijohn.tools"))}
