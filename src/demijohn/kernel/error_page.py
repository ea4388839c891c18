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
from typing import Any, Final

from ..foundation.http.errors import HTTPError, NotFound
from ..foundation.http.status import PHRASES
from .messages import Messages, said

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

MESSAGES: Final[Mapping[str, str]] = {
    "language": "en",
    "direction": "ltr",
    # What the visitor can do, by status, else by its class; {home} and {again} are links.
    "advice_400": "Check what was sent, and send it again.",
    "advice_401": "Sign in, then open this page again.",
    "advice_403": "If you should have access, ask whoever runs this site. Or go to the {home}.",
    "advice_404": "Check the address for a typing mistake, or start from the {home}.",
    "advice_405": "Go back and use the links and buttons of the page, or start from the {home}.",
    "advice_406": "Ask for another format.",
    "advice_408": "{again}: the connection was too slow this time.",
    "advice_409": "Go back, reload the page, and make your change again.",
    "advice_410": "It will not come back. Start from the {home}.",
    "advice_413": "Send something smaller.",
    "advice_414": "Use a shorter address, or start from the {home}.",
    "advice_415": "Send it in another format.",
    "advice_422": "Go back, correct the values, and send them again.",
    "advice_429": "Wait a moment. {again} after that.",
    "advice_431": "Delete the cookies of this site in your browser, then open this page again.",
    "advice_503": "{again} in a moment.",
    "advice_504": "{again} in a moment.",
    "advice_4xx": "Go back and check what was sent, or start from the {home}.",
    "advice_5xx": (
        "This is not your fault. {again} in a moment; if it happens again, tell whoever runs this site."
    ),
    "home": "home page",
    "again": "Try again",
    # What happened, where the error does not say it
    "detail_4xx": "The request could not be answered.",
    "detail_500": "Something went wrong on our side.",
    "detail_503": "This site is busy or being worked on.",
    "detail_5xx": "The server could not answer this request.",
    # What stands below
    "seconds": "It should work in about {count} second.|It should work in about {count} seconds.",
    "minutes": "It should work in about {count} minute.|It should work in about {count} minutes.",
    "problems_more": "and {count} more",
    "problems_all": "{count} problem|{count} problems",
    "request": "Request",
    "time": "Time",
    # What an error is called, and what it says by itself, where nobody has said it better
    **{f"title_{status}": name for status, name in PHRASES.items() if status >= 400},
    "detail_404": NotFound.default_detail,
}  # fmt: skip
"""What these pages say, by key; an app that uses `Templates` says it in other words by `Templates(messages=...)`."""


def error_page(error: HTTPError, *, request_id: str = "", when: str = "", own: Messages | None = None) -> str:
    """The page for an error, as HTML to be sent as UTF-8 together with `PAGE_CSP`; `own` are the app's own messages.

    Everything that comes from outside is escaped and shortened. Of a long list of `error.errors` as many are
    shown as fit into 4 kB, and the rest is counted. `when` is shown as it is given.

    >>> page = error_page(HTTPError(404, "There is no book <3>."))
    >>> "There is no book &lt;3&gt;." in page
    True
    """
    words = _Words(own or {})
    status = error.status
    title = _escape(words.title(error), _MOST_MESSAGE)
    detail = _escape(words.detail(error), _MOST_DETAIL)
    direction = html.escape(words.say("direction"))
    language = html.escape(words.say("language"))
    turned = "" if direction == "ltr" else f' dir="{direction}"'
    head = (
        f'<!doctype html>\n<html lang="{language}"{turned}>\n<head>\n'
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{status} {title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<b>{status}</b>\n<h1>{title}</h1>\n<p>{detail}</p>\n"
    )
    foot = f'<p class="do">{words.advice(status)}{_wait(error.headers, words)}</p>\n'
    foot += _facts({words.say("request"): request_id, words.say("time"): when}) + "</main>\n</body>\n</html>\n"
    problems = error.errors if status in {400, 422} else ()
    return head + _problems(problems, _MOST_BYTES - len(head.encode()) - len(foot.encode()), words) + foot


class _Words:
    """The messages of one page."""

    def __init__(self, own: Messages) -> None:
        self._own = own

    def say(self, key: str, **values: object) -> str:
        return said(MESSAGES, key, self._own, **values)

    def title(self, error: HTTPError) -> str:
        """What HTTP calls the error, unless it has a name of its own."""
        key = f"title_{error.status}"
        return self.say(key) if error.title == MESSAGES.get(key) else error.title

    def detail(self, error: HTTPError) -> str:
        """What the error says, unless that is nothing, or what it says by itself."""
        key = f"detail_{error.status}"
        if error.detail and error.detail != MESSAGES.get(key):
            return error.detail
        return self.say(key if key in MESSAGES else f"detail_{error.status // 100}xx")

    def advice(self, status: int) -> str:
        """What the visitor can do: markup, of our own links and of text that is escaped."""
        key = f"advice_{status}"
        text = self.say(key if key in MESSAGES else f"advice_{status // 100}xx", home="\0home\0", again="\0again\0")
        text = html.escape(text)
        for name, address in (("home", "/"), ("again", "")):
            text = text.replace(f"\0{name}\0", f'<a href="{address}">{html.escape(self.say(name))}</a>')
        return text


def _problems(errors: Iterable[Mapping[str, Any]], room: int, words: _Words) -> str:
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
        items.append(f"<li>{html.escape(words.say('problems_more' if items else 'problems_all', count=rest))}</li>\n")
    return f"<ul>\n{''.join(items)}</ul>\n"


def _facts(values: Mapping[str, str]) -> str:
    shown = [f"<dt>{html.escape(name)}</dt><dd>{_escape(value, 80)}</dd>\n" for name, value in values.items() if value]
    return f"<dl>\n{''.join(shown)}</dl>\n" if shown else ""


def _wait(headers: Mapping[str, str], words: _Words) -> str:
    """How long `Retry-After` asks to wait, where it is given in seconds (RFC 9110, section 10.2.3)."""
    for name, value in headers.items():
        if name.lower() == "retry-after" and value.isascii() and value.isdigit() and len(value) < 8:
            seconds = int(value)
            key, count = ("minutes", seconds // 60) if seconds >= 120 else ("seconds", seconds)
            return f" {html.escape(words.say(key, count=count))}"
    return ""


def _escape(value: object, most: int) -> str:
    """Text as HTML that can always be encoded: short, without control characters and lone surrogates."""
    text = str(value)
    if len(text) > most:
        text = text[: most - 1] + "…"
    shown = "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)
    return html.escape(shown)
