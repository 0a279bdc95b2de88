"""Status writes: the smallest patch, one request, nothing when nothing changed."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference_operator.kube import paths
from inference_operator.kube.errors import Conflict
from inference_operator.kube.session import Session
from inference_operator.kube.status import patch_for, write_status

scalars = st.one_of(st.booleans(), st.integers(2, 4), st.sampled_from(["", "a"]))
keys = st.sampled_from("abc")
values = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(keys, inner)), max_leaves=8
)
statuses = st.dictionaries(keys, values)


def merge(target: Any, patch: Any) -> Any:
    """RFC 7386, section 2, word for word."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


@settings(deadline=None)
@given(current=st.none() | statuses, desired=statuses)
def test_the_patch_leads_to_what_is_desired(current: dict[str, Any] | None, desired: dict[str, Any]) -> None:
    patch = patch_for(current, desired)
    assert merge(current or {}, patch or {}) == desired
    assert (patch is None) == ((current or {}) == desired)


@settings(deadline=None)
@given(current=statuses, desired=statuses)
def test_the_patch_names_nothing_that_stays(current: dict[str, Any], desired: dict[str, Any]) -> None:
    patch = patch_for(current, desired) or {}
    same = {key for key in desired if key in current and current[key] == desired[key]}
    assert not same & patch.keys()


def test_removed_keys_become_null_and_lists_are_whole() -> None:
    current = {
        "state": "pending",
        "errorMessage": "x",
        "conditions": [1, 2],
        "cost": {"now": "1", "max": "2"},
    }
    desired = {"state": "pending", "url": "u", "conditions": [1, 3], "cost": {"now": "0", "max": "2"}}
    assert patch_for(current, desired) == {
        "errorMessage": None,
        "url": "u",
        "conditions": [1, 3],
        "cost": {"now": "0"},
    }


def test_none_counts_as_absent_at_any_depth() -> None:
    assert patch_for({"a": {"b": 1}}, {"a": {"b": 1, "c": None}, "d": None}) is None
    assert patch_for({"a": 1}, {"a": None}) == {"a": None}
    assert patch_for({}, {"l": [{"a": 1, "b": None}]}) == {"l": [{"a": 1}]}


async def test_one_write_brings_the_status_there_and_the_next_one_sends_nothing(
    session: Session, endpoint: dict[str, Any]
) -> None:
    metadata = endpoint["metadata"]
    path = paths.endpoint_status(metadata["namespace"], metadata["name"])
    requests: list[tuple[Any, ...]] = []
    session.on_request = lambda *seen: requests.append(seen)
    desired: dict[str, Any] = {"state": "pending", "url": "https://x", "readyReplica": 0}
    stored = await write_status(
        session, path, resource_version=metadata["resourceVersion"], current=None, desired=desired
    )
    assert stored is not None
    assert stored["status"] == desired | {"observedGeneration": -1}, "a generation that nobody saw, as the CRD has it"
    again = await write_status(
        session,
        path,
        resource_version=stored["metadata"]["resourceVersion"],
        current=stored["status"],
        desired=stored["status"] | {"message": None},
    )
    assert again is None
    assert [seen[:3] for seen in requests] == [("PATCH", "inferenceendpoints", 200)]


async def test_a_removed_key_is_gone_and_only_status_is_owned(session: Session, endpoint: dict[str, Any]) -> None:
    metadata = endpoint["metadata"]
    path = paths.endpoint_status(metadata["namespace"], metadata["name"])
    for desired in ({"state": "failed", "errorMessage": "x"}, {"state": "running"}):
        stored = await write_status(
            session,
            path,
            resource_version=endpoint["metadata"]["resourceVersion"],
            current=endpoint.get("status"),
            desired=desired,
        )
        assert stored is not None
        endpoint = stored
    assert endpoint["status"] == {"state": "running"}
    assert endpoint["spec"]
    (ours,) = [field for field in endpoint["metadata"]["managedFields"] if field.get("subresource") == "status"]
    assert ours["manager"] == "inference-operator"
    assert ours["fieldsV1"].keys() == {"f:status"}


async def test_a_write_on_a_stale_object_is_a_conflict(session: Session, endpoint: dict[str, Any]) -> None:
    metadata = endpoint["metadata"]
    path = paths.endpoint_status(metadata["namespace"], metadata["name"])
    version = metadata["resourceVersion"]
    await write_status(session, path, resource_version=version, current=None, desired={"state": "pending"})
    with pytest.raises(Conflict):
        await write_status(session, path, resource_version=version, current=None, desired={"state": "running"})
