"""`render`: a template as the answer of a handler."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from ...foundation.errors import SetupError
from ...foundation.http.request import Request
from ...foundation.http.response import Response
from ...kernel.forgotten import provided_by
from ...kernel.kernel import Kernel
from .names import media_type_of
from .renderer import TemplateRenderer, calling_file

_renderers: WeakKeyDictionary[Kernel, TemplateRenderer] = WeakKeyDictionary()


class Rendering(Response):
    """A template with its values, rendered when the handler has returned and while its services are still open.

    Status, headers and cookies may be set before, as on any response.
    """

    __slots__ = ("_file", "context", "template")

    def __init__(self, template: str, context: Mapping[str, Any], status: int = 200, *, file: str = "") -> None:
        super().__init__(b"", status, media_type=media_type_of(template))
        self.template = template
        self.context = context
        self._file = file

    def complete(self, request: Request) -> Response:
        """The rendered template, with the headers and cookies that were set on this one."""
        kernel: Kernel = request.plan.kernel
        renderer = _renderers.get(kernel) or _renderer_of(kernel)
        text = renderer.engine.render(self._file, self.template, self.context, request)
        # A lone surrogate, which no UTF-8 has, is shown as a question mark: no reason to answer with an error.
        response = Response(text.encode(errors="replace"), self.status, media_type=self.media_type)
        response._headers = self._headers
        return response


@provided_by("demijohn.templates:Templates")
def render(template: str, /, status: int = 200, **context: Any) -> Rendering:
    """Answer with a template: `return render("posts/show.html", post=post)`.

    It is looked for in the folder `templates` beside the module that calls this, then in the app's, in
    `InlineTemplates`, and in what batteries brought. Beside `context` it knows `request`, `url`, `static` and
    `nonce`, and what batteries add (`user`, `session`). Needs `app.use(Templates())`.
    """
    return Rendering(template, context, status, file=calling_file())


def _renderer_of(kernel: Kernel) -> TemplateRenderer:
    for renderer in kernel.offers(TemplateRenderer):
        _renderers[kernel] = renderer
        return renderer
    raise SetupError(
        "DMJ0701",
        "render() has no templates: the app does not use the Templates battery.",
        fix="from demijohn import Templates\napp.use(Templates())",
    )
