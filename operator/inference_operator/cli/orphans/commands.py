"""`inference-operator orphans`: endpoints at a provider that no resource looks after, and that may be billed."""

import asyncio
from typing import Annotated, Any

import typer
import yaml
from typer.core import TyperGroup

from inference_operator.api.names import DEFAULT_OPERATOR_NAMESPACE
from inference_operator.cli.access import Access
from inference_operator.cli.options import Form, Kubeconfig, OperatorNamespace
from inference_operator.cli.orphans.scope import Scope
from inference_operator.cli.output import Output, print_json, print_table
from inference_operator.cli.sentences import plain_errors, say


class _ListByDefault(TyperGroup):
    """`orphans` is `orphans list`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default in front of what does not begin with a command."""
        chosen = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if chosen else ["list", *args])


orphans_app = typer.Typer(
    cls=_ListByDefault,
    help="Endpoints that no resource looks after: list them (the default), delete one, take one back.\n\n"
    "Example: inference-operator orphans",
)

Remote = Annotated[str, typer.Argument(metavar="NAME", help="Its name at the provider.", show_default=False)]
Within = Annotated[
    str | None,
    typer.Option("--namespace", "-n", metavar="NS", help="InferenceAccounts of this namespace alone. Absent: of all."),
]
AccountName = Annotated[
    str | None, typer.Option(metavar="NAME", help="This InferenceAccount alone; Kind/NAME for the other kind.")
]
ClusterId = Annotated[
    str | None,
    typer.Option(metavar="ID", help="The operator's --cluster-id. Absent: the UID of kube-system.", show_default=False),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="An address of accounts that a token may be sent to, beside the provider's own and those that a running "
        "operator uses.",
    ),
]


@orphans_app.command("list")
def list_orphans(
    *,
    prune: Annotated[
        bool, typer.Option("--prune", help="Take what is gone, or belongs to somebody again, off the ledger.")
    ] = False,
    namespace: Within = None,
    account: AccountName = None,
    output: Form = Output.TABLE,
    cluster_id: ClusterId = None,
    base_url: BaseUrl = None,
    kubeconfig: Kubeconfig = None,
    operator_namespace: OperatorNamespace = DEFAULT_OPERATOR_NAMESPACE,
) -> None:
    """Print the orphans: the operator's ledger, joined with what the accounts show.

    SOURCE tells what is on the ledger from what is known by its ownership marker. An entry is `gone` where its endpoint
    does not exist any more, and `taken` where somebody looks after it again. An account that can't be read is named
    on stderr. The token is each account's Secret if you may read it, else HF_TOKEN.

    Example: inference-operator orphans --output json
    """
    with plain_errors():
        access = Access(kubeconfig, namespace or "default", operator_namespace)
        scope = _scope(namespace, account, cluster_id, base_url)
        _print(access, scope, output, prune=prune)


@orphans_app.command("delete")
def delete_orphan(
    name: Remote,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    namespace: Within = None,
    account: AccountName = None,
    cluster_id: ClusterId = None,
    base_url: BaseUrl = None,
    kubeconfig: Kubeconfig = None,
    operator_namespace: OperatorNamespace = DEFAULT_OPERATOR_NAMESPACE,
) -> None:
    """Delete an orphan at the provider, for good.

    It is read again right before: only what is an orphan still is deleted. Then its entry is taken off the ledger.

    Example: inference-operator orphans delete sentiment-prod --account hf -n team-a
    """
    from inference_operator.cli.orphans.work import at_terminal, deleted

    if not (yes or at_terminal()):
        raise typer.BadParameter("nobody is there to be asked: add --yes")
    with plain_errors():
        access = Access(kubeconfig, namespace or "default", operator_namespace)
        scope = _scope(namespace, account, cluster_id, base_url)
        say(asyncio.run(deleted(access, scope, name, sure=yes)))


@orphans_app.command("adopt")
def adopt_orphan(
    name: Remote,
    *,
    namespace: Annotated[
        str, typer.Option("--namespace", "-n", metavar="NS", help="Where the InferenceEndpoint is made.")
    ],
    resource: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="RESOURCE_NAME",
            help="Name of the InferenceEndpoint. Absent: what it was in that namespace, else NAME.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the manifest and make nothing.")] = False,
    account: AccountName = None,
    cluster_id: ClusterId = None,
    base_url: BaseUrl = None,
    kubeconfig: Kubeconfig = None,
    operator_namespace: OperatorNamespace = DEFAULT_OPERATOR_NAMESPACE,
) -> None:
    """Make an InferenceEndpoint that takes an orphan back as it is: nothing of it changes but the ownership marker.

    Its deletionPolicy is Orphan, so that it is not lost with the resource; change that when you want it to be.

    Example: inference-operator orphans adopt sentiment-prod -n team-a --dry-run
    """
    from inference_operator.cli.orphans.work import applied, draft

    with plain_errors():
        access = Access(kubeconfig, namespace, operator_namespace)
        scope = _scope(namespace, account, cluster_id, base_url)
        made, left_out = asyncio.run(draft(access, scope, name, resource=resource))
        for line in left_out:
            say(f"left out: {line}")
        if dry_run:
            typer.echo(yaml.safe_dump(made, sort_keys=False), nl=False)
            return
        asyncio.run(applied(access, made))
        as_name = made["metadata"]["name"]
        say(f"Made InferenceEndpoint {namespace}/{as_name}. Wait for it:")
        typer.echo(f"kubectl wait --for=condition=Ready ie/{as_name} -n {namespace}")


def _print(access: Access, scope: Scope, output: Output, *, prune: bool) -> None:
    from inference_operator.cli.orphans.rows import TITLES, document, row
    from inference_operator.cli.orphans.work import listed

    found = asyncio.run(listed(access, scope, prune=prune))
    if output is Output.JSON:
        print_json([document(one) for one in found])
    else:
        print_table(TITLES, map(row, found))


def _scope(namespace: str | None, account: str | None, cluster_id: str | None, base_url: str | None) -> Scope:
    from inference_operator.cli.accounts import split

    chosen = split(account) if account else None
    return Scope(namespace=namespace, account=chosen, admitted=base_url, cluster_id=cluster_id)
