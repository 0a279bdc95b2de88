"""Secret values: by name and key, or as a registry's login of either kind; what can't be had says what to do."""

import base64
import json

import pytest

from inference_operator.core import redact
from inference_operator.core.desired import SecretUse
from inference_operator.runtime.values import Unresolved, resolve

KEYED = SecretUse("/model/secrets/HF_TOKEN", "hub", "token")
LOGIN = SecretUse("/model/image/custom/credentials", "registry", None)
EXPECTED = {"username": "puller", "password": "pass:word-of-registry"}
AUTH = base64.b64encode(b"puller:pass:word-of-registry").decode()


class Secrets:
    """The Secrets of namespace team-a."""

    def __init__(self, **secrets):
        self.secrets, self.forgotten = secrets, []

    def forget(self, namespace, name):
        self.forgotten.append((namespace, name))

    async def read(self, namespace, name, *, max_age=None):
        assert namespace == "team-a"
        return self.secrets.get(name)


def docker(auths):
    return {".dockerconfigjson": json.dumps({"auths": auths}).encode()}


async def one(use, **secrets):
    return (await resolve(Secrets(**secrets), "team-a", [use]))[use.pointer]


async def refused(use, **secrets):
    with pytest.raises(Unresolved) as caught:
        await one(use, **secrets)
    return caught.value.failure


async def test_each_place_gets_its_value():
    values = await resolve(
        Secrets(hub={"token": b"value-of-hub", "other": b"x"}, registry={"username": b"puller", "password": b"p-w"}),
        "team-a",
        [KEYED, LOGIN],
    )
    assert values == {
        "/model/secrets/HF_TOKEN": "value-of-hub",
        "/model/image/custom/credentials": {"username": "puller", "password": "p-w"},
    }


@pytest.mark.parametrize(
    "data",
    [
        {"username": b"puller", "password": b"pass:word-of-registry"},
        docker({"r.example.com": {"auth": AUTH}}),
        docker({"r.example.com": {"username": "puller", "password": "pass:word-of-registry"}}),
        docker({"r.example.com": {"auth": AUTH, "email": "x"}}),
    ],
)
async def test_a_login_of_any_kind(data):
    assert await one(LOGIN, registry=data) == EXPECTED


@pytest.mark.parametrize(
    ("use", "secrets", "reason", "named"),
    [
        (KEYED, {}, "SecretNotFound", "'hub'"),
        (KEYED, {"hub": {"other": b"x"}}, "SecretNotFound", "'token'"),
        (KEYED, {"hub": {"token": b"\xff\xfe"}}, "SecretInvalid", "not text"),
        (LOGIN, {}, "SecretNotFound", "'registry'"),
        (LOGIN, {"registry": {"username": b"u"}}, "SecretNotFound", "'password'"),
        (LOGIN, {"registry": docker({})}, "SecretInvalid", "can't be read"),
        (LOGIN, {"registry": docker({"a": {"auth": AUTH}, "b": {"auth": AUTH}})}, "SecretInvalid", "more than one"),
        (LOGIN, {"registry": docker({"a": {"auth": "%%%"}})}, "SecretInvalid", "can't be read"),
        (LOGIN, {"registry": docker({"a": {"auth": 1}})}, "SecretInvalid", "can't be read"),
        (LOGIN, {"registry": docker({"a": {}})}, "SecretInvalid", "can't be read"),
        (LOGIN, {"registry": docker([])}, "SecretInvalid", "can't be read"),
        (LOGIN, {"registry": {".dockerconfigjson": b"{"}}, "SecretInvalid", "can't be read"),
        (LOGIN, {"registry": {".dockerconfigjson": b"\xff"}}, "SecretInvalid", "can't be read"),
    ],
)
async def test_what_is_wrong_is_said_with_the_place_that_refers_to_it(use, secrets, reason, named):
    failure = await refused(use, **secrets)
    assert failure.reason == reason
    assert failure.terminal is (failure.reason == "SecretInvalid")
    assert named in failure.message
    assert use.pointer in failure.message


async def test_no_value_is_in_what_is_said():
    failure = await refused(LOGIN, registry={"username": b"someone-secret"})
    assert "someone-secret" not in failure.message


@pytest.mark.parametrize("data", [{"username": b"puller", "password": b"hunter2-canary-one"}])
async def test_a_value_is_hidden_from_its_first_use_on(data):
    await one(LOGIN, registry=data)
    assert redact.text("it said hunter2-canary-one!") == "it said ***!"


async def test_a_dockerconfigs_password_is_hidden_too():
    auth = base64.b64encode(b"u:hunter2-canary-two").decode()
    await one(LOGIN, registry=docker({"a": {"auth": auth}}))
    assert "hunter2-canary-two" not in redact.text("it said hunter2-canary-two")
