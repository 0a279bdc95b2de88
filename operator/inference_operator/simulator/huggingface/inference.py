"""What a served model answers: small and deterministic, in the shape of its engine's API."""

from typing import Any

from inference_operator.simulator.huggingface.record import Record

OPENAI_ENGINES = frozenset({"vLLM", "vLLMOmni", "vLLMNeuron", "sGLang", "tgi", "tgiNeuron", "llamacpp", "hfServe"})


def infer(record: Record, path: str) -> Any:
    """Return the JSON answer of a running endpoint to any path but its health route."""
    model = record.configuration["model"]
    engine = next(iter(model["image"]))
    if engine in OPENAI_ENGINES and path in {"/v1/models", "/v1/chat/completions"}:
        return _OPENAI[path](model["repository"])
    if engine in {"huggingface", "huggingfaceNeuron"}:
        return [{"label": "POSITIVE", "score": 0.99, "model": model["repository"], "engine": engine}]
    return {"model": model["repository"], "engine": engine, "path": path}


def _models(repository: str) -> Any:
    return {
        "object": "list",
        "data": [{"id": repository, "object": "model", "created": 0, "owned_by": "simulator"}],
    }


def _chat(repository: str) -> Any:
    message = {"role": "assistant", "content": f"Hello from {repository}."}
    return {
        "id": "chatcmpl-simulated",
        "object": "chat.completion",
        "created": 0,
        "model": repository,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 4, "total_tokens": 5},
    }


_OPENAI = {"/v1/models": _models, "/v1/chat/completions": _chat}
