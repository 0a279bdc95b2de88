"""What mkdocs.yml can't say of the site: folders in the navigation, and links to files beside docs/.

mkdocs calls the functions by their names (https://www.mkdocs.org/user-guide/configuration/#hooks).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s#]+)(#[^)\s]*)?\)")
_SCHEME = re.compile(r"\w+:")


def on_config(config: Any) -> Any:
    """Put the pages of a folder where the navigation names the folder."""
    docs = Path(config["docs_dir"])
    named = set(_named(config["nav"]))
    config["nav"] = _expanded(config["nav"], docs, named)
    return config


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """Show a link to a file of the repository that is no page as the text alone: it has no place on the site."""
    docs = Path(config["docs_dir"]).resolve()
    folder = (docs / page.file.src_uri).parent

    def shown(link: re.Match[str]) -> str:
        outside = not _SCHEME.match(link["target"]) and docs not in (folder / link["target"]).resolve().parents
        return link["text"] if outside else link[0]

    return _LINK.sub(shown, markdown)


def _expanded(items: list[Any], docs: Path, named: set[str]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        title, what = next(iter(item.items())) if isinstance(item, dict) else (None, item)
        if isinstance(what, list):
            found.append({title: _expanded(what, docs, named)})
        elif what.endswith("/"):
            pages = [str(path.relative_to(docs)) for path in sorted((docs / what).glob("*.md"))]
            rest = [page for page in pages if page not in named]
            found.extend([{title: rest}] if title and rest else rest)
        else:
            found.append(item)
    return found


def _named(items: list[Any]) -> Iterator[str]:
    for item in items:
        what = next(iter(item.values())) if isinstance(item, dict) else item
        if isinstance(what, list):
            yield from _named(what)
        else:
            yield what
