"""What tells one cluster from another in ownership markers, where nobody chose an id."""

from inference_operator.kube import paths
from inference_operator.kube.session import Session

_LIVES_AS_LONG_AS_THE_CLUSTER = "kube-system"


async def cluster_id(session: Session) -> str:
    """The UID of the namespace kube-system. Forbidden where it may not be read."""
    namespace = await session.get(paths.namespace(_LIVES_AS_LONG_AS_THE_CLUSTER))
    return str(namespace["metadata"]["uid"])
