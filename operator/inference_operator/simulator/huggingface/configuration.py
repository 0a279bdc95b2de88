"""What the server keeps of a request: the defaults of a new endpoint, and the rules across fields."""

import hashlib
import re
from collections.abc import Callable

from inference_operator.simulator.errors import ApiError
from inference_operator.simulator.huggingface import catalogue
from inference_operator.simulator.huggingface.knobs import Knobs
from inference_operator.simulator.huggingface.merge import Document

DEFAULT_IDLE_MINUTES = 15  # the API's default; the web console's is 60
MAX_NAME = 32

_SHA = re.compile(r"[0-9a-f]{40}")
_TASKS = {
    "huggingface": "text-classification",
    "huggingfaceNeuron": "text-classification",
    "tei": "sentence-embeddings",
    "custom": "custom",
}


def new_configuration(body: Document, knobs: Knobs) -> Document:
    """Return the full configuration of a new endpoint; raise ApiError 400 if it is invalid."""
    if not re.fullmatch(rf"[a-z0-9-]{{1,{MAX_NAME}}}", body["name"]):
        raise _invalid("name: must be lowercase alphanumeric characters or '-', at most 32 characters")
    scaling = _defaults({"scaleToZeroTimeout": None, "measure": None}, body["compute"]["scaling"])
    compute = {**body["compute"], "scaling": _timeout(scaling, asked=scaling["scaleToZeroTimeout"])}
    model = _defaults(
        {"revision": None, "env": {}, "secrets": {}, "args": None, "command": None, "fromCatalog": False},
        body["model"],
    )
    model.setdefault("task", _TASKS.get(next(iter(model["image"])), "text-generation"))
    absent: Document = {
        "tags": [],
        "route": None,
        "network": None,
        "privateService": None,
        "customRouter": None,
    }
    configuration = _defaults(absent, body) | {
        "compute": compute,
        "model": model,
        "notifications": body.get("notifications") or {"email": True, "push": True},
        "experimentalFeatures": _defaults(
            {"cacheHttpResponses": False, "loadBalancer": None, "mcpLb": None},
            body.get("experimentalFeatures") or {},
        ),
    }
    router = configuration["customRouter"]
    if router is not None and router.get("tag") is None:
        configuration["customRouter"] = None
    return checked(configuration, knobs)


def changed_configuration(merged: Document, update: Document, knobs: Knobs) -> Document:
    """Return the configuration after a PUT, its scaling rules settled."""
    asked = ((update.get("compute") or {}).get("scaling") or {}).get("scaleToZeroTimeout")
    compute = {**merged["compute"], "scaling": _timeout(merged["compute"]["scaling"], asked=asked)}
    return checked({**merged, "compute": compute}, knobs)


def checked(configuration: Document, knobs: Knobs) -> Document:
    """Return the configuration with the tags that the server keeps; raise ApiError 400 if undeployable."""
    hardware = catalogue.find(configuration)
    if knobs.check_hardware and (hardware is None or not hardware.deployable):
        raise ApiError(400, "Bad Request: Compute instance not available yet")
    if knobs.check_parallelism and hardware is not None:
        _check_parallelism(configuration["model"]["image"], hardware)
    return {**configuration, "tags": _tags(configuration["tags"], knobs)}


def effective_revision(model: Document) -> str:
    """Return the commit that a revision stands for: itself if it is one, else one made up for that branch."""
    revision = model["revision"] or "main"
    if _SHA.fullmatch(revision):
        return str(revision)
    return hashlib.sha1(f"{model['repository']}@{revision}".encode(), usedforsecurity=False).hexdigest()


def health_route(image: Document) -> str:
    """Return the effective health route of an image."""
    return str(next(iter(image.values())).get("healthRoute") or "/health")


def _defaults(defaults: Document, given: Document) -> Document:
    return defaults | {key: value for key, value in given.items() if value is not None or key not in defaults}


def _timeout(scaling: Document, *, asked: int | None) -> Document:
    if scaling["minReplica"] > scaling["maxReplica"]:
        raise _invalid("compute.scaling: minReplica must not be greater than maxReplica")
    if scaling["minReplica"] == 0:
        kept = scaling["scaleToZeroTimeout"]
        return {**scaling, "scaleToZeroTimeout": DEFAULT_IDLE_MINUTES if kept is None else kept}
    if asked:
        raise _invalid("compute.scaling: scaleToZeroTimeout requires minReplica to be 0")
    return {**scaling, "scaleToZeroTimeout": None}


def _check_parallelism(image: Document, hardware: catalogue.Hardware) -> None:
    for engine, factors in (
        ("vLLM", ("tensorParallelSize", "dataParallelSize")),
        ("sGLang", ("tensorParallelSize",)),
    ):
        if engine in image and hardware.accelerator == "gpu":
            used = 1
            for factor in factors:
                used *= image[engine].get(factor) or 1
            if used != hardware.num_accelerators:
                product = " * ".join(factors)
                raise _invalid(
                    f"model.image.{engine}: {product} must be equal to the number of accelerators "
                    f"({hardware.num_accelerators})"
                )


def _tags(tags: list[str], knobs: Knobs) -> list[str]:
    if knobs.tag_max_count is not None and len(tags) > knobs.tag_max_count:
        raise _invalid(f"tags: at most {knobs.tag_max_count} tags are allowed")
    if knobs.tag_max_length is not None and any(len(tag) > knobs.tag_max_length for tag in tags):
        raise _invalid(f"tags: at most {knobs.tag_max_length} characters are allowed")
    if knobs.tags_reject and any(re.search(knobs.tags_reject, tag) for tag in tags):
        raise _invalid("tags: invalid tag")
    kept = [tag for tag in tags if not (knobs.tags_drop and re.search(knobs.tags_drop, tag))]
    kept = [tag.lower() for tag in kept] if knobs.tags_lowercase else kept
    orders: dict[str, Callable[[list[str]], list[str]]] = {
        "keep": list,
        "sorted": sorted,
        "reversed": lambda values: list(reversed(values)),
    }
    return orders[knobs.tags_order](kept)


def _invalid(text: str) -> ApiError:
    return ApiError(400, f"VALIDATION_FAILED: {text}")
