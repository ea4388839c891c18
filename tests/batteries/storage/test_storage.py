"""The Storage battery: names, kinds, modes, what is served and how."""

from __future__ import annotations

import errno
import io
import os
import stat
import threading
import time
from pathlib import Path

import pytest

from demijohn import App, Client, SetupError, UnprocessableContent
from demijohn.foundation.http.uploaded_file import UploadedFile
from demijohn.storage import (
    IMAGES,
    DiskStorage,
    FileStorage,
    PendingFiles,
    Storage,
    UnsafeName,
    clean_image,
    kind_of,
    safe_name,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def upload(data: bytes, name: str = "a.png", content_type: str = "image/png") -> UploadedFile:
    """A file as a form has it."""
    return UploadedFile(name, content_type, io.BytesIO(data), len(data))


@pytest.fixture
def files(tmp_path: Path) -> DiskStorage:
    """A storage in a folder that is not there yet."""
    return DiskStorage(tmp_path / "media")


def test_it_fulfils_the_protocol(files: DiskStorage):
    """What was saved is there, can be read and measured, and is gone when it is deleted; twice is nothing."""
    assert isinstance(files, FileStorage)
    name = files.save(upload(PNG, "Photo 1.PNG"), folder="photos/2026")
    assert name.startswith("photos/2026/Photo-1-")
    assert name.endswith(".png")
    assert files.exists(name)
    assert files.size(name) == len(PNG)
    with files.open(name) as file:
        assert file.read() == PNG
    assert files.url(name) == f"/media/{name}"
    files.delete(name)
    files.delete(name)
    assert not files.exists(name)
    with pytest.raises(FileNotFoundError):
        files.open(name)


TRAVERSALS = [
    "/tmp/hax0rd.txt", "C:\\Windows\\hax0rd.txt", "C:/Windows/hax0rd.txt", "\\tmp\\hax0rd.txt", "/tmp\\hax0rd.txt",
    "subdir/hax0rd.txt", "subdir\\hax0rd.txt", "sub/dir\\hax0rd.txt", "../../hax0rd.txt", "..\\..\\hax0rd.txt",
    "../..\\hax0rd.txt", "../hax0rd.txt", "..\\hax0rd.txt",
]  # fmt: skip


@pytest.mark.parametrize("name", TRAVERSALS)
def test_names_of_visitors_lead_nowhere(files: DiskStorage, tmp_path: Path, name: str):
    """Only the last part is kept of them, below the folder."""
    stored = files.save(upload(b"text", name))
    assert stored.startswith("hax0rd-")
    assert stored.endswith(".txt")
    assert [path.parent for path in tmp_path.rglob("hax0rd*")] == [tmp_path / "media"]


@pytest.mark.parametrize(
    "name", ["/tmp/", "c:\\tmp\\", "/tmp/..", "c:\\tmp\\..", "", ".", "..", "/", "\0", "///", "\ud800"]
)
def test_names_that_are_none_get_one(files: DiskStorage, name: str):
    """Never an empty one, and never a hidden one."""
    stored = files.save(b"text", name)
    assert files.exists(stored)
    assert not stored.startswith((".", "-"))


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        ".htaccess",
        "a\0.png",
        "CON",
        "nul.txt",
        "",
        "...",
        "a/b\\c",
        "\u00e9" * 300 + ".png",
        "\ud800",
        "a" * 999,
    ],
)
def test_a_safe_name_is_one_everywhere(name: str):
    """Not empty, not hidden, no separators or devices, at most 255 bytes with its ending kept, valid UTF-8."""
    safe = safe_name(name)
    assert safe
    assert not safe.startswith(".")
    assert not set(safe) & set("/\\\0:")
    assert len(safe.encode()) <= 255
    assert safe.split(".")[0].upper() not in {"CON", "NUL"}
    assert safe.endswith(".png") == name.endswith(".png")


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "..", "a/../../x", "a//b", "", "a\\b", "a\0b", ".", "x" * 2000]
)
def test_names_that_lead_elsewhere_are_refused(files: DiskStorage, name: str):
    """By every method, and as a folder."""
    for ask in (files.open, files.delete, files.exists, files.size, files.path):
        with pytest.raises(UnsafeName):
            ask(name)
    if name:
        with pytest.raises(UnsafeName):
            files.save(b"", "x", folder=name + "/..")


