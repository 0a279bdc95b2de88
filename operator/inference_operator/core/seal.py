"""The seal on a binding: proof that the operator itself wrote which incarnation is a resource's own.

Without a marker the recorded creation time is all that says whose an endpoint is, and a status may be written by
whoever has the right to: a forged one must not make somebody else's endpoint ours.
"""

import hashlib
import hmac

from inference_operator.api.status import RemoteRef

_DIGITS = 32


def seal(key: bytes, uid: str, reference: RemoteRef) -> str:
    """The seal of a binding of the object with this UID. `key`: known to the operator alone."""
    facts = (
        uid,
        reference.account.uid,
        reference.provider,
        reference.base_url,
        reference.namespace,
        reference.name,
        reference.created_at or "",
        *([reference.id] if reference.id else []),
    )
    return hmac.new(key, "\n".join(facts).encode(), hashlib.sha256).hexdigest()[:_DIGITS]
