"""Asking an endpoint's health route, without becoming anybody's way into the cluster's network.

The address comes from the provider, and a tenant may have a say in it (a custom domain, an account's baseURL). So only
public addresses are asked, judged where the connection is made, after the name was resolved; redirects are not
followed; and credentials go to the provider's own domains alone. What the operator was told to trust by
`--allow-base-url` is exempt.
"""

import ipaddress
import socket
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from inference_operator import __version__
from inference_operator.core.observation import Health
from inference_operator.providers.base import HealthRequest

_TIMEOUT = 5.0
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_PRIVATE = tuple(ipaddress.IPv6Network(one) for one in ("64:ff9b:1::/48", "fec0::/10", "::/96"))
"""Not public, though the standard library calls them so: NAT64 of a site's own, site-local, and wrapped IPv4."""
_NOT_PUBLIC = "its address is not a public one, and is not asked"
_UNTOLD = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class DataPlane:
    """Asks health routes. `trusted`: base URLs whose hosts are asked whatever their address is."""

    def __init__(self, trusted: Iterable[str] = (), *, timeout: float = _TIMEOUT) -> None:
        self._trusted = frozenset(URL(url).origin() for url in trusted)
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def ask(self, request: HealthRequest) -> Health:
        """Ask once. Never raises: what went wrong is said in the answer."""
        try:
            url = URL(request.url)
            trusted = url.origin() in self._trusted
            if not trusted and not _may_be_asked(url):
                return Health(False, _NOT_PUBLIC)
            known = trusted or (url.scheme == "https" and _below(url.host or "", request.domains))
            status = await self._get(url, request.headers if known else {}, trusted=trusted)
        except _NotPublicError:
            return Health(False, _NOT_PUBLIC)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            return Health(False, _unanswered(error))
        # Without credentials, being turned away is all that an endpoint that answers can do.
        serves = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES or (not known and status in _UNTOLD)
        return Health(serves, f"it answered {status}")

    async def _get(self, url: URL, headers: Any, *, trusted: bool) -> int:
        resolver = None if trusted else _PublicResolver()
        # A connection for each question: it is asked once for each version, and a pool would hold what was resolved.
        connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True)
        agent = {"User-Agent": f"inference-operator/{__version__}"}
        async with (
            aiohttp.ClientSession(connector=connector, timeout=self._timeout, trust_env=False) as session,
            session.get(url, headers={**agent, **headers}, allow_redirects=False) as response,
        ):
            return response.status


class _NotPublicError(Exception):
    """A name that leads somewhere it must not."""


class _PublicResolver(AbstractResolver):
    """Resolves names, and refuses one that leads to any address that is not public."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if not all(is_public(one["host"]) for one in found):
            raise _NotPublicError
        return found

    async def close(self) -> None:
        await self._resolver.close()


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also where it wraps an IPv4 address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if any(ip in network for network in _PRIVATE):
            return False
    return ip.is_global and not ip.is_multicast


def _may_be_asked(url: URL) -> bool:
    """Whether nothing speaks against it before its name is resolved."""
    if url.scheme not in ("http", "https") or not url.host or url.user is not None:
        return False
    try:
        return is_public(url.host)
    except ValueError:
        return True


def _below(host: str, domains: Iterable[str]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _unanswered(error: Exception) -> str:
    # The error's own text may carry the address, and differs from one try to the next.
    return "no answer in time" if isinstance(error, TimeoutError) else "it could not be reached"
