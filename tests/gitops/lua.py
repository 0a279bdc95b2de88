"""The Lua of deploy/argocd in a real interpreter, with what Argo CD gives to it and no more.

Argo CD opens the base library and `table`; `os` has to be required, and has `date` and `time` alone.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from lupa.lua51 import LuaRuntime
from tests.runtime.kube_api import Object

ARGOCD = Path(__file__).parents[2] / "deploy" / "argocd"
ACTIONS = ("pause", "resume", "reconcile")
STATES = ("Healthy", "Progressing", "Suspended", "Degraded", "Missing", "Unknown")
"""What Argo CD takes for an answer of health.lua."""

_SANDBOX = """
package.loaded.os = {date = os.date, time = os.time}
getmetatable("").__index = nil
string, math, io, os, debug, coroutine = nil, nil, nil, nil, nil, nil
"""


def health(obj: Object) -> tuple[str, str]:
    """Status and message."""
    said = _run("health.lua", obj)
    return said["status"], said["message"]


def offered(obj: Object) -> set[str]:
    """The actions that can be taken."""
    return {name for name, how in _run("actions/discovery.lua", obj).items() if not how["disabled"]}


def act(name: str, obj: Object) -> Object:
    """The object after an action."""
    return _run(f"actions/{name}.lua", obj)


def rendered() -> dict[str, str]:
    """The keys of argocd-cm that carry the Lua."""
    health_script = _text("health.lua")
    actions = {
        "discovery.lua": _text("actions/discovery.lua"),
        "definitions": [{"name": name, "action.lua": _text(f"actions/{name}.lua")} for name in ACTIONS],
    }
    kinds = ("ClusterInferenceAccount", "InferenceAccount", "InferenceEndpoint")
    checks = {f"resource.customizations.health.inference-operator.dev_{kind}": health_script for kind in kinds}
    return checks | {
        "resource.customizations.actions.inference-operator.dev_InferenceEndpoint": yaml.dump(
            actions, Dumper=Readable, sort_keys=False
        )
    }


class Readable(yaml.SafeDumper):
    """YAML with scripts as they are written."""


Readable.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def _run(script: str, obj: Object) -> Any:
    runtime = LuaRuntime(unpack_returned_tuples=True)
    runtime.globals().obj = _to_lua(obj, runtime.table_from)
    runtime.execute(_SANDBOX)
    return _from_lua(runtime.execute(_text(script)))


def _text(script: str) -> str:
    return (ARGOCD / script).read_text()


def _to_lua(value: Any, table: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return table({key: _to_lua(item, table) for key, item in value.items()})
    return table([_to_lua(item, table) for item in value]) if isinstance(value, list) else value


def _from_lua(value: Any) -> Any:
    if not hasattr(value, "items"):
        return value
    found = {key: _from_lua(item) for key, item in value.items()}
    # As in Argo CD, which puts an empty table back to what it was before.
    return list(found.values()) if found and all(isinstance(key, int) for key in found) else found
