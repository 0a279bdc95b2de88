"""`demo --once`: the whole life of the endpoint, each act checked on the resource and at the provider."""

import json
from typing import Any

from inference_operator.api.names import MARKER_PREFIX
from inference_operator.cli.demo_error import DemoError
from inference_operator.cli.demo_narrator import Narrator
from inference_operator.cli.demo_story import TEXT, Story
from inference_operator.cli.demo_world import condition

_EDIT = {"tags": ["demo"], "compute": {"scaling": {"maxReplica": 2}}}


class Checks:
    """Acts and checks, in the order of an endpoint's life. Each raises DemoError with what was not as expected."""

    def __init__(self, story: Story, narrator: Narrator) -> None:
        self._story = story
        self._narrator = narrator
        self._world = story.world

    def run(self) -> None:
        """All of them."""
        self._narrator.say("", "Checked on the resource and at the provider:")
        self._created()
        self._edited()
        self._switched("paused", "pause", "billing stops")
        self._switched("running", "resume", "it starts again")
        self._switched("scaledToZero", "scaleToZero", "no replica, nothing billed, the URL stays")
        self._woken()
        self._deleted()

    def _created(self) -> None:
        self._expect_calls(create=1)
        tags = (self._story.remote() or {}).get("tags", [])
        _expect(
            "the ownership marker among the provider's tags", [tag.startswith(MARKER_PREFIX) for tag in tags], [True]
        )
        self._narrator.done("create", "exactly one POST, and the endpoint carries our ownership marker")

    def _edited(self) -> None:
        self._patch({"huggingFace": _EDIT})
        self._reach("running")
        self._expect_calls(create=1, update=1)
        sent = self._world.provider.last_body("update")
        kept = {**sent, "tags": [tag for tag in sent.get("tags", ()) if not tag.startswith(MARKER_PREFIX)]}
        _expect("the PUT", kept, _EDIT)
        remote = self._story.remote() or {}
        _expect("maxReplica at the provider", remote["compute"]["scaling"]["maxReplica"], 2)
        self._narrator.done("edit", f"exactly one PUT, with only what changed: {json.dumps(kept)}")

    def _switched(self, state: str, action: str, meaning: str) -> None:
        before = self._world.provider.actions()
        self._patch({"state": state})
        self._reach(state)
        self._expect_calls(**before | {action: 1})
        _expect("the state at the provider", (self._story.remote() or {})["status"]["state"], state)
        self._narrator.done(action, f"spec.state: {state} is exactly one {action} call: {meaning}")

    def _woken(self) -> None:
        before = self._world.provider.actions()
        self._world.provider.infer(self._story.url, TEXT)
        self._reach("running")
        self._expect_calls(**before)
        self._narrator.done("wake", "a request woke it; the operator shows that and does not fight it")

    def _deleted(self) -> None:
        before = self._world.provider.actions()
        self._world.kubectl.run("delete", "ie", self._story.name, "--wait=false")
        self._world.until("ie", self._story.name, lambda found: found is None, what="Deletion")
        self._expect_calls(**before | {"delete": 1})
        _expect("what the provider still has", self._story.remote(), None)
        self._narrator.done("delete", "exactly one DELETE; it is gone at the provider, then in Kubernetes")

    def _patch(self, spec: dict[str, Any]) -> None:
        self._world.kubectl.run(
            "patch", "ie", self._story.name, "--type=merge", f"--patch={json.dumps({'spec': spec})}"
        )

    def _reach(self, state: str) -> None:
        def reached(found: dict[str, Any] | None) -> bool:
            ready, synced = condition(found, "Ready"), condition(found, "Synced")
            if found is None or ready is None or synced is None:
                return False
            handled = ready.observed_generation == found["metadata"]["generation"]
            settled = ready.status == synced.status == "True"
            return handled and settled and bool(found["status"].get("state") == state)

        self._world.until("ie", self._story.name, reached, what=f"State {state}, Ready and Synced")

    def _expect_calls(self, **wanted: int) -> None:
        try:
            _expect("the calls that change something", self._world.provider.actions(), wanted)
        except DemoError as error:
            raise DemoError(str(error), log=self._world.operator.tail()) from None


def _expect(what: str, seen: Any, wanted: Any) -> None:
    if seen != wanted:
        raise DemoError(f"Expected {what} to be {json.dumps(wanted)}, but saw {json.dumps(seen)}.")
