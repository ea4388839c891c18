"""`Session`: what a site remembers of a visitor from one request to the next."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

from ...foundation.http.request import Request
from ..security import renew_csrf_token
from .records import Record, check_value

if TYPE_CHECKING:
    from .keeper import Keeper

# What Flask, Django and Starlette call the same things.
_HABITS = {
    "permanent": "the settings of the battery: Sessions(lifetime=..., idle=...), in seconds",
    "modified": "nothing: every change is noticed, also inside of lists and dicts",
    "new": "session.is_new",
    "sid": "nothing: the cookie's token is no business of handlers",
    "session_key": "nothing: the cookie's token is no business of handlers",
    "cycle_key": "session.rotate()",
    "flush": "session.clear()",
    "save": "nothing: a session that was changed is saved before the answer goes out",
    "set_expiry": "the settings of the battery: Sessions(lifetime=..., idle=...), in seconds",
    "get_expiry_age": "the settings of the battery: Sessions(lifetime=..., idle=...), in seconds",
    "has_key": '"key" in session',
    "invalidate": "session.clear()",
    "aget": 'session.get("key"): it is read before an async handler runs',
    "aset": 'session["key"] = value',
}


class Flash(str):
    """A message to a visitor: text, with a `category` to show it by."""

    category: str

    __slots__ = ("category",)

    def __new__(cls, text: str, category: str = "info") -> Flash:
        made = super().__new__(cls, text)
        made.category = category
        return made


class Session(MutableMapping[str, Any]):
    """A dictionary that lasts: injected by its type, read when it is first used, saved if it was changed.

    Values are what JSON has. Whoever looks into it makes the answer private to this visitor.
    """

    __slots__ = ("_keeper", "_loaded", "_over", "_reads_only", "_record", "_request", "_rotates", "_shown", "_token")
    __provided_by__ = "demijohn.sessions:Sessions"

    def __init__(self, keeper: Keeper, request: Request, *, reads_only: bool = False) -> None:
        self._keeper = keeper
        self._request = request
        self._reads_only = reads_only
        self._loaded: tuple[str | None, Record | None, bytes] | None = None
        self._record: Record | None = None
        self._token: str | None = None
        self._rotates = False
        self._over = False
        self._shown: list[Flash] = []

    # A dictionary ------------------------------------------------------------------------------------------

    def __getitem__(self, key: str) -> Any:
        return self._read().data[key]

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str):
            raise TypeError(f"The key {key!r} of a session is no text: write session[str(key)].")
        check_value(f"session[{key!r}]", key)
        check_value(f"session[{key!r}]", value)
        self._write().data[key] = value

    def __delitem__(self, key: str) -> None:
        del self._write().data[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read().data)

    def __len__(self) -> int:
        return len(self._read().data)

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, or the default."""
        return self._read().data.get(key, default)

    def clear(self) -> None:
        """Forget everything, and have the visitor's browser forget the cookie: signing out."""
        record = self._write()
        record.data.clear()
        record.flashes.clear()
        self._rotates = True
        renew_csrf_token(self._request)

    # What dictionaries have not ----------------------------------------------------------------------------

    @property
    def is_new(self) -> bool:
        """Whether the visitor came without a session, or with one that does not count."""
        self._read()
        return self._token is None

    def rotate(self) -> None:
        """Keep the values under another token, and end the old one: whenever what a visitor may do changes."""
        self._write()
        self._rotates = True
        renew_csrf_token(self._request)

    def flash(self, message: str, category: str = "info") -> None:
        """Keep a message for the next page that shows messages: `session.flash("Saved.", "success")`."""
        text, kind = str(message), str(category)
        check_value("The message", text)
        check_value("The category", kind)
        self._write().flashes.append((text, kind))

    def messages(self) -> list[Flash]:
        """The messages that nobody has seen yet, oldest first; from now on they count as seen.

        Within one exchange they may be asked for several times.
        """
        flashes = self._read().flashes
        self._shown += [Flash(text, kind) for text, kind in flashes]
        flashes.clear()
        return list(self._shown)

    # For the keeper ----------------------------------------------------------------------------------------

    def load(self) -> None:
        """Fetch what is kept, where that may wait, so that reading need not; nobody has read it by that."""
        if self._loaded is None:
            self._loaded = self._keeper.load(self._request)

    def _read(self) -> Record:
        return self._record if self._record is not None else self._record_of()

    def _record_of(self) -> Record:
        if self._record is None:
            self.load()
            assert self._loaded is not None
            token, record, _ = self._loaded
            self._token = token
            self._record = record or self._keeper.blank()
        return self._record

    def _write(self) -> Record:
        if self._reads_only:
            raise RuntimeError(
                "A WebSocket reads its session and cannot change it: its cookie goes with answers to requests."
            )
        if self._over:
            raise RuntimeError(
                "The session was changed after the answer went out: change it in the handler, before what is streamed"
                " or done in the background."
            )
        return self._read()

    if not TYPE_CHECKING:  # Checkers know every attribute; this is for what was typed from habit.

        def __getattr__(self, name: str) -> Any:
            instead = _HABITS.get(name)
            hint = "" if instead is None else f": write {instead}"
            if instead is None and not name.startswith("_"):
                hint = f': write session["{name}"]'
            raise AttributeError(f"A session has no attribute {name!r}{hint}.", name=name, obj=self)

    def __repr__(self) -> str:
        return "<Session, not read>" if self._record is None else f"<Session of {len(self._record.data)} values>"
