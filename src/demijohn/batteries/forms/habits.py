"""What forms of other frameworks are asked for, and what to write instead."""

from __future__ import annotations

from typing import Final

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
    "validate_on_submit": "form.valid, which it is not when it is only looked at (GET)",
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
    "widgets": 'Field(widget="textarea")',
}
"""What `demijohn.forms` is asked for from habit."""


def instead_of(name: str) -> str | None:
    """What to write instead of a name of another framework's forms; None if it is nobody's habit."""
    typed = name.endswith("Field") or (name.endswith("Input") and name != "Input")
    return NAMES.get(name) or (_TYPED if typed else None)
