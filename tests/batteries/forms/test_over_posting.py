"""What a form does not name cannot be set: by no way that values come in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demijohn import App, Client, InlineTemplates, Model, Templates, field, render
from demijohn.database import DB, Database, Mapped
from demijohn.forms import Form, Forms


class Member(Model):
    """With columns that are nobody's business."""

    name: Mapped[str] = field(max_length=20)
    is_admin: Mapped[bool] = field(default=False)
    password_hash: Mapped[str] = field(default="secret", private=True)


class MemberForm(Form[Member]):
    """A name, and no more."""

    fields = ["name"]


EVIL: dict[str, Any] = {
    "name": "Eve", "is_admin": True, "id": 99, "key": 99, "password_hash": "h", "groups": [1], "__class__": "x",
    "instance": "x", "_sa_instance_state": "x", "_version": "7", "member.is_admin": "true", "name.is_admin": "true",
}  # fmt: skip


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """One form that makes, one that edits, one that is read from the query, and a look at the rows."""
    app = App(bare=True, debug=True)
    app.use(Forms(), Templates(), Database("sqlite://", create_tables="always"))
    app.register(InlineTemplates({"f.html": "{{ form }}"}))

    @app.post("/new")
    def new(form: MemberForm, db: DB) -> Any:
        return "saved" if form.valid and form.save(db) else render("f.html", form=form)

    @app.post("/edit")
    def edit(form: MemberForm, db: DB) -> Any:
        form.fill(db.get_or_404(Member, 1))
        return "saved" if form.valid and form.save(db) else render("f.html", form=form)

    class Asked(MemberForm):
        method = "get"

    def asked(form: Any, db: DB) -> Any:
        return "saved" if form.valid and form.save(db) else "no"

    asked.__annotations__["form"] = Asked
    app.get("/asked")(asked)

    @app.get("/rows")
    def rows(db: DB) -> Any:
        return [[row.name, row.is_admin, row.password_hash] for row in db.all(Member)]

    with Client(app) as client:
        yield client


def test_nothing_but_the_named_fields_is_set(client: Client) -> None:
    """URL-encoded, multipart, JSON or in the query; of a new row and of one that is there."""
    texts = {name: str(value) for name, value in EVIL.items()}
    files = {"is_admin": ("true", b"true"), "password_hash": ("h", b"h")}
    for path in ("/new", "/edit"):
        assert client.post(path, data=texts).text == "saved"
        assert client.post(path, data={"name": "Eve"}, files=files).text == "saved"
        assert client.post(f"{path}?is_admin=true&id=99", data={"name": "Eve"}).text == "saved"
        assert client.post(path, json=EVIL).status in (200, 422)
    query = "&".join(f"{name}={value}" for name, value in texts.items())
    assert client.get(f"/asked?{query}").text == "saved"
    rows = client.get("/rows").json()
    assert len(rows) >= 4
    assert {tuple(row) for row in rows} == {("Eve", False, "secret")}
