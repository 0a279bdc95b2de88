"""Manifests that use every field are accepted, and the models read every field of them."""

from typing import Any

import yaml

from inference_operator.api.account import ClusterInferenceAccountSpec
from inference_operator.api.endpoint import EndpointSpec
from inference_operator.providers.huggingface.spec import HuggingFaceEndpoint
from tests.api.api_server import ApiServer

ENDPOINT = """
apiVersion: inference-operator.dev/v1alpha1
kind: InferenceEndpoint
metadata: {name: sentiment}
spec:
  accountRef: {name: hf, kind: InferenceAccount}
  state: running
  replicas: 2
  mode: Manage
  adoptionPolicy: Never
  deletionPolicy: Delete
  deletionProtection: false
  deletionTimeout: 24h
  ignoreDrift: [/compute/scaling/maxReplica]
  readiness: {probe: true}
  writeConnectionTo: {configMapName: sentiment-endpoint}
  huggingFace:
    name: sentiment-prod
    type: private
    provider: {vendor: aws, region: us-east-1}
    compute:
      accelerator: gpu
      instanceType: nvidia-l4
      instanceSize: x1
      scaling: {minReplica: 0, maxReplica: 2, scaleToZeroTimeout: 15, measure: {pendingRequests: 1.5}}
    model:
      repository: org/model
      revision: main
      task: text-generation
      framework: pytorch
      image: {vLLM: {url: "vllm/vllm-openai:v0.9.0", port: 8000, tensorParallelSize: 1}}
      env: {MAX_LEN: "4096"}
      secrets: {HF_TOKEN: {secretKeyRef: {name: hub, key: token}}}
      args: []
      command: []
    tags: [team-a]
    route: {domain: ai.example.com, path: /sentiment}
    privateService: {accountId: "123456789012", region: us-east-1, shared: false}
    network: {cidrBlock: true, cidrList: [10.0.0.0/8]}
    notifications: {email: true, push: false}
    customRouter: {tag: v1, env: {}, port: 3000, grpcPort: 9002, protocol: http}
    experimentalFeatures:
      cacheHttpResponses: false
      loadBalancer: sticky
      mcpLb: {stateful: true}
      skipRepoDownload: false
    cacheHttpResponses: false
"""
CLUSTER_ACCOUNT = """
apiVersion: inference-operator.dev/v1alpha1
kind: ClusterInferenceAccount
metadata: {name: hf}
spec:
  huggingFace:
    namespace: my-org
    baseURL: https://api.endpoints.huggingface.cloud
    tokenSecretRef: {name: hf, key: token}
  pollInterval: 15s
  maxRequestsPerSecond: 10
  defaults: {deletionPolicy: Delete, adoptionPolicy: Never, mode: Manage}
  allowedNamespaces:
    names: [team-a]
    selector:
      matchLabels: {tier: prod}
      matchExpressions: [{key: tier, operator: In, values: [prod]}, {key: old, operator: DoesNotExist}]
  maxAdoptionPolicy: IfUnowned
"""
# Every setting of the twelve containers: the vendor's own schema is the list.
_BASE = {"url": "example.com/serving:1", "port": 80, "healthRoute": "/health"}
_LIMITS = {"maxInputLength": 1, "maxTotalTokens": 2, "maxBatchPrefillTokens": 3, "maxBatchTotalTokens": 4}
IMAGES: dict[str, dict[str, Any]] = {
    "huggingface": {},
    "huggingfaceNeuron": {"batchSize": 1, "sequenceLength": 2048, "neuronCache": "org/cache"},
    "tgi": _BASE | _LIMITS | {"disableCustomKernels": True, "quantize": "eetq"},
    "tgiNeuron": _BASE | _LIMITS | {"hfAutoCastType": "fp16", "hfNumCores": 2},
    "tei": _BASE | {"maxBatchTokens": 1, "maxConcurrentRequests": 2, "pooling": "mean"},
    "llamacpp": _BASE
    | {"modelPath": "a.gguf", "ctxSize": 0, "nParallel": 1, "nGpuLayers": 0, "threadsHttp": 2}
    | {"mmprojModelPath": "b.gguf", "specModelPath": "c.gguf", "mode": "reranking", "pooling": "rank"}
    | {"variant": "*Q5_K_M*"},
    "vLLM": _BASE
    | {"tensorParallelSize": 1, "dataParallelSize": 2, "maxNumSeqs": 3, "maxNumBatchedTokens": 4}
    | {"kvCacheDtype": "fp8-e4-m3"},
    "vLLMOmni": _BASE | {"deployConfig": "a: 1", "maxNumSeqs": 1},
    "vLLMNeuron": _BASE,
    "sGLang": _BASE
    | {"tensorParallelSize": 1, "chunkedPrefillSize": -1, "maxPrefillTokens": 2, "maxRunningRequests": 3}
    | {"kvCacheDtype": "fp8_e5m2"},
    "hfServe": _BASE,
    "custom": _BASE | {"credentialsSecretRef": {"name": "registry"}},
}


def test_a_manifest_with_every_field_is_accepted_and_read(api: ApiServer) -> None:
    manifest = yaml.safe_load(ENDPOINT)
    response = api.create(manifest)
    assert response.status_code == 201, response.text
    spec = EndpointSpec.from_json(manifest["spec"])
    assert HuggingFaceEndpoint.from_json(spec.block).to_json() == spec.block
    own = {key: value for key, value in manifest["spec"].items() if key != "huggingFace"}
    assert EndpointSpec.from_json(spec.to_json()) == EndpointSpec.from_json(own)
    assert set(spec.to_json()) == set(own)


def test_each_of_the_twelve_containers_is_accepted_with_all_its_settings(api: ApiServer) -> None:
    manifest = yaml.safe_load(ENDPOINT)
    for key, settings in IMAGES.items():
        block = manifest["spec"]["huggingFace"]
        block["model"] |= {"image": {key: settings}, "framework": "llamacpp" if key == "llamacpp" else "custom"}
        response = api.create(manifest)
        assert response.status_code == 201, response.text
        assert HuggingFaceEndpoint.from_json(block).to_json() == block


def test_an_empty_router_which_removes_it_is_accepted(api: ApiServer) -> None:
    manifest = yaml.safe_load(ENDPOINT)
    manifest["spec"]["huggingFace"]["customRouter"] = {}
    assert api.create(manifest).json()["spec"]["huggingFace"]["customRouter"] == {}


def test_a_cluster_account_with_every_field_is_accepted_and_read(api: ApiServer) -> None:
    manifest = yaml.safe_load(CLUSTER_ACCOUNT)
    response = api.create(manifest)
    assert response.status_code == 201, response.text
    spec = ClusterInferenceAccountSpec.from_json(manifest["spec"])
    assert set(spec.to_json()) | {"huggingFace"} == set(manifest["spec"])
