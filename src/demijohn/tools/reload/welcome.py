"""The page that stands at `/` while an app has no routes: it names the file, and the first lines to put there."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from ...kernel.error_page import csp_hash

_FIRST_ROUTE = '''@app.get("/")
def home():
    return "Hello, world!"'''

_STYLE = """
  :root { color-scheme: light dark; --page: light-dark(#f7faf8, #0f1412); --panel: light-dark(#fff, #171c1a);
          --line: light-dark(#d8dedb, #2c3430); --text: light-dark(#19211e, #e8ecea);
          --soft: light-dark(#505b56, #aab4af); --accent: light-dark(#0c6b4d, #5ed8a9); }
  * { box-sizing: border-box; }
  body { font: 1.0625rem/1.6 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; margin: 0;
         background: var(--page); color: var(--text); overflow-wrap: anywhere; }
  main { max-width: 42rem; margin: 0 auto; padding: 12vh 1.25rem 4rem; }
  svg { width: 4.5rem; height: auto; display: block; margin-block-end: 1.5rem; color: var(--accent); }
  h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; }
  p:last-child { color: var(--soft); }
  pre { padding: 1rem 1.25rem; overflow-x: auto; overflow-wrap: normal; background: var(--panel);
        border: 1px solid var(--line); border-radius: .625rem; font: .9375rem/1.6 ui-monospace, monospace;
        direction: ltr; text-align: left; }
  code { font-family: ui-monospace, monospace; font-size: .9375em; }
  :focus-visible { outline: 3px solid light-dark(#1a6fc4, #6db5f2); outline-offset: 2px; }
"""

_CSP = f"default-src 'none'; style-src {csp_hash(_STYLE)}"

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Demijohn is running</title>
<style>{style}</style>
<main>
<svg viewBox="0 0 80 100" fill="none" stroke="currentColor" stroke-width="3" aria-hidden="true">
  <path d="M10 78 C20 74 30 82 40 78 S60 74 70 78 L70 84 Q70 96 58 96 L22 96 Q10 96 10 84 Z"
        fill="currentColor" fill-opacity=".25" stroke="none"/>
  <path d="M32 4 H48 V30 C48 38 70 42 70 60 V84 Q70 96 58 96 H22 Q10 96 10 84 V60 C10 42 32 38 32 30 Z"/>
</svg>
<h1>It runs.</h1>
<p>The app in <code>{file}</code> has no routes yet. Put this at its end and save; then load this page anew:</p>
<pre tabindex="0" role="region" aria-label="A first route">{code}</pre>
<p>The app restarts by itself whenever a file is saved. This page is gone as soon as there is a route.</p>
</main>
"""


class WelcomeDoor:
    """An RSGI app that answers `/` with the welcome page, and all else through the app itself."""

    def __init__(self, app: Any, file: Path) -> None:
        self._app = app
        self._answer = app.__rsgi__
        self.page = _PAGE.format(style=_STYLE, file=html.escape(str(file)), code=html.escape(_FIRST_ROUTE))

    def __rsgi_init__(self, loop: Any) -> None:
        self._app.__rsgi_init__(loop)

    def __rsgi_del__(self, loop: Any) -> None:
        self._app.__rsgi_del__(loop)

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        if scope.proto != "http" or scope.path != "/" or scope.method != "GET":
            await self._answer(scope, protocol)
            return
        headers = [
            ("content-type", "text/html; charset=utf-8"),
            ("cache-control", "no-store"),
            ("content-security-policy", _CSP),
        ]
        protocol.response_str(200, headers, self.page)
