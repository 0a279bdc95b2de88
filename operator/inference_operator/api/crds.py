"""The three CustomResourceDefinitions, rendered from the models and the registered providers."""

from collections.abc import Sequence
from typing import Any

import yaml
from pydantic import BaseModel

from inference_operator import __version__
from inference_operator.api import names
from inference_operator.api.account import AccountStatus, ClusterInferenceAccountSpec, InferenceAccountSpec
from inference_operator.api.columns import ACCOUNT_COLUMNS, ENDPOINT_COLUMNS
from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.markers import Cel
from inference_operator.api.pointers import drift_rule
from inference_operator.api.registry import ProviderBlocks
from inference_operator.api.rules import account_rules, endpoint_rules
from inference_operator.api.schema import Schema, object_schema, with_rules
from inference_operator.api.status import EndpointStatus

_OWN = "inference-operator"
_HEADER = "# Generated from operator/inference_operator/api by `make crds`. Edit the models, not this file.\n"

# What kstatus takes for under way: an object without any status it takes for done. Never in a spec, so never in Git.
_UNSEEN = {"default": {"observedGeneration": -1}}

SCALE = {
    "specReplicasPath": ".spec.replicas",
    "statusReplicasPath": ".status.replicas",
    "labelSelectorPath": ".status.selector",
}


def render(providers: Sequence[ProviderBlocks]) -> dict[str, Schema]:
    """The CRDs by file name, as JSON."""
    return {
        f"{names.GROUP}_{crd['spec']['names']['plural']}.yaml": crd
        for crd in (_endpoint_crd(providers), _account_crd(providers), _cluster_account_crd(providers))
    }


def to_yaml(crd: Schema) -> str:
    """One CRD as it is committed: the models' order, no aliases."""
    return _HEADER + yaml.dump(crd, Dumper=_Plain, sort_keys=False, width=120, allow_unicode=True)


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _endpoint_crd(providers: Sequence[ProviderBlocks]) -> Schema:
    spec = _spec_schema(EndpointSpec, {p.key: (p.endpoint, f"{p.source}, {{path}}") for p in providers})
    spec = with_rules(spec, [drift_rule(p.key, p.endpoint) for p in providers])
    rules = [
        *endpoint_rules([p.key for p in providers]),
        *(rule for p in providers for rule in p.endpoint_rules),
    ]
    version = {
        "selectableFields": [
            {"jsonPath": path}
            for path in (
                ".status.state",
                *(f".spec.{p.key}.{field}" for p in providers for field in p.selectable),
            )
        ],
        "additionalPrinterColumns": [column.to_json() for column in ENDPOINT_COLUMNS],
        "subresources": {"status": {}, "scale": SCALE},
        "schema": _root("A managed inference endpoint at a remote provider.", spec, EndpointStatus, rules),
    }
    return _crd(names.ENDPOINT_KIND, names.ENDPOINT_PLURAL, "ie", "Namespaced", version)


def _account_crd(providers: Sequence[ProviderBlocks]) -> Schema:
    version = _account_version("An account at a provider, for one namespace.", InferenceAccountSpec, providers)
    return _crd(names.ACCOUNT_KIND, names.ACCOUNT_PLURAL, "ia", "Namespaced", version)


def _cluster_account_crd(providers: Sequence[ProviderBlocks]) -> Schema:
    text = "An account at a provider, for several namespaces; its Secrets are in the operator's namespace."
    version = _account_version(text, ClusterInferenceAccountSpec, providers)
    return _crd(names.CLUSTER_ACCOUNT_KIND, names.CLUSTER_ACCOUNT_PLURAL, "cia", "Cluster", version)


def _account_version(text: str, model: type[BaseModel], providers: Sequence[ProviderBlocks]) -> Schema:
    spec = _spec_schema(model, {p.key: (p.account, _OWN) for p in providers})
    rules = [
        *account_rules([p.key for p in providers]),
        *(rule for p in providers for rule in p.account_rules),
    ]
    return {
        "additionalPrinterColumns": [column.to_json() for column in ACCOUNT_COLUMNS],
        "subresources": {"status": {}},
        "schema": _root(text, spec, AccountStatus, rules),
    }


def _spec_schema(model: type[BaseModel], blocks: dict[str, tuple[type[BaseModel], str]]) -> Schema:
    spec = object_schema(model, source=_OWN)
    for key, (block, source) in blocks.items():
        summary = (block.__doc__ or key).splitlines()[0]
        spec["properties"][key] = {"description": f"{summary} Exactly one provider block is given. Source: {_OWN}."}
        spec["properties"][key] |= object_schema(block, source=source)
    return spec


def _root(text: str, spec: Schema, status: type[BaseModel], rules: Sequence[Cel]) -> Schema:
    properties: Schema = {
        "apiVersion": {"description": f"{names.API_VERSION}.", "type": "string"},
        "kind": {"description": "The kind of this object.", "type": "string"},
        "metadata": {"type": "object"},
        "spec": {"description": "What is declared. The operator never writes here."} | spec,
        "status": {"description": "What the operator saw and did."} | object_schema(status, source=_OWN) | _UNSEEN,
    }
    root = {"description": text, "type": "object", "required": ["spec"], "properties": properties}
    return {"openAPIV3Schema": with_rules(root, rules)}


def _crd(kind: str, plural: str, short: str, scope: str, version: Schema) -> Schema:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{plural}.{names.GROUP}",
            "annotations": {names.VERSION_ANNOTATION: __version__},
        },
        "spec": {
            "group": names.GROUP,
            "names": {
                "kind": kind,
                "listKind": f"{kind}List",
                "plural": plural,
                "singular": kind.lower(),
                "shortNames": [short],
                "categories": [names.CATEGORY],
            },
            "scope": scope,
            "versions": [{"name": names.VERSION, "served": True, "storage": True} | version],
        },
    }
