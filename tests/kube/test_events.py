"""Events reach the API server in few requests, and never disturb who emits them."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.eventually import eventually

from inference_operator.kube import paths
from inference_operator.kube.errors import Conflict, Unavailable
from inference_operator.kube.events import EventRecorder, EventType
from inference_operator.kube.session import Session

COMPONENT = "inference-operator.dev/inference-operator"
REF = {"apiVersion": "v1", "kind": "X", "namespace": "a", "name": "x", "uid": "u"}


@pytest.fixture
def requests(session: Session) -> Counter[str]:
    seen: Counter[str] = Counter()
    session.on_request = lambda method, *_: seen.update([method])
    return seen


def reference(obj: dict[str, Any]) -> dict[str, Any]:
    fields = ("namespace", "name", "uid")
    return {key: obj[key] for key in ("apiVersion", "kind")} | {key: obj["metadata"][key] for key in fields}


def emit(recorder: EventRecorder, ref: dict[str, Any], message: str = "made it") -> None:
    recorder.emit(ref, type=EventType.NORMAL, reason="Created", message=message, action="Create")


async def stored(admin: Session, namespace: str) -> list[dict[str, Any]]:
    # An operator may be at work in the same cluster, and tell its own events.
    events = await admin.list(paths.events(namespace))
    return [event for event in events if event["reportingController"] == COMPONENT]


async def test_an_event_says_who_did_what_to_which_object(
    session: Session, admin: Session, endpoint: dict[str, Any], kubectl: Any
) -> None:
    recorder = EventRecorder(session, COMPONENT, "pod-1")
    recorder.emit(reference(endpoint), type=EventType.WARNING, reason="AlreadyExists", message="taken", action="Create")
    await recorder.close()
    namespace, name = endpoint["metadata"]["namespace"], endpoint["metadata"]["name"]
    (event,) = await stored(admin, namespace)
    assert (event["type"], event["reason"], event["action"]) == ("Warning", "AlreadyExists", "Create")
    assert (event["reportingController"], event["reportingInstance"]) == (COMPONENT, "pod-1")
    assert event["regarding"] == reference(endpoint)
    assert "series" not in event
    described = kubectl.run("describe", "inferenceendpoint", name, f"--namespace={namespace}").stdout
    assert "AlreadyExists" in described
    assert "taken" in described


async def test_a_thousand_identical_events_are_one_object_with_a_count(
    session: Session, admin: Session, endpoint: dict[str, Any], requests: Counter[str]
) -> None:
    recorder = EventRecorder(session, COMPONENT, "pod-1", refresh_seconds=0.1)
    for _ in range(10):
        for _ in range(100):
            emit(recorder, reference(endpoint))
        await asyncio.sleep(0.02)
    await recorder.close()
    (event,) = await stored(admin, endpoint["metadata"]["namespace"])
    assert event["series"]["count"] == 1000
    assert requests["POST"] == 1
    assert 1 <= requests["PATCH"] <= 10


async def test_different_messages_are_different_events(
    session: Session, admin: Session, endpoint: dict[str, Any]
) -> None:
    recorder = EventRecorder(session, COMPONENT, "pod-1")
    for message in ("a", "b", "a"):
        emit(recorder, reference(endpoint), message)
    await recorder.close()
    events = await stored(admin, endpoint["metadata"]["namespace"])
    assert {event["note"]: event.get("series", {}).get("count", 1) for event in events} == {"a": 2, "b": 1}


async def test_after_a_long_silence_the_same_event_is_a_new_object(
    session: Session, admin: Session, endpoint: dict[str, Any]
) -> None:
    moment = datetime.now(UTC)
    recorder = EventRecorder(session, COMPONENT, "pod-1", now=lambda: moment)
    emit(recorder, reference(endpoint))
    moment += timedelta(minutes=7)
    emit(recorder, reference(endpoint))
    await recorder.close()
    assert len(await stored(admin, endpoint["metadata"]["namespace"])) == 2


async def test_an_event_that_expired_meanwhile_is_made_anew_with_its_count(
    session: Session, admin: Session, endpoint: dict[str, Any]
) -> None:
    namespace = endpoint["metadata"]["namespace"]
    sent = asyncio.Event()
    session.on_request = lambda *_: sent.set()
    recorder = EventRecorder(session, COMPONENT, "pod-1", refresh_seconds=0.05)
    emit(recorder, reference(endpoint))
    await sent.wait()
    (first,) = await stored(admin, namespace)
    await admin.delete(paths.event(namespace, first["metadata"]["name"]))
    emit(recorder, reference(endpoint))
    await recorder.close()
    (event,) = await stored(admin, namespace)
    assert event["series"]["count"] == 2


async def test_long_texts_are_cut_to_what_the_api_takes(
    session: Session, admin: Session, endpoint: dict[str, Any]
) -> None:
    dropped: list[str] = []
    recorder = EventRecorder(session, COMPONENT, "i" * 300, on_drop=dropped.append)
    recorder.emit(reference(endpoint), type=EventType.NORMAL, reason="R" * 300, message="ä" * 3000, action="A" * 300)
    await recorder.close()
    (event,) = await stored(admin, endpoint["metadata"]["namespace"])
    assert event["note"] == "ä" * 512
    assert dropped == []


async def test_about_a_cluster_scoped_object_it_is_in_the_default_namespace(session: Session, admin: Session) -> None:
    ref = {"apiVersion": "inference-operator.dev/v1alpha1", "kind": "ClusterInferenceAccount"}
    dropped: list[str] = []
    recorder = EventRecorder(session, COMPONENT, "pod-1", on_drop=dropped.append)
    emit(recorder, {**ref, "name": "shared", "uid": "u-1"}, "for the cluster")
    await recorder.close()
    assert dropped == []
    assert "for the cluster" in {event["note"] for event in await stored(admin, "default")}


async def test_a_refusal_as_in_a_namespace_that_is_being_deleted_is_swallowed_and_counted(
    session: Session, admin: Session, endpoint: dict[str, Any], namespace: str
) -> None:
    # The finalizer keeps the namespace in the state that it is deleted in.
    held = paths.endpoint(namespace, endpoint["metadata"]["name"])
    await admin.patch(held, {"metadata": {"finalizers": ["example.com/hold"]}})
    await admin.delete(paths.namespace(namespace))
    dropped: list[str] = []
    recorder = EventRecorder(session, COMPONENT, "pod-1", on_drop=dropped.append)
    emit(recorder, reference(endpoint))
    await recorder.close()
    await admin.patch(held, {"metadata": {"finalizers": None}})
    assert dropped == ["Forbidden"]


class Deaf:
    """A session to an API server that never answers, or always fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.calls = 0

    async def create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.calls += 1
        if self.error:
            raise self.error
        await asyncio.sleep(3600)
        return {}


