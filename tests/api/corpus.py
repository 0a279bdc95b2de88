"""Manifests that are refused, each with a twin that differs in just that and is accepted."""

from collections.abc import Mapping
from typing import Any

from inference_operator.providers.huggingface.spec import RESERVED_LLAMACPP
from tests.api.corpus_case import Case
from tests.api.corpus_tir import TIR
from tests.api.manifests import (
    GONE,
    account,
    changed,
    cluster_account,
    endpoint,
    hugging_face,
    model,
    scaling,
)

Change = Mapping[str, Any]
_LLAMACPP = {"llamacpp": {"url": "ghcr.io/ggml-org/llama.cpp:server", "modelPath": "m.gguf"}}
_TOKEN = {"secretKeyRef": {"name": "hub", "key": "token"}}


def _case(name: str, refused: Change, accepted: Change, *says: str, base: Change | None = None) -> Case:
    return Case(name, endpoint(changed(base or {}, refused)), endpoint(changed(base or {}, accepted)), says)


def _image(fields: Change, *, key: str = "custom") -> dict[str, Any]:
    return model(image={key: {"url": "example.com/serving:1", **fields}})


def _selector(operator: str, values: list[str]) -> dict[str, Any]:
    requirement = {"key": "tier", "operator": operator, "values": values}
    return {"spec": {"allowedNamespaces": {"selector": {"matchExpressions": [requirement]}}}}


BLOCK = (
    Case(
        "no provider block",
        changed(endpoint(), {"spec": {"huggingFace": GONE, "mode": "Manage"}}),
        endpoint({"spec": {"mode": "Manage"}}),
        ("spec", "give one of huggingFace"),
    ),
    Case("no type", endpoint(hugging_face(type=GONE)), endpoint(), ("huggingFace.type", "Required value")),
    Case(
        "no provider",
        endpoint(hugging_face(provider=GONE)),
        endpoint(),
        ("huggingFace.provider", "Required value"),
    ),
    Case(
        "no compute",
        endpoint(hugging_face(compute=GONE)),
        endpoint(),
        ("huggingFace.compute", "Required value"),
    ),
    Case(
        "no accelerator",
        endpoint(hugging_face(compute={"accelerator": GONE})),
        endpoint(),
        ("compute.accelerator", "Required value"),
    ),
    Case(
        "no repository",
        endpoint(model(repository=GONE)),
        endpoint(),
        ("model.repository", "Required value"),
    ),
    _case(
        "type that the vendor dropped",
        hugging_face(type="verified"),
        hugging_face(type="protected"),
        "huggingFace.type",
        "supported values",
        "authenticated",
    ),
    _case(
        "unknown task",
        model(task="chat"),
        model(task="text-generation"),
        "model.task",
        "supported values",
    ),
    _case(
        "unknown accelerator",
        hugging_face(compute={"accelerator": "tpu"}),
        hugging_face(compute={"accelerator": "neuron"}),
        "compute.accelerator",
        "supported values",
    ),
    _case(
        "remote name with upper case",
        hugging_face(name="Sentiment"),
        hugging_face(name="sentiment"),
        "huggingFace.name",
        "should match",
    ),
    _case(
        "remote name too long",
        hugging_face(name="a" * 33),
        hugging_face(name="a" * 32),
        "huggingFace.name",
        "Too long",
    ),
    _case(
        "remote name that ends with a hyphen",
        hugging_face(name="a-"),
        hugging_face(name="a"),
        "huggingFace.name",
        "should match",
    ),
    _case(
        "metadata.name no valid remote name",
        {},
        hugging_face(name="sentiment"),
        "spec.huggingFace.name",
        "give one in huggingFace.name",
        base={"metadata": {"name": "sentiment.v2"}},
    ),
    _case(
        "metadata.name too long for the provider",
        {"metadata": {"name": "a" * 33}},
        {"metadata": {"name": "a" * 32}},
        "spec.huggingFace.name",
        "up to 32",
    ),
    _case(
        "tag that looks like the operator's marker",
        hugging_face(tags=["iop1-mine"]),
        hugging_face(tags=["iop-mine"]),
        "tags[0]",
        "choose another tag",
    ),
    _case(
        "private service with an account that is no number",
        hugging_face(privateService={"accountId": "me"}),
        hugging_face(privateService={"accountId": "123456789012"}),
        "privateService.accountId",
        "should match",
    ),
    _case(
        "route without slash",
        hugging_face(route={"domain": "ai.example.com", "path": "sentiment"}),
        hugging_face(route={"domain": "ai.example.com", "path": "/sentiment"}),
        "route.path",
        "should match",
    ),
    _case(
        "route without path",
        hugging_face(route={"domain": "ai.example.com"}),
        hugging_face(route={"domain": "ai.example.com", "path": "/"}),
        "route.path",
        "Required value",
    ),
    _case(
        "unknown load balancer",
        hugging_face(experimentalFeatures={"loadBalancer": "roundrobin"}),
        hugging_face(experimentalFeatures={"loadBalancer": "least_connections"}),
        "experimentalFeatures.loadBalancer",
        "supported values",
    ),
    _case(
        "router port out of range",
        hugging_face(customRouter={"tag": "v1", "port": 70000}),
        hugging_face(customRouter={"tag": "v1", "port": 7000}),
        "customRouter.port",
        "less than or equal to 65535",
    ),
    _case(
        "private service without region where the vendor has none",
        hugging_face(provider={"region": "us-west-2"}),
        hugging_face(provider={"region": "eu-west-1"}),
        "huggingFace.privateService",
        "give privateService.region",
        base=hugging_face(privateService={"accountId": "123456789012"}),
    ),
    _case(
        "network without prefix length",
        hugging_face(network={"cidrList": ["10.0.0.0"]}),
        hugging_face(network={"cidrList": ["10.0.0.0/8"]}),
        "network.cidrList[0]",
        "such as 10.0.0.0/8",
    ),
    _case(
        "secret of an impossible name",
        model(secrets={"HF_TOKEN": {"secretKeyRef": {"name": "Hub", "key": "token"}}}),
        model(secrets={"HF_TOKEN": {"secretKeyRef": {"name": "hub", "key": "token"}}}),
        "secretKeyRef.name",
        "should match",
    ),
)