def test_patterns_are_names_like_others(files: DiskStorage):
    """Nothing is deleted by a star."""
    stored = files.save(b"text", "a.txt")
    files.delete("*")
    assert not files.exists("*")
    assert files.exists(stored)


@pytest.mark.skipif(os.name == "nt", reason="Links need rights there")
def test_a_link_out_of_the_folder_is_refused(files: DiskStorage, tmp_path: Path):
    """Whoever laid it there."""
    files.save(b"", "a")
    (tmp_path / "secret").write_text("s")
    (files.folder / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(UnsafeName):
        files.open("link")


@pytest.mark.skipif(os.name == "nt", reason="Modes are of POSIX")
@pytest.mark.parametrize("umask", [0, 0o077])
def test_modes_do_not_hang_on_the_umask(files: DiskStorage, umask: int):
    """Of files and folders, those in between too."""
    before = os.umask(umask)
    try:
        stored = files.save(b"text", "a.txt", folder="deep/er")
    finally:
        os.umask(before)
    path = files.path(stored)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert {stat.S_IMODE(each.stat().st_mode) for each in (path.parent, path.parent.parent, files.folder)} == {0o750}


def test_fifty_at_once_get_fifty_files(files: DiskStorage):
    """Of one name, none overwritten."""
    names: list[str] = []
    threads = [threading.Thread(target=lambda i=i: names.append(files.save(b"%d" % i, "a.txt"))) for i in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names)) == 50
    assert {files.path(name).read_bytes() for name in names} == {b"%d" % i for i in range(50)}


def test_what_fails_half_way_leaves_nothing(files: DiskStorage):
    """No file without its end."""

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 600:
                raise OSError("gone")
            return super().read(600)

    with pytest.raises(OSError, match="gone"):
        files.save(Broken(b"x" * 2000), "a.txt")
    assert not [path for path in files.folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"GIF89a", "image/gif"),
        (b"RIFF0000WEBPVP8 ", "image/webp"), (b"\0\0\0\x1cftypavif", "image/avif"), (b"%PDF-1.7", "application/pdf"),
        (b"<html>", "application/octet-stream"), (b"<svg xmlns=", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)  # fmt: skip
def test_kinds_are_told_by_the_first_bytes(data: bytes, kind: str):
    """Of bytes, files and uploads, which stay where they are."""
    file = io.BytesIO(data)
    file.seek(min(1, len(data)))
    assert kind_of(data) == kind_of(file) == kind_of(upload(data, "x.html", "text/html")) == kind
    assert file.tell() == min(1, len(data))
    assert "image/svg+xml" not in IMAGES


@pytest.fixture
def client(tmp_path: Path) -> Client:
    """An app that takes any file and tells its name."""
    app = App(debug=True)
    app.root = tmp_path
    app.use(Storage())

    @app.post("/send")
    def send(request_files: FileStorage, data: str, name: str):
        return request_files.save(bytes.fromhex(data), name)

    return Client(app)


def send(client: Client, data: bytes, name: str) -> str:
    """The name that a file got."""
    return client.post(f"/send?data={data.hex()}&name={name}").text


