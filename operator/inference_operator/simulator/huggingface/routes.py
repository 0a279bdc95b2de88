"""The paths of the simulated Hugging Face, each with the operation name that journal and faults use."""

from starlette.routing import Route

from inference_operator.simulator.huggingface.api import Api
from inference_operator.simulator.huggingface.dataplane import DataPlane
from inference_operator.simulator.huggingface.observability import Observability
from inference_operator.simulator.huggingface.state import HuggingFace
from inference_operator.simulator.operation import Handler, Operation, route

_ENDPOINT = "/v2/endpoint/{namespace}/{name}"


def routes(huggingface: HuggingFace) -> list[Route]:
    """Return the routes of control plane and data plane."""
    api, seen, plane = Api(huggingface), Observability(huggingface), DataPlane(huggingface)
    read = api.secured
    table: dict[str, dict[str, tuple[str, Handler]]] = {
        "/v2/provider": {"GET": ("providers", api.providers)},
        "/v2/provider/quotas/{namespace}": {"GET": ("quotas", read(api.quotas))},
        "/v2/provider/{namespace}": {"GET": ("providersOf", read(api.providers_of))},
        "/v2/search/{namespace}": {"GET": ("search", read(api.search))},
        "/v2/endpoint/{namespace}": {
            "GET": ("list", read(api.list)),
            "POST": ("create", api.secured(api.create, "write")),
        },
        _ENDPOINT: {
            "GET": ("get", read(api.get)),
            "PUT": ("update", api.secured(api.update, "write")),
            "DELETE": ("delete", api.secured(api.delete, "write")),
        },
        f"{_ENDPOINT}/pause": {"POST": ("pause", api.secured(api.pause, "write"))},
        f"{_ENDPOINT}/resume": {"POST": ("resume", api.secured(api.resume, "write"))},
        f"{_ENDPOINT}/scale-to-zero": {"POST": ("scaleToZero", api.secured(api.scale_to_zero, "write"))},
        f"{_ENDPOINT}/replica": {"GET": ("replica", read(seen.replicas))},
        f"{_ENDPOINT}/logs": {"GET": ("logs", read(seen.logs))},
        f"{_ENDPOINT}/metrics": {"POST": ("metrics", read(seen.metrics))},
        f"{_ENDPOINT}/open-metrics": {"GET": ("openMetrics", read(seen.open_metrics))},
        "/v3/endpoint/{namespace}/{name}/logs": {"GET": ("logsV3", read(seen.logs_v3))},
        "/_endpoints/{id}": {"*": ("dataPlane", plane.serve)},
        "/_endpoints/{id}/{rest:path}": {"*": ("dataPlane", plane.serve)},
    }
    bench = huggingface.bench
    return [
        route(path, {method: Operation(name, handler, bench) for method, (name, handler) in methods.items()})
        for path, methods in table.items()
    ]
