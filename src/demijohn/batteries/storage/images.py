"""Images: decoded and written anew, so that nothing is kept but the picture."""

from __future__ import annotations

import io
from typing import IO, Any, Final

from ...foundation.http.errors import UnprocessableContent
from ...foundation.http.uploaded_file import UploadedFile
from ...foundation.lazy import need
from .kinds import IMAGES, kind_of

_FORMATS: Final = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/avif": "AVIF",
}


def clean_image(
    content: UploadedFile | IO[bytes] | bytes, *, largest: int = 2000, most_pixels: int = 50_000_000
) -> bytes:
    """The picture alone, upright, at most `largest` pixels wide and high: no place, no comment, nothing hidden in it.

    It keeps its kind; an animation becomes its first picture. Raises `UnprocessableContent` for what is no image, is
    broken, or has more than `most_pixels`. Takes tens of milliseconds of a processor: `asyncio.to_thread` in
    `async def`. Needs the extra `images`.
    """
    kind = kind_of(content)
    if kind not in IMAGES:
        raise UnprocessableContent("This is no image that browsers show.")
    image_module = need("PIL.Image", extra="images", wanted_by="clean_image")
    operations = need("PIL.ImageOps", extra="images", wanted_by="clean_image")
    data = content if isinstance(content, bytes) else _all_of(content)
    try:
        # The kind is told to it, so that no other decoder of the library is asked what a visitor's file could be.
        picture: Any = image_module.open(io.BytesIO(data), formats=(_FORMATS[kind],))
        if picture.width * picture.height > most_pixels:
            raise UnprocessableContent(f"The image is too large: {picture.width} by {picture.height} pixels.")
        picture = operations.exif_transpose(picture)
        picture.thumbnail((largest, largest))
        bare = image_module.new(picture.mode, picture.size)
        if picture.mode == "P":
            bare.putpalette(picture.getpalette())
        bare.paste(picture)
        written = io.BytesIO()
        bare.save(written, _FORMATS[kind])
    except UnprocessableContent:
        raise
    except Exception as error:  # a decoder may raise anything for a broken file
        raise UnprocessableContent("The image is broken: it cannot be read.") from error
    return written.getvalue()


def _all_of(content: UploadedFile | IO[bytes]) -> bytes:
    file = content.file if isinstance(content, UploadedFile) else content
    position = file.tell()
    file.seek(0)
    data = file.read()
    file.seek(position)
    return data
