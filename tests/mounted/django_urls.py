"""A few views beside the admin: an upload, a stream, a link."""

import asyncio
from collections.abc import AsyncIterator, Iterator

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path, reverse
from django.views.decorators.csrf import csrf_exempt


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.path}|{request.path_info}|{reverse('home')}|{request.build_absolute_uri()}")


@csrf_exempt
def upload(request: HttpRequest) -> HttpResponse:
    file = request.FILES["photo"]
    return HttpResponse(f"{file.name}: {file.size}, {request.POST['title']}")


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def lines() -> Iterator[str]:
        for number in range(3):
            yield f"{number}\n"

    return StreamingHttpResponse(lines(), content_type="text/plain")


async def stream_async(request: HttpRequest) -> StreamingHttpResponse:
    async def lines() -> AsyncIterator[str]:
        for number in range(3):
            yield f"{number}\n"
            await asyncio.sleep(0)

    return StreamingHttpResponse(lines(), content_type="text/plain")


urlpatterns = [
    path("", home, name="home"),
    path("upload", upload),
    path("stream", stream),
    path("stream-async", stream_async),
    path("admin/", admin.site.urls),
]
