"""What a route says of request bodies: how large one may be, and of which kind.

The kernel makes the rule when it compiles a route; the gateways ask it before they read and while they do.
"""

from __future__ import annotations

from .errors import BadRequest, ContentTooLarge, HTTPError, UnsupportedMediaType

ANY, JSON_ONLY, FORM_ONLY, SCHEMA, STREAM = "any", "json", "form", "schema", "stream"

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def refuse_framing(encoding: str, length: str | None) -> HTTPError | None:
    """What is wrong with a body that comes with a Transfer-Encoding; no next request is read from its connection."""
    if length is not None:
        return BadRequest("Content-Length and Transfer-Encoding do not go together.", headers={"connection": "close"})
    if encoding.strip().lower() == "chunked":
        return None
    # Whoever stands in front may have read it in another way (RFC 9112, section 6.1).
    return HTTPError(501, "Of the transfer codings only chunked is read here.", headers={"connection": "close"})


class BodyRule:
    """A limit in bytes (`form_limit` for multipart), and the kind that a handler reads."""

    __slots__ = ("_digits", "_reads_json", "form_limit", "kind", "limit")

    def __init__(self, limit: int, form_limit: int, kind: str) -> None:
        self.limit = limit
        self.form_limit = form_limit
        self.kind = kind
        # A length of fewer digits than the limit is within it: most requests need no conversion.
        self._digits = len(str(limit))
        self._reads_json = kind not in (FORM_ONLY, STREAM)

    @property
    def reads_forms(self) -> bool:
        """Whether a form is parsed for the handler."""
        return self.kind not in (JSON_ONLY, STREAM)

    def takes(self, content_type: str | None, length: str | None) -> bool:
        """Whether a body is what nearly all are, JSON of a modest length, and may be read without another look."""
        return (
            content_type == "application/json"
            and self._reads_json
            and length is not None
            and len(length) < self._digits
            and length.isdigit()
            and length.isascii()
        )

    def refuse(self, content_type: str | None, length: str | None) -> HTTPError | None:
        """What is wrong with a body of this type and declared length; None if it may be read."""
        if length is not None:
            if not (length.isascii() and length.isdigit()):
                return BadRequest("The Content-Length is not a number.", headers={"connection": "close"})
            if len(length) >= self._digits and (len(length) > 15 or int(length) > self.limit_for(content_type)):
                return self.too_large(content_type)
        if content_type == "application/json" or self.kind in (ANY, STREAM):
            return None if self.kind != FORM_ONLY else self._wrong_type(content_type)
        return self._refuse_type(content_type, length)

    def limit_for(self, content_type: str | None) -> int:
        """How many bytes may come: files make multipart bodies larger than others."""
        if self.form_limit != self.limit and content_type is not None and content_type[:10].lower() == "multipart/":
            return self.form_limit
        return self.limit

    def too_large(self, content_type: str | None) -> HTTPError:
        """The answer to a body over the limit."""
        return ContentTooLarge(
            f"The body is over {self.limit_for(content_type)} bytes, the most that is read here.",
            headers={"connection": "close"},
        )

    def _refuse_type(self, content_type: str | None, length: str | None) -> HTTPError | None:
        essence = "" if content_type is None else content_type.partition(";")[0].strip().lower()
        if not essence:
            # No type is fine where there is no body: that its fields are missing is said by the validation.
            return None if not length or length == "0" else self._wrong_type(None)
        is_json = essence == "application/json" or (essence.startswith("application/") and essence.endswith("+json"))
        if is_json and self.kind != FORM_ONLY:
            return self._check_charset(content_type or "")
        if essence in _FORMS and self.kind != JSON_ONLY:
            return None
        return self._wrong_type(essence)

    def _check_charset(self, content_type: str) -> HTTPError | None:
        charset = content_type.lower().partition("charset=")[2].strip("\"' ;")
        if charset in ("", "utf-8", "utf8", "us-ascii"):
            return None
        return UnsupportedMediaType("JSON is read as UTF-8 only (RFC 8259, section 8.1).")

    def _wrong_type(self, essence: str | None) -> HTTPError:
        wanted = {JSON_ONLY: "application/json", FORM_ONLY: " or ".join(_FORMS)}.get(
            self.kind, "application/json, or a form"
        )
        said = f"says Content-Type: {essence}" if essence else "does not say its Content-Type"
        return UnsupportedMediaType(f"The request {said}; this address reads {wanted}.", headers={"accept": wanted})
