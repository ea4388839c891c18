"""Views with a form: whatever it is for, and those that make, change and delete what is in a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ....foundation.errors import SetupError, Where
from ....kernel.forgotten import provided_by
from ....kernel.links import Links
from ....kernel.routes import Route
from ....kernel.views import spelt_freely
from ...stores import Deletion, Protected
from ..form import Form
from .building import (
    SHOWING,
    TAKING,
    StoreView,
    call,
    find,
    handler,
    model_of,
    named,
    part,
    rendered,
    require_target,
    require_template,
    sent_on,
)
from .reading import require_name
from .saving import saved, values_of

_FORM_HABITS: Mapping[str, str] = {
    "form_class": "form = PostForm",
    "success_url": 'to = "posts.index"',
    "get_success_url": "def done(self): ...      whose answer goes before `to`",
    "form_valid": "def done(self): ...      with a handler's parameters; the form is self.form",
    "form_invalid": "Leave it out: the form is shown again, with its errors.",
    "get_form": "form = PostForm      and def context(self) for what the template needs beside it",
    "get_initial": "title = Field(...)      in the class of the form",
}


class _Sending(StoreView):
    """What sends visitors on when it is done."""

    to: ClassVar[Any] = None

    @spelt_freely
    def done(self) -> Any:
        """What is done when all is well, with a handler's parameters; an answer goes before the redirect to `to`."""
        return None

    @classmethod
    def handlers(cls) -> Iterator[tuple[str, Callable[..., Any]]]:
        """GET and POST, unless there is a `get` or a `post`; the other methods as in any view."""
        others = dict(super().handlers())
        require_template(cls)
        if cls.done is _Sending.done:
            require_target(cls)
        for method, answer, hooks in (("GET", cls._show, SHOWING), ("POST", cls._take, TAKING)):
            if method not in others:
                yield method, handler(cls, answer, hooks, **cls._parts())
        yield from others.items()

    @classmethod
    def _parts(cls) -> dict[str, Any]:
        return {}

    def _show(self, **given: Any) -> Any:
        raise TypeError(f"{type(self).__name__} is no view by itself: inherit from FormView, CreateView, ...")

    def _take(self, **given: Any) -> Any:
        raise TypeError(f"{type(self).__name__} is no view by itself: inherit from FormView, CreateView, ...")


@provided_by("demijohn.templates:Templates")
class FormView(_Sending):
    """A form on a page: `done` is called with what was sent, when it is valid; until then it is shown again.

    `form` is a class of forms, or the type that one is made for; `template` is given it as `form`. `done` has a
    handler's parameters, finds `self.form`, and may answer; else visitors are sent `to` a handler, a name or a path.

    >>> from demijohn import Schema
    >>> class Message(Schema):
    ...     text: str
    >>> class Contact(FormView):
    ...     template = "contact.html"
    ...     form = Message
    ...     to = "/thanks"
    ...
    ...     def done(self):
    ...         print(self.form.value.text)
    """

    keeps: ClassVar[bool] = False
    form: Any = None
    habits: ClassVar[Mapping[str, str]] = {**StoreView.habits, **_FORM_HABITS}

    @classmethod
    def _parts(cls) -> dict[str, Any]:
        return {"form": part(form_of(cls))}

    def _show(self, **given: Any) -> Any:
        self.form = given["form"]
        return rendered(self, {"form": self.form})

    def _take(self, **given: Any) -> Any:
        form: Form[Any] = given["form"]
        self.form = form
        return sent_on(self, {}) if form.valid else rendered(self, {"form": form})


class _Saving(_Sending):
    """What keeps what a form says."""

    form: Any = None
    fields: ClassVar[Sequence[str]] = ()
    item: Any = None
    habits: ClassVar[Mapping[str, str]] = {**StoreView.habits, **_FORM_HABITS}

    @spelt_freely
    def values(self) -> Mapping[str, Any]:
        """What is saved beside what the form says, and goes before it; with a handler's parameters."""
        return {}

    @classmethod
    def _parts(cls) -> dict[str, Any]:
        return {"form": part(form_of(cls))}

    def _told(self) -> dict[str, Any]:
        return {"form": self.form, **named(self.store.shape, self.item)}

    def _goal(self, by: str) -> dict[str, Any]:
        """The values of links to what was saved."""
        shape = self.store.shape
        values = {name: str(text) for name, text in self.request.path_params.items()}
        key = shape.write_key(self.store.key(self.item))
        return {**values, "id": key, "key": key, by: str(getattr(self.item, by, key))}


