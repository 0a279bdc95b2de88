"""The pages of the documentation, taken apart: fenced blocks, links, headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md") if (ROOT / name).exists()] + sorted(
    (ROOT / "docs").rglob("*.md")
)
_BLOCK = re.compile(r"(?P<before>[^\n]*)\n```(?P<language>\w+)\n(?P<text>.*?)\n```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_NOT_APPLIED = re.compile(r"<!-- not applied: .+ -->")


@dataclass(frozen=True)
class Block:
    """A fenced block. `excused`: the page says why it is not applied."""

    page: Path
    line: int
    language: str
    text: str
    excused: bool

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path, language: str) -> Iterator[Block]:
    """The fenced blocks of one language."""
    text = page.read_text()
    for found in _BLOCK.finditer(text):
        if found["language"] == language:
            line = text.count("\n", 0, found.start()) + 2
            yield Block(page, line, language, found["text"], bool(_NOT_APPLIED.match(found["before"])))


def commands(page: Path) -> list[str]:
    """The commands of the `sh` blocks, one a line, in order."""
    lines = (line for block in blocks(page, "sh") for line in block.text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def links(page: Path) -> Iterator[str]:
    """Targets of all links and pictures outside fenced blocks."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for found in _LINK.finditer(prose):
        yield found["target"]


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
