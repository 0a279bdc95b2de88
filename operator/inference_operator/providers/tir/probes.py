"""Probes, from the block to the wire and back."""

from collections.abc import Mapping
from typing import Any

from inference_operator.providers.tir.encoding import count, encoded, flag, text, words

_DEFAULTS = {
    "initialDelaySeconds": ("initial_delay_seconds", 10),
    "periodSeconds": ("period_seconds", 10),
    "timeoutSeconds": ("timeout_seconds", 10),
    "successThreshold": ("success_threshold", 1),
    "failureThreshold": ("failure_threshold", 3),
}
"""The block's name -> the wire's, and the vendor's default."""
_PORT = 8080
_PATHS = {"readiness": "/health", "liveness": "/metrics"}
_WAYS = {"httpGet": "http", "tcpSocket": "tcp", "grpc": "grpc", "exec": "exec"}
_BY_PROTOCOL = {protocol: way for way, protocol in _WAYS.items()}


def declared(written: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """A probe of the block with the vendor's defaults in it; one that is off says nothing else."""
    if not written["enabled"]:
        return {"enabled": False}
    way = next((way for way in _WAYS if way in written), "httpGet")
    given = written.get(way) or {"port": _PORT, "path": _PATHS[kind]}
    numbers = {name: written.get(name, default) for name, (_, default) in _DEFAULTS.items()}
    return {"enabled": True, way: _filled(way, given), **numbers}


def _filled(way: str, given: Mapping[str, Any]) -> dict[str, Any]:
    if way == "httpGet":
        return {"path": "/", **given}
    return {"service": "", **given} if way == "grpc" else dict(given)


def body(given: Mapping[str, Any] | None, kind: str) -> dict[str, Any]:
    """A probe as the wire has it, whole, whether it is on or not."""
    found = given or {}
    way = next((way for way in _WAYS if way in found), "httpGet")
    asked = found.get(way) or {}
    numbers = {wire: found.get(name, default) for name, (wire, default) in _DEFAULTS.items()}
    return {
        "protocol": _WAYS[way],
        "port": asked.get("port", _PORT),
        **numbers,
        "path": asked.get("path", _PATHS[kind]) if way == "httpGet" else "",
        "grpc_service": asked.get("service", "") if way == "grpc" else "",
        "commands": encoded(asked.get("command", [])) if way == "exec" else "",
    }


def probe(container: Mapping[str, Any], kind: str) -> dict[str, Any] | None:
    """The probe of an answer's container; None where the answer says nothing about it."""
    advanced = container.get("advance_config")
    # An example of the vendor's has the flags beside advance_config, and its clients have them inside.
    places = [place for place in (advanced, container) if isinstance(place, Mapping)]
    said = (flag(place.get(f"is_{kind}_probe_enabled")) for place in places)
    enabled = next((one for one in said if one is not None), None)
    if enabled is None or not enabled:
        return None if enabled is None else {"enabled": False}
    given = next((one for place in places if isinstance(one := place.get(f"{kind}_probe"), Mapping)), {})
    numbers = {name: count(given.get(wire)) for name, (wire, _) in _DEFAULTS.items()}
    known = {name: value for name, value in numbers.items() if value is not None}
    way = _BY_PROTOCOL.get(str(given.get("protocol", "http")).lower(), "httpGet")
    return {"enabled": True, way: _asked(way, given), **known}


def _asked(way: str, given: Mapping[str, Any]) -> dict[str, Any]:
    port = count(given.get("port")) or _PORT
    match way:
        case "exec":
            return {"command": words(given.get("commands"))}
        case "grpc":
            return {"port": port, "service": text(given.get("grpc_service")) or ""}
        case "tcpSocket":
            return {"port": port}
    return {"path": text(given.get("path")) or "/", "port": port}
