"""The site that `make docs` builds: whole, of these pages, and of nothing that another host serves."""

import os
import re
import subprocess
import sysconfig
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from tests.docs.pages import ROOT

LOADED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "object": "data",
    "embed": "src",
}
"""What a browser fetches without being asked to, by tag and attribute; and `link`, apart from where it only names."""
_ONLY_NAMES = {"canonical", "prev", "next", "alternate", "edit"}


class Site(HTMLParser):
    """One page: what it loads, what it links to, and what can be linked to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        if "id" in found:
            self.anchors.add(found["id"])
        if tag in LOADED and LOADED[tag] in found:
            self.loaded.append(found[LOADED[tag]])
        if tag == "link" and found.get("rel") not in _ONLY_NAMES:
            self.loaded.append(found["href"])
        if tag == "a" and "href" in found:
            self.links.append(found["href"])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` does."""
    target = tmp_path_factory.mktemp("site")
    mkdocs = Path(sysconfig.get_path("scripts")) / "mkdocs"
    done = subprocess.run(
        [mkdocs, "build", "--strict", f"--site-dir={target}"],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return target


@pytest.fixture(scope="module")
def pages(built: Path) -> dict[Path, Site]:
    return {path: Site(path.read_text()) for path in built.rglob("*.html")}


def test_every_page_of_docs_is_a_page_of_the_site(built: Path, pages: dict[Path, Site]) -> None:
    sources = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    assert sources == {path.relative_to(built) for path in pages} - {Path("404.html")}


def test_nothing_is_loaded_from_another_host(built: Path, pages: dict[Path, Site]) -> None:
    foreign = {one for page in pages.values() for one in page.loaded if urlsplit(one).netloc}
    styles = "".join(path.read_text() for path in built.rglob("*.css"))
    assert foreign | set(re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//[^)\"']+", styles)) == set()


def test_every_link_within_the_site_leads_to_a_page_and_a_place_on_it(built: Path, pages: dict[Path, Site]) -> None:
    broken = []
    for path, page in pages.items():
        if path.name == "404.html":
            continue
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            aimed = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            aimed = aimed / "index.html" if aimed.is_dir() else aimed
            anchor = unquote(parts.fragment)
            if not aimed.exists() or (anchor and aimed in pages and anchor not in pages[aimed].anchors):
                broken.append(f"{path.relative_to(built)}: {link}")
    assert broken == []
