"""A row of a provider's list, told from what it was before without being understood.

Almost all rows that an operator ever reads are as they were: a digest of the text costs a tenth of reading them.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from inference_operator.core import redact
from inference_operator.core.observation import Observation
from inference_operator.core.reading import Row

_SIZE = 16


def row(
    body: Any, *, name: str, updated_at: str, observe: Callable[[], Observation], beside: Sequence[Any] = ()
) -> Row:
    """The row that is this JSON value; `observe` reads it. `beside`: the other endpoints that have the name.

    What is read of it also depends on which secret values are known to be hidden.
    """
    text = f"{redact.edition()} {json.dumps([body, *beside])}"
    digest = hashlib.blake2b(text.encode(), digest_size=_SIZE).digest()
    return Row(name, updated_at, observe, digest, shared=bool(beside))
