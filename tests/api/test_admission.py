"""The API server refuses what can't work, naming the field and what to do, and nothing else."""

import httpx

from tests.api.api_server import ApiServer
from tests.api.corpus import CASES, Case
from tests.api.manifests import endpoint
from tests.api.schemas import all_nodes
from tests.support.cluster import Kubectl


def _findings(case: Case, refused: httpx.Response, accepted: httpx.Response) -> list[str]:
    message = str(refused.json().get("message"))
    missing = [word for word in case.says if word not in message]
    return [
        *([f"{case.id}: was accepted"] if refused.status_code != 422 else []),
        *([f"{case.id}: {missing} not in {message}"] if missing else []),
        *([f"{case.id}: the twin was refused: {accepted.text}"] if accepted.status_code != 201 else []),
    ]


def test_each_invalid_manifest_is_refused_with_field_and_remedy_and_its_twin_is_accepted(
    api: ApiServer,
) -> None:
    findings = [
        finding for case in CASES for finding in _findings(case, api.create(case.refused), api.create(case.accepted))
    ]
    assert not findings, "\n".join(findings)


def test_each_rule_of_the_crds_is_shown_to_refuse_something(api: ApiServer) -> None:
    told = " ".join(str(api.create(case.refused).json().get("message")) for case in CASES)
    untold = [
        f"{path}: {rule['message']}"
        for path, node in all_nodes(with_root=True)
        for rule in node.get("x-kubernetes-validations", ())
        if "oldSelf" not in rule["rule"] and rule["message"] not in told
    ]
    assert untold == []


def test_the_corpus_has_every_case_once_and_twins_differ() -> None:
    assert len({case.id for case in CASES}) == len(CASES) >= 40
    assert not [case.id for case in CASES if case.refused == case.accepted]


def test_kubectl_refuses_unknown_fields_by_its_strict_validation(
    api: ApiServer, kubectl: Kubectl, namespace: str
) -> None:
    misspelt = endpoint({"spec": {"huggingFace": {"model": {"repositry": "org/model"}}}})
    done = kubectl.apply(misspelt, f"--namespace={namespace}", check=False)
    assert done.returncode != 0
    assert 'unknown field "spec.huggingFace.model.repositry"' in done.stderr
