"""The pass-through of a provider's OpenMetrics text: who gets it, what it costs, what is said where there is none."""

import asyncio
from contextlib import asynccontextmanager

import aiohttp
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from tests.api.manifests import hugging_face
from tests.runtime.world import World

from inference_operator.core import redact
from inference_operator.kube.errors import Forbidden, Unavailable
from inference_operator.runtime.callers import Callers
from inference_operator.runtime.flags import parse
from inference_operator.runtime.http_ports import Ports
from inference_operator.runtime.openmetrics import OpenMetrics
from inference_operator.runtime.telemetry.metrics import Metrics
from inference_operator.simulator import Fault

PROMETHEUS, STRANGER = "token-of-prometheus", "token-of-a-stranger"
USER = {"username": "prometheus", "uid": "u-1", "groups": ["scrapers"], "extra": {"pod": ["p"]}}
MINE = "team-a/sentiment"


class Reviews:
    """The part of the API server that judges callers: Prometheus may get everything in team-a, a stranger nothing."""

    def __init__(self):
        self.asked, self.error = [], None

    async def create(self, path, body):
        if self.error is not None:
            raise self.error
        self.asked.append((path.rsplit("/", 1)[1], body["spec"]))
        return {**body, "status": self._status(body["kind"], body["spec"])}

    def _status(self, kind, spec):
        if kind == "TokenReview":
            users = {PROMETHEUS: USER, STRANGER: {"username": "stranger"}}
            user = users.get(spec["token"])
            return {"authenticated": True, "user": user} if user else {"error": "invalid bearer token"}
        wanted = {"verb": "get", "group": "inference-operator.dev", "resource": "inferenceendpoints"}
        where = spec["resourceAttributes"]
        fits = wanted.items() <= where.items() and where["namespace"] == "team-a"
        return {"allowed": fits and spec["user"] == "prometheus"}

    def count(self, plural):
        return sum(1 for one, _ in self.asked if one == plural)


class Scrapes:
    """Scrapes of one operator, in the world's time."""

    def __init__(self, world, reviews):
        self.world, self.reviews = world, reviews
        self.url, self.leads = "", True

    async def get(self, what=MINE, token=PROMETHEUS, **headers):
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        async with aiohttp.ClientSession() as client, client.get(f"{self.url}/{what}", headers=headers) as answer:
            return answer.status, await answer.text(), answer.headers

    async def refused(self, what=MINE, token=PROMETHEUS):
        status, text, _ = await self.get(what, token)
        return status, text.strip()

    @property
    def calls(self):
        return len(self.world.requests(["openMetrics"]))


@asynccontextmanager
async def serving(world):
    scrapes = Scrapes(world, Reviews())
    route = OpenMetrics(
        callers=Callers(scrapes.reviews, clock=world.monotonic),
        index=world.index,
        accounts=world.accounts,
        leads=lambda: scrapes.leads,
        clock=world.monotonic,
    )
    metrics = Metrics(version="9")
    ports = Ports(metrics=metrics, health_port=None, metrics_port=0, beside_metrics=route.routes(), host="127.0.0.1")
    async with ports:
        scrapes.url = f"http://127.0.0.1:{ports.metrics_port}/openmetrics"
        yield scrapes


@pytest.fixture
async def world():
    world = World()
    await world.settle(world.apply())
    return world


@pytest.fixture
async def scrapes(world):
    async with serving(world) as scrapes:
        yield scrapes


async def test_a_caller_who_may_get_the_endpoint_gets_the_providers_text(scrapes):
    status, text, headers = await scrapes.get()
    assert status == 200
    assert headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    (family,) = text_string_to_metric_families(text)
    assert [(one.name, one.value) for one in family.samples] == [("requests_total", 60.0)]


async def test_the_review_asks_for_this_endpoint_in_the_name_of_the_caller(scrapes):
    await scrapes.get()
    asked = dict(scrapes.reviews.asked)
    assert asked["tokenreviews"] == {"token": PROMETHEUS}
    attributes = {
        "verb": "get",
        "group": "inference-operator.dev",
        "resource": "inferenceendpoints",
        "namespace": "team-a",
        "name": "sentiment",
    }
    identity = {"user": "prometheus", "uid": "u-1", "groups": ["scrapers"], "extra": {"pod": ["p"]}}
    assert asked["subjectaccessreviews"] == {"resourceAttributes": attributes, **identity}


async def test_no_token_and_one_that_nobody_knows_are_unauthorized(scrapes):
    for token, challenge in ((None, "Bearer"), ("made-up", 'Bearer error="invalid_token"'), ("a b", "Bearer")):
        status, text, headers = await scrapes.get(token=token)
        assert (status, headers["WWW-Authenticate"]) == (401, challenge)
        assert "made-up" not in text
    assert (await scrapes.get(token=None, Authorization="Basic dTpw"))[0] == 401
    assert scrapes.calls == 0


async def test_who_may_not_is_told_the_same_whether_or_not_there_is_such_an_endpoint(scrapes):
    there = await scrapes.refused(token=STRANGER)
    assert there == (403, "This token may not get the InferenceEndpoint.")
    assert await scrapes.refused("team-a/absent", STRANGER) == there
    assert await scrapes.refused("team-b/sentiment") == there
    assert scrapes.calls == 0


async def test_many_scrapes_make_one_call_in_15_seconds(scrapes):
    answers = await asyncio.gather(*(scrapes.get() for _ in range(10)))
    assert {status for status, _, _ in answers} == {200}
    scrapes.world.clock.advance(14.0)
    await scrapes.get()
    assert scrapes.calls == 1
    scrapes.world.clock.advance(1.0)
    await scrapes.get()
    assert scrapes.calls == 2


