"""Blocks of TIR of every shape that the CRD admits, for laws."""

from typing import Any

from hypothesis import strategies as st
from tests.providers.blocks import COUNTS, WORDS, some

IDS = st.integers(1, 999).map(str)
NAMES = st.sampled_from(["A", "B_1", "HF_TOKEN", "with.dot", "with-hyphen", "z"])
POSITIVE = st.integers(1, 600)
PORTS = st.integers(1, 65535)
TEXTS = st.text(max_size=8)
LISTS = st.lists(TEXTS, max_size=3)
SETTINGS = st.dictionaries(
    st.sampled_from(["max_model_len", "gpu_memory_utilization", "trust_remote_code", "dtype", "seed"]),
    st.sampled_from(
        ["4096", "0.90", "1.50", "2.0", "true", "false", "t", "auto", "1e3", "-1", "007", "", "null", "[1]"]
    ),
    max_size=4,
)
HARDWARE = st.one_of(
    st.just({"sku": {"name": "C3.2", "type": "hourly"}}),
    st.just({"sku": {"name": "C3.8", "type": "hourly"}}),
    st.fixed_dictionaries(
        {"policy": st.sampled_from(["auto_renew", "auto_terminate"])}, optional={"replicas": st.integers(0, 4)}
    ).map(lambda found: {"sku": {"name": "C3.2", "type": "committed"}, "commitment": {"days": 30, **found}}),
    st.fixed_dictionaries(
        {"id": IDS}, optional={"customSku": st.dictionaries(st.sampled_from(["cpu", "gpu"]), st.integers(0, 8))}
    ).map(lambda found: {"privateCloud": found}),
)
FRAMEWORKS = st.one_of(
    st.sampled_from(["vllm", "VLLM", "pytorch", "TENSOR_RT", "sglang", "brand-new"]).map(
        lambda one: {"framework": one}
    ),
    st.tuples(st.sampled_from(["custom", "CUSTOM"]), WORDS).map(
        lambda found: {"framework": found[0], "image": {"name": found[1]}}
    ),
)
IMAGES = st.one_of(
    st.just({}),
    some(pullPolicy=st.sampled_from(["Always", "IfNotPresent"]), type=st.just("public")),
    IDS.map(lambda one: {"type": "private", "registryNamespaceID": one}),
)
MODELS = st.tuples(
    some(path=WORDS, huggingFaceID=WORDS, tokenizer=WORDS, serveType=st.sampled_from(["full-model", "peft-model"])),
    st.one_of(st.just({}), IDS.map(lambda one: {"id": one}), IDS.map(lambda one: {"integrationID": one})),
).map(lambda found: {**found[0], **found[1]})
RULES = st.one_of(
    st.fixed_dictionaries(
        {"metric": st.sampled_from(["cpu", "concurrency", "requestRate"])},
        optional={"value": COUNTS, "watchSeconds": POSITIVE, "granularity": POSITIVE, "windowSeconds": POSITIVE},
    ),
    WORDS.map(lambda one: {"metric": "custom", "customMetricName": one, "conditionType": "limit"}),
)
AUTOSCALING = st.one_of(
    st.just({"enabled": False}),
    st.tuples(
        st.integers(0, 3),
        st.integers(1, 4),
        some(stabilitySeconds=COUNTS, rules=st.lists(RULES, max_size=2)),
    ).map(lambda found: {"enabled": True, "minReplicas": found[0], "maxReplicas": max(found[0], found[1]), **found[2]}),
)
WAYS = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"port": PORTS}, optional={"path": st.just("/ready")}).map(lambda one: {"httpGet": one}),
    PORTS.map(lambda one: {"tcpSocket": {"port": one}}),
    st.fixed_dictionaries({"port": PORTS}, optional={"service": WORDS}).map(lambda one: {"grpc": one}),
    st.lists(WORDS, min_size=1, max_size=3).map(lambda one: {"exec": {"command": one}}),
)
PROBES = st.tuples(
    st.booleans(),
    WAYS,
    some(initialDelaySeconds=COUNTS, periodSeconds=POSITIVE, timeoutSeconds=POSITIVE, failureThreshold=POSITIVE),
).map(lambda found: {"enabled": found[0], **found[1], **found[2]})
STORAGE = some(
    sizeGB=POSITIVE,
    mountPath=WORDS,
    modelPath=WORDS,
    type=st.just("disk"),
    sharedFileSystem=st.fixed_dictionaries({"id": IDS}, optional={"path": WORDS}),
)
SOURCE = st.just({"valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}})
ENV = st.dictionaries(
    NAMES,
    st.tuples(
        TEXTS.map(lambda one: {"value": one}) | SOURCE,
        some(required=st.booleans(), disabled=some(key=st.booleans(), value=st.booleans())),
    ).map(lambda found: {**found[0], **found[1]}),
    max_size=3,
).map(lambda found: [{"name": name, **one} for name, one in found.items()])
OPTIONAL = some(
    version=st.sampled_from(["v0.9.0", "v9"]),
    clusterType=st.just("tir-cluster"),
    command=LISTS,
    args=LISTS,
    model=MODELS,
    engineArgs=SETTINGS,
    worldSize=st.integers(1, 8),
    logging=some(error=st.booleans(), warning=st.booleans(), info=st.booleans(), verboseLevel=st.integers(0, 3)),
    replicas=st.integers(1, 5),
    autoscaling=AUTOSCALING,
    readinessProbe=PROBES,
    livenessProbe=PROBES,
    storage=STORAGE,
    dataset=st.fixed_dictionaries({"id": IDS}, optional={"path": WORDS}),
    env=ENV,
    ports=some(service=st.booleans(), metrics=st.booleans()),
    publicIP=st.booleans(),
    restartedAt=st.sampled_from(["2026-11-21T09:00:00Z", "2026-11-22T09:00:00Z"]),
)


def _block(found: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    framework, image, hardware, rest = found
    both = {**framework.get("image", {}), **image}
    return {**framework, **({"image": both} if both else {}), **hardware, **rest}


BLOCKS = st.tuples(FRAMEWORKS, IMAGES, HARDWARE, OPTIONAL).map(_block)
