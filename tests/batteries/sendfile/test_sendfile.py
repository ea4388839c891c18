"""Files that the server in front sends: what it is told, and what is sent from here all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from demijohn import App, Client, FileResponse, Sendfile, SetupError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files, one of them in a folder within."""
    files = tmp_path / "files"
    (files / "in").mkdir(parents=True)
    (files / "a.txt").write_text("0123456789")
    (files / "50% ü?.txt").write_text("odd")
    (files / "in" / "b.txt").write_text("b")
    (tmp_path / "files-too").mkdir()
    (tmp_path / "files-too" / "c.txt").write_text("c")
    return files


def client_for(folder: Path, *arguments: Any, **options: Any) -> Client:
    """A client of an app that hands its files over."""
    app = App(debug=False)
    app.root = folder.parent
    app.use(Sendfile(*arguments, **options))

    @app.get("/files/{name:path}")
    def send(name: str):
        return FileResponse(name, root=folder.parent, headers={"cache-control": "private"})

    @app.get("/async/{name:path}")
    async def send_async(name: str):
        return FileResponse(folder.parent / name, as_attachment=True, filename="ü.txt")

    @app.get("/coded")
    def send_coded():
        return FileResponse(folder / "a.txt", headers={"content-encoding": "gzip"})

    @app.get("/failed")
    def send_failed():
        return FileResponse(folder / "a.txt", 503)

    @app.post("/files/{name:path}")
    def send_after(name: str):
        return FileResponse(folder.parent / name)

    return Client(app)


def test_a_file_is_handed_over(folder: Path) -> None:
    """The header says where it is, the body is empty, and what was set on the answer stays."""
    client = client_for(folder, {str(folder): "/protected/"})
    answer = client.get("/files/files/a.txt")
    assert (answer.status, answer.content) == (200, b"")
    assert answer.headers["x-accel-redirect"] == "/protected/a.txt"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "private"
    answer = client.get("/async/files/in/b.txt")
    assert answer.headers["x-accel-redirect"] == "/protected/in/b.txt"
    assert answer.headers["content-disposition"].endswith("filename*=UTF-8''%C3%BC.txt")
    assert client.head("/files/files/a.txt").headers["x-accel-redirect"] == "/protected/a.txt"


def test_conditions_and_ranges_are_left_to_the_server(folder: Path) -> None:
    """It has validators of its own, which would be refused here; none of ours is sent beside them."""
    client = client_for(folder, {str(folder): "/protected"})
    for name, value in (
        ("if-none-match", "*"),
        ("if-match", '"its-own"'),
        ("range", "bytes=0-1"),
        ("range", "bytes=99-"),
    ):
        answer = client.get("/files/files/a.txt", headers={name: value})
        assert (answer.status, answer.headers["x-accel-redirect"]) == (200, "/protected/a.txt")
        assert not {"etag", "last-modified", "accept-ranges", "content-range"} & set(answer.headers)


def test_places_are_quoted(folder: Path) -> None:
    """These servers decode what they are told."""
    client = client_for(folder, {str(folder): "/protected"})
    answer = client.get("/files/files/50%25%20%C3%BC%3F.txt")
    assert answer.headers["x-accel-redirect"] == "/protected/50%25%20%C3%BC%3F.txt"


def test_paths_for_a_server_that_takes_them(folder: Path) -> None:
    """`X-Sendfile` has the path in the file system."""
    client = client_for(folder, {str(folder): str(folder)}, header="X-Sendfile")
    assert client.get("/files/files/a.txt").headers["x-sendfile"] == str(folder / "a.txt")


def test_a_folder_within_a_folder_has_its_own_place(folder: Path) -> None:
    """The longest folder decides; a relative one starts at the app's."""
    client = client_for(folder, {"files": "/outer", "files/in": "/inner"})
    assert client.get("/files/files/in/b.txt").headers["x-accel-redirect"] == "/inner/b.txt"
    assert client.get("/files/files/a.txt").headers["x-accel-redirect"] == "/outer/a.txt"
    assert client.get("/async/files/in/../a.txt").headers["x-accel-redirect"] == "/outer/a.txt"


def test_other_answers_are_sent_from_here(folder: Path) -> None:
    """Files elsewhere, with a coding or another status, to another method, or that are not there."""
    client = client_for(folder, {str(folder): "/protected"})
    told = [
        client.get("/files/files-too/c.txt"), client.get("/coded"), client.get("/failed"),
        client.post("/files/files/a.txt"), client.get("/files/files/none.txt"), client.get("/files/files/in"),
    ]  # fmt: skip
    assert [answer.status for answer in told] == [200, 200, 503, 200, 404, 404]
    assert [answer.content for answer in told[:4]] == [b"c", b"0123456789", b"0123456789", b"0123456789"]
    assert not any("x-accel-redirect" in answer.headers for answer in told)


def test_a_visitor_cannot_say_where_files_are(folder: Path) -> None:
    """What he sends in such headers means nothing (CVE-2026-34830)."""
    client = client_for(folder, {str(folder): "/protected"})
    headers = {"x-accel-mapping": f"{folder}=/secret", "x-sendfile-type": "X-Sendfile", "x-accel-redirect": "/secret"}
    answer = client.get("/files/files/a.txt", headers=headers)
    assert answer.headers["x-accel-redirect"] == "/protected/a.txt"
    assert "x-sendfile" not in answer.headers


def test_folders_from_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are settings like others."""
    monkeypatch.setenv("DEMIJOHN_SENDFILE_FOLDERS", f'{{"{folder}": "/from-environment"}}')
    assert client_for(folder).get("/files/files/a.txt").headers["x-accel-redirect"] == "/from-environment/a.txt"


@pytest.mark.parametrize(
    ("folders", "code"),
    [({}, "DMJ0562"), ({"files": "protected"}, "DMJ0563"), ({"files": "/a/../b"}, "DMJ0563"),
     ({"files": "//host/"}, "DMJ0563")],
)  # fmt: skip
def test_folders_that_make_no_sense(folder: Path, folders: dict[str, str], code: str) -> None:
    """They are told when the app is sealed."""
    with pytest.raises(SetupError, match=code):
        client_for(folder, folders).get("/")
