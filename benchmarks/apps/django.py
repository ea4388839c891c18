"""Django, with its templates and its ORM, Pydantic for the order, and WhiteNoise for the static file.

No middleware but WhiteNoise: what a Django without sessions, users and CSRF protection does.
"""

from __future__ import annotations

import django
from django.conf import settings

from .folder import DATABASE, STATIC, TEMPLATES
from .order_pydantic import Order
from .work import ITEMS, MESSAGE, PARAMETER_ROUTES, STATIC_ROUTES, summarize

settings.configure(
    SECRET_KEY="benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(DATABASE), "CONN_MAX_AGE": None}},
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [str(TEMPLATES)]}],
    LOGGING_CONFIG=None,
    USE_I18N=False,
)
django.setup()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import models  # noqa: E402
from django.http import HttpResponse, JsonResponse  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from whitenoise import WhiteNoise  # noqa: E402


class Row(models.Model):
    name = models.CharField(max_length=80)

    class Meta:
        app_label = "benchmark"
        db_table = "rows"


def plaintext(request):
    return HttpResponse(MESSAGE, content_type="text/plain")


def json(request):
    return JsonResponse({"message": MESSAGE})


def user(request, id):
    return JsonResponse({"id": id, "q": request.GET.get("q"), "limit": int(request.GET.get("limit", 10))})


@csrf_exempt
def orders(request):
    return JsonResponse(summarize(Order.model_validate_json(request.body)))


def items(request):
    return render(request, "items.html", {"items": ITEMS})


def row(request, id):
    found = Row.objects.get(pk=id)
    return JsonResponse({"id": found.id, "name": found.name})


def section(request):
    return HttpResponse("filler", content_type="text/plain")


def thing(request, id):
    return HttpResponse(str(id), content_type="text/plain")


urlpatterns = [
    path("plaintext", plaintext),
    path("json", json),
    path("users/<int:id>", user),
    path("orders", orders),
    path("items", items),
    path("rows/<int:id>", row),
    *(path(route[1:], section) for route in STATIC_ROUTES),
    *(path(f"{start[1:]}<int:id>{end}", thing) for start, end in PARAMETER_ROUTES),
]
app = WhiteNoise(WSGIHandler(), root=str(STATIC), prefix="static")
