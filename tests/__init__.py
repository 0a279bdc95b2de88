"""The tests. What they assert in modules of their own says what it found, as pytest's own asserts do."""

from pathlib import Path

import pytest

pytest.register_assert_rewrite(*(f"tests.{one.name}" for one in Path(__file__).parent.iterdir() if one.is_dir()))
