"""Manifests' blocks of every shape that the CRD admits and the simulated vendor takes, for laws."""

from typing import Any

from hypothesis import strategies as st

WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_./", min_size=1, max_size=12)
NAMES = st.sampled_from(["A", "B_1", "HF_TOKEN", "with/slash", "with~tilde", "with.dot"])
TAGS = st.sampled_from(["a", "team-b", "Prod", "x" * 60, "with space"])
COUNTS = st.integers(0, 4096)
CACHES = st.sampled_from(["auto", "fp8-e4-m3", "fp8-e5-m2", "fp8_e4m3", "fp8_e5m2"])
ENV = st.dictionaries(NAMES, st.text(max_size=8), max_size=3)
ARGS = st.lists(st.text(max_size=6), max_size=3)


def some(**optional: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with any of these fields."""
    return st.fixed_dictionaries({}, optional=optional)


def container(**optional: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A container with an image of its own."""
    optional |= {"healthRoute": st.just("/ready"), "port": st.integers(1, 65535)}
    return st.fixed_dictionaries({"url": WORDS}, optional=optional)


def image(key: str, settings: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return settings.map(lambda found: {key: found})


LIMITS = dict.fromkeys(("maxInputLength", "maxTotalTokens", "maxBatchPrefillTokens", "maxBatchTotalTokens"), COUNTS)
IMAGES = st.one_of(
    st.just({"huggingface": {}}),
    image("huggingfaceNeuron", some(batchSize=COUNTS, sequenceLength=COUNTS, neuronCache=WORDS)),
    image("tgi", container(disableCustomKernels=st.booleans(), quantize=st.sampled_from(["awq", "gptq"]), **LIMITS)),
    image("tgiNeuron", container(hfAutoCastType=st.sampled_from(["bf16", "fp16"]), hfNumCores=COUNTS, **LIMITS)),
    image("tei", container(maxBatchTokens=COUNTS, pooling=st.sampled_from(["mean", "cls"]))),
    image("vLLM", container(tensorParallelSize=COUNTS, maxNumSeqs=COUNTS, kvCacheDtype=CACHES)),
    image("vLLMOmni", container(deployConfig=WORDS, maxNumSeqs=COUNTS)),
    image("vLLMNeuron", container()),
    image("sGLang", container(chunkedPrefillSize=st.integers(-1, 4096), kvCacheDtype=CACHES)),
    image("hfServe", container()),
    image("custom", container(credentialsSecretRef=st.just({"name": "registry"}))),
)
LLAMACPP = st.fixed_dictionaries(
    {
        "framework": st.just("llamacpp"),
        "image": image(
            "llamacpp",
            container(ctxSize=COUNTS, mode=st.sampled_from(["embeddings", "reranking"]), variant=WORDS).map(
                lambda found: {**found, "modelPath": "m.gguf"}
            ),
        ),
    }
)
MEASURES = st.sampled_from([{"pendingRequests": 1}, {"pendingRequests": 1.5}, {"hardwareUsage": 80}])
SCALINGS = st.tuples(st.integers(0, 3), st.integers(1, 4), some(measure=MEASURES), some(idle=st.integers(1, 60))).map(
    lambda drawn: {
        "minReplica": drawn[0],
        "maxReplica": max(drawn[0], drawn[1]),
        **drawn[2],
        **({"scaleToZeroTimeout": drawn[3]["idle"]} if drawn[3] and drawn[0] == 0 else {}),
    }
)
MODELS = st.tuples(
    st.fixed_dictionaries(
        {"repository": WORDS},
        optional={
            "revision": st.sampled_from(["main", "v2", "a" * 40]),
            "task": st.sampled_from(["text-generation", "custom"]),
            "env": ENV,
            "secrets": st.dictionaries(NAMES, st.just({"secretKeyRef": {"name": "s", "key": "k"}}), max_size=3),
            "args": ARGS,
            "command": ARGS,
        },
    ),
    LLAMACPP | some(image=IMAGES, framework=st.sampled_from(["custom", "pytorch"])),
).map(lambda drawn: {**drawn[0], **drawn[1]})
ROUTERS = st.fixed_dictionaries(
    {"tag": WORDS},
    optional={"env": ENV, "port": st.integers(1, 9000), "protocol": st.sampled_from(["http", "extProc"])},
)
FEATURES = some(
    cacheHttpResponses=st.booleans(),
    loadBalancer=st.sampled_from(["random", "sticky", "least_connections"]),
    mcpLb=st.fixed_dictionaries({"stateful": st.booleans()}),
    skipRepoDownload=st.booleans(),
)
NETWORKS = st.fixed_dictionaries(
    {"cidrBlock": st.booleans()},
    optional={"cidrList": st.lists(st.sampled_from(["10.0.0.0/8", "192.0.2.7/32"]), max_size=2)},
)
COMPUTES = st.fixed_dictionaries(
    {
        "accelerator": st.sampled_from(["cpu", "gpu", "neuron", "zero_gpu"]),
        "instanceType": st.sampled_from(["intel-spr", "nvidia-l4"]),
        "instanceSize": st.sampled_from(["x1", "x4"]),
        "scaling": SCALINGS,
    }
)
MUTABLE = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["public", "authenticated", "private", "protected"]),
        "provider": st.just({"vendor": "aws", "region": "us-east-1"}),
        "compute": COMPUTES,
        "model": MODELS,
    },
    optional={
        "tags": st.lists(TAGS, max_size=4),
        "route": st.fixed_dictionaries({"domain": WORDS, "path": st.just("/x")}),
        "network": NETWORKS,
        "notifications": st.fixed_dictionaries({"email": st.booleans(), "push": st.booleans()}),
        "customRouter": ROUTERS,
        "experimentalFeatures": FEATURES,
    },
)
"""Blocks whose immutable fields are all the same, so that one can follow the other on an endpoint."""
CREATION_ONLY = some(
    cacheHttpResponses=st.booleans(),
    privateService=st.fixed_dictionaries({"accountId": st.just("123456789012")}, optional={"shared": st.booleans()}),
)
BLOCKS = st.tuples(MUTABLE, CREATION_ONLY).map(lambda drawn: {**drawn[0], **drawn[1]})
