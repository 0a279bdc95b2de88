"""The simulator answers any call as the vendor's contract allows: calls generated from it, valid and not."""

import functools
from collections import Counter
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.contract.contract import check, contract, is_valid
from tests.simulator.bodies import example

from inference_operator.simulator import Clock, HuggingFace, create_app
from inference_operator.simulator.huggingface.api import STATES

NAMESPACE = "acme"
VALID, READER, BASIC = "hf_writer", "hf_reader", "hf_basic"
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
FREE_NAME = "new"


class World:
    """The simulator with an endpoint in each state, the same before every call."""

    def __init__(self) -> None:
        self.huggingface = HuggingFace(clock=Clock.frozen(), check_hardware=False, check_parallelism=False)
        self.app = create_app(self.huggingface)

    def make_anew(self) -> None:
        self.huggingface.reset()
        self.huggingface.tokens.add(READER, scope="read")
        self.huggingface.tokens.add(BASIC, pro=False)
        for state in STATES:
            self.huggingface.control.create(NAMESPACE, example("create-cpu-huggingface") | {"name": named(state)}, "u")
            self.huggingface.edit(NAMESPACE, named(state), {"state": state})


def named(state: str) -> str:
    return state.lower()


NAMES = st.sampled_from([*map(named, STATES), FREE_NAME])
MOSTLY = st.sampled_from([True] * 4 + [False])
TOKENS = st.sampled_from([VALID] * 6 + [READER, BASIC, "not-a-token"])


@functools.cache
def world() -> World:
    return World()


@functools.cache
def operations() -> dict[str, Any]:
    schema = schemathesis.openapi.from_dict(contract())
    schema.app = world().app
    found = [result.ok() for result in schema.get_all_operations()]
    return {operation.definition.raw["operationId"]: operation for operation in found}


@st.composite
def calls(draw: st.DrawFn, operation: Any, mode: GenerationMode) -> Case:
    """A generated call; mostly of a token and about a name that exist, so that it comes past the first checks."""
    case = draw(operation.as_strategy(generation_mode=mode))
    if draw(MOSTLY):
        case.path_parameters = dict.fromkeys(case.path_parameters, NAMESPACE)
        if "name" in case.path_parameters:
            case.path_parameters["name"] = draw(NAMES)
    if draw(MOSTLY):
        case.headers["Authorization"] = f"Bearer {draw(TOKENS)}"
    if mode is GenerationMode.POSITIVE and isinstance(case.body, dict):
        case.body = obedient(case.body, draw)
    return case


def obedient(body: dict[str, Any], draw: st.DrawFn) -> dict[str, Any]:
    """Obey, mostly, the rules that the vendor states in prose only: of names, and of scaling."""
    scaling = (body.get("compute") or {}).get("scaling") or {}
    if not draw(MOSTLY):
        return body
    if "name" in body:
        body["name"] = draw(st.sampled_from([FREE_NAME] * 3 + [named("running")]))
        scaling["minReplica"] = 0
    else:
        scaling.pop("minReplica", None)
    return body


def judge(case: Case, answer: Any) -> None:
    """Raise unless the contract allows the answer."""
    checks = list(CHECKS)
    if answer.status_code == 403:
        # No source has a 403 of the vendor, so the contract lists none; a token without the right must get one.
        assert case.headers["Authorization"] in (f"Bearer {READER}", f"Bearer {BASIC}")
        checks.remove(status_code_conformance)
        checks.remove(response_schema_conformance)
        check(answer.json(), "Error")
    case.validate_response(answer, checks=checks)


def generate(mode: GenerationMode, count: int) -> Counter[tuple[str, int]]:
    """Make `count` calls, as many of each operation, judge each answer, and count them by operation and status."""
    # Nothing of the public catalogue can be wrong: it takes no parameter.
    wanted = [key for key in operations() if mode is GenerationMode.POSITIVE or key != "list_vendors"]
    return sum((statuses(key, mode, count // len(wanted)) for key in wanted), Counter())


def statuses(key: str, mode: GenerationMode, count: int) -> Counter[tuple[str, int]]:
    """Make `count` calls of one operation."""
    answers: Counter[tuple[str, int]] = Counter()

    @settings(max_examples=count, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(calls(operations()[key], mode))
    def call(case: Case) -> None:
        world().make_anew()
        answer = case.call()
        answers[key, answer.status_code] += 1
        judge(case, answer)

    call()
    return answers


def succeeded(answers: Counter[tuple[str, int]]) -> set[str]:
    return {operation for operation, status in answers if status == httpx.codes.OK}


def test_generated_valid_calls_are_answered_on_the_contract_and_reach_the_success_of_most_operations():
    answers = generate(GenerationMode.POSITIVE, 340)

    assert {"create_endpoint", "update_endpoint", "list_endpoint"} <= succeeded(answers)
    assert len(succeeded(answers)) >= 14


def test_generated_invalid_calls_are_refused_on_the_contract():
    answers = generate(GenerationMode.NEGATIVE, 150)

    refused = {operation for operation, status in answers if status >= httpx.codes.BAD_REQUEST}
    assert "create_endpoint" in refused
    assert len(refused) >= 10


@pytest.mark.proof
@pytest.mark.timeout(900)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_thousands_of_generated_calls_of_all_operations_are_answered_on_the_contract(mode):
    answers = generate(mode, 3000)

    assert answers.total() >= 2500
    called = {operation for operation, _ in answers}
    assert called == set(operations()) - ({"list_vendors"} if mode is GenerationMode.NEGATIVE else set())
    if mode is GenerationMode.POSITIVE:
        assert succeeded(answers) == set(operations())


def test_a_method_that_the_contract_does_not_have_is_405_with_those_that_it_has():
    """Deliberately off the contract, which has no word on it: it is what HTTP says."""
    answer = operations()["update_endpoint"].Case(path_parameters={"namespace": NAMESPACE, "name": FREE_NAME})
    answer.method = "PATCH"
    refused = answer.call(headers={"Authorization": f"Bearer {VALID}"})

    assert refused.status_code == 405
    assert refused.headers["allow"] == ["DELETE, GET, PUT"]


def test_with_the_knob_that_omits_the_url_only_the_url_is_off_the_contract():
    """Older answers left it out, which clients must bear: the knob shows that, and nothing else."""
    world().make_anew()
    world().huggingface.knobs.url_while_pending = "omit"
    shown = operations()["get_endpoint"].Case(path_parameters={"namespace": NAMESPACE, "name": "pending"})
    document = shown.call(headers={"Authorization": f"Bearer {VALID}"}).json()

    assert not is_valid(document, "EndpointWithStatus")
    document["status"]["url"] = ""
    check(document, "EndpointWithStatus")
