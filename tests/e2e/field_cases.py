"""Every field of the huggingFace block that can be changed, and the least PUT that carries its change."""

from typing import Any

from tests.api.manifests import GONE
from tests.e2e.field_case import MARKER, Block, Case


def _scaling(**values: Any) -> dict[str, Any]:
    return {"compute": {"scaling": values}}


def _model(**values: Any) -> dict[str, Any]:
    return {"model": values}


def _hub(key: str, name: str = "hub") -> dict[str, Any]:
    return {"secretKeyRef": {"name": name, "key": key}}


_GPU = {"compute": {"accelerator": "gpu", "instanceType": "nvidia-l4"}}
_VLLM = {"url": "vllm/vllm-openai:v0.9.0", "port": 8000, "tensorParallelSize": 1}
_TGI = {"url": "ghcr.io/huggingface/text-generation-inference:3.3.4", "port": 80, "quantize": "awq"}
_LLAMACPP = {"url": "ghcr.io/ggml-org/llama.cpp:server-cuda", "modelPath": "model.gguf", "ctxSize": 8192}
_CUSTOM = {"url": "registry.example.com/scorer:1", "port": 9000}
_ROUTER = {"tag": "v1", "env": {"A": "1"}, "port": 3000, "grpcPort": 9002, "protocol": "http"}
_NETWORK = {"cidrBlock": True, "cidrList": ["10.0.0.0/8"]}


def _image(**image: Any) -> dict[str, Any]:
    return {"model": {"image": image}}


def _router(**settings: Any) -> Case:
    (name,) = settings
    return Case(
        f"customRouter.{name}",
        {"customRouter": settings},
        {"customRouter": {**_ROUTER, **settings}},
        {"customRouter": _ROUTER},
    )


def _experimental(**setting: Any) -> Case:
    (name,) = setting
    before = {
        "cacheHttpResponses": False,
        "loadBalancer": "random",
        "mcpLb": {"stateful": False},
        "skipRepoDownload": False,
    }
    return Case(
        f"experimentalFeatures.{name}",
        {"experimentalFeatures": setting},
        {"experimentalFeatures": {**before, **setting}},
        {"experimentalFeatures": before},
    )


def _same(id_: str, edit: Block, base: Block | None = None) -> Case:
    """A field that goes over the wire as it is written."""
    return Case(id_, edit, edit, base or {})