SCALING = (
    _case(
        "more replicas at least than at most",
        scaling(minReplica=3),
        scaling(minReplica=2),
        "scaling.minReplica",
        "lower minReplica or raise maxReplica",
    ),
    _case(
        "timeout with a replica that stays",
        scaling(minReplica=1),
        scaling(minReplica=0),
        "scaling.scaleToZeroTimeout",
        "set minReplica to 0 or remove scaleToZeroTimeout",
        base=scaling(scaleToZeroTimeout=15),
    ),
    _case(
        "timeout of no minutes",
        scaling(scaleToZeroTimeout=0),
        scaling(scaleToZeroTimeout=1),
        "scaling.scaleToZeroTimeout",
        "greater than or equal to 1",
    ),
    _case(
        "no replica at most",
        scaling(maxReplica=0),
        scaling(maxReplica=1),
        "scaling.maxReplica",
        "greater than or equal to 1",
    ),
    _case(
        "two measures",
        scaling(measure={"hardwareUsage": 80, "pendingRequests": 1.5}),
        scaling(measure={"pendingRequests": 1.5}),
        "scaling.measure",
        "keep one",
    ),
    _case(
        "no measure in measure",
        scaling(measure={}),
        scaling(measure={"hardwareUsage": 80}),
        "scaling.measure",
        "exactly one of hardwareUsage",
    ),
    _case(
        "more than all of the hardware",
        scaling(measure={"hardwareUsage": 101}),
        scaling(measure={"hardwareUsage": 100}),
        "measure.hardwareUsage",
        "less than or equal to 100",
    ),
    _case(
        "no pending requests",
        scaling(measure={"pendingRequests": 0}),
        scaling(measure={"pendingRequests": 0.5}),
        "measure.pendingRequests",
        "greater than 0",
    ),
    _case(
        "running with no replicas",
        {"spec": {"state": "running"}},
        {"spec": {"state": "scaledToZero"}},
        "spec.state",
        "raise replicas",
        base=changed({"spec": {"replicas": 0}}, scaling(scaleToZeroTimeout=15)),
    ),
    _case(
        "scaled to zero with replicas",
        {"spec": {"state": "scaledToZero"}},
        {"spec": {"state": "running"}},
        "spec.state",
        "set replicas to 0",
        base={"spec": {"replicas": 2}},
    ),
    _case(
        "scaled to zero with a replica that stays",
        scaling(minReplica=1),
        scaling(minReplica=0),
        "spec.state",
        "minReplica to 0",
        base={"spec": {"state": "scaledToZero"}},
    ),
    _case(
        "to be left scaled to zero with a replica that stays",
        scaling(minReplica=1),
        scaling(minReplica=0),
        "spec.deletionPolicy",
        "minReplica to 0",
        base={"spec": {"deletionPolicy": "ScaleToZero"}},
    ),
    _case(
        "no replicas without a timeout",
        {},
        scaling(scaleToZeroTimeout=15),
        "spec.replicas",
        "scaleToZeroTimeout (minutes)",
        base={"spec": {"replicas": 0}},
    ),
)

