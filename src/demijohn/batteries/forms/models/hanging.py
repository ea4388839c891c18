"""New objects that hang on what is in a unit of work: kept off it until their form is valid.

`Comment(post=post)` stands in `post.comments` at once. If the form that it is filled into is shown again, nobody adds
it to the session, and SQLAlchemy finds it at the commit, on the list of a row that it writes. So it is taken off that
list, and still says whose it is; once the form is valid it hangs there again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import object_session
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.base import INCLUDE_PENDING_MUTATIONS, PASSIVE_NO_INITIALIZE

_UNREAD = PASSIVE_NO_INITIALIZE | INCLUDE_PENDING_MUTATIONS


class Apart:
    """A new object, taken out of its session and off the lists of what is in one; `join` undoes it."""

    def __init__(self, item: Any) -> None:
        self.item = item
        self._session = object_session(item)
        self._many: dict[str, list[Any]] = {}
        if self._session is not None:
            self._session.expunge(item)
        for relation, back, others in _neighbours(item):
            listed = [other for other in others if _stands_in(item, other, back)]
            if listed and relation.uselist:
                self._many[relation.key] = listed
                for other in listed:
                    getattr(item, relation.key).remove(other)
            elif listed:
                _take_off(item, relation.key, listed[0], back)

    def join(self) -> None:
        """Hang it where it hung, and add it to the session that it was in."""
        values = inspect(self.item).dict
        for relation, _, others in list(_neighbours(self.item)):
            if not relation.uselist:
                del values[relation.key]  # so that it is set anew, which the other side is told
                setattr(self.item, relation.key, others[0])
        for key, others in self._many.items():
            held = getattr(self.item, key)
            for other in others:
                (held.append if hasattr(held, "append") else held.add)(other)
        if self._session is not None:
            self._session.add(self.item)


def is_new(item: Any) -> bool:
    """Whether nothing was sent to the database of it yet."""
    state = inspect(item, raiseerr=False)
    return state is not None and (state.transient or state.pending)


def _neighbours(item: Any) -> Iterator[tuple[Any, str, list[Any]]]:
    """The relations of an object that have another side, with its name there, and what they hold."""
    state = inspect(item)
    for relation in state.mapper.relationships:
        held = state.dict.get(relation.key)
        back = next(iter(relation._reverse_property), None)
        if held is not None and back is not None:
            others = list(held.values() if isinstance(held, dict) else held) if relation.uselist else [held]
            yield relation, back.key, [other for other in others if object_session(other) is not None]


def _stands_in(item: Any, other: Any, back: str) -> bool:
    """Whether another object has it as something new; nothing is loaded to find out."""
    added = inspect(other).get_history(back, _UNREAD).added
    return any(one is item for one in added or ())


def _take_off(item: Any, key: str, parent: Any, back: str) -> None:
    """Have `parent` not know of the item, which goes on saying that it belongs there."""
    before = inspect(parent).get_history(back, _UNREAD).deleted
    is_list = inspect(parent).mapper.relationships[back].uselist
    if before and not is_list:
        setattr(parent, back, before[0])  # the one whose place it took
    else:
        setattr(item, key, None)
        if not is_list:
            inspect(parent).session.expire(parent, [back])  # what it was before had not been read
    inspect(item).dict[key] = parent
    flag_modified(item, key)
