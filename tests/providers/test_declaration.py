"""What exists can be declared as it is: then nothing differs, and nothing is sent."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from tests.api.manifests import GONE, changed
from tests.providers.blocks import BLOCKS
from tests.providers.remote import ALWAYS_THERE, desired
from tests.providers.test_mapping import SCHEMA
from tests.providers.test_roundtrip import KNOBS, LAW, Remote, left

from inference_operator.core.observation import Observation
from inference_operator.providers.huggingface import PLUGIN
from inference_operator.providers.huggingface.wire import observation


@pytest.fixture(scope="module")
def remote() -> Iterator[Remote]:
    one = Remote()
    yield one
    one.runner.run(one.api.aclose())
    one.runner.close()


def seen(**change: Any) -> Observation:
    body = {"name": "n", "status": {"state": "running"}, "tags": [], **ALWAYS_THERE}
    found = observation(changed(body, change))
    assert found is not None
    return found


async def _declared_as_found(remote: Remote, block: dict[str, Any]) -> None:
    await remote.create(desired(block))
    await remote.read()
    found = PLUGIN.declaration(remote.observed)
    SCHEMA.validate({"huggingFace": found.block})
    assert left(desired(found.block), remote.observed) == ()


@settings(max_examples=80, **LAW)
@given(BLOCKS, KNOBS)
def test_whatever_exists_differs_in_nothing_once_it_is_declared(remote: Remote, block: Any, knobs: Any) -> None:
    remote.run(_declared_as_found(remote, block), knobs)


def test_what_the_provider_alone_knows_is_left_out_and_named() -> None:
    image = {
        "huggingface": GONE,
        "custom": {"url": "registry.example/x", "credentials": {"username": "u", "password": "p"}},
    }
    found = PLUGIN.declaration(
        seen(compute={"id": "aws-1"}, model={"secrets": {"B": None, "A": None}, "image": image, "env": {}})
    )
    assert found.block == {
        **ALWAYS_THERE,
        "name": "n",
        "model": {**ALWAYS_THERE["model"], "image": {"custom": {"url": "registry.example/x"}}},
    }
    assert found.left_out == (
        "/model/secrets: the provider shows no values of A, B",
        "/model/image/custom/credentialsSecretRef: the provider does not show whether the registry needs it",
    )


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        ({"model": {"task": "mind-reading"}}, "/model/task"),
        ({"model": {"image": {"huggingface": GONE, "newEngine": {"url": "x"}}}}, "/model/image"),
        ({"model": {"framework": "llamacpp"}}, "/model/framework"),
        ({"tags": ["x" * 129]}, "/tags"),
        ({"route": {"domain": "example.com", "path": "no-slash"}}, "/route"),
        ({"compute": {"scaling": {"measure": {"pendingRequests": -1}}}}, "/compute/scaling/measure"),
    ],
)
def test_what_no_block_can_say_is_left_out_and_the_rest_stands(change: dict[str, Any], gone: str) -> None:
    found = PLUGIN.declaration(one := seen(**change))
    assert found.left_out == (f"{gone}: an InferenceEndpoint can't say it",)
    SCHEMA.validate({"huggingFace": found.block})
    assert left(desired(found.block), one) == ()


def test_a_variable_that_the_schema_reserves_leaves_the_environment_out() -> None:
    image = {"huggingface": GONE, "llamacpp": {"url": "x", "modelPath": "m.gguf"}}
    found = PLUGIN.declaration(seen(model={"framework": "llamacpp", "image": image, "env": {"LLAMA_ARG_PORT": "1"}}))
    assert "env" not in found.block["model"]
    assert found.block["model"]["framework"] == "llamacpp"


def test_an_idle_time_beside_a_replica_that_always_runs_is_not_declared() -> None:
    found = PLUGIN.declaration(seen(compute={"scaling": {"minReplica": 1, "scaleToZeroTimeout": 15}}))
    assert found.block["compute"]["scaling"] == {"minReplica": 1, "maxReplica": 2}
    assert found.left_out == ()


@pytest.mark.parametrize("change", [{"type": "secret"}, {"compute": None}, {"model": "m"}, {"provider": {"vendor": 1}}])
def test_what_lacks_something_that_every_block_has_can_not_be_declared(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="can say"):
        PLUGIN.declaration(seen(**change))
    with pytest.raises(ValueError, match="/name"):
        PLUGIN.declaration(replace(seen(), name="-x"))
