"""What an endpoint runs on, by its configuration, declared or observed."""

from inference_operator.core.catalogue import Hardware
from inference_operator.core.documents import Document

VENDOR, REGION = "e2e", "tir"
"""Stand for vendor and region in the catalogue: an account has one location, and its price list is of that alone."""


def plan(kind: str, days: int) -> str:
    """How a plan is paid for, in one word: it stands for the size in the catalogue."""
    return kind if kind == "hourly" else f"{kind}-{days}d"


def runs_on(document: Document) -> Hardware | None:
    """As the price list names it, None in a private cloud."""
    sku = document.get("sku")
    if not sku or "name" not in sku or "type" not in sku:
        return None
    return Hardware(VENDOR, REGION, sku["name"], plan(sku["type"], (document.get("commitment") or {}).get("days", 0)))


def words(document: Document) -> str:
    """As `status.hardware` shows it; empty where the document does not say."""
    found = runs_on(document)
    if found is not None:
        return f"{found.instance_type} {found.instance_size}"
    return f"private cloud {document['privateCloud']['id']}" if document.get("privateCloud") else ""