MODEL = (
    _case(
        "two images",
        model(image={"tgi": {"url": "example.com/tgi:3"}}),
        {},
        "model.image",
        "keep one key of huggingface",
        base=model(image={"huggingface": {}}),
    ),
    _case("no image in image", model(image={}), model(image={"huggingface": {}}), "model.image", "one key"),
    _case(
        "image without url",
        model(image={"vLLM": {"port": 8000}}),
        model(image={"vLLM": {"port": 8000, "url": "vllm/vllm-openai:v0.9.0"}}),
        "image.vLLM.url",
        "Required value",
    ),
    _case(
        "llama.cpp without a file",
        model(image={"llamacpp": {"url": "ghcr.io/ggml-org/llama.cpp:server"}}),
        model(image=_LLAMACPP),
        "llamacpp.modelPath",
        "Required value",
    ),
    _case(
        "framework pytorch with a llama.cpp image",
        model(framework="pytorch"),
        model(framework="llamacpp"),
        "model.framework",
        "set framework to llamacpp",
        base=model(image=_LLAMACPP),
    ),
    _case(
        "framework llamacpp with another image",
        model(framework="llamacpp"),
        model(framework="custom"),
        "model.framework",
        "give image.llamacpp",
        base=model(image={"huggingface": {}}),
    ),
    *(
        _case(
            f"reserved {name}",
            model(env={name: "1"}),
            model(env={f"{name}_2": "1"}),
            "model.env",
            f"{name}",
            "remove",
            base=model(image=_LLAMACPP),
        )
        for name in RESERVED_LLAMACPP
    ),
    _case(
        "reserved name that is a secret",
        model(secrets={"LLAMA_ARG_HOST": _TOKEN}),
        model(secrets={"LLAMA_API_KEY": _TOKEN}),
        "model.secrets",
        "remove",
        base=model(image=_LLAMACPP),
    ),
    _case(
        "reserved name with another image",
        model(image=_LLAMACPP),
        model(image={"huggingface": {}}),
        "model.env",
        "remove",
        base=model(env={"LLAMA_ARG_HOST": "0.0.0.0"}),
    ),
    _case(
        "secret in clear",
        model(secrets={"HF_TOKEN": "hf_x"}),
        model(secrets={"HF_TOKEN": _TOKEN}),
        "model.secrets.HF_TOKEN",
        "must be of type object",
    ),
    _case(
        "secret without key",
        model(secrets={"HF_TOKEN": {"secretKeyRef": {"name": "hub"}}}),
        model(secrets={"HF_TOKEN": _TOKEN}),
        "secretKeyRef.key",
        "Required value",
    ),
    _case(
        "environment value that is a number",
        model(env={"WORKERS": 4}),
        model(env={"WORKERS": "4"}),
        "model.env.WORKERS",
        "must be of type string",
    ),
    _case(
        "vLLM cache type",
        _image({"kvCacheDtype": "int4"}, key="vLLM"),
        _image({"kvCacheDtype": "fp8_e4m3"}, key="vLLM"),
        "vLLM.kvCacheDtype",
        "supported values",
    ),
    _case(
        "SGLang cache type",
        _image({"kvCacheDtype": "fp8"}, key="sGLang"),
        _image({"kvCacheDtype": "auto"}, key="sGLang"),
        "sGLang.kvCacheDtype",
        "supported values",
    ),
    _case(
        "SGLang prefill",
        _image({"chunkedPrefillSize": -2}, key="sGLang"),
        _image({"chunkedPrefillSize": -1}, key="sGLang"),
        "sGLang.chunkedPrefillSize",
        "greater than or equal to -1",
    ),
    _case(
        "too many arguments",
        model(args=["-v"] * 257),
        model(args=["-v"] * 256),
        "model.args",
        "at most 256 items",
    ),
)

