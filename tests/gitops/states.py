"""Situations that the state of the remote endpoint makes, and what differs from the spec."""

from tests.api.manifests import hugging_face, model, scaling
from tests.gitops.life import SENTIMENT
from tests.gitops.situation import life as _life
from tests.gitops.situation import situation
from tests.runtime.kube_api import Object

_OURS = {"spec": {"state": "running"}}
_ZERO = {"spec": {"state": "scaledToZero", "huggingFace": {"compute": {"scaling": {"scaleToZeroTimeout": 15}}}}}


# The states of an endpoint.


@situation
async def first_sight() -> Object:
    life = _life()
    life.apply()
    await life.look(SENTIMENT)
    return life.stored


@situation
async def waiting_for_hardware() -> Object:
    life = _life(pending_seconds=900)
    return (await life.begin()).stored


@situation
async def starting() -> Object:
    life = _life(initializing_seconds=900)
    return (await life.begin()).stored


@situation
async def running() -> Object:
    return (await _life().begin()).stored


@situation
async def running_without_a_replica() -> Object:
    life = await _life().begin()
    life.vendor.edit("sentiment", {"status": {"readyReplica": 0}})
    return (await life.beats()).stored


@situation
async def scaled_to_zero() -> Object:
    return (await _life().begin(_ZERO)).stored


@situation
async def paused() -> Object:
    return (await _life().begin({"spec": {"state": "paused"}})).stored


@situation
async def paused_by_hand() -> Object:
    life = await _life().begin()
    life.vendor.edit("sentiment", {"status": {"state": "paused"}})
    return (await life.beats()).stored


@situation
async def paused_and_to_be_resumed() -> Object:
    life = await _life().begin(_OURS)
    life.vendor.edit("sentiment", {"status": {"state": "paused"}})
    await life.beats(2)
    return life.last("Paused")


@situation
async def updating() -> Object:
    life = await _life(updating_seconds=900).begin()
    return (await life.edit(model(repository="org/other"), beats=1)).stored


@situation
async def edited_and_not_seen_yet() -> Object:
    life = await _life().begin()
    life.patch(SENTIMENT, scaling(maxReplica=4))
    return life.stored


@situation
async def corrected_and_not_seen_yet() -> Object:
    life = await _life(fail_deploys="runtime").begin()
    life.patch(SENTIMENT, model(repository="org/other"))
    return life.stored


@situation
async def provisioning_failed() -> Object:
    return (await _life(fail_deploys="runtime").begin()).stored


@situation
async def update_failed() -> Object:
    life = await _life().begin()
    life.huggingface.knobs.fail_deploys = "runtime"
    return (await life.edit(model(repository="org/other"))).stored


@situation
async def state_unknown() -> Object:
    life = await _life().begin()
    life.words[b'"state":"running"'] = b'"state":"hibernating"'
    return (await life.beats()).stored


@situation
async def health_route_not_answering_yet() -> Object:
    return (await _life().begin({"spec": {"readiness": {"probe": True}}})).stored


@situation
async def health_route_silent() -> Object:
    life = await _life().begin({"spec": {"readiness": {"probe": True}}})
    return (await life.beats(30, seconds=61)).stored


# Drift, and fields without effect.


@situation
async def drifted_and_only_observed() -> Object:
    life = _life()
    await life.make_by_hand("sentiment")
    return (await life.begin({"spec": {"mode": "Observe", "huggingFace": {"type": "public"}}})).stored


@situation
async def drifted_and_put_right() -> Object:
    life = await _life().begin()
    life.vendor.edit("sentiment", {"type": "public"})
    await life.beats(2)
    return life.last("DriftDetected", kind="Drifted")


@situation
async def drift_contested() -> Object:
    life = await _life().begin()
    for _ in range(5):
        life.vendor.edit("sentiment", {"type": "public"})
        await life.beats(2)
    return life.stored


@situation
async def pause_contested() -> Object:
    life = await _life().begin(_OURS)
    for _ in range(5):
        life.vendor.edit("sentiment", {"status": {"state": "paused"}})
        await life.beats(2)
    return life.stored


@situation
async def adopted_as_it_was() -> Object:
    life = _life()
    await life.make_by_hand("sentiment")
    change = {"spec": {"adoptionPolicy": "IfUnowned", **hugging_face(type="public")["spec"]}}
    return (await life.begin(change)).stored


@situation
async def claiming() -> Object:
    life = _life()
    await life.make_by_hand("sentiment")
    await life.begin({"spec": {"adoptionPolicy": "IfUnowned"}})
    return life.last("Claiming")


@situation
async def marker_missing() -> Object:
    life = await _life().begin()
    life.vendor.edit("sentiment", {"tags": []})
    return (await life.beats(2)).stored


@situation
async def marker_rejected() -> Object:
    return (await _life(tags_reject="^iop1-").begin()).stored


@situation
async def field_ineffective() -> Object:
    life = await _life(tags_drop="^lost$").begin()
    return (await life.edit(hugging_face(tags=["lost"]), beats=8)).stored
