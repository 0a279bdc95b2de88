"""From a manifest to the wire: identity, but for older spellings, references, defaults and the target of /scale."""

import json

import pytest
from jsonschema import Draft4Validator
from tests.api.manifests import changed, endpoint
from tests.api.schemas import committed
from tests.contract.contract import EXAMPLES, check
from tests.providers.remote import CLAIM, connect_in_process, desired, version, with_values

from inference_operator.core.documents import lookup, parts
from inference_operator.simulator import Clock, HuggingFace

CREATES = sorted(path.stem for path in EXAMPLES.glob("create-*.json"))
MINIMAL = endpoint()["spec"]["huggingFace"]
SCHEMA = Draft4Validator(
    committed()["inference-operator.dev_inferenceendpoints.yaml"]["spec"]["versions"][0]["schema"]["openAPIV3Schema"][
        "properties"
    ]["spec"]
)


def block(**change):
    return changed(MINIMAL, change)


class TestEachField:
    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("/type", "public"),
            ("/type", "authenticated"),
            ("/type", "private"),
            ("/compute/accelerator", "gpu"),
            ("/compute/instanceType", "nvidia-l4"),
            ("/compute/instanceSize", "x4"),
            ("/compute/scaling/minReplica", 1),
            ("/compute/scaling/maxReplica", 7),
            ("/compute/scaling/scaleToZeroTimeout", 15),
            ("/compute/scaling/measure", {"pendingRequests": 1.5}),
            ("/compute/scaling/measure", {"hardwareUsage": 80.0}),
            ("/model/repository", "org/other"),
            ("/model/revision", "main"),
            ("/model/task", "text-generation"),
            ("/model/framework", "custom"),
            ("/model/image", {"huggingface": {}}),
            ("/model/image", {"tgi": {"url": "r/tgi:3", "maxInputLength": 10, "disableCustomKernels": False}}),
            ("/model/image", {"vLLM": {"url": "r/vllm:1", "port": 8000, "kvCacheDtype": "fp8"}}),
            ("/model/image", {"sGLang": {"url": "r/s:1", "chunkedPrefillSize": 2048}}),
            ("/model/env", {"A": "1"}),
            ("/model/env", {}),
            ("/model/args", ["--a", "b"]),
            ("/model/args", []),
            ("/model/command", ["serve"]),
            ("/route", {"domain": "ai.example.com", "path": "/x"}),
            ("/network", {"cidrBlock": True, "cidrList": ["10.0.0.0/8"]}),
            ("/notifications", {"email": False, "push": True}),
            ("/customRouter", {"tag": "v1", "env": {"B": "2"}, "port": 3000, "grpcPort": 9002, "protocol": "http"}),
            ("/customRouter", {}),
            ("/experimentalFeatures", {"loadBalancer": "sticky", "mcpLb": {"stateful": True}}),
            ("/experimentalFeatures", {"cacheHttpResponses": False, "skipRepoDownload": True}),
        ],
    )
    def test_what_is_written_is_what_is_compared(self, path, value):
        written = block()
        *above, last = parts(path)
        target = written
        for part in above:
            target = target[part]
        target[last] = value
        assert lookup(desired(written).document, parts(path)) == value

    def test_what_is_absent_is_not_declared(self):
        assert desired(MINIMAL).document == {key: value for key, value in MINIMAL.items() if key != "provider"}

    @pytest.mark.parametrize(
        ("written", "sent"),
        [({"type": "protected"}, {"type": "authenticated"}), ({"tags": ["b", "a", "b"]}, {"tags": ["a", "b"]})],
    )
    def test_older_words_and_loose_ends_are_put_right(self, written, sent):
        assert desired(block(**written)).document | sent == desired(block(**written)).document

    @pytest.mark.parametrize("engine", ["vLLM", "sGLang"])
    @pytest.mark.parametrize(
        ("written", "sent"),
        [
            ("fp8_e4m3", "fp8-e4-m3"),
            ("fp8_e5m2", "fp8-e5-m2"),
            ("fp8-e4-m3", "fp8-e4-m3"),
            ("auto", None),
        ],
    )
    def test_the_engines_spellings_of_a_cache_type_become_the_vendors(self, engine, written, sent):
        image = {engine: {"url": "r/i:1", "kvCacheDtype": written}}
        document = desired(block(model={"image": image})).document
        assert document["model"]["image"][engine].get("kvCacheDtype") == sent

    @pytest.mark.parametrize(
        ("field", "value", "sent"),
        [
            ("provider", {"vendor": "gcp", "region": "us-east4"}, {"vendor": "gcp", "region": "us-east4"}),
            ("cacheHttpResponses", True, True),
            (
                "privateService",
                {"accountId": "123456789012", "region": "eu-west-1", "shared": False},
                {"accountId": "123456789012", "region": "eu-west-1", "shared": False},
            ),
            (
                "privateService",
                {"accountId": "123456789012"},
                {"accountId": "123456789012", "region": "us-east-1"},
            ),
        ],
    )
    def test_what_can_only_be_said_at_creation_is_sent_then_and_never_compared(self, field, value, sent):
        one = desired(block(**{field: value}))
        assert one.creation()[field] == sent
        assert field not in one.document

    def test_the_defaults_that_must_be_spelled_out_are_sent_at_creation(self):
        one = desired(MINIMAL)
        assert one.creation()["model"] == {
            "repository": "org/model",
            "framework": "pytorch",
            "image": {"huggingface": {}},
        }
        llamacpp = {"llamacpp": {"url": "r/l:1", "modelPath": "m.gguf"}}
        assert desired(block(model={"image": llamacpp})).creation()["model"]["framework"] == "llamacpp"
        assert desired(block(model={"framework": "custom"})).creation()["model"]["framework"] == "custom"

    def test_its_name_is_the_blocks_else_the_objects(self):
        assert desired(MINIMAL, name="object").name == "object"
        assert desired(block(name="remote"), name="object").name == "remote"
        assert "name" not in desired(block(name="remote")).document

    def test_the_hardware_is_said_for_the_printer_column(self):
        assert desired(MINIMAL).hardware == "cpu intel-spr x1"

    @pytest.mark.parametrize("broken", [{}, {"type": "secret"}, {**MINIMAL, "compute": None}])
    def test_a_block_that_the_schema_does_not_admit_is_a_value_error(self, broken):
        with pytest.raises(ValueError, match="validation error"):
            desired(broken)


