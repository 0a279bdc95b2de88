"""`inference-operator hardware`: what endpoints can run on, what it costs and how much of it is left."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from inference_operator.api.names import DEFAULT_OPERATOR_NAMESPACE
from inference_operator.cli.access import Access
from inference_operator.cli.options import Form, Kubeconfig, Namespace, OperatorNamespace
from inference_operator.cli.output import Output, print_json, print_table
from inference_operator.cli.sentences import CommandError, plain_errors
from inference_operator.core.catalogue import Offer

_TITLES = (
    "VENDOR",
    "REGION",
    "ACCELERATOR",
    "TYPE",
    "SIZE",
    "ARCHITECTURE",
    "MEMORY GB",
    "CPUS",
    "STATUS",
    "QUOTA USED",
    "PRICE/H",
)
_FILTERS: dict[str, Callable[[Offer], str]] = {
    "vendor": lambda offer: offer.hardware.vendor,
    "region": lambda offer: offer.hardware.region,
    "accelerator": lambda offer: offer.accelerator,
}


def hardware(
    *,
    vendor: Annotated[str | None, typer.Option(help="Of this vendor alone, such as aws.")] = None,
    region: Annotated[str | None, typer.Option(help="In this region alone, such as us-east-1.")] = None,
    accelerator: Annotated[str | None, typer.Option(help="With this alone: cpu, gpu, neuron.")] = None,
    account: Annotated[
        str | None,
        typer.Option(help="What this InferenceAccount may use, with its quota; Kind/NAME for the other kind."),
    ] = None,
    namespace: Namespace = "default",
    output: Form = Output.TABLE,
    provider: Annotated[str, typer.Option(help="Whose public catalogue, where no account is named.")] = "huggingFace",
    base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Address of the public catalogue; with --account, an address that its token may be sent to. "
            "Absent: the provider's own.",
        ),
    ] = None,
    kubeconfig: Kubeconfig = None,
    operator_namespace: OperatorNamespace = DEFAULT_OPERATOR_NAMESPACE,
) -> None:
    """Print the hardware that there is, the cheapest first. Prices are per replica and hour, quota in accelerators.

    Without --account it is the public catalogue: it needs neither a cluster nor a token, and knows no quota. With one,
    the token is the account's Secret if you may read it, else HF_TOKEN.

    Example: inference-operator hardware --accelerator gpu --account hf -n team-a
    """
    with plain_errors():
        access = Access(kubeconfig, namespace, operator_namespace)
        offers = asyncio.run(_offers(access, account, provider=provider, base_url=base_url))
        found = _chosen(offers, {"vendor": vendor, "region": region, "accelerator": accelerator})
    if output is Output.JSON:
        print_json([_document(offer) for offer in found])
    else:
        print_table(_TITLES, map(_row, found))


async def _offers(access: Access, account: str | None, *, provider: str, base_url: str | None) -> tuple[Offer, ...]:
    from inference_operator.cli.remote import account_connection, public_connection

    opened = (
        public_connection(provider, base_url)
        if account is None
        else account_connection(access, account, admitted=base_url)
    )
    async with opened as connection:
        return await connection.catalogue()


def _chosen(offers: Sequence[Offer], wanted: dict[str, str | None]) -> list[Offer]:
    """What the filters leave, by price. Raises CommandError where that is nothing."""
    left = list(offers)
    for name, value in wanted.items():
        if value is None:
            continue
        of = _FILTERS[name]
        known = sorted({of(offer) for offer in left})
        left = [offer for offer in left if of(offer) == value]
        if not left:
            raise CommandError(f"There is no hardware with --{name} {value}. Choose one of: {', '.join(known) or '-'}")
    return sorted(left, key=lambda offer: (offer.price, offer.hardware))


def _row(offer: Offer) -> tuple[str, ...]:
    one = offer.hardware
    return (
        one.vendor,
        one.region,
        offer.accelerator,
        one.instance_type,
        one.instance_size,
        offer.architecture,
        "" if offer.memory_gb is None else f"{offer.memory_gb:g}",
        "" if offer.cpus is None else str(offer.cpus),
        offer.status,
        "" if offer.quota is None else f"{offer.used}/{offer.quota}",
        f"{offer.price.normalize():f} {offer.currency}",
    )


def _document(offer: Offer) -> dict[str, Any]:
    one = offer.hardware
    return {
        "vendor": one.vendor,
        "region": one.region,
        "accelerator": offer.accelerator,
        "accelerators": offer.accelerators,
        "instanceType": one.instance_type,
        "instanceSize": one.instance_size,
        "architecture": offer.architecture,
        "memoryGB": offer.memory_gb,
        "cpus": offer.cpus,
        "status": offer.status,
        "quota": offer.quota,
        "used": offer.used,
        "pricePerHour": f"{offer.price.normalize():f}",
        "currency": offer.currency,
    }
