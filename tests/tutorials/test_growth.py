"""No rewrite: a one-file app becomes a package by moving blocks, of which none changes, and answers the same."""

import ast
import sqlite3
from pathlib import Path

from asking import ask

GROWTH = Path(__file__).parent / "growth"
Block = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

REQUESTS = [
    ("GET", "/"),
    ("POST", "/people", {"name": "Ann"}),
    ("POST", "/people", {"name": "Zoë & Co"}),
    ("GET", "/people/2"),
    ("GET", "/people/2/first"),
    ("POST", "/posts", {"title": "First <b>", "author_id": "1"}),
    ("POST", "/posts", {"title": "x", "author_id": "none"}),
    ("POST", "/posts", {"title": "Second", "author_id": "9"}),
    ("POST", "/posts?closed", {"title": "Second", "author_id": "1"}),
    ("GET", "/"),
    ("HEAD", "/"),
    ("OPTIONS", "/posts"),
    ("DELETE", "/posts"),
    ("GET", "/posts/1"),
    ("GET", "/posts/1/"),
    ("GET", "/posts/2"),
    ("GET", "/posts/one"),
    ("GET", "/people/1/first"),
    ("GET", "/api/posts"),
    ("GET", "/api/posts?limit=none"),
    ("POST", "/api/posts", {"title": "Third"}),
    ("POST", "/api/posts", {"title": "Third", "body": "x", "author_id": "1"}, {"x-reader": "ann"}),
    ("POST", "/api/posts?closed", {"title": "Third", "body": "x", "author_id": "1"}, {"x-reader": "ann"}),
    ("POST", "/api/posts", {"title": "3", "author_id": "x"}, {"x-reader": "ann"}),
    ("GET", "/api/posts"),
    ("GET", "/edition"),
    ("GET", "/nowhere"),
]


def blocks_of(file: Path) -> dict[str, str]:
    """Each function and class at the top of a module, decorators included, as its syntax tree."""
    tree = ast.parse(file.read_text())
    return {node.name: ast.dump(node) for node in tree.body if isinstance(node, Block)}


def modules_of(folder: Path) -> dict[Path, dict[str, str]]:
    return {file: blocks_of(file) for file in sorted(folder.rglob("*.py"))}


def schema_of(database: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(database)
    try:
        return sorted(connection.execute("select name, sql from sqlite_master where sql is not null"))
    finally:
        connection.close()


def test_every_block_has_moved_unchanged():
    """Every function and class of the one file is in one module of the package, and nothing else is there."""
    (one_file,) = modules_of(GROWTH / "one_file").values()
    package = modules_of(GROWTH / "package")
    moved = [(name, block) for blocks in package.values() for name, block in blocks.items()]
    assert len(one_file) == len(moved) == 26
    assert dict(moved) == one_file
    assert sum(bool(blocks) for blocks in package.values()) == 7


def test_the_modules_of_a_blueprint_call_it_app():
    """What a block is decorated with has the same name in the package: `from . import posts as app`."""
    for file in sorted((GROWTH / "package").rglob("*.py")):
        decorated = "@app." in file.read_text()
        imports = [node for node in ast.parse(file.read_text()).body if isinstance(node, ast.ImportFrom)]
        renamed = {alias.name for node in imports if node.level == 1 for alias in node.names if alias.asname == "app"}
        if decorated and file.parent.name != "package":
            assert renamed == {file.parent.name}


def test_templates_are_the_same_text():
    """Templates in the code become files of the same names, with the same text."""
    source = (GROWTH / "one_file" / "app.py").read_text()
    inline = source.partition('InlineTemplates("""\n')[2].partition('""")')[0]
    files = {
        file.relative_to(file.parents[1]).as_posix(): file.read_text() for file in (GROWTH / "package").rglob("*.html")
    }
    assert "".join(f"@@ {name}\n{files[name]}" for name in sorted(files)) == inline


def test_every_response_is_the_same(tmp_path):
    """Status, headers and bytes, whatever is asked; and the tables are the same, so that nothing migrates."""
    one_file = ask("app", REQUESTS, database=tmp_path / "one.sqlite", folder=GROWTH / "one_file")
    package = ask("app", REQUESTS, database=tmp_path / "package.sqlite", folder=GROWTH / "package")
    for request, before, after in zip(REQUESTS, one_file, package, strict=True):
        assert after == before, request
    assert [answer.status for answer in one_file] == [
        200, 303, 303, 200, 404, 303, 422, 404, 423, 200, 200, 204, 405, 200, 308, 404, 404, 303, 200, 422, 401, 201,
        423, 422, 200, 200, 404,
    ]  # fmt: skip
    assert all(answer.header("x-letters") for answer in one_file if answer.status in {200, 201, 303})
    assert '<a href="/posts/1">First &lt;b&gt;</a>' in one_file[9].text
    assert one_file[-1].text.startswith("<h1>/nowhere is not here.</h1>")
    assert schema_of(tmp_path / "one.sqlite") == schema_of(tmp_path / "package.sqlite")
    assert {name for name, _ in schema_of(tmp_path / "one.sqlite")} >= {"person", "post", "tag", "post_tags"}
