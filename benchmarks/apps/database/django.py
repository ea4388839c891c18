"""Django's ORM on psycopg with its own pool; no middleware, templates cached."""

from __future__ import annotations

import django
from django.conf import settings
from sqlalchemy import make_url

from ..folder import TEMPLATES
from .work import CONNECTIONS, EXTRA, URL, any_number, some_keys

_url = make_url(URL)
settings.configure(
    SECRET_KEY="benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": _url.database,
            "USER": _url.username,
            "HOST": _url.host,
            "PORT": str(_url.port),
            "OPTIONS": {"pool": {"min_size": CONNECTIONS, "max_size": CONNECTIONS}},
        }
    },
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [str(TEMPLATES)]}],
    LOGGING_CONFIG=None,
    USE_I18N=False,
)
django.setup()

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import models  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.urls import path  # noqa: E402


class World(models.Model):
    id = models.IntegerField(primary_key=True)
    random_number = models.IntegerField()

    class Meta:
        app_label = "benchmark"
        db_table = "world"


class Fortune(models.Model):
    id = models.IntegerField(primary_key=True)
    message = models.CharField(max_length=2048)

    class Meta:
        app_label = "benchmark"
        db_table = "fortune"


def shape(world):
    return {"id": world.id, "randomNumber": world.random_number}


def one(request):
    return JsonResponse(shape(World.objects.get(id=any_number())))


def several(request):
    worlds = [World.objects.get(id=key) for key in some_keys(int(request.GET.get("queries", 1)))]
    return JsonResponse([shape(world) for world in worlds], safe=False)


def fortunes(request):
    rows = list(Fortune.objects.all())
    rows.append(Fortune(id=0, message=EXTRA))
    rows.sort(key=lambda row: row.message)
    return render(request, "fortunes.html", {"fortunes": rows})


def updates(request):
    worlds = [World.objects.get(id=key) for key in some_keys(int(request.GET.get("queries", 1)))]
    for world in worlds:
        world.random_number = any_number()
    World.objects.bulk_update(worlds, ["random_number"])
    return JsonResponse([shape(world) for world in worlds], safe=False)


urlpatterns = [path("db", one), path("queries", several), path("fortunes", fortunes), path("updates", updates)]
app = WSGIHandler()