async def test_when_the_queue_is_full_events_are_dropped_and_counted() -> None:
    dropped: list[str] = []
    deaf: Any = Deaf()
    recorder = EventRecorder(deaf, COMPONENT, "pod-1", queue_length=3, on_drop=dropped.append)
    for number in range(10):
        emit(recorder, REF, f"message {number}")
    assert dropped == ["QueueFull"] * 7
    await recorder.close(0.01)
    assert dropped[-1] == "Shutdown"


async def test_an_event_that_was_refused_is_tried_anew_when_it_happens_again(
    admin: Session, endpoint: dict[str, Any]
) -> None:
    failing: Any = Deaf(Unavailable(503, "ServiceUnavailable", "down"))
    recorder = EventRecorder(failing, COMPONENT, "pod-1")
    for time in range(1, 4):
        emit(recorder, reference(endpoint))
        await eventually(lambda: failing.calls == time)  # noqa: B023 - waited for within the round
    assert failing.calls == 3
    await recorder.close()


class Slow:
    """A session whose server does what it is asked at once, and answers when the test lets it."""

    def __init__(self) -> None:
        self.answer = asyncio.Event()
        self.stored: dict[str, int] = {}

    async def create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        name = body["metadata"]["name"]
        if name in self.stored:
            raise Conflict(409, "AlreadyExists", name)
        self.stored[name] = 1
        await self.answer.wait()
        return body

    async def patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.stored[path.rpartition("/")[2]] = body["series"]["count"]
        await self.answer.wait()
        return body


async def test_an_event_whose_answer_is_outstanding_at_the_end_is_recorded_once() -> None:
    dropped: list[str] = []
    slow: Any = Slow()
    recorder = EventRecorder(slow, COMPONENT, "pod-1", on_drop=dropped.append)
    emit(recorder, REF)
    await eventually(lambda: slow.stored)
    await recorder.close(0.1)
    assert list(slow.stored.values()) == [1]
    assert dropped == []


async def test_what_happens_again_while_the_count_is_being_sent_is_counted() -> None:
    slow: Any = Slow()
    slow.answer.set()
    recorder = EventRecorder(slow, COMPONENT, "pod-1", refresh_seconds=0.01)
    emit(recorder, REF)
    await eventually(lambda: list(slow.stored.values()) == [1])
    await asyncio.sleep(0.05)
    slow.answer.clear()
    emit(recorder, REF)
    await eventually(lambda: list(slow.stored.values()) == [2])
    emit(recorder, REF)
    slow.answer.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await recorder.close()
    assert list(slow.stored.values()) == [3]


async def test_a_server_that_fails_does_not_end_the_sending() -> None:
    dropped: list[str] = []
    failing: Any = Deaf(Unavailable(503, "ServiceUnavailable", "down"))
    recorder = EventRecorder(failing, COMPONENT, "pod-1", on_drop=dropped.append)
    for number in range(3):
        emit(recorder, REF, f"message {number}")
        await eventually(lambda: len(dropped) == number + 1)  # noqa: B023 - waited for within the round
    assert failing.calls == 3
    assert dropped == ["ServiceUnavailable"] * 3
    await recorder.close()
