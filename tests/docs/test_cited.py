"""What docstrings and comments cite can be looked up: the page is in the repository, and has the heading."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.pages import ROOT

SOURCES = [path for part in ("operator", "tests") for path in sorted((ROOT / part).rglob("*.py"))]
FILES = [path for path in SOURCES if ".md" in path.read_text()]
_URL = re.compile(r"https?://\S+")
_CITED = re.compile(r'(?P<page>[\w./-]*\w\.md)\b(?P<headings>(?:,? (?:and )?"[^"]+")*)')


def told(source: str) -> Iterator[str]:
    """All docstrings, those of attributes too, and the comments as one text; each with single spaces, without URLs."""
    strings = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Expr)]
    texts = [one.value for one in strings if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = " ".join(token.string.lstrip("#") for token in tokens if token.type == tokenize.COMMENT)
    for text in (*texts, comments):
        yield " ".join(_URL.sub("", text).split())


def missing(source: str) -> list[str]:
    """The pages and headings that a source cites and that there are not."""
    found = [one for text in told(source) for one in _CITED.finditer(text)]
    return [
        one for cited in found for one in _missing(ROOT / cited["page"], re.findall(r'"([^"]+)"', cited["headings"]))
    ]


def _missing(page: Path, cited: list[str]) -> list[str]:
    if not page.is_file():
        return [str(page.relative_to(ROOT))]
    headings = re.findall(r"^#+ (.+)$", page.read_text(), flags=re.MULTILINE)
    return [f"{page.name}: {heading}" for heading in cited if heading not in headings]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_that_is_cited_is_there_with_its_headings(path: Path) -> None:
    assert missing(path.read_text()) == []


def test_citations_are_found_and_what_is_not_there_would_be() -> None:
    cited = {one["page"] for path in FILES for text in told(path.read_text()) for one in _CITED.finditer(text)}
    assert {"docs/reference/hugging-face-api.md", "docs/reference/tir-api.md"} <= cited
    page = "docs/reference/tir-api.md"
    assert missing('"""Facts (notes.md section 3)."""\n# as in other.md\n') == ["notes.md", "other.md"]
    assert missing(f'x = 1\n"""Kept ({page},\n"Status" and "Colours")."""\n') == ["tir-api.md: Colours"]
    assert missing(f'"""{page}, "Calls" """\n# https://example.com/doc/langdef.md#syntax\nx = "a.md"\n') == []
