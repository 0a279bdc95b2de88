"""What an endpoint runs on, by its configuration, declared or observed."""

from inference_operator.core.catalogue import Hardware
from inference_operator.core.documents import Document, lookup

_OFFERED = (("provider", "vendor"), ("provider", "region"), ("compute", "instanceType"), ("compute", "instanceSize"))
_SHOWN = (("compute", "accelerator"), ("compute", "instanceType"), ("compute", "instanceSize"))


def runs_on(document: Document) -> Hardware | None:
    """As the price list names it, None where the document does not say all of it."""
    names = _texts(document, _OFFERED)
    return Hardware(*names) if len(names) == len(_OFFERED) else None


def words(document: Document) -> str:
    """As `status.hardware` shows it, such as "gpu nvidia-l4 x1"; empty where the document does not say all of it."""
    names = _texts(document, _SHOWN)
    return " ".join(names) if len(names) == len(_SHOWN) else ""


def _texts(document: Document, paths: tuple[tuple[str, ...], ...]) -> list[str]:
    return [text for path in paths if isinstance(text := lookup(document, path), str)]