async def test_a_caller_is_judged_again_after_10_seconds_and_not_before(scrapes):
    for seconds, reviews in ((9.0, 1), (1.0, 1), (0.0, 2)):
        await scrapes.get()
        assert (scrapes.reviews.count("tokenreviews"), scrapes.reviews.count("subjectaccessreviews")) == (reviews,) * 2
        scrapes.world.clock.advance(seconds)


async def test_each_endpoint_is_judged_by_itself_with_one_look_at_the_token(scrapes):
    await scrapes.get()
    await scrapes.get("team-a/absent")
    assert (scrapes.reviews.count("tokenreviews"), scrapes.reviews.count("subjectaccessreviews")) == (1, 2)


def test_it_is_off_unless_asked_for_and_needs_the_metrics_port(capsys):
    assert parse([]).openmetrics is False
    assert parse(["--openmetrics"]).openmetrics is True
    with pytest.raises(SystemExit) as ended:
        parse(["--openmetrics", "--metrics-port", "-1"])
    assert ended.value.code == 2
    assert "--openmetrics is served on the metrics port" in capsys.readouterr().err


async def test_a_standby_says_so_to_who_may_ask(scrapes):
    scrapes.leads = False
    assert (await scrapes.refused(token=STRANGER))[0] == 403
    assert await scrapes.refused() == (503, "This replica is on standby: scrape the one that leads.")


async def test_what_is_not_there_or_not_bound_is_not_found(scrapes):
    assert await scrapes.refused("team-a/absent") == (404, "There is no such InferenceEndpoint.")
    scrapes.world.apply(name="fresh")
    scrapes.world.watch()
    assert await scrapes.refused("team-a/fresh") == (404, "The InferenceEndpoint has no remote endpoint yet.")


@pytest.mark.parametrize(
    "spec",
    [
        {"deletionTimeout": "soon"},
        {"mode": "Observe", "huggingFace": {"compute": "much"}},
    ],
)
async def test_an_object_that_the_schema_would_not_admit_is_no_accident(scrapes, spec):
    scrapes.world.apply({"spec": spec}, name="odd")
    scrapes.world.watch()
    assert await scrapes.refused("team-a/odd") == (503, "The stored object is not what the schema admits.")


async def test_an_account_that_leads_elsewhere_is_not_asked(scrapes):
    account = next(iter(scrapes.world.accounts._observers.values())).account
    account.site = type(account.site)("https://elsewhere.example.com", account.site.namespace, ())
    status, text = await scrapes.refused()
    assert status == 503
    assert "now leads to" in text
    assert scrapes.calls == 0


async def test_an_account_that_is_gone_or_refused_says_so(scrapes):
    world = scrapes.world
    world.huggingface.faults.add(Fault(operation="list", status=401))
    await world.tick()
    status, text = await scrapes.refused()
    assert (status, "Put a valid token into the account's Secret" in text) == (503, True)
    world.accounts._observers.clear()
    status, text = await scrapes.refused()
    assert (status, "There is no InferenceAccount 'default'" in text) == (503, True)
    assert scrapes.calls == 0


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        (
            {"status": 403, "body": {"error": "a PRO plan, hf_canaryOfAPlan1, is required"}},
            502,
            "403: a PRO plan, ***,",
        ),
        ({"status": 404}, 502, "answered 404"),
        ({"status": 429, "times": 9, "headers": {"Retry-After": "7"}}, 503, "answered 429"),
        ({"status": 503, "times": 9}, 503, "answered 503"),
    ],
)
async def test_a_provider_that_refuses_is_quoted_in_one_line_and_asked_once(scrapes, fault, status, said):
    scrapes.world.huggingface.faults.add(Fault(operation="openMetrics", **fault))
    first = await scrapes.refused()
    calls = scrapes.calls
    assert first[0] == status
    assert said in first[1]
    assert "\n" not in first[1]
    assert await scrapes.refused() == first
    assert scrapes.calls == calls


@pytest.mark.parametrize("error", [Forbidden(403, "Forbidden", "no tokenreviews"), Unavailable(0, "Unreachable", "x")])
async def test_without_the_api_server_nobody_is_judged_and_it_is_asked_again(scrapes, error):
    scrapes.reviews.error = error
    assert await scrapes.refused() == (503, f"The API server could not be asked: {error.reason}.")
    scrapes.reviews.error = None
    assert (await scrapes.get())[0] == 200


async def test_a_text_of_the_older_format_is_called_that_and_keeps_its_numbers(scrapes, monkeypatch):
    redact.register("1234567")
    redact.register("value-of-a-canary")
    text = '# HELP up of value-of-a-canary\nup{key="value-of-a-canary",other="b\\"c"} 1234567 1234567890\n'

    async def open_metrics(_):
        return text

    account = next(iter(scrapes.world.accounts._observers.values())).account
    monkeypatch.setattr(account.connection, "open_metrics", open_metrics)
    _, passed, headers = await scrapes.get()
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert passed == '# HELP up of ***\nup{key="***",other="b\\"c"} 1234567 1234567890\n'


async def test_two_resources_about_one_remote_endpoint_share_its_answer(scrapes):
    observing = {"spec": {"mode": "Observe", **hugging_face(name="sentiment")["spec"]}}
    await scrapes.world.settle(scrapes.world.apply(observing, name="looking-on"))
    assert (await scrapes.get("team-a/looking-on"))[1] == (await scrapes.get())[1]
    assert scrapes.calls == 1
