"""CEL rules at the root of the kinds: what depends on the binding, on use, or on several parts of a spec."""

from collections.abc import Iterable, Sequence

from inference_operator.api.markers import Cel, cel_name

_BOUND = "has(oldSelf.status) && has(oldSelf.status.remoteRef)"
_IN_USE = "oldSelf.?status.?endpoints.?bound.orValue(0) > 0"
_REPLACE = "to have another, delete this resource, or create a second one under another name"


def unchanged(path: str) -> str:
    """CEL: the optional field `path` (dotted, from the root, its parent present) is as it was, or as absent.

    `self.x == oldSelf.x` alone does not stop an optional field from being added or removed.
    """
    path = ".".join(map(cel_name, path.split(".")))
    new, old = f"self.{path}", f"oldSelf.{path}"
    return f"has({new}) == has({old}) && (!has({new}) || {new} == {old})"


def kept_once_bound(key: str, field: str, *, condition: str | None = None) -> Cel:
    """Refuse a change of a provider block's field once the remote endpoint exists.

    `condition` is CEL that holds when the field is the same; absent: the optional field `field` is unchanged.
    """
    path = f"spec.{key}.{field}"
    same = condition or unchanged(path)
    return Cel(
        f"!({_BOUND}) || !has(self.spec.{key}) || !has(oldSelf.spec.{key}) || ({same})",
        f"{key}.{field} can't be changed, added or removed once the remote endpoint exists: restore it; {_REPLACE}",
        f".{path}",
        "FieldValueForbidden",
    )


def kept_in_use(key: str, field: str) -> Cel:
    """Refuse a change of an account block's field while endpoints use the account.

    Use is read from `status.endpoints.bound`, because CEL in a CRD can't see finalizers.
    """
    path = f"spec.{key}.{field}"
    return Cel(
        f"!({_IN_USE}) || !has(self.spec.{key}) || !has(oldSelf.spec.{key}) || ({unchanged(path)})",
        f"{key}.{field} can't be changed while endpoints use this account, as it would move them all: "
        "restore it, and create another account for the new one",
        f".{path}",
        "FieldValueForbidden",
    )


def one_provider_block(keys: Sequence[str]) -> Cel:
    """Exactly one provider block in `spec`."""
    count = " + ".join(f"(has(self.spec.{key}) ? 1 : 0)" for key in keys)
    return Cel(
        f"{count} == 1",
        f"spec needs exactly one provider block: give one of {', '.join(keys)}",
        ".spec",
        "FieldValueRequired",
    )


def endpoint_rules(keys: Sequence[str]) -> Iterable[Cel]:
    """The provider-neutral rules of an InferenceEndpoint."""
    yield one_provider_block(keys)
    for key in keys:
        yield Cel(
            f"!({_BOUND}) || has(self.spec.{key}) == has(oldSelf.spec.{key})",
            f"the provider block {key} can't be added or removed once the remote endpoint exists: restore "
            f"it; {_REPLACE}",
            f".spec.{key}",
            "FieldValueForbidden",
        )
    yield Cel(
        f"!({_BOUND}) || (has(self.spec.accountRef) == has(oldSelf.spec.accountRef) && "
        "(!has(self.spec.accountRef) || (self.spec.accountRef.name == oldSelf.spec.accountRef.name && "
        f"{_account_kind('self')} == {_account_kind('oldSelf')})))",
        "accountRef can't be changed, added or removed once the remote endpoint exists: restore it; to "
        "move to another account, delete this resource and create it anew",
        ".spec.accountRef",
        "FieldValueForbidden",
    )


def _account_kind(owner: str) -> str:
    kind = f"{owner}.spec.accountRef.kind"
    return f"(has({kind}) ? {kind} : 'InferenceAccount')"


def account_rules(keys: Sequence[str]) -> Iterable[Cel]:
    """The provider-neutral rules of both kinds of account."""
    yield one_provider_block(keys)
    for key in keys:
        yield Cel(
            f"!({_IN_USE}) || has(self.spec.{key}) == has(oldSelf.spec.{key})",
            f"the provider block {key} can't be added or removed while endpoints use this account: restore "
            "it, and create another account for the other provider",
            f".spec.{key}",
            "FieldValueForbidden",
        )
