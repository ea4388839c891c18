"""Django: the same JSON, page and form, each by its own means; only the middleware that the work needs."""

from __future__ import annotations

from typing import Any

import django
from django.conf import settings

from ..folder import TEMPLATES
from .work import KINDS, MESSAGE, ROWS, TEXTS

settings.configure(
    SECRET_KEY="benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [str(TEMPLATES)]}],
    LOGGING_CONFIG=None,
    USE_I18N=False,
)
django.setup()

from django import forms  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.http import HttpResponse, JsonResponse  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from django.urls import path  # noqa: E402

# JSON ---------------------------------------------------------------------------------------------------------


def json(request):
    return JsonResponse({"message": MESSAGE})


def read(request):
    return JsonResponse({"message": request.session["message"]})


def begin(request):
    request.session["message"] = MESSAGE
    return HttpResponse(MESSAGE)


def make_app(*middleware: str) -> Any:
    with override_settings(MIDDLEWARE=[f"django.{name}" for name in middleware]):
        return WSGIHandler()


# As `startproject` has them.
_HEADERS = ("middleware.security.SecurityMiddleware", "middleware.clickjacking.XFrameOptionsMiddleware")
_remembering = make_app(*_HEADERS, "contrib.sessions.middleware.SessionMiddleware")
_apps = {"/bare": make_app(), "/headers": make_app(*_HEADERS)}


def wsgi(environ: dict[str, Any], start_response: Any) -> Any:
    return _apps.get(environ["PATH_INFO"], _remembering)(environ, start_response)


# Pages and forms ----------------------------------------------------------------------------------------------

_MAKERS = {
    "name": lambda: forms.CharField(max_length=50),
    "count": lambda: forms.IntegerField(min_value=0, max_value=100),
    "email": lambda: forms.EmailField(max_length=320),
    "day": forms.DateField,
    "price": forms.DecimalField,
    "kind": lambda: forms.ChoiceField(choices=[(kind, kind) for kind in KINDS]),
    "flag": lambda: forms.BooleanField(required=False),
}
EntryForm: Any = type("EntryForm", (forms.Form,), {name: _MAKERS[name.partition("_")[0]]() for name in TEXTS})


def rows(request):
    return render(request, "rows.html", {"rows": ROWS})


def take_form(request):
    form = EntryForm(request.POST)
    if form.is_valid():
        return HttpResponse(form.cleaned_data["name_0"])
    return render(request, "form-django.html", {"form": form})


urlpatterns = [
    *(path(name, json) for name in ("bare", "headers", "cookie")),
    path("session", read),
    path("begin", begin),
    path("rows", rows),
    path("form", take_form),
]
pages = make_app()
