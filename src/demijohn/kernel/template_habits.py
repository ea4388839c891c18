"""What templates of Django and Flask ask for, and what is written in ours: asked when Jinja has failed already."""

from __future__ import annotations

import re
from typing import Final

from ..foundation.http.request_habits import HABITS

_OF_THE_REQUEST = re.compile(r"Request object' has no attribute '(\w+)'")

_CSRF_FIELD = "{{ csrf_field }} in a form of your own; {{ form }} has it already."

# What templates of other frameworks ask for: names that are not given here, and tags that Jinja has not got.
TEMPLATES: Final = {
    "'types.SimpleNamespace object' has no attribute": (
        "request.state has what something before has set: a before_request or an around of this app or blueprint."
    ),
    "'url_for' is undefined": "Links are url('show', id=1), files static('app.css').",
    "'get_flashed_messages' is undefined": "It is messages(), with app.use(Sessions()); each has a category.",
    "'messages' is undefined": "It comes with the Sessions battery: app.use(Sessions()).",
    "'session' is undefined": "It comes with the Sessions battery: app.use(Sessions()).",
    "'csrf_token' is undefined": _CSRF_FIELD,
    "'csp_nonce' is undefined": "It is called nonce.",
    "'config' is undefined": "Give the template what it needs: render(..., settings=settings).",
    "'g' is undefined": "It is request.state.",
    "Encountered unknown tag 'url'": "Templates are Jinja's: {{ url('show', id=1) }}.",
    "Encountered unknown tag 'static'": "Templates are Jinja's: {{ static('app.css') }}.",
    "Encountered unknown tag 'load'": "Templates are Jinja's: leave {% load %} out, filters and functions are there.",
    "Encountered unknown tag 'csrf_token'": _CSRF_FIELD,
    "Encountered unknown tag 'empty'": "Templates are Jinja's: {% else %} in a {% for %}.",
    "Encountered unknown tag 'comment'": "Templates are Jinja's: {# ... #}.",
    "expected token 'end of print statement', got ':'": "Templates are Jinja's: {{ day|date('j F Y') }}.",
    "Encountered unknown tag 'ifequal'": "Templates are Jinja's: {% if a == b %}.",
    "Encountered unknown tag 'partialdef'": "A fragment is a block: {% block list %}, and render('page.html#list').",
    "Encountered unknown tag 'blocktrans": "This version has no translations.",
    "Encountered unknown tag 'trans": "This version has no translations.",
    "Encountered unknown tag 'now'": "Give the template what it needs: render(..., today=date.today()).",
    "Encountered unknown tag 'verbatim'": "Templates are Jinja's: {% raw %} ... {% endraw %}.",
    "Encountered unknown tag 'spaceless'": "Templates are Jinja's: {%- and -%} take the space away beside a tag.",
    "Encountered unknown tag 'cycle'": "Templates are Jinja's: {{ loop.cycle('odd', 'even') }}.",
    "Encountered unknown tag 'widthratio'": "Templates are Jinja's: {{ part / all * 100 }}.",
    "'forloop' is undefined": "Templates are Jinja's: loop.index, loop.first, loop.last.",
    "'block' is undefined": "Templates are Jinja's: {{ super() }} is the block of the template below.",
    "'object_list' is undefined": "It is items: {% for post in items %}.",
    "'page_obj' is undefined": "It is page: page.number, page.pages, page.total.",
    "'paginator' is undefined": "It is page: page.number, page.pages, page.total.",
    "'is_paginated' is undefined": "It is {% if page.pages > 1 %}.",
    "'object' is undefined": "It is item, or the name of the model: {{ post.title }}.",
    "'perms' is undefined": "This version has no sign-in: a ContextValue gives templates a value of your own.",
    "'current_user' is undefined": "This version has no sign-in: a ContextValue gives templates a value of your own.",
    "'debug' is undefined": "Give the template what it needs: render(..., debug=app.debug).",
    "'settings' is undefined": "Give the template what it needs: render(..., settings=settings).",
    "'STATIC_URL' is undefined": "Files are {{ static('app.css') }}.",
    "'MEDIA_URL' is undefined": "Files of the Storage battery are {{ media(post.photo) }}.",
    "'off' is undefined": "Templates are Jinja's: {% autoescape false %}; for one value {{ text|safe }}.",
    "'user' is undefined": "This version has no sign-in: a ContextValue gives templates a value of your own.",
    "has no attribute 'user'": "This version has no sign-in: a ContextValue gives templates a value of your own.",
    "has no attribute 'session'": "It is session, with app.use(Sessions()).",
    "has no attribute 'tags'": "It is category.",
    "has no attribute 'num_pages'": "It is pages.",
    "has no attribute 'next_page_number'": "It is next_page, which is None on the last one.",
    "has no attribute 'previous_page_number'": "It is previous_page, which is None on the first one.",
    "has no attribute 'has_other_pages'": "It is {% if page.pages > 1 %}.",
    "has no attribute 'has_prev'": "It is has_previous.",
    "has no attribute 'as_ul'": "It is {{ form }}.",
    "has no attribute 'as_p'": "It is {{ form }}.",
    "has no attribute 'as_div'": "It is {{ form }}.",
    "has no attribute 'as_table'": "It is {{ form }}.",
    "has no attribute 'hidden_tag'": "It is {{ form.opening }}, which has the tag <form> too; {{ form }} is all of it.",
    "has no attribute 'csrf_token'": _CSRF_FIELD,
    "has no attribute 'non_field_errors'": "It is {{ form.summary }}; {{ form }} has it already.",
    "has no attribute 'management_form'": "Nothing: for row in form.lines, each with fields.",
}


def template_fix(message: str) -> str | None:
    """What to write in a template instead of what Jinja complains of; None for what is nobody's habit."""
    asked = _OF_THE_REQUEST.search(message)
    if asked is not None and asked[1] in HABITS:
        return f"It is {HABITS[asked[1]]}."
    return next((fix for habit, fix in TEMPLATES.items() if habit in message), None)