RETIRED = (
    *(
        _case(f"retired {name}", refused, accepted, name, says)
        for name, refused, accepted, says in (
            ("accountId", hugging_face(accountId="42"), {}, "its huggingFace.namespace"),
            ("namespace", hugging_face(namespace="my-org"), {}, "its huggingFace.namespace"),
            ("cloud_provider", hugging_face(cloud_provider={"vendor": "aws"}), {}, "write provider"),
            (
                "cache_http_responses",
                hugging_face(cache_http_responses=True),
                hugging_face(cacheHttpResponses=True),
                "write cacheHttpResponses",
            ),
            (
                "private_service",
                hugging_face(private_service={"shared": True}),
                hugging_face(privateService={"accountId": "123456789012", "shared": True}),
                "write privateService",
            ),
            (
                "experimental_features",
                hugging_face(experimental_features={}),
                hugging_face(experimentalFeatures={}),
                "write experimentalFeatures",
            ),
            (
                "kv_router",
                hugging_face(experimentalFeatures={"kv_router": {"tag": "v1"}}),
                hugging_face(customRouter={"tag": "v1"}),
                "write customRouter",
            ),
            (
                "kvRouter",
                hugging_face(experimentalFeatures={"kvRouter": {"tag": "v1"}}),
                hugging_face(customRouter={"tag": "v1"}),
                "write customRouter",
            ),
            ("id", hugging_face(compute={"id": "aws-us-east-1-intel-spr-x1"}), {}, "remove it"),
            (
                "metric",
                scaling(metric="hardwareUsage"),
                scaling(measure={"hardwareUsage": 80}),
                "write measure",
            ),
            (
                "threshold",
                scaling(threshold=80),
                scaling(measure={"hardwareUsage": 80}),
                "in measure: {hardwareUsage: 80}",
            ),
            (
                "health_route",
                _image({"health_route": "/health"}),
                _image({"healthRoute": "/health"}),
                "write healthRoute",
            ),
            (
                "env",
                _image({"env": {"A": "1"}}),
                changed(_image({}), model(env={"A": "1"})),
                "model.env",
            ),
            (
                "credentials",
                _image({"credentials": {"username": "me", "password": "no"}}),
                _image({"credentialsSecretRef": {"name": "registry"}}),
                "name it in credentialsSecretRef",
            ),
        )
    ),
    _case(
        "retired env of the default image",
        model(image={"huggingface": {"env": {"A": "1"}}}),
        changed(model(image={"huggingface": {}}), model(env={"A": "1"})),
        "huggingface.env",
        "model.env",
    ),
)

OPERATION = (
    _case(
        "unknown state",
        {"spec": {"state": "stopped"}},
        {"spec": {"state": "paused"}},
        "spec.state",
        "supported",
    ),
    _case("unknown mode", {"spec": {"mode": "Watch"}}, {"spec": {"mode": "Observe"}}, "spec.mode", "supported"),
    _case(
        "unknown adoption policy",
        {"spec": {"adoptionPolicy": "Adopt"}},
        {"spec": {"adoptionPolicy": "IfUnowned"}},
        "spec.adoptionPolicy",
        "supported",
    ),
    _case(
        "unknown deletion policy",
        {"spec": {"deletionPolicy": "Retain"}},
        {"spec": {"deletionPolicy": "Orphan"}},
        "spec.deletionPolicy",
        "supported",
    ),
    _case(
        "timeout without unit",
        {"spec": {"deletionTimeout": "24"}},
        {"spec": {"deletionTimeout": "24h"}},
        "spec.deletionTimeout",
        "such as 24h",
    ),
    _case(
        "timeout in days",
        {"spec": {"deletionTimeout": "1d"}},
        {"spec": {"deletionTimeout": "1h30m"}},
        "spec.deletionTimeout",
        "such as 24h",
    ),
    _case(
        "timeout too short",
        {"spec": {"deletionTimeout": "500ms"}},
        {"spec": {"deletionTimeout": "1s"}},
        "spec.deletionTimeout",
        "from 1s",
    ),
    _case(
        "account of an unknown kind",
        {"spec": {"accountRef": {"name": "hf", "kind": "Account"}}},
        {"spec": {"accountRef": {"name": "hf", "kind": "ClusterInferenceAccount"}}},
        "accountRef.kind",
        "supported",
    ),
    _case(
        "account without name",
        {"spec": {"accountRef": {"kind": "InferenceAccount"}}},
        {"spec": {"accountRef": {"kind": "InferenceAccount", "name": "hf"}}},
        "accountRef.name",
        "Required value",
    ),
    *(
        _case(
            f"drift pointer {refused}",
            {"spec": {"ignoreDrift": [refused]}},
            {"spec": {"ignoreDrift": [accepted]}},
            "spec.ignoreDrift",
            "correct the pointer",
        )
        for refused, accepted in (
            ("compute/scaling/maxReplica", "/compute/scaling/maxReplica"),
            ("/compute/scaling", "/compute/scaling/minReplica"),
            ("/model/env/A", "/model/env"),
            ("/model/image/vLLM/url", "/model/image"),
            ("/compute/scaling/measure/pendingRequests", "/compute/scaling/measure"),
            ("/tags/0", "/tags"),
            ("/model/nothing", "/model/revision"),
        )
    ),
)

