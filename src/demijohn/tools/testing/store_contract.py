"""`StoreContract`: what every store must do, as tests that whoever writes one runs on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from ...batteries.stores import Can, Query, Store, Where
from ...foundation.http.errors import BadRequest, Conflict, HTTPError, NotFound, UnprocessableContent


class StoreContract:
    """Tests of a store, to be inherited by a class that pytest collects.

    A fixture `store` gives an empty one. `values` gives the values of thing number 0, 1, 2, ...: each with all that is
    required, no two alike, and in the field `text` a text that holds the number in five digits, such as "Note 00001".
    `wrong` is a value that `text` must not have. What a store says that it cannot do is not asked of it::

        class TestNotes(StoreContract):
            text = "title"

            @pytest.fixture
            def store(self):
                return MemoryStore(Note)

            def values(self, number):
                return {"title": f"Note {number:05}"}
    """

    text: ClassVar[str] = "title"
    wrong: ClassVar[object] = 5

    def values(self, number: int) -> Mapping[str, object]:
        """The values of a new thing."""
        raise TypeError(f"{type(self).__name__} has no values(number): it gives the values of a new thing.")

    def _filled(self, store: Store[Any], count: int) -> list[Any]:
        return [store.create(self.values(number)) for number in range(count)]

    def _texts(self, things: Any) -> list[str]:
        return [getattr(thing, self.text)[-5:] for thing in things]

    # Shape ----------------------------------------------------------------------------------------

    def test_the_shape_describes_what_is_made(self, store: Store[Any]) -> None:
        """Every field can be read from a thing, and the key is made of fields."""
        thing = store.create(self.values(0))
        assert isinstance(thing, store.shape.model)
        assert store.shape.key
        assert all(store.shape[name].key for name in store.shape.key)
        for field in store.shape:
            if not field.private:
                getattr(thing, field.name)
            if field.required:
                assert field.name in self.values(0), f"values() leaves out {field.name}, which is required"

    def test_keys_go_through_addresses(self, store: Store[Any]) -> None:
        """A key is found again by the text that stands for it."""
        for thing in self._filled(store, 3):
            key = store.key(thing)
            again = store.shape.read_key(store.shape.write_key(key))
            assert again == key
            assert [store.key(one) for one in store.many([key])] == [key]
        for text in ("\x00", "", ",", "a" * 1000, "9" * 30):
            nobody = store.shape.read_key(text)
            assert nobody is None or not store.many([nobody])

    # Reading --------------------------------------------------------------------------------------

    def test_an_empty_store(self, store: Store[Any]) -> None:
        """Has a first page with nothing on it, and no second."""
        page = store.page(size=3)
        assert (list(page), page.after, page.has_next) == ([], "", False)
        assert page.total in {0, None}
        with refusing(NotFound):
            store.page(number=2)

    def test_pages_by_number(self, store: Store[Any]) -> None:
        """Each thing is on one page, and there is none beyond the last."""
        made = self._filled(store, 7)
        order = (self.text,) if Can.ORDER in store.can else ()
        pages = [store.page(Query(order=order), size=3, number=number) for number in (1, 2, 3)]
        assert [len(page) for page in pages] == [3, 3, 1]
        assert sorted(self._texts([*pages[0], *pages[1], *pages[2]])) == self._texts(made)
        assert [page.has_next for page in pages] == [True, True, False]
        if Can.COUNT in store.can:
            assert [page.total for page in pages] == [7, 7, 7]
        for number in (0, -1, 4, 10**12, 10**30):
            with refusing(NotFound):
                store.page(size=3, number=number)

    def test_cursors_go_on_where_a_page_ended(self, store: Store[Any]) -> None:
        """Whatever is added or deleted meanwhile: nothing comes twice, and what was there comes."""
        made = self._filled(store, 6)
        order = ("-" + self.text,) if Can.ORDER in store.can else ()
        first = store.page(Query(order=order), size=2)
        store.create(self.values(99))
        if Can.DELETE in store.can:
            store.delete([first.items[1]])
        rest, after = [], first.after
        while after:
            page = store.page(Query(order=order), size=2, after=after)
            rest += list(page)
            after = page.after
        seen = self._texts([*first, *rest])
        assert len(seen) == len(set(seen))
        assert set(self._texts(made)) <= set(seen)

    def test_damaged_cursors(self, store: Store[Any]) -> None:
        """Are the visitor's mistake, and nobody's error."""
        self._filled(store, 3)
        cursor = store.page(size=1).after
        for text in ("!", "bm9uZQ", cursor[:-3], cursor + "AAAA", "é", "a" * 5000, "\x00"):
            with refusing(BadRequest):
                store.page(size=1, after=text)

    def test_many_by_their_keys(self, store: Store[Any]) -> None:
        """In the order of the keys, each once, and those that are not there left out."""
        one, two, three = self._filled(store, 3)
        gone = store.create(self.values(3))
        keys = [store.key(three), store.key(gone), store.key(one), store.key(three)]
        if Can.DELETE in store.can:
            store.delete([gone])
        else:
            keys.remove(store.key(gone))
        assert self._texts(store.many(keys)) == self._texts([three, one])
        assert list(store.many([])) == []
        assert self._texts(store.many([store.key(two)])) == self._texts([two])
        if Can.FILTER in store.can:
            within = Query(where=(Where(self.text, "eq", getattr(one, self.text)),))
            assert self._texts(store.many([store.key(two), store.key(one)], within)) == self._texts([one])

    def test_the_order(self, store: Store[Any]) -> None:
        """Up and down, and refused for what is no field."""
        if Can.ORDER not in store.can:
            return
        up = self._texts(self._filled(store, 5))
        assert self._texts(store.page(Query(order=(self.text,)))) == up
        assert self._texts(store.page(Query(order=("-" + self.text,)))) == up[::-1]
        assert self._texts(store.page(Query(order=(self.text, "-" + self.text) * 2000))) == up
        for name in ("no_such_field", "", "-", "__class__", self.text + "\x00"):
            with refusing(BadRequest):
                store.page(Query(order=(name,)))

    def test_conditions(self, store: Store[Any]) -> None:
        """Each comparison with a text."""
        if Can.FILTER not in store.can:
            return
        things = self._filled(store, 5)
        two = getattr(things[2], self.text)
        expected = {
            "eq": "2", "ne": "0134", "lt": "01", "le": "012", "gt": "34", "ge": "234", "contains": "2", "starts": "2",
        }  # fmt: skip
        for op, digits in expected.items():
            found = store.page(Query(where=(Where(self.text, op, two),)))  # type: ignore[arg-type]
            assert sorted(text[-1] for text in self._texts(found)) == list(digits), op
        both = Query(where=(Where(self.text, "in", [two, getattr(things[3], self.text)]), Where(self.text, "ne", two)))
        assert self._texts(store.page(both)) == self._texts([things[3]])
        assert len(store.page(Query(where=(Where(self.text, "null", False),)))) == 5
        assert len(store.page(Query(where=(Where(self.text, "null", True),)))) == 0
        assert len(store.page(Query(where=(Where(self.text, "in", []),)))) == 0

    def test_conditions_that_make_no_sense(self, store: Store[Any]) -> None:
        """Are refused as a visitor's, wherever they come from."""
        if Can.FILTER not in store.can:
            return
        for where in (
            Where("no_such_field", "eq", "x"),
            Where("__class__", "eq", "x"),
            Where(self.text, "like", "x"),  # type: ignore[arg-type]
            Where(self.text, "eq", "nul\x00"),
            Where(self.text, "eq", "\ud800"),
            Where(self.text, "contains", 5),
            Where(self.text, "in", "text"),
            Where(f"{self.text}.name", "eq", "x"),
            *(Where(name, "eq", "no key") for name in store.shape.key if store.shape[name].type is int),
        ):
            with refusing(BadRequest):
                store.page(Query(where=(where,)))

    def test_searching(self, store: Store[Any]) -> None:
        """All words, in any case, and signs that mean something elsewhere mean themselves."""
        if Can.SEARCH not in store.can:
            return
        things = self._filled(store, 3)
        text = getattr(things[1], self.text)
        for search in (text, text.upper(), "00001", f"  00001 {text[:2]} "):
            assert self._texts(store.page(Query(search=search))) == ["00001"], search
        for search in ("00001 00002", "%", "0_001", "'", '"', "\\"):
            assert len(store.page(Query(search=search))) == 0, search
        assert len(store.page(Query(search="   "))) == 3
        assert self._texts(store.page(Query(search="0 " * 16, order=(self.text,)))) == ["00000", "00001", "00002"]
        for search in ("\x00", "0 " * 17, "a " * 5000):
            with refusing(BadRequest):
                store.page(Query(search=search))

    # Changes --------------------------------------------------------------------------------------

    def test_what_is_made_can_be_read(self, store: Store[Any]) -> None:
        """By its key, with the values that were given."""
        thing = store.create(self.values(0))
        [found] = store.many([store.key(thing)])
        assert getattr(found, self.text) == self.values(0)[self.text]
        assert store.version(found) == store.version(thing)

    def test_values_that_do_not_pass(self, store: Store[Any]) -> None:
        """Are told by field, all at once, and nothing is made of them."""
        wrong = {**self.values(0), self.text: self.wrong, "no_such_field": 1}
        with refusing(UnprocessableContent) as refusal:
            store.create(wrong)
        assert {one["where"] for one in refusal[0].errors} == {self.text, "no_such_field"}
        assert all(one["message"] for one in refusal[0].errors)
        with refusing(UnprocessableContent) as refusal:
            store.create({})
        required = {field.name for field in store.shape if field.required}
        assert {one["where"] for one in refusal[0].errors} == required
        assert len(store.page()) == 0

    def test_text_that_no_database_stores(self, store: Store[Any]) -> None:
        """Is refused before one sees it."""
        for text in ("nul\x00", "\ud800"):
            with refusing(UnprocessableContent):
                store.create({**self.values(0), self.text: text})

    def test_changes(self, store: Store[Any]) -> None:
        """Change what is given, and nothing else."""
        if Can.UPDATE not in store.can:
            return
        one, two = self._filled(store, 2)
        key = store.key(one)
        text = self.values(7)[self.text]
        changed = store.update(one, {self.text: text})
        assert getattr(changed, self.text) == text
        assert store.key(changed) == key
        assert self._texts(store.many([key, store.key(two)])) == ["00007", "00001"]
        with refusing(UnprocessableContent):
            store.update(changed, {self.text: self.wrong})
        assert self._texts(store.many([key])) == ["00007"]

    def test_changes_by_others_are_noticed(self, store: Store[Any]) -> None:
        """Who changes what somebody else has changed since is told, and changes nothing."""
        if Can.VERSION not in store.can:
            return
        thing = store.create(self.values(0))
        key, seen = store.key(thing), store.version(thing)
        thing = store.update(thing, {self.text: self.values(1)[self.text]}, version=seen)
        assert store.version(thing) != seen
        with refusing(Conflict):
            store.update(thing, {self.text: self.values(2)[self.text]}, version=seen)
        [now] = store.many([key])
        assert self._texts([now]) == ["00001"]
        store.update(now, {self.text: self.values(2)[self.text]}, version=store.version(now))

    def test_deleting(self, store: Store[Any]) -> None:
        """Deletes what it is given, and tells how many."""
        if Can.DELETE not in store.can:
            return
        one, two, three = self._filled(store, 3)
        keys = [store.key(thing) for thing in (one, two, three)]
        dry = store.delete([one, three], dry=True)
        assert dry.allowed
        assert dry.total >= 2
        assert len(store.many(keys)) == 3
        assert store.delete([one, three]) == dry
        assert [store.key(thing) for thing in store.many(keys)] == [keys[1]]
        assert store.delete([]).total == 0

    def test_a_unit_is_done_or_undone_together(self, store: Store[Any]) -> None:
        """What a block has made is there after it, and gone if it raised."""
        if Can.UNIT not in store.can:
            return
        with store.unit():
            kept = store.create(self.values(0))
        key = store.key(kept)
        try:
            with store.unit():
                store.create(self.values(1))
                if Can.UPDATE in store.can:
                    store.update(kept, {self.text: self.values(2)[self.text]})
                raise _Undo
        except _Undo:
            pass
        assert self._texts(store.many([key])) == ["00000"]
        assert len(store.page()) == 1

    def test_a_unit_goes_on_after_what_is_refused(self, store: Store[Any]) -> None:
        """A refusal leaves no broken transaction behind."""
        if Can.UNIT not in store.can:
            return
        with store.unit():
            store.create(self.values(0))
            with refusing(UnprocessableContent):
                store.create({**self.values(1), self.text: self.wrong})
            store.create(self.values(2))
        assert len(store.page()) == 2


class _Undo(Exception):
    """Raised by a test within a unit."""


@contextmanager
def refusing(kind: type[HTTPError]) -> Iterator[list[Any]]:
    """A block that must raise an error of a kind; it is the list's only item afterwards."""
    caught: list[Any] = []
    try:
        yield caught
    except kind as error:
        caught.append(error)
        return
    raise AssertionError(f"{kind.__name__} was not raised")
