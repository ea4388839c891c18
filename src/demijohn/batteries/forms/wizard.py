"""`Wizard`: a form in several steps, kept in the session until the last of them is right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.parse import quote

from ...foundation.errors import SetupError, Where
from ...foundation.http.errors import UnsupportedMediaType
from ...foundation.http.request import Request
from ...foundation.http.response import RedirectResponse, Response
from ...foundation.markup import Markup
from .buttons import BACK
from .form import Form
from .kept import SUFFIX, drop_after, kept_token, restored_files
from .messages import MESSAGES
from .prefixes import own_pairs
from .rendering import rendered
from .submission import receive_request
from .widgets import humanised

if TYPE_CHECKING:
    from ..sessions import Session

_LEFT_OUT = frozenset({BACK, "csrf_token"})


@dataclass(frozen=True, slots=True)
class Step:
    """One step as a page lists it: where it is, and whether it is right, open to the visitor, or the one shown."""

    name: str
    label: str
    address: str
    state: Literal["current", "done", "open", "ahead"]


class Wizard:
    """A form in several steps: `steps` are forms, or types for them, by name.

    A handler is given one by annotation. `wizard.done` says that the last step was sent and every step is right; then
    `wizard["items"].value` is what one has, and `wizard.clear()` forgets all. Else it answers with a template that
    shows `{{ wizard }}`: a step that is right leads to the next by itself. Nothing typed is lost by going back.

    `labels` are what the steps are called. What was sent is kept as text in the session, under the name `key`; files
    are kept by whoever keeps those of forms, as `Storage` does, and go when the wizard is cleared, or after their time.
    """

    __provided_by__ = "demijohn.forms:Forms"

    steps: ClassVar[Mapping[str, Any]] = {}
    labels: ClassVar[Mapping[str, str]] = {}
    key: ClassVar[str] = ""
    template: ClassVar[str] = "forms/wizard.html"
    onward: str = "Continue"
    finish: str = "Finish"
    back: str = "Back"

    def __init__(self, request: Request, session: Session, db: Any = None) -> None:
        self.request = request
        self.session = session
        self.forms: dict[str, Form[Any]] = {}
        self.done = False
        self.moved: str | None = None
        self._db = db
        self._kept: dict[str, list[list[str]]] = dict(session.get(self._key, {}))
        self._gone: dict[str, set[str]] = {}
        asked = request.query.get("step")
        self.step = asked if asked in self.steps and asked in self._open() else self._open()[-1]
        if request.method == "POST":
            self._receive()
        if self.step not in self.forms:
            self.forms[self.step] = self._restored(self.step)
        self._dress(self.forms[self.step])

    @classmethod
    def kinds(cls) -> dict[str, type[Form[Any]]]:
        """The forms of the steps; SetupError for what is none."""
        found: dict[str, type[Form[Any]]] = {}
        for name, step in cls.steps.items():
            is_form = isinstance(step, type) and issubclass(step, Form)
            kind: Any = step if is_form else Form[step]  # type: ignore[valid-type]
            found[name] = kind
        if not found:
            raise SetupError(
                "DMJ0586", f"{cls.__name__} has no steps.", where=Where.of(cls),
                fix='Name them in their order:\nsteps = {"address": Address, "payment": PaymentForm}',
            )  # fmt: skip
        return found

    @classmethod
    def refuse_files(cls) -> None:
        """Raise SetupError for steps with files, where nobody keeps any."""
        for name, kind in cls.kinds().items():
            if kind.shape().has_files:
                raise SetupError(
                    "DMJ0587", f"The step {name!r} of {cls.__name__} has a field for a file, and nothing keeps files.",
                    fix="Have them kept until the last step:\nfrom demijohn.storage import Storage\napp.use(Storage())",
                    where=Where.of(cls),
                )  # fmt: skip

    # What is kept -------------------------------------------------------------------------------------------

    @property
    def _key(self) -> str:
        return self.key or f"wizard:{type(self).__name__}"

    def _restored(self, name: str) -> Form[Any]:
        """The form of a step with what was kept of it: checked, if anything was."""
        form = self.kinds()[name](db=self._db)
        form.request = self.request
        if name in self._kept:
            texts = [(field, text) for field, text in self._kept[name]]
            files, self._gone[name] = [], set()
            for field, file, token in restored_files(self.request, texts):
                if file is None:
                    self._gone[name].add(field)
                else:
                    files.append((field, file))
                    form.tokens[id(file)] = token
            form.receive(texts, files)
            for field in self._gone[name]:
                form.errors[field] = []  # in place of "This field is required."
                form.add_error(field, MESSAGES["file_gone"])
        return form

    def _open(self) -> list[str]:
        """The steps that may be shown: those that are right, and the first that is not."""
        names = []
        for name in self.steps:
            names.append(name)
            if name not in self.forms:
                self.forms[name] = self._restored(name)
            if not self.forms[name].valid:
                break
        return names

    def _keep(self, name: str, form: Form[Any]) -> None:
        pairs = own_pairs(form.prefix, self.request.form.multi_items())
        kept = [[field, text] for field, text in pairs if field not in _LEFT_OUT and not field.endswith(SUFFIX)]
        for field, file in form.brought:
            if field in form.errors or not form.takes_file(field) or not (file.size or file.filename):
                continue
            token = kept_token(form, file)
            if token:
                kept.append([field + SUFFIX, token])
            else:
                form.add_error(field, form.say("file_lost", name=file.filename))
        drop_after(self.request, _tokens(self._kept.get(name, [])) - _tokens(kept))
        self._kept[name] = kept
        self.session[self._key] = self._kept

    def clear(self) -> None:
        """Forget what was sent, when it has been used or is given up: the files too."""
        drop_after(self.request, set().union(*map(_tokens, self._kept.values())))
        self._kept = {}
        if self._key in self.session:
            del self.session[self._key]

    def load_choices(self) -> None:
        """Ask the database now for what the page will show."""
        self.form.load_choices()

    # What was sent ------------------------------------------------------------------------------------------

    def _receive(self) -> None:
        if "json" in (self.request.body_type or ""):
            raise UnsupportedMediaType("Steps are sent as forms, one after another.")
        form = self.kinds()[self.step](db=self._db)
        receive_request(form, self.request, keeps_files=True)
        self.forms[self.step] = form
        names = list(self.steps)
        place = names.index(self.step)
        if form.pressed is not None and form.pressed.button == BACK:
            self._keep(self.step, form)
            self.moved = names[max(0, place - 1)]
            return
        if form.valid:
            self._keep(self.step, form)
        if form.valid:  # and no file was too large to be kept
            open_now = self._open()
            wrong = [name for name in open_now if not self.forms[name].valid]
            self.done = place == len(names) - 1 and not wrong
            if not self.done:
                self.moved = wrong[0] if place == len(names) - 1 else names[place + 1]

    # Showing ------------------------------------------------------------------------------------------------

    @property
    def form(self) -> Form[Any]:
        """The form of the step that is shown."""
        return self.forms[self.step]

    def __getitem__(self, name: str) -> Form[Any]:
        if name not in self.steps:
            raise KeyError(f"The wizard has no step {name!r}. It has: {', '.join(self.steps)}.")
        if name not in self.forms:
            self.forms[name] = self._restored(name)
        return self.forms[name]

    def _dress(self, form: Form[Any]) -> None:
        names = list(self.steps)
        form.action = f"?step={quote(self.step)}"
        form.submit = self.finish if self.step == names[-1] else self.onward
        form.back = "" if self.step == names[0] else self.back
        if self.request.method != "POST" and form.errors and form.pressed is None:
            # It was left by going back: nothing is wrong with it yet, but for files that are not there any more.
            gone = self._gone.get(self.step, set())
            form.errors = {name: errors for name, errors in form.errors.items() if name in gone}

    @property
    def listed(self) -> list[Step]:
        """The steps in their order, as a page shows where the visitor is."""
        reached = self._open()
        found = []
        for name in self.steps:
            done = name in reached and self.forms[name].valid
            state: Any = "current" if name == self.step else "done" if done else "open" if name in reached else "ahead"
            label = self.labels.get(name) or humanised(re.sub(r"[-.]", " ", name))
            found.append(Step(name, label, f"?step={quote(name)}", state))
        return found

    def answer(self) -> Response | None:
        """The way to another step, where there is one to go: what is sent in place of the page."""
        if self.moved is None:
            return None
        return RedirectResponse(f"{self.request.root_path}{quote(self.request.path)}?step={quote(self.moved)}", 303)

    def __html__(self) -> Markup:
        return rendered(self.template, {"wizard": self, "form": self.form}, self.request)

    def __str__(self) -> Markup:
        return self.__html__()


def _tokens(kept: list[list[str]]) -> set[str]:
    """The tokens of files in what is kept of a step."""
    return {text for field, text in kept if field.endswith(SUFFIX)}
