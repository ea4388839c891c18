"""What templates write of a token: a hidden field, or nothing where the browser needs none."""

from __future__ import annotations

from ...foundation.http.request import Request
from ...foundation.markup import HTML
from .tokens import FIELD, csrf_token


def csrf_field(request: Request) -> HTML | str:
    """`{{ csrf_field }}`, for the inside of a form."""
    token = csrf_token(request)
    return HTML('<input type="hidden" name="{}" value="{}">', FIELD, token) if token else ""
