"""A visitor of pages: opens them, each in a profile of its own, and hears what they complain of."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

# So large that only a page that hangs gets there: the machine may be busy.
PATIENCE = 30_000  # milliseconds
WIDTHS = (1280, 360)
SCHEMES = ("light", "dark")
DIRECTIONS = ("ltr", "rtl")

_STATUS = "Failed to load resource: the server responded with a status"
_TURN = """() => Object.assign(document.documentElement, {dir: "rtl", lang: "ar"})"""
_TURN_BACK = """([dir, lang]) => Object.assign(document.documentElement, {dir, lang})"""
# A picture beyond the edge that cannot be scrolled to does no harm; what makes the page scroll sideways does.
_SIDEWAYS = """() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const out = (box) => box.right > root.clientWidth + 1 || box.left < -1;
    return [...document.body.querySelectorAll("*")].filter((one) => out(one.getBoundingClientRect()))
        .map((one) => one.outerHTML.slice(0, 120));
}"""
# What can be otherwise in the dark, and from right to left, than it was by day and from left to right.
_DARK = ["color-contrast", "link-in-text-block"]
_TURNED = ["target-size", "scrollable-region-focusable", "html-lang-valid", "valid-lang"]
_FIND = """(options) => axe.run(options).then(({violations}) => violations.flatMap(({id, help, nodes}) => nodes.map(
    ({html, failureSummary}) => `${id}: ${help}: ${html.slice(0, 160)} ${failureSummary}`)))"""


class Visitor:
    """Opens pages: `visitor(url, width=360, scheme="dark", direction="rtl")` is a page of Playwright.

    `complaints` are errors and warnings of the console, violations of a Content-Security-Policy among them, and what a
    page is made of and could not be had. That an answer to the visitor himself is an error is none.
    """

    def __init__(self, browser: Any, axe: str) -> None:
        self._browser = browser
        self._axe = axe
        self._contexts: list[Any] = []
        self.complaints: list[str] = []

    def __call__(
        self,
        url: str = "",
        *,
        width: int = 1280,
        scheme: str = "light",
        direction: str = "ltr",
        scripts: bool = True,
        **options: Any,
    ) -> Any:
        """A page in a context of its own; more options are those of `browser.new_context`."""
        context = self._browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=scripts,
            reduced_motion="reduce", **options,
        )  # fmt: skip
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        page.on("response", self._look)
        if url:
            page.goto(url)
        if direction == "rtl":
            page.evaluate(_TURN)
        return page

    def _hear(self, said: Any) -> None:
        if said.type in ("error", "warning") and not said.text.startswith(_STATUS):
            self.complaints.append(said.text)

    def _look(self, answer: Any) -> None:
        if answer.status >= 400 and answer.request.resource_type not in ("document", "fetch", "xhr"):
            self.complaints.append(f"{answer.status} {answer.url}")

    def inspect(self, page: Any, name: str) -> None:
        """A page as it is now is good by day and night, on a desk and a phone, and from right to left.

        Axe finds nothing, nothing runs over the edge, and the colours are those asked for. With the folder that
        SCREENSHOTS names, there is a picture of each look.
        """
        page.evaluate(self._axe)
        before = page.evaluate("[document.documentElement.dir, document.documentElement.lang]")
        problems: list[str] = []
        for direction in DIRECTIONS:
            if direction == "rtl":
                page.evaluate(_TURN)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": 800})
                    look = f"{name}-{width}-{scheme}-{direction}"
                    problems += [f"{look}: runs over the edge: {one}" for one in page.evaluate(_SIDEWAYS)]
                    problems += [f"{look}: {one}" for one in violations(page, scheme, direction)]
                    if (lightness(page) > 0.5) != (scheme == "light"):
                        problems.append(f"{look}: its colours are not those of the scheme")
                    screenshot(page, look)
        page.evaluate(_TURN_BACK, before)
        assert problems == [], "\n".join(problems)

    def close(self) -> None:
        """Close all that was opened."""
        for context in self._contexts:
            context.close()


def violations(page: Any, scheme: str, direction: str) -> list[str]:
    """What axe finds; the size of targets too, which it asks for only when told to."""
    if direction == "rtl":
        which: dict[str, Any] = {"runOnly": _TURNED}
    else:
        which = {"runOnly": _DARK} if scheme == "dark" else {"rules": {"target-size": {"enabled": True}}}
    # What axe would fetch again, style sheets and videos, it needs for nothing that is asked here.
    found: list[str] = page.evaluate(_FIND, {"resultTypes": ["violations"], "preload": False, **which})
    return found


def lightness(page: Any) -> float:
    """How light the page's background is, from 0 to 1."""
    return float(
        page.evaluate("""() => {
            const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
            canvas.fillStyle = getComputedStyle(document.documentElement).colorScheme.includes("dark")
                && matchMedia("(prefers-color-scheme: dark)").matches ? "black" : "white";
            for (const one of [document.documentElement, document.body]) {
                canvas.fillRect(0, 0, 1, 1);
                canvas.fillStyle = getComputedStyle(one).backgroundColor;
            }
            canvas.fillRect(0, 0, 1, 1);
            const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
            return (red + green + blue) / 765;
        }""")
    )


def screenshot(page: Any, name: str) -> None:
    """A picture of the page in the folder that SCREENSHOTS names, if it names one."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