ACCOUNTS = (
    Case(
        "account without provider",
        account({"spec": {"huggingFace": GONE}}),
        account(),
        ("spec", "give one of huggingFace"),
    ),
    Case(
        "account without namespace",
        account(hugging_face(namespace=GONE)),
        account(),
        ("huggingFace.namespace", "Required value"),
    ),
    Case(
        "account without token",
        account(hugging_face(tokenSecretRef=GONE)),
        account(),
        ("huggingFace.tokenSecretRef", "Required value"),
    ),
    *(
        Case(
            f"base URL {refused}",
            account(hugging_face(baseURL=refused)),
            account(hugging_face(baseURL=accepted)),
            ("huggingFace.baseURL", "without credentials, query or fragment"),
        )
        for refused, accepted in (
            ("api.example.com", "https://api.example.com"),
            ("ftp://api.example.com", "https://api.example.com/"),
            ("https://me:pw@api.example.com", "https://api.example.com:8443"),
            ("https://api.example.com/?a=b", "https://api.example.com/a"),
            ("https://api.example.com/#a", "https://api.example.com/a/b"),
            ("https://", "http://127.0.0.1:8080"),
        )
    ),
    *(
        Case(
            f"poll interval {refused}",
            account({"spec": {"pollInterval": refused}}),
            account({"spec": {"pollInterval": accepted}}),
            ("spec.pollInterval", "such as 15s"),
        )
        for refused, accepted in (("0s", "1s"), ("999ms", "1000ms"), ("1h1s", "1h"), ("often", "1m30s"))
    ),
    Case(
        "no requests per second",
        account({"spec": {"maxRequestsPerSecond": 0}}),
        account({"spec": {"maxRequestsPerSecond": 1}}),
        ("spec.maxRequestsPerSecond", "greater than or equal to 1"),
    ),
    Case(
        "too many requests per second",
        account({"spec": {"maxRequestsPerSecond": 1001}}),
        account({"spec": {"maxRequestsPerSecond": 1000}}),
        ("spec.maxRequestsPerSecond", "less than or equal to 1000"),
    ),
    Case(
        "unknown default",
        account({"spec": {"defaults": {"deletionPolicy": "Keep"}}}),
        account({"spec": {"defaults": {"deletionPolicy": "Orphan"}}}),
        ("defaults.deletionPolicy", "supported values"),
    ),
    Case(
        "namespaces that are none",
        cluster_account({"spec": {"allowedNamespaces": {}}}),
        cluster_account({"spec": {"allowedNamespaces": {"selector": {}}}}),
        ("spec.allowedNamespaces", "list namespaces in names, or give a selector"),
    ),
    Case(
        "namespace by pattern",
        cluster_account({"spec": {"allowedNamespaces": {"names": ["team-*"]}}}),
        cluster_account({"spec": {"allowedNamespaces": {"names": ["team-a"]}}}),
        ("allowedNamespaces.names[0]", "should match"),
    ),
    *(
        Case(
            f"selector {operator} with values {values}",
            cluster_account(_selector(operator, values)),
            cluster_account(_selector(operator, others)),
            ("matchExpressions[0].values", "with operator In or NotIn"),
        )
        for operator, values, others in (("In", [], ["a"]), ("Exists", ["a"], []))
    ),
    Case(
        "unknown adoption cap",
        cluster_account({"spec": {"maxAdoptionPolicy": "Sometimes"}}),
        cluster_account({"spec": {"maxAdoptionPolicy": "Always"}}),
        ("spec.maxAdoptionPolicy", "supported values"),
    ),
    Case(
        "cluster account without provider",
        cluster_account({"spec": {"huggingFace": GONE}}),
        cluster_account(),
        ("spec", "give one of huggingFace"),
    ),
)

CASES = (*BLOCK, *SCALING, *MODEL, *RETIRED, *OPERATION, *ACCOUNTS, *TIR)
