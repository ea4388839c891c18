"""What forms of other frameworks are asked for, and what to write instead."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final

from ...foundation.errors import SetupError, Where

HABITS: Final = {
    "as_div": "{{ form }}",
    "as_p": "{{ form }}",
    "as_table": "{{ form }}",
    "cleaned_data": "form.value",
    "csrf_token": "{{ csrf_field }}, which {{ form }} has already",
    "data": "form.value",
    "full_clean": "form.valid",
    "hidden_tag": "{{ form.opening }}",
    "is_bound": 'request.method == "POST"',
    "is_submitted": 'request.method == "POST"',
    "is_valid": "form.valid",
    "media": "nothing: {{ form }} brings its style and script",
    "non_field_errors": "{{ form.summary }}",
    "populate_obj": "form.apply(post)",
    "process": "form.fill(post)",
    "validate_on_submit": "form.valid, of the form that the handler is given: def new(form: PostForm)",
}
"""Of Django's forms, and of WTForms and Flask-WTF."""

_TYPED: Final = "a Schema with types, title: Annotated[str, Meta(max_length=80)], and a handler with form: Form[PostIn]"

NAMES: Final = {
    "ModelForm": 'class PostForm(Form[Post]): fields = ["title"]',
    "FlaskForm": _TYPED,
    "formset_factory": "a field list[Row] of the form's type",
    "inlineformset_factory": "Field(form=RowForm) for the relation, in the form of a model",
    "modelform_factory": 'class PostForm(Form[Post]): fields = ["title"]',
    "modelformset_factory": "Field(form=RowForm) for the relation, in the form of a model",
    "validators": "bounds stand in the type, Annotated[str, Meta(max_length=80)]; others: Field(validators=[check])",
    "DataRequired": "the type: str is required, str | None is not",
    "InputRequired": "the type: str is required, str | None is not",
    "Length": "Annotated[str, Meta(min_length=2, max_length=80)]",
    "ValidationError": "ValueError, raised by validate_title(self, value) of the form",
    "FileField": "UploadedFile, the type of the field",
    "widgets": 'Field(widget="textarea")',
    "RadioSelect": 'Field(widget="radios")',
    "Select": 'Field(widget="select")',
    "Textarea": 'LongText for the type, or Field(widget="textarea")',
}
"""What `demijohn.forms` is asked for from habit."""


FIELDS: Final = {
    "data": "form.value, or {{ field.text }} in a template",
    "description": "{{ field.help }}",
    "field": "{{ field.part }}",
    "help_text": "{{ field.help }}",
    "html_name": "{{ field.name }}",
    "id_for_label": "{{ field.id }}",
    "is_hidden": '{{ field.widget == "hidden" }}',
    "label_tag": '<label for="{{ field.id }}">{{ field.label }}</label>',
    "value": "{{ field.text }}",
}
"""What a field of a form is asked for from habit."""

OPTIONS: Final = {
    "class_": 'attributes={"class": "..."}',
    "coerce": "the type of the field, title: int",
    "default": "a default of the type, title: str = ...",
    "description": "help=",
    "help_text": "help=",
    "initial": "a default of the type, title: str = ...",
    "max_length": "the type, title: Annotated[str, Meta(max_length=80)]",
    "max_value": "the type, count: Annotated[int, Meta(le=99)]",
    "min_length": "the type, title: Annotated[str, Meta(min_length=2)]",
    "min_value": "the type, count: Annotated[int, Meta(ge=1)]",
    "queryset": "KeyOf(Author), beside the type: author: Annotated[int, KeyOf(Author)]",
    "render_kw": "attributes=",
    "title": "label=",
    "verbose_name": "label=",
}
"""What `Field(...)` is given from habit."""


def refuse_options(given: tuple[object, ...], names: Iterable[str], known: Container[str]) -> None:
    """Raise TypeError for options that `Field` has not got, with those that are meant."""
    unknown = [name for name in names if name not in known]
    if given:
        raise TypeError(f"Field takes its options by name: Field(label={given[0]!r}).")
    if unknown:
        instead = OPTIONS.get(unknown[0])
        raise TypeError(f"Field has no {unknown[0]}=." + (f" Instead: {instead}" if instead else ""))


def instead_of(name: str) -> str | None:
    """What to write instead of a name of another framework's forms; None if it is nobody's habit."""
    typed = name.endswith("Field") or (name.endswith("Input") and name != "Input")
    return NAMES.get(name) or (_TYPED if typed else None)


_FORM: Final = "demijohn.batteries.forms.form"
_FIELDS: Final = 'title = Field(label="...", widget="textarea"), in the form'
_CLASS: Final = {
    "Meta": 'fields = ["title"], in the form itself',
    "exclude": 'fields = ["title"]: what visitors may set is named',
    "labels": _FIELDS,
    "help_texts": _FIELDS,
    "widgets": _FIELDS,
    "field_classes": _FIELDS,
    "error_messages": 'title = Field(error="..."), in the form',
    "clean": "def validate(self), which calls self.add_error(name, message) or raises ValueError",
}


def refuse_foreign(form: type, parts: Container[str], where: Where) -> None:
    """Refuse what stands in a form's class from habit: nobody would read it, and its rules would not be kept."""
    found = {}
    for name in (name for kind in form.__mro__ if kind.__module__ != _FORM for name in vars(kind)):
        field = name.removeprefix("clean_")
        if name in _CLASS and name not in parts:
            found[name] = _CLASS[name]
        elif field != name and field in parts:
            found[name] = f"def validate_{field}(self, value), which returns what is to be taken"
    if found:
        raise SetupError(
            "DMJ0582", f"{form.__name__} has {', '.join(found)}, which nothing reads.", where=where,
            fix="\n".join(f"{name}: {instead}" for name, instead in found.items()),
        )  # fmt: skip