class TestSecrets:
    def test_variables_and_logins_are_by_reference(self):
        one = desired(
            block(
                model={
                    "secrets": {"HF/TOKEN~": {"secretKeyRef": {"name": "hub", "key": "token"}}},
                    "image": {"custom": {"url": "r/i:1", "credentialsSecretRef": {"name": "registry"}}},
                }
            )
        )
        assert [(use.pointer, use.secret, use.key) for use in one.secrets] == [
            ("/model/secrets/HF~1TOKEN~0", "hub", "token"),
            ("/model/image/custom/credentials", "registry", None),
        ]
        assert one.document["model"]["secrets"] == {"HF/TOKEN~": None}
        assert one.document["model"]["image"] == {"custom": {"url": "r/i:1"}}


class TestScale:
    """`spec.replicas` over the block's bounds."""

    @pytest.mark.parametrize(
        ("replicas", "sent"),
        [
            (None, {"minReplica": 0, "maxReplica": 2, "scaleToZeroTimeout": 15}),
            (0, {"minReplica": 0, "maxReplica": 2, "scaleToZeroTimeout": 15}),
            (1, {"minReplica": 1, "maxReplica": 2}),
            (2, {"minReplica": 2, "maxReplica": 2}),
            (5, {"minReplica": 5, "maxReplica": 5}),
        ],
    )
    def test_replicas_are_the_effective_minimum(self, replicas, sent):
        written = block(compute={"scaling": {"scaleToZeroTimeout": 15}})
        assert desired(written, replicas=replicas).document["compute"]["scaling"] == sent


class TestRevision:
    """A branch comes back as the commit that it stands for: that is no drift."""

    COMMIT = "a" * 40

    def revision(self, declared, resolved_from):
        from inference_operator.core.observation import Observation, State

        seen = Observation("n", "t", State.RUNNING, {}, effective={"revision": self.COMMIT})
        was = block(model={"revision": resolved_from}) if resolved_from else None
        one = desired(block(model={"revision": declared}), observed=seen, revision_from=was and version(was))
        return one.document["model"]["revision"]

    def test_the_commit_stands_for_the_revision_that_it_came_from(self):
        assert self.revision("main", "main") == self.COMMIT

    def test_another_revision_is_a_change(self):
        assert self.revision("v2", "main") == "v2"

    def test_what_was_never_resolved_is_compared_as_written(self):
        assert self.revision("main", None) == "main"


def manifest_of(example):
    """The block that says what an example body says, and the secret values that it refers to."""
    body = {key: value for key, value in example.items() if value is not None}
    body["compute"] = {key: value for key, value in body["compute"].items() if key != "id"}
    body["compute"]["scaling"] = {key: value for key, value in body["compute"]["scaling"].items() if value is not None}
    model = {key: value for key, value in body["model"].items() if value is not None}
    if "secrets" in model:
        model["secrets"] = {name: {"secretKeyRef": {"name": "s", "key": "k"}} for name in model["secrets"]}
    ((engine, settings),) = model["image"].items()
    settings = {key: value for key, value in settings.items() if value is not None}
    if settings.pop("credentials", None):
        settings["credentialsSecretRef"] = {"name": "registry"}
    model["image"] = {engine: settings}
    if "experimentalFeatures" in body:
        features = body["experimentalFeatures"]
        body["experimentalFeatures"] = {key: value for key, value in features.items() if value is not None}
    return {**body, "model": model}


def without_nulls(value):
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return value


@pytest.mark.parametrize("name", CREATES)
async def test_a_manifest_says_what_the_vendors_example_says(name):
    example = json.loads((EXAMPLES / f"{name}.json").read_text())
    written = manifest_of(example)
    SCHEMA.validate({"huggingFace": written})
    one, huggingface = desired(written), HuggingFace(clock=Clock.frozen())
    connection = connect_in_process(huggingface)
    observed = await connection.create(one.name, with_values(one, one.creation()), claim=CLAIM)
    await connection.aclose()
    (request,) = huggingface.journal
    check(request.body, "Endpoint")
    expected = without_nulls(example)
    if "secrets" in expected["model"]:
        names = expected["model"]["secrets"]
        expected["model"]["secrets"] = {name: f"value of /model/secrets/{name}" for name in names}
    expected["tags"] = sorted([*expected.get("tags", []), CLAIM])
    assert {**request.body, "tags": sorted(request.body["tags"])} == expected | {
        "compute": {key: value for key, value in expected["compute"].items() if key != "id"}
    }
    assert observed.claims == (CLAIM,)


def test_the_examples_are_found():
    assert len(CREATES) == 6
