"""The error pages that visitors see: one self-contained page of less than 4 kB per error, light and dark.

An error page must work when everything else does not. So it needs no template, no static file, no script
and no battery, and it shows nothing but what the `HTTPError` itself says to visitors: no path, no traceback,
no version.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterable, Mapping
from typing import Any

from demijohn.foundation.http.errors import HTTPError

_STYLE = """\
:root{color-scheme:light dark;--bg:#f7faf8;--card:#fff;--line:#d8dedb;--text:#19211e;--soft:#505b56;\
--accent:#0c6b4d}
@media(prefers-color-scheme:dark){:root{--bg:#0f1412;--card:#171c1a;--line:#2c3430;--text:#e8ecea;\
--soft:#aab4af;\
--accent:#5ed8a9}}
*{box-sizing:border-box;margin:0}
body{min-height:100vh;display:grid;place-items:center;padding:16px 16px 10vh;background:var(--bg);\
color:var(--text);\
font:15px/24px system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{width:100%;max-width:560px;padding:32px;background:var(--card);border:1px solid var(--line);\
border-radius:10px;\
overflow-wrap:anywhere}
b{display:block;color:var(--accent);font:600 13px/20px ui-monospace,monospace;padding-bottom:8px}
b:before{content:"";display:block;width:32px;height:4px;margin-bottom:16px;border-radius:2px;background:var(--accent)}
h1{font-size:24px;line-height:32px;font-weight:600}
p,ul,dl{margin-top:12px}
ul{padding:0;list-style:none;border-top:1px solid var(--line)}
li{padding:8px 0;border-bottom:1px solid var(--line)}
code,dd{font:13px/20px ui-monospace,monospace}
li code{display:block;color:var(--soft)}
.do,dl{color:var(--soft)}
a{color:var(--accent);text-underline-offset:3px}
a:focus-visible{outline:2px solid;outline-offset:3px;border-radius:2px}
dl{display:grid;grid-template-columns:auto 1fr;gap:0 12px;margin-top:24px;padding-top:16px;\
border-top:1px solid var(--line);font-size:13px;line-height:20px}
@media(max-width:480px){main{padding:24px 20px}}
"""


def csp_hash(text: str) -> str:
    """The source expression that lets exactly this inline style or script pass (CSP Level 3, section 2.3.1).

    >>> csp_hash("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


STYLE_HASH: str = csp_hash(_STYLE)
"""The hash of the one inline style of these pages, quoted as in a policy."""

PAGE_CSP: str = f"default-src 'none'; style-src {STYLE_HASH}; frame-ancestors 'none'; base-uri 'none'"
"""The Content-Security-Policy to send with an error page: its own style, and nothing else."""

_MOST_BYTES = 3900
_MOST_DETAIL = 400
_MOST_MESSAGE = 160

_HOME = '<a href="/">home page</a>'
_AGAIN = '<a href="">Try again</a>'

# What the visitor can do, by status, else by its class. Markup of our own: nothing of a request joins it.
_ADVICE: dict[int, str] = {
    400: "Check what was sent, and send it again.",
    401: "Sign in, then open this page again.",
    403: f"If you should have access, ask whoever runs this site. Or go to the {_HOME}.",
    404: f"Check the address for a typing mistake, or start from the {_HOME}.",
    405: f"Go back and use the links and buttons of the page, or start from the {_HOME}.",
    406: "Ask for another format.",
    408: f"{_AGAIN}: the connection was too slow this time.",
    409: "Go back, reload the page, and make your change again.",
    410: f"It will not come back. Start from the {_HOME}.",
    413: "Send something smaller.",
    414: f"Use a shorter address, or start from the {_HOME}.",
    415: "Send it in another format.",
    422: "Go back, correct the values, and send them again.",
    429: f"Wait a moment. {_AGAIN} after that.",
    431: "Delete the cookies of this site in your browser, then open this page again.",
    503: f"{_AGAIN} in a moment.",
    504: f"{_AGAIN} in a moment.",
    4: f"Go back and check what was sent, or start from the {_HOME}.",
    5: f"This is not your fault. {_AGAIN} in a moment; if it happens again, tell whoever runs this site.",
}

_DETAIL: dict[int, str] = {
    4: "The request could not be answered.",
    500: "Something went wrong on our side.",
    503: "This site is busy or being worked on.",
    5: "The server could not answer this request.",
}


def error_page(error: HTTPError, *, request_id: str = "", when: str = "") -> str:
    """The page for an error, as HTML to be sent as UTF-8 together with `PAGE_CSP`.

    Everything that comes from outside is escaped and shortened. Of a long list of `error.errors` as many are
    shown as fit into 4 kB, and the rest is counted. `when` is shown as it is given.

    >>> page = error_page(HTTPError(404, "There is no book <3>."))
    >>> "There is no book &lt;3&gt;." in page
    True
    """
    status = error.status
    title = _escape(error.title, _MOST_MESSAGE)
    detail = _escape(error.detail, _MOST_DETAIL) if error.detail else _by_status(_DETAIL, status)
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{status} {title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<b>{status}</b>\n<h1>{title}</h1>\n<p>{detail}</p>\n"
    )
    foot = f'<p class="do">{_by_status(_ADVICE, status)}{_wait(error.headers)}</p>\n'
    foot += _facts({"Request": request_id, "Time": when}) + "</main>\n</body>\n</html>\n"
    problems = error.errors if status in {400, 422} else ()
    return head + _problems(problems, _MOST_BYTES - len(head.encode()) - len(foot.encode())) + foot


def _problems(errors: Iterable[Mapping[str, Any]], room: int) -> str:
    """The list of what is wrong with the request, in at most `room` bytes."""
    errors = list(errors)
    if not errors:
        return ""
    room -= 60  # the list itself, and the line that counts the rest
    items: list[str] = []
    for error in errors:
        where = _escape(error.get("where", ""), _MOST_MESSAGE)
        place = f"<code>{where}</code>" if where else ""
        item = f"<li>{place}{_escape(error.get('message', ''), _MOST_MESSAGE)}</li>\n"
        room -= len(item.encode())
        if room < 0:
            break
        items.append(item)
    rest = len(errors) - len(items)
    if rest:
        items.append(f"<li>{'and ' if items else ''}{rest} {'more' if items else 'problems'}</li>\n")
    return f"<ul>\n{''.join(items)}</ul>\n"


def _facts(values: Mapping[str, str]) -> str:
    shown = [f"<dt>{name}</dt><dd>{_escape(value, 80)}</dd>\n" for name, value in values.items() if value]
    return f"<dl>\n{''.join(shown)}</dl>\n" if shown else ""


def _wait(headers: Mapping[str, str]) -> str:
    """How long `Retry-After` asks to wait, where it is given in seconds (RFC 9110, section 10.2.3)."""
    for name, value in headers.items():
        if name.lower() == "retry-after" and value.isascii() and value.isdigit() and len(value) < 8:
            seconds = int(value)
            if seconds >= 120:
                return f" It should work in about {seconds // 60} minutes."
            unit = "second" if seconds == 1 else "seconds"
            return f" It should work in about {seconds} {unit}."
    return ""


def _by_status(table: Mapping[int, str], status: int) -> str:
    return table.get(status) or table[status // 100]


def _escape(value: object, most: int) -> str:
    """Text as HTML that can always be encoded: short, without control characters and lone surrogates."""
    text = str(value)
    if len(text) > most:
        text = text[: most - 1] + "…"
    shown = "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)
    return html.escape(shown)