def test_images_are_shown_and_all_else_is_saved(client: Client):
    """Whatever it calls itself: nothing runs, nothing is guessed at."""
    shown = client.get(f"/media/{send(client, PNG, 'a.html')}")
    assert shown.headers["content-type"] == "image/png"
    assert "content-disposition" not in shown.headers
    for data, name in (
        (b"<script>alert(1)</script>", "x.html"),
        (b"<svg onload=x>", "x.svg"),
        (b"<html>", "x.png"),
        (b"x", "x.js"),
    ):
        answer = client.get(f"/media/{send(client, data, name)}")
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/media/", "/media/none.png", "/media/..%2fapp.py", "/media/.pending/x", "/media/%5c"]
)
def test_what_is_not_there_is_not_found(client: Client, path: str):
    """And what is nobody's business."""
    send(client, PNG, "a.png")
    assert client.get(path).status == 404


def test_ranges_and_conditions_hold(client: Client):
    """As of any file."""
    name = send(client, PNG, "a.png")
    part = client.get(f"/media/{name}", headers={"range": "bytes=1-3"})
    assert (part.status, part.content) == (206, b"PNG")
    etag = client.get(f"/media/{name}").headers["etag"]
    assert client.get(f"/media/{name}", headers={"if-none-match": etag}).status == 304


def test_nothing_is_served_without_a_url(tmp_path: Path):
    """The files are still kept."""
    app = App(debug=True)
    app.root = tmp_path
    app.use(Storage(url=""))
    assert Client(app).get("/media/a").status == 404


@pytest.mark.parametrize(("options", "code"), [({"url": "media"}, "DMJ0590"), ({"folder": "taken"}, "DMJ0591")])
def test_wrong_settings_are_told_at_the_start(tmp_path: Path, options: dict[str, str], code: str):
    """Before the first file is lost."""
    (tmp_path / "taken").write_text("")
    app = App(debug=True)
    app.root = tmp_path
    app.use(Storage(**options))
    with pytest.raises(SetupError) as caught, Client(app):
        pass
    assert caught.value.code == code


def test_pending_files_wait_an_hour(tmp_path: Path):
    """Under a token; others, and those whose hour is over, are not there."""
    pending = PendingFiles(tmp_path)
    token = pending.keep(upload(PNG, "../p\u00e9.png"))
    found = pending.take(token)
    assert found is not None
    with found:
        assert (found.filename, found.content_type, found.size, found.read()) == (
            "../p\u00e9.png",
            "image/png",
            len(PNG),
            PNG,
        )
    for wrong in ("", "x" * 32, "../" + token, token + "0", token[:-1]):
        assert pending.take(wrong) is None
    pending.drop(token)
    assert pending.take(token) is None
    old = pending.keep(upload(PNG))
    os.utime(pending.folder / old, (0, time.time() - 4000))
    assert pending.take(old) is None
    pending.keep(upload(PNG))
    assert not (pending.folder / old).exists()


def waiting(pending: PendingFiles) -> int:
    """How many files wait."""
    return len([path for path in pending.folder.glob("*") if not path.suffix])


def gone(pending: PendingFiles, token: str) -> bool:
    """Whether a file does not wait any more."""
    file = pending.take(token)
    if file is not None:
        file.close()
    return file is None


def aged(pending: PendingFiles, token: str, seconds: int) -> str:
    """A file that was asked for so long ago."""
    for path in pending.folder.glob(f"{token}*"):
        os.utime(path, (0, time.time() - seconds))
    return token


def test_a_visitor_has_a_tenth_of_all_that_waits(tmp_path: Path):
    """In number and in bytes: the oldest make room, and never those of others."""
    pending = PendingFiles(tmp_path, files=30, octets=1_000)
    others = [pending.keep(upload(b"1"), f"visitor {number}") for number in range(3)]
    tokens = [aged(pending, pending.keep(upload(b"1"), "a"), 100 - number) for number in range(3)]
    newest = pending.keep(upload(b"1"), "a")
    assert [gone(pending, token) for token in (*tokens, newest)] == [True, False, False, False]
    for seconds, token in enumerate((newest, *reversed(tokens)), 1):
        aged(pending, token, seconds)  # as looking at one makes it the youngest
    large = pending.keep(upload(b"1" * 99), "a")
    assert [gone(pending, token) for token in (*tokens, newest, large)] == [True, True, True, False, False]
    assert not any(gone(pending, token) for token in others)
    assert pending.keep(upload(b"1" * 101), "a") == ""
    assert not gone(pending, large)


