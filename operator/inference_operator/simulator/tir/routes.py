"""The paths of the simulated TIR, each with the operation name that journal and faults use."""

from typing import Any

from starlette.routing import Route

from inference_operator.simulator.operation import Handler, Operation, route
from inference_operator.simulator.tir.api import Api
from inference_operator.simulator.tir.state import Tir

BASE = "/myaccount/api/v1/gpu"
"""What the vendor's base URL ends in."""
_PROJECT = "/teams/{team}/projects/{project}"
_ACTIONS = {"start": "resume", "stop": "pause", "restart": "restart"}


def _named(name: str, body: Any) -> str:
    """The operation's name: a PUT is told by its action."""
    action = body.get("action") if isinstance(body, dict) else None
    return _ACTIONS.get(str(action), name) if name == "update" else name


def routes(tir: Tir) -> list[Route]:
    """Both generations of control plane paths, and the data plane."""
    api = Api(tir)
    one = {
        "GET": ("get", api.secured(api.get)),
        "PUT": ("update", api.secured(api.put)),
        "DELETE": ("delete", api.secured(api.delete)),
    }
    scoped: dict[str, dict[str, tuple[str, Handler]]] = {
        "/serving/inference/": {
            "GET": ("list", api.secured(api.list)),
            "POST": ("create", api.secured(api.create)),
        },
        "/serving/inference/{name}/": one,
        "/serving/inference/{name}/logs/": {"GET": ("logs", api.secured(api.logs))},
        "/serving/inference/{name}/replicas/": {"GET": ("replicas", api.secured(api.replicas))},
        "/dashboard/service-count/": {"GET": ("dashboard", api.secured(api.dashboard))},
    }
    table = {
        f"{BASE}/gpu_service/sku/": {"GET": ("catalogue", api.secured(api.plans, scoped=False))},
        f"{BASE}/serving/inference/framework-details/": {
            "GET": ("frameworks", api.secured(api.frameworks, scoped=False))
        },
        **{f"{BASE}{generation}{path}": methods for generation in ("", _PROJECT) for path, methods in scoped.items()},
    }
    table["/project/p-{project}/endpoint/is-{id}/{rest:path}"] = {"*": ("dataPlane", api.serve)}
    return [
        route(
            path,
            {method: Operation(name, handler, tir.bench, named=_named) for method, (name, handler) in methods.items()},
        )
        for path, methods in table.items()
    ]
