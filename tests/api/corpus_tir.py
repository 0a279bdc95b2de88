"""Manifests of TIR that are refused, each with a twin that differs in just that and is accepted."""

from collections.abc import Mapping
from typing import Any

from inference_operator.api import names
from tests.api.corpus_case import Case
from tests.api.manifests import GONE, changed, tir, tir_account, tir_endpoint

Change = Mapping[str, Any]
_KEY_REF = {"secretKeyRef": {"name": "s", "key": "k"}}
_COMMITTED = {
    "sku": {"name": "C3.2", "type": "committed"},
    "commitment": {"days": 30, "policy": "auto_renew"},
}
_SCALED = {"enabled": True, "minReplicas": 1, "maxReplicas": 3}


def _case(name: str, refused: Change, accepted: Change, *says: str, base: Change | None = None) -> Case:
    refused, accepted = (changed(tir_endpoint(base), one) for one in (refused, accepted))
    return Case(f"tir: {name}", refused, accepted, says)


def _rules(**fields: Any) -> dict[str, Any]:
    return tir(autoscaling={**_SCALED, "rules": [fields]})


ENDPOINTS = (
    _case("name with two hyphens", tir(name="a--b"), tir(name="a-b"), "tir.name", "should match"),
    _case("name too long", tir(name="a" * 51), tir(name="a" * 50), "tir.name", "Too long"),
    _case(
        "metadata.name no valid remote name",
        {},
        tir(name="sentiment"),
        "spec.tir.name",
        "give one in tir.name",
        base={"metadata": {"name": "sentiment.v2"}},
    ),
    _case("no framework", tir(framework=GONE), {}, "tir.framework", "Required value"),
    _case("no hardware", tir(sku=GONE), {}, "tir.sku", "either sku or privateCloud"),
    _case(
        "two kinds of hardware",
        tir(privateCloud={"id": "12"}),
        tir(sku=GONE, privateCloud={"id": "12", "customSku": {"cpu": 4}}),
        "tir.sku",
        "either sku or privateCloud",
    ),
    _case(
        "committed for no time",
        tir(sku={"type": "committed"}),
        tir(**_COMMITTED),
        "tir.commitment",
        "sku.type committed and commitment together",
    ),
    _case(
        "commitment to a plan by the hour",
        tir(commitment=_COMMITTED["commitment"]),
        tir(**_COMMITTED),
        "tir.commitment",
        "sku.type committed and commitment together",
    ),
    _case(
        "unknown end of a commitment",
        tir(**changed(_COMMITTED, {"commitment": {"policy": "renew"}})),
        tir(**_COMMITTED),
        "commitment.policy",
        "supported values",
    ),
    _case(
        "committed plan that is to be stopped",
        {"spec": {"state": "paused"}},
        {"spec": {"state": "running"}},
        "spec.state",
        "can't be stopped",
        base=tir(**_COMMITTED),
    ),
    _case(
        "committed plan that is to be left stopped",
        {"spec": {"deletionPolicy": "Pause"}},
        {"spec": {"deletionPolicy": "Orphan"}},
        "spec.deletionPolicy",
        "use deletionPolicy Delete or Orphan",
        base=tir(**_COMMITTED),
    ),
    _case(
        "scaled to zero by hand",
        {"spec": {"state": "scaledToZero"}},
        {"spec": {"state": "paused"}},
        "spec.state",
        "use state paused",
    ),
    _case("no replicas", {"spec": {"replicas": 0}}, {"spec": {"replicas": 1}}, "spec.replicas", "raise replicas"),
    _case(
        "to be left scaled to zero",
        {"spec": {"deletionPolicy": "ScaleToZero"}},
        {"spec": {"deletionPolicy": "Pause"}},
        "spec.deletionPolicy",
        "use deletionPolicy Pause",
    ),
    _case("no replicas in the block", tir(replicas=0), tir(replicas=1), "tir.replicas", "greater than or equal to 1"),
    _case(
        "own container without an image",
        tir(framework="custom"),
        tir(framework="custom", image={"name": "org/app:1"}),
        "tir.image",
        "the container of framework custom",
    ),
    _case(
        "image for a framework that has its own",
        tir(image={"name": "org/app:1"}),
        tir(image={"pullPolicy": "IfNotPresent"}),
        "tir.image",
        "the container of framework custom",
    ),
    _case(
        "private image of no registry",
        tir(framework="CUSTOM", image={"name": "org/app:1", "type": "private"}),
        tir(framework="CUSTOM", image={"name": "org/app:1", "type": "private", "registryNamespaceID": "7"}),
        "image.registryNamespaceID",
        "type private and registryNamespaceID together",
    ),
    _case(
        "model from two places",
        tir(model={"id": "5", "integrationID": "9"}),
        tir(model={"id": "5", "path": "v1"}),
        "model.integrationID",
        "keep id or integrationID",
    ),
    _case(
        "id that is no number",
        tir(model={"id": "five"}),
        tir(model={"id": "5"}),
        "model.id",
        "should match",
    ),
    _case(
        "autoscaling without bounds",
        tir(autoscaling={"enabled": True}),
        tir(autoscaling={"enabled": False}),
        "autoscaling.enabled",
        "give minReplicas and maxReplicas",
    ),
    _case(
        "more replicas at least than at most",
        tir(autoscaling={**_SCALED, "minReplicas": 4}),
        tir(autoscaling={**_SCALED, "minReplicas": 0}),
        "autoscaling.minReplicas",
        "lower minReplicas or raise maxReplicas",
    ),
    _case(
        "metric of one's own without a name",
        _rules(metric="custom"),
        _rules(metric="custom", customMetricName="q", value=10),
        "autoscaling.rules[0].customMetricName",
        "give it with metric custom",
    ),
    _case(
        "probe that asks in two ways",
        tir(readinessProbe={"enabled": True, "httpGet": {"port": 80}, "tcpSocket": {"port": 80}}),
        tir(readinessProbe={"enabled": True, "httpGet": {"port": 80, "path": "/health"}}),
        "tir.readinessProbe",
        "keep one of httpGet",
    ),
    _case(
        "probe that also runs a command",
        tir(livenessProbe={"enabled": True, "grpc": {"port": 80}, "exec": {"command": ["true"]}}),
        tir(livenessProbe={"enabled": True, "grpc": {"port": 80, "service": "s"}}),
        "tir.livenessProbe",
        "keep one of httpGet",
    ),
    _case(
        "variable of two values",
        tir(env=[{"name": "T", "value": "a", "valueFrom": _KEY_REF}]),
        tir(env=[{"name": "T", "valueFrom": _KEY_REF}]),
        "tir.env[0].value",
        "give value, or valueFrom",
    ),
    _case(
        "variable that is given twice",
        tir(env=[{"name": "T", "value": "a"}, {"name": "T", "value": "b"}]),
        tir(env=[{"name": "T", "value": "a"}, {"name": "U", "value": "b"}]),
        "tir.env",
        "remove the second one",
    ),
    _case(
        "variable of the operator",
        tir(env=[{"name": "INFERENCE_OPERATOR_CLAIM", "value": "a"}]),
        tir(env=[{"name": "INFERENCE_OPERATOR", "value": "a"}]),
        "tir.env[0].name",
        "choose another name",
    ),
    _case(
        "drift of a part of what is sent whole",
        {"spec": {"ignoreDrift": ["/env/T"]}},
        {"spec": {"ignoreDrift": ["/env", "/autoscaling/maxReplicas", "/model/huggingFaceID"]}},
        "spec.ignoreDrift",
        "fields of tir",
    ),
)
ACCOUNTS = (
    *(
        Case(
            f"tir: no {field}",
            tir_account(tir(**{field: GONE})),
            tir_account(),
            (f"tir.{field}", "Required value"),
        )
        for field in ("projectID", "location", "apiKeySecretRef", "tokenSecretRef")
    ),
    *(
        Case(
            f"tir: {field} with a query, {kind}",
            tir_account(tir(**{field: "https://api.example.com/?apikey=k"}), kind=kind),
            tir_account(tir(**{field: "https://api.example.com/a"}), kind=kind),
            (f"tir.{field}", "without credentials, query or fragment"),
        )
        for field in ("baseURL", "inferenceBaseURL")
        for kind in (names.ACCOUNT_KIND, names.CLUSTER_ACCOUNT_KIND)
    ),
    Case(
        "tir: currency that is none",
        tir_account(tir(currency="rupees")),
        tir_account(tir(currency="USD", teamID="3", activeIAM="7")),
        ("tir.currency", "Too long"),
    ),
)
TIR = (*ENDPOINTS, *ACCOUNTS)