def test_all_visitors_together_have_their_bounds(tmp_path: Path):
    """However many there are: who came first makes room."""
    pending = PendingFiles(tmp_path, files=10, octets=1_000)
    tokens = [aged(pending, pending.keep(upload(b"1"), f"{number}"), 100 - number) for number in range(12)]
    assert waiting(pending) == 10
    assert [gone(pending, token) for token in tokens[:3]] == [True, True, False]
    pending = PendingFiles(tmp_path / "bytes", files=100, octets=1_000)
    tokens = [aged(pending, pending.keep(upload(b"1" * 90), f"{number}"), 100 - number) for number in range(12)]
    assert waiting(pending) == 11


def test_the_hour_of_a_file_begins_anew_when_it_is_asked_for(tmp_path: Path):
    """Its facts stay as long as it does, and both go together."""
    pending = PendingFiles(tmp_path)
    token = aged(pending, pending.keep(upload(PNG)), 3500)
    assert not gone(pending, token)
    aged(pending, f"{token}.", 4000)
    pending.keep(upload(PNG))
    assert not gone(pending, token)
    aged(pending, token, 4000)
    pending.keep(upload(PNG))
    assert not list(pending.folder.glob(f"{token}*"))


def test_a_full_disk_keeps_nothing_and_breaks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The visitor chooses again; no half of a file is left."""

    def full(file: UploadedFile, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(UploadedFile, "save", full)
    pending = PendingFiles(tmp_path)
    assert pending.keep(upload(PNG)) == ""
    assert list(pending.folder.iterdir()) == []


def test_many_at_once_are_kept_within_the_bounds(tmp_path: Path):
    """No error where one removes what another is looking at."""
    pending = PendingFiles(tmp_path, files=20, octets=1_000_000)
    errors: list[BaseException] = []

    def keep(visitor: str) -> None:
        try:
            for _ in range(10):
                assert pending.keep(upload(PNG), visitor)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=keep, args=(f"{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pending.keep(upload(PNG))
    assert errors == []
    assert waiting(pending) <= 20


def picture(mode: str = "RGB", size: tuple[int, int] = (40, 20), kind: str = "JPEG", **options: object) -> bytes:
    """An image."""
    from PIL import Image

    written = io.BytesIO()
    Image.new(mode, size, 1).save(written, kind, **options)
    return written.getvalue()


def test_an_image_is_the_picture_alone():
    """No place, no comment; upright and no larger than asked for."""
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "secret place"  # turned by a quarter, described
    data = picture(exif=exif) + b"<script>trailer</script>"
    assert b"secret" in data
    cleaned = clean_image(upload(data), largest=10)
    assert b"secret" not in cleaned
    assert b"script" not in cleaned
    with Image.open(io.BytesIO(cleaned)) as image:
        assert image.size == (5, 10)


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGBA", "PNG"), ("P", "PNG"), ("P", "GIF"), ("L", "JPEG"), ("RGB", "WEBP")]
)
def test_images_keep_their_kind(mode: str, kind: str):
    """And their colours."""
    assert kind_of(clean_image(picture(mode, kind=kind))) == f"image/{kind.lower()}"


@pytest.mark.parametrize(
    "data", [b"<svg/>", b"", PNG, picture()[:100], b"\xff\xd8\xff" + b"0" * 100, picture(size=(9000, 9000), kind="PNG")]
)
def test_what_is_no_image_is_refused(data: bytes):
    """Broken, of another kind, or too large to be opened."""
    with pytest.raises(UnprocessableContent):
        clean_image(data)
