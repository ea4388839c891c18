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
