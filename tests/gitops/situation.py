"""The situations that a resource can be in, each lived through on the operator's real parts, up to what is then stored.

The name of a situation is that of its recording in statuses/.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.gitops.life import Life
from tests.runtime.kube_api import Object
from tests.runtime.world import NEVER_IDLE

Story = Callable[[], Awaitable[Object]]
SITUATIONS: dict[str, Story] = {}


def situation(story: Story) -> Story:
    """Registers a story under the name of its function."""
    SITUATIONS[story.__name__.replace("_", "-")] = story
    return story


def life(**options: Any) -> Life:
    """A world in which nothing idles to zero by itself."""
    return Life(**{**NEVER_IDLE, **options})
