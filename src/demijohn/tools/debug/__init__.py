"""What a developer sees when something goes wrong: the debug page, in a browser, in a terminal and as JSON.

`Debugger` is the battery that answers with it; `import_error_page` is for an app that does not even start.
"""

from __future__ import annotations

from .asked import Asked
from .battery import Debugger, may_see
from .html import html_page
from .report import Report
from .startup import import_error_page, import_error_text
from .style import DEBUG_CSP
from .text import text_page

__all__ = [
    "DEBUG_CSP",
    "Asked",
    "Debugger",
    "Report",
    "html_page",
    "import_error_page",
    "import_error_text",
    "may_see",
    "text_page",
]
