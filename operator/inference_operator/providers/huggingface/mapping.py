"""From the spec's `huggingFace` block to the document that goes over the wire, and what must be known to compare it.

The block has the vendor's shape, so this is mostly identity; what is here is where the two differ: older spellings,
values by reference, what the vendor resolves by itself, and the target of `/scale`.
"""

from collections.abc import Mapping
from typing import Any

from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.status import Effective
from inference_operator.core.catalogue import Replicas
from inference_operator.core.desired import Desired, SecretUse
from inference_operator.core.diff import Shape, Whole
from inference_operator.core.documents import pointer
from inference_operator.providers.huggingface import hardware
from inference_operator.providers.huggingface.spec import HuggingFaceEndpoint, Model

SHAPE = Shape(
    whole={
        "/model/env": Whole.EXACT,
        "/model/secrets": Whole.EXACT,
        "/model/args": Whole.EXACT,
        "/model/command": Whole.EXACT,
        "/model/image": Whole.DECLARED,
        "/tags": Whole.EXACT,
        "/compute/scaling/measure": Whole.DECLARED,
        "/route": Whole.DECLARED,
        "/notifications": Whole.DECLARED,
        "/network": Whole.DECLARED,
        "/customRouter": Whole.DECLARED,
        "/experimentalFeatures": Whole.DECLARED,
    },
    runs_on=hardware.runs_on,
    hardware=hardware.words,
)
"""What the vendor's merging PUT replaces in one piece, and objects whose parts are required together.

See docs/reference/hugging-face-api.md, "Create and update".
"""

_TYPES = {"protected": "authenticated"}
_KV_CACHE = {"fp8_e4m3": "fp8-e4-m3", "fp8_e5m2": "fp8-e5-m2"}
_WHOLE_PREFILL = -1
"""SGLang's word for "not in chunks". The vendor's schema takes no negative number, and SGLang takes 0 for the same."""

_CREATION_ONLY = ("provider", "privateService", "cacheHttpResponses")


def desired(spec: EndpointSpec, *, name: str, effective: Effective | None) -> Desired:
    """What a spec declares. Raises ValueError where the block is not what the schema admits."""
    block = HuggingFaceEndpoint.from_json(spec.block)
    written = block.to_json()
    written.pop("name", None)
    creation = {key: written.pop(key) for key in _CREATION_ONLY if key in written}
    document = _document(written, block, spec.replicas, effective)
    scaling = document["compute"]["scaling"]
    return Desired(
        name=block.name or name,
        document=document,
        at_creation=_at_creation(creation, written),
        secrets=_secrets(block),
        hardware=hardware.words(written),
        runs_on=hardware.runs_on(written | creation),
        replicas=Replicas(scaling["minReplica"], scaling["maxReplica"]),
        revision=_revision(block.model),
    )


def _document(
    written: dict[str, Any], block: HuggingFaceEndpoint, replicas: int | None, effective: Effective | None
) -> dict[str, Any]:
    model = dict(written["model"])
    if "secrets" in model:
        model["secrets"] = dict.fromkeys(model["secrets"])
    if "image" in model:
        model["image"] = _image(model["image"])
    declared = _revision(block.model)
    if declared and effective and effective.revision and effective.revision_from == declared:
        model["revision"] = effective.revision
    document = {**written, "type": _TYPES.get(written["type"], written["type"]), "model": model}
    document["compute"] = {
        **written["compute"],
        "scaling": _scaling(written["compute"]["scaling"], replicas),
    }
    if "tags" in written:
        document["tags"] = sorted(set(written["tags"]))
    return _without_empty_choices(document)


def _without_empty_choices(document: dict[str, Any]) -> dict[str, Any]:
    """Objects of options that choose none declare nothing; an empty customRouter says that there is none."""
    features = {key: value for key, value in document.get("experimentalFeatures", {}).items() if value != {}}
    options = {"experimentalFeatures": features, "network": document.get("network", {})}
    rest = {key: value for key, value in document.items() if key not in options}
    return rest | {key: value for key, value in options.items() if value}


def _revision(model: Model) -> str | None:
    """What is declared of the version, such as `org/model@main`: a commit is one of this repository alone."""
    return f"{model.repository}@{model.revision}" if model.revision else None


def _scaling(scaling: Mapping[str, Any], replicas: int | None) -> dict[str, Any]:
    """The replica bounds with the target of `/scale` over them."""
    if replicas is None:
        return dict(scaling)
    target = {**scaling, "minReplica": replicas, "maxReplica": max(replicas, scaling["maxReplica"])}
    if replicas > 0:
        target.pop("scaleToZeroTimeout", None)
    return target


def _image(image: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _container(settings) for key, settings in image.items()}


def _container(settings: Mapping[str, Any]) -> dict[str, Any]:
    container = {name: value for name, value in settings.items() if name != "credentialsSecretRef"}
    cache = container.pop("kvCacheDtype", None)
    if cache not in (None, "auto"):
        container["kvCacheDtype"] = _KV_CACHE.get(cache, cache)
    if container.get("chunkedPrefillSize") == _WHOLE_PREFILL:
        container["chunkedPrefillSize"] = 0
    return container


def _at_creation(creation: dict[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent once: the immutable fields, and the defaults that the vendor requires to be spelled out."""
    llamacpp = "llamacpp" in written["model"].get("image", {})
    model: dict[str, Any] = {"framework": "llamacpp" if llamacpp else "pytorch"}
    if "image" not in written["model"]:
        model["image"] = {"huggingface": {}}
    if "privateService" in creation:
        region = creation["provider"]["region"]
        creation["privateService"] = {"region": region, **creation["privateService"]}
    return {**creation, "model": model}


def _secrets(block: HuggingFaceEndpoint) -> tuple[SecretUse, ...]:
    uses = [
        SecretUse(pointer("model", "secrets", variable), source.secret_key_ref.name, source.secret_key_ref.key)
        for variable, source in (block.model.secrets or {}).items()
    ]
    custom = block.model.image.custom if block.model.image else None
    if custom is not None and custom.credentials_secret_ref is not None:
        where = pointer("model", "image", "custom", "credentials")
        uses.append(SecretUse(where, custom.credentials_secret_ref.name, None))
    return tuple(uses)
