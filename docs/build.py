"""Builds the site: python docs/build.py [FOLDER], which is `site` beside `docs` unless another is named.

The pages are plain Markdown, and are read as such in the repository. For the site they are copied into a folder of
their own, where the pages of the batteries and of the project join them, the navigation is added to the first page,
and a block of code shows the name of the file that it belongs to. Sphinx does the rest: a warning, of a link that
leads nowhere or of a page that nothing leads to, ends it with code 1.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import reference

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
BATTERIES = ROOT / "src" / "demijohn" / "batteries"

NAVIGATION = {
    "Begin": (
        "start", "coming-from", "coming-from-flask", "coming-from-django", "coming-from-fastapi", "coming-from-rails",
    ),
    "Write": (
        "handlers", "routing", "services", "models", "forms", "views", "shapes", "stores", "negotiation", "files",
        "streaming", "realtime", "api", "mounting", "testing",
    ),
    "Batteries": ("batteries", "writing-batteries"),
    "Run": ("deployment", "observability", "telemetry", "security", "performance"),
    "Look up": ("errors", "reference/index", "changelog", "contributing"),
}  # fmt: skip
# Where pages go that nobody named above.
_ELSE = "Write"
# Pages of the project that are not in docs, as they are called on the site; those of batteries join them.
ELSEWHERE = {ROOT / "CHANGELOG.md": "changelog.md", ROOT / "CONTRIBUTING.md": "contributing.md"}

_FENCE = re.compile(r"^```(?P<kind>\w+)(?: (?P<rest>[^\n`]+))?\n", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s#:]+)(#[^)\s]*)?\)")


def stage(folder: Path) -> None:
    """Put all pages into a folder, as Sphinx reads them."""
    shutil.copytree(DOCS, folder, ignore=shutil.ignore_patterns("__pycache__", "build.py", "reference.py", "*.md"))
    reference.write(folder / "reference")
    (folder / "batteries").mkdir()
    pages = {page: page.name for page in DOCS.glob("*.md")} | ELSEWHERE
    pages |= {readme: f"batteries/{readme.parent.name}.md" for readme in sorted(BATTERIES.glob("*/README.md"))}
    for page, name in pages.items():
        text = _with_captions(_with_links(page.read_text(encoding="utf-8"), page, pages))
        if name == "index.md":
            text += _navigation(folder, [name.removesuffix(".md") for name in pages.values()])
        (folder / name).write_text(text, encoding="utf-8")


def _navigation(folder: Path, pages: list[str]) -> str:
    """The tables of contents that Sphinx makes the side bar of; a page that is not named above has a place, too."""
    named = {name for names in NAVIGATION.values() for name in names}
    parts = []
    for chapter, names in NAVIGATION.items():
        there = [name for name in names if name in pages or (folder / f"{name}.rst").exists()]
        if chapter == "Batteries":
            there[1:1] = [name for name in pages if name.startswith("batteries/")]
        if chapter == _ELSE:
            there += [name for name in pages if name not in named and "/" not in name and name != "index"]
        parts.append("\n".join(["", "```{toctree}", ":hidden:", f":caption: {chapter}", "", *there, "```", ""]))
    return "\n".join(parts)


def _with_links(text: str, page: Path, pages: dict[Path, str]) -> str:
    """The text with links between pages as they are on the site; those to other files of the project lose theirs."""

    def place(match: re.Match[str]) -> str:
        target = (page.parent / match[1]).resolve()
        if target not in pages:
            return match[0]
        return f"]({os.path.relpath(pages[target], Path(pages[page]).parent)}{match[2] or ''})"

    text = _LINK.sub(place, text)
    return re.sub(r"\[([^\]]+)\]\((?:LICENSE|[\w/]+\.py)\)", r"\1", text)


def _with_captions(text: str) -> str:
    """The text with the files of blocks as their captions, and without what the tests alone read."""

    def head(match: re.Match[str]) -> str:
        kind = "html+jinja" if match["kind"] == "html" else match["kind"]
        file = re.fullmatch(r"[\w./-]*[./][\w.-]+", match["rest"] or "")
        return f"```{{code-block}} {kind}\n:caption: {file[0]}\n" if file else f"```{kind}\n"

    return _FENCE.sub(head, text)


# What keyboards and screen readers lack in what the theme writes: levels of headings, names, a way to scroll.
_FOR_EVERYBODY = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="This page">',
    "<pre>": '<pre tabindex="0">',
}


def finish(folder: Path) -> None:
    """Put in what the theme leaves out."""
    for page in folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for written, better in _FOR_EVERYBODY.items():
            text = text.replace(written, better)
        page.write_text(text, encoding="utf-8")


def build(folder: Path) -> int:
    """Build the site into a folder; the exit code of Sphinx."""
    from sphinx.cmd.build import main

    with tempfile.TemporaryDirectory() as temporary:
        pages = Path(temporary, "pages")
        stage(pages)
        options = ["-b", "html", "-W", "--keep-going", "-q", "-j", "auto", "-d", str(Path(temporary, "doctrees"))]
        code = int(main([*options, str(pages), str(folder)]))
    finish(folder)
    return code


if __name__ == "__main__":
    site = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "site"
    code = build(site)
    if code == 0:
        print(f"The site is in {site}: open {site / 'index.html'}")
    sys.exit(code)