@provided_by("demijohn.templates:Templates")
class CreateView(_Saving):
    """Makes a thing of a form: `fields` names what visitors may set of the model, or `form` is a class of forms.

    `values` says what else is saved; `done` and `to` are as in `FormView`, and `to` may take the new thing's key, as
    `id`. What the store refuses, a name that is taken say, is told on the form.

    >>> class NewPost(CreateView):
    ...     template = "posts/new.html"
    ...     fields = ["title", "body"]
    ...     to = "posts.show"
    ...
    ...     def values(self):
    ...         return {"address": self.request.client}
    """

    def _show(self, **given: Any) -> Any:
        self.form = given["form"]
        return rendered(self, self._told())

    def _take(self, **given: Any) -> Any:
        form: Form[Any] = given["form"]
        self.form = form
        if form.valid:
            values = values_of(form, self.store.shape, call(self, "values") or {})
            self.item = saved(form, lambda: self.kept.create(values))
            if not form.failed:
                return sent_on(self, self._goal("id"))
        return rendered(self, self._told())


@provided_by("demijohn.templates:Templates")
class UpdateView(_Saving):
    """Changes the thing that the path names, by a form: as `CreateView`, and `by` as in `DetailView`.

    Of a store that counts changes, as models do that are `Versioned`, the form is good for what its visitor saw: if
    somebody else was faster, it is shown again with all that was typed, and with what there is now.

    >>> class EditPost(UpdateView):
    ...     template = "posts/edit.html"
    ...     fields = ["title", "body"]
    ...     to = "posts.show"
    """

    by: ClassVar[str] = "id"

    @classmethod
    def _parts(cls) -> dict[str, Any]:
        return {**super()._parts(), cls.by: part(str)}

    @classmethod
    def check(cls, links: Links, route: Route) -> None:
        """Called when the app is sealed: a path that does not name what is changed is a SetupError."""
        super().check(links, route)
        require_name(cls, cls.by, route)

    def _show(self, **given: Any) -> Any:
        self._find(**given)
        return rendered(self, self._told())

    def _take(self, **given: Any) -> Any:
        version = self._find(**given)
        item, form = self.item, self.form
        if form.valid:
            values = values_of(form, self.store.shape, call(self, "values") or {})
            changed = saved(form, lambda: self.kept.update(item, values, version=version))
            if not form.failed:
                self.item = changed
                return sent_on(self, self._goal(self.by))
        return rendered(self, self._told())

    def _find(self, **given: Any) -> str:
        """Find the thing, and fill the form with it; its version, if the store counts changes."""
        self.item = item = find(self, self.by, given[self.by])
        self.form = form = given["form"].fill(item)
        version = self.store.version(item) if self.store.shape.version else ""
        form.hold_to(version)
        return version


@provided_by("demijohn.templates:Templates")
class DeleteView(_Sending):
    """Asks, then deletes the thing that the path names: `template` is given it as `item`, and the `deletion`.

    `deletion` tells what goes along, and what stands in the way: if anything does, nothing is deleted, and the template
    is shown again, with status 409.

    >>> class DeletePost(DeleteView):
    ...     template = "posts/delete.html"
    ...     to = "posts.index"
    """

    by: ClassVar[str] = "id"
    item: Any
    deletion: Deletion
    habits: ClassVar[Mapping[str, str]] = {**StoreView.habits, **_FORM_HABITS}

    @classmethod
    def _parts(cls) -> dict[str, Any]:
        return {cls.by: part(str)}

    @classmethod
    def check(cls, links: Links, route: Route) -> None:
        """Called when the app is sealed: a path that does not name what is deleted is a SetupError."""
        super().check(links, route)
        require_name(cls, cls.by, route)

    def _show(self, **given: Any) -> Any:
        self.item = find(self, self.by, given[self.by])
        self.deletion = self.kept.delete([self.item], dry=True)
        return self._asking(200)

    def _take(self, **given: Any) -> Any:
        self.item = find(self, self.by, given[self.by])
        try:
            self.deletion = self.kept.delete([self.item])
        except Protected as error:
            self.deletion = error.deletion
            return self._asking(409)
        return sent_on(self, {**self.request.path_params})

    def _asking(self, status: int) -> Any:
        return rendered(self, {**named(self.store.shape, self.item), "deletion": self.deletion}, status)


def form_of(view: Any) -> Any:
    """The class of a view's forms: its `form`, a form for that type, or one of the model's `fields`."""
    told = view.__dict__.get("form", view.form)
    if isinstance(told, type) and issubclass(told, Form):
        return told
    if told is not None:
        kind: Any = Form  # of a type that only this class knows
        return kind[told]
    fields = list(getattr(view, "fields", ()))
    model: Any = model_of(view)
    if fields and model is not None:
        made = type(f"{view.__name__}Form", (Form[model],), {"fields": fields, "__module__": view.__module__})
        view.form = made
        return made
    raise SetupError(
        "DMJ0580", f"{view.__name__} does not say which form it shows.",
        fix="form = PostForm" + (', or fields = ["title", ...] of its model' if model is not None else ""),
        where=Where.of(view),
    )  # fmt: skip
