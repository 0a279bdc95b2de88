"""Nothing in the middle of the operator names a provider: what is one's own is behind `providers/base.py`."""

import re

import pytest
from tests.docs.pages import ROOT

from inference_operator.api.registry import provider_keys

PACKAGE = ROOT / "operator" / "inference_operator"
NAMES = [*provider_keys(), "hugging[ _-]?face", "e2e[ _-]?networks", "e2enetworks", "inference endpoints api"]
NAMED = re.compile("|".join(rf"\b{name}\b" for name in NAMES), re.IGNORECASE)


def named(text: str) -> list[str]:
    return [f"{number}: {line}" for number, line in enumerate(text.splitlines(), 1) if NAMED.search(line)]


@pytest.mark.parametrize("part", ["core", "kube", "runtime"])
def test_no_line_contains_the_name_of_a_provider(part):
    files = sorted((PACKAGE / part).rglob("*.py"))
    assert len(files) > 5
    found = {str(path.relative_to(PACKAGE)): lines for path in files if (lines := named(path.read_text()))}
    assert found == {}


def test_a_name_would_be_found():
    assert set(provider_keys()) >= {"huggingFace", "tir"}
    for line in ("if key == 'tir':", "# as Hugging Face has it", "import providers.huggingface", "E2E Networks"):
        assert named(line)
    assert named("a tired old entire stirring e2e test") == []