CASES = (
    _same("type", {"type": "public"}),
    Case("type-protected", {"type": "protected"}, {"type": "authenticated"}),
    _same("compute.accelerator", {"compute": {"accelerator": "gpu", "instanceType": "nvidia-l4"}}),
    _same("compute.instanceType", {"compute": {"instanceType": "nvidia-t4"}}, _GPU),
    _same("compute.instanceSize", {"compute": {"instanceSize": "x4"}}),
    _same("scaling.minReplica", _scaling(minReplica=1)),
    _same("scaling.maxReplica", _scaling(maxReplica=5)),
    _same("scaling.scaleToZeroTimeout", _scaling(scaleToZeroTimeout=30), _scaling(scaleToZeroTimeout=20)),
    Case(
        "scaling.scaleToZeroTimeout-removed",
        _scaling(minReplica=1, scaleToZeroTimeout=GONE),
        _scaling(minReplica=1),
        _scaling(scaleToZeroTimeout=20),
    ),
    _same("scaling.measure-set", _scaling(measure={"hardwareUsage": 70})),
    Case(
        "scaling.measure-value",
        _scaling(measure={"pendingRequests": 3}),
        _scaling(measure={"pendingRequests": 3}),
        _scaling(measure={"pendingRequests": 1.5}),
    ),
    Case(
        "scaling.measure-kind",
        _scaling(measure={"pendingRequests": GONE, "hardwareUsage": 80}),
        _scaling(measure={"hardwareUsage": 80}),
        _scaling(measure={"pendingRequests": 1.5}),
    ),
    _same("model.repository", _model(repository="org/other")),
    _same("model.revision", _model(revision="v2"), _model(revision="main")),
    _same("model.revision-set", _model(revision="v2")),
    _same("model.task", _model(task="summarization"), _model(task="text-classification")),
    _same("model.framework", _model(framework="custom"), _model(framework="pytorch")),
    Case(
        "model.image-engine",
        _image(vLLM=GONE, tgi=_TGI),
        _image(tgi=_TGI),
        {**_GPU, **_image(vLLM=_VLLM)},
    ),
    Case(
        "model.image-setting",
        _image(vLLM={"maxNumSeqs": 128}),
        _image(vLLM={**_VLLM, "maxNumSeqs": 128}),
        {**_GPU, **_image(vLLM=_VLLM)},
    ),
    Case(
        "model.image-llamacpp",
        {"model": {"framework": "llamacpp", "image": {"huggingface": GONE, "llamacpp": _LLAMACPP}}},
        {"model": {"framework": "llamacpp", "image": {"llamacpp": _LLAMACPP}}},
        _image(huggingface={}),
    ),
    Case(
        "model.image-kvCacheDtype-spelling",
        _image(vLLM={"kvCacheDtype": "fp8_e4m3"}),
        _image(vLLM={**_VLLM, "kvCacheDtype": "fp8-e4-m3"}),
        {**_GPU, **_image(vLLM=_VLLM)},
    ),
    Case(
        "model.image-credentials",
        _image(custom={"credentialsSecretRef": {"name": "registry-b"}}),
        _image(custom={**_CUSTOM, "credentials": {"username": "b", "password": "password-b"}}),
        _image(custom={**_CUSTOM, "credentialsSecretRef": {"name": "registry-a"}}),
    ),
    Case(
        "model.env",
        _model(env={"A": "2", "B": "3"}),
        _model(env={"A": "2", "B": "3"}),
        _model(env={"A": "1"}),
    ),
    Case("model.env-entry-removed", _model(env={"B": GONE}), _model(env={"A": "1"}), _model(env={"A": "1", "B": "2"})),
    Case("model.env-emptied", _model(env={"A": GONE}), _model(env={}), _model(env={"A": "1"})),
    Case(
        "model.secrets-key",
        _model(secrets={"HF_TOKEN": _hub("other")}),
        _model(secrets={"HF_TOKEN": "hub-other-value"}),
        _model(secrets={"HF_TOKEN": _hub("token")}),
    ),
    Case(
        "model.secrets-added",
        _model(secrets={"MORE": _hub("other")}),
        _model(secrets={"HF_TOKEN": "hub-token-value", "MORE": "hub-other-value"}),
        _model(secrets={"HF_TOKEN": _hub("token")}),
    ),
    Case(
        "model.secrets-emptied",
        _model(secrets={"HF_TOKEN": GONE}),
        _model(secrets={}),
        _model(secrets={"HF_TOKEN": _hub("token")}),
    ),
    _same("model.args", _model(args=["--a", "2"]), _model(args=["--a", "1"])),
    _same("model.args-emptied", _model(args=[]), _model(args=["--a", "1"])),
    _same("model.command", _model(command=["serve", "--fast"]), _model(command=["serve"])),
    Case("tags", {"tags": ["b", "a"]}, {"tags": [MARKER, "a", "b"]}, {"tags": ["a"]}),
    Case("tags-set", {"tags": ["a"]}, {"tags": [MARKER, "a"]}),
    Case("tags-emptied", {"tags": []}, {"tags": [MARKER]}, {"tags": ["a"]}),
    Case(
        "route.path",
        {"route": {"path": "/b"}},
        {"route": {"domain": "ai.example.com", "path": "/b"}},
        {"route": {"domain": "ai.example.com", "path": "/a"}},
    ),
    _same("route-set", {"route": {"domain": "ai.example.com", "path": "/a"}}),
    Case(
        "network.cidrList",
        {"network": {"cidrList": ["192.0.2.0/24"]}},
        {"network": {"cidrBlock": True, "cidrList": ["192.0.2.0/24"]}},
        {"network": _NETWORK},
    ),
    Case(
        "network.cidrBlock",
        {"network": {"cidrBlock": False}},
        {"network": {"cidrBlock": False, "cidrList": ["10.0.0.0/8"]}},
        {"network": _NETWORK},
    ),
    Case(
        "notifications.email",
        {"notifications": {"email": True}},
        {"notifications": {"email": True, "push": False}},
        {"notifications": {"email": False, "push": False}},
    ),
    Case(
        "notifications.push",
        {"notifications": {"push": True}},
        {"notifications": {"email": False, "push": True}},
        {"notifications": {"email": False, "push": False}},
    ),
    _same("customRouter-set", {"customRouter": {"tag": "v1"}}),
    _router(tag="v2"),
    _router(env={"A": "2"}),
    _router(port=3001),
    _router(grpcPort=9003),
    _router(protocol="extProc"),
    Case(
        "customRouter-removed",
        {"customRouter": {"tag": GONE, "env": GONE, "port": GONE, "grpcPort": GONE, "protocol": GONE}},
        {"customRouter": {}},
        {"customRouter": _ROUTER},
    ),
    _experimental(cacheHttpResponses=True),
    _experimental(loadBalancer="sticky"),
    _experimental(mcpLb={"stateful": True}),
    _experimental(skipRepoDownload=True),
)
