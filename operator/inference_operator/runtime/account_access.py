"""How an account is reached: its credentials, its address, its connection."""

from collections.abc import Mapping

from inference_operator.core import account_refusals as refusals
from inference_operator.core import redact
from inference_operator.core.failures import Failure
from inference_operator.kube.secrets import SecretReader
from inference_operator.kube.session import Session
from inference_operator.providers.base import Connection, Limits, Site
from inference_operator.providers.registry import vendor_urls
from inference_operator.runtime.account import Account
from inference_operator.runtime.settings import Settings
from inference_operator.runtime.telemetry import tracing
from inference_operator.runtime.telemetry.metrics import Metrics


class Access:
    """Opens the way to the providers, within what the operator was told to do."""

    def __init__(self, session: Session, settings: Settings, metrics: Metrics) -> None:
        self._session = session
        self._settings = settings
        self._metrics = metrics
        self._secrets = SecretReader(session, ttl=0.0)

    async def credentials(self, account: Account, site: Site) -> Mapping[str, str] | Failure:
        """The values of the account's Secrets, `SecretKey.field` -> value, or why there are none."""
        namespace = account.secrets_namespace = account.key.namespace or self._settings.operator_namespace
        values: dict[str, str] = {}
        for wanted in site.credentials:
            secret = f"{namespace}/{wanted.secret}"
            data = await self._secrets.read(namespace, wanted.secret)
            value = (data or {}).get(wanted.key, b"").decode(errors="replace").strip()
            if not value:
                return refusals.credentials_missing(secret, wanted.key, found=data is not None)
            if not value.isascii() or not value.isprintable():
                return refusals.credentials_garbled(secret, wanted.key)
            redact.register(value, namespace=namespace)
            values[wanted.field] = value
        return values

    def connect(self, account: Account, site: Site, credentials: Mapping[str, str]) -> Connection:
        """Open a connection whose requests are counted."""
        provider = account.spec.provider_key or ""
        self._metrics.uses(provider)

        def count(operation: str, code: int, seconds: float) -> None:
            self._metrics.remote_request(provider, operation, code, seconds)
            tracing.called(f"{provider} {operation}", code=code, seconds=seconds, account=str(account.key))

        limits = Limits(
            self._settings.max_in_flight,
            self._settings.provider_timeout,
            may_write=self._session.may_write,
            valve=account.valve,
        )
        return account.plugin.connect(site, credentials, limits=limits, on_request=count)

    def admitted(self, site: Site) -> Failure | None:
        """Why this address may not be called; None where it is the vendor's own, or the operator was told to."""
        allowed = {url.rstrip("/") for url in (*vendor_urls(), *self._settings.allow_base_urls)}
        return None if site.base_url in allowed else refusals.address_not_allowed(site.base_url)
