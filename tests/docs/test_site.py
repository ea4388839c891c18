"""The site is built without a warning, leads to all pages, and needs nothing from elsewhere."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import demijohn

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
NEEDS = ("sphinx", "furo", "myst_parser", "sphinx_copybutton")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a fresh build; a broken link or a page that nothing leads to fails here."""
    missing = [name for name in NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} missing: pip install 'demijohn[docs]'")
    folder = tmp_path_factory.mktemp("site") / "html"
    command = [sys.executable, str(DOCS / "build.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_there(site: Path) -> None:
    """All Markdown pages, and those of the reference."""
    expected = {path.stem for path in DOCS.glob("*.md")} | {
        "reference/app",
        "reference/api",
        "reference/testing",
        "changelog",
        "batteries/database",
    }
    assert {name for name in expected if not (site / f"{name}.html").exists()} == set()


def test_every_link_on_the_site_leads_somewhere(site: Path) -> None:
    """Pages and headings, after all: the reference's and the navigation's too."""
    anchors = {
        page: set(re.findall(r'\bid="([^"]+)"', page.read_text(encoding="utf-8"))) for page in site.rglob("*.html")
    }
    broken = []
    for page in anchors:
        for link in re.findall(r'<a [^>]*href="([^"]+)"', page.read_text(encoding="utf-8")):
            if "://" in link or link.startswith("mailto:"):
                continue
            name, _, anchor = unescape(link).partition("#")
            target = (page.parent / name).resolve() if name else page
            if not target.exists() or (anchor and anchor not in anchors.get(target, {anchor})):
                broken.append(f"{page.relative_to(site)}: {link}")
    assert not broken


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    """Scripts, styles, fonts and pictures come with the site: it is read without a network."""
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r'<(?:script|img|iframe)[^>]*\bsrc="([^"]+)"', text)
        loaded += re.findall(r'<link[^>]*rel="(?:stylesheet|preload|icon|preconnect)"[^>]*href="([^"]+)"', text)
        assert not [each for each in loaded if re.match(r"(?:https?:)?//", each)], page
    for style in site.rglob("*.css"):
        assert not re.findall(r"(?:@import|url\()\s*['\"]?(?:https?:)?//", style.read_text(encoding="utf-8")), style


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    """Each name of the front door has its entry, made from its signature."""
    text = "".join(page.read_text(encoding="utf-8") for page in (site / "reference").glob("*.html"))
    missing = {
        name
        for name in demijohn._HOME_OF
        if f'id="demijohn.{name}"' not in text and f"<h2>{name}<" not in text.replace("\n", "")
    }
    assert not missing
    assert re.search(r'id="demijohn.App".*?name.*?bare.*?limits', text, re.DOTALL)


def test_the_search_index_is_beside_the_pages(site: Path) -> None:
    """A script, so that it is read from a folder too; it knows words of the pages."""
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(text.removeprefix("Search.setIndex(").rstrip().removesuffix(")"))
    assert "granian" in index["terms"]
    assert "errors" in index["docnames"]


def test_blocks_name_their_files(site: Path) -> None:
    """What the tests read behind the backticks is shown as a caption, or not at all."""
    text = (site / "handlers.html").read_text(encoding="utf-8")
    assert re.search(r'class="caption-text">shop/pages.py<', text)
    assert "python raises" not in (site / "errors.html").read_text(encoding="utf-8")


@pytest.mark.browser
@pytest.mark.parametrize("page", ["index", "start"])
def test_it_looks_good(site: Path, visitor: Any, page: str) -> None:
    """By day and night, on a desk and a phone, from right to left."""
    visitor.inspect(visitor((site / f"{page}.html").as_uri()), f"site-{page}")
