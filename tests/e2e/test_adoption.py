"""What exists already, and what is only watched: nothing that is not ours is ever changed."""

from tests.e2e import claims
from tests.support.team import Team, ready, says, settled
from tests.support.vendors import at_each

from inference_operator.api.names import FINALIZER


@at_each(proof=True)
def test_an_existing_name_is_left_alone_and_the_resource_heals_when_it_is_free(team: Team) -> None:
    team.make_remotely("chat", **team.vendor.labelled("theirs"))
    team.apply(team.manifest("chat"))

    obj = team.wait("chat", says("Ready", "False", "AlreadyExists"))
    assert says("Stalled", "True", "AlreadyExists")(obj)
    assert "finalizers" not in obj["metadata"]
    assert "remoteRef" not in obj["status"]
    team.await_polls()
    assert team.labels("chat") == ["theirs"]
    assert team.writes() == []

    team.vendor.remove("chat")
    team.wait("chat", ready, timeout=45)
    assert len(team.posts("chat")) == 1
    assert team.get("chat")["metadata"]["finalizers"] == [FINALIZER]


@at_each(proof=True)
def test_a_resource_that_was_refused_an_existing_name_leaves_it_at_its_own_deletion(team: Team) -> None:
    team.make_remotely("chat")
    team.apply(team.manifest("chat"))
    team.wait("chat", says("Ready", "False", "AlreadyExists"))

    team.delete("chat")
    assert team.find("chat") is None
    assert "chat" in team.remotes()
    assert team.writes() == []


@at_each(unless={"tir": "a name can't be asked for: who has it is known when the list shows it, and waited for"})
def test_a_name_that_the_list_did_not_show_yet_is_found_taken_and_may_be_corrected(team: Team) -> None:
    team.sim.knobs.list_lag = 600.0
    team.make_remotely("chat", **team.vendor.labelled("theirs"))
    team.apply(team.manifest("chat"))

    team.wait("chat", says("Ready", "False", "AlreadyExists"))
    assert [post.status for post in team.posts("chat")] == [409]
    assert team.labels("chat") == ["theirs"]
    team.edit("chat", name="another")
    team.sim.knobs.list_lag = 0.0
    team.wait("chat", ready)
    assert team.get("chat")["status"]["remoteRef"]["name"] == "another"

    team.delete("chat")
    team.wait_gone("chat")
    assert list(team.remotes()) == ["chat"]
    assert team.puts() == []


@at_each(proof=True)
def test_an_adopted_endpoint_gets_no_more_than_the_marker_and_belongs_to_the_resource(team: Team) -> None:
    vendor = team.vendor
    created_at = vendor.created_at(team.make_remotely("chat", **vendor.labelled("theirs")))
    team.apply(team.manifest("chat", adoptionPolicy="IfUnowned"))

    team.wait("chat", lambda obj: ready(obj) and obj["status"]["remoteRef"].get("createdAt") == created_at)
    mark = [claims.own(team, "chat")] if vendor.marks_alone else []
    assert [set(vendor.carried(one)) for one in team.writes()] == [{vendor.labels_key}] * len(mark)
    assert team.labels("chat") == [*mark, "theirs"]

    team.delete("chat")
    team.wait_gone("chat")
    assert team.remotes() == {}


@at_each(proof=True)
def test_two_resources_of_one_name_do_not_share_an_endpoint(team: Team) -> None:
    other = team.block(team.vendor.further.edit, name="chat")
    team.create("first", **team.block(name="chat"))
    team.apply(team.manifest("second", adoptionPolicy="IfUnowned", **other))

    team.wait("second", says("Ready", "False", "OwnershipConflict"))
    team.delete("second")
    assert team.find("second") is None
    assert [request.operation for request in team.writes()] == ["create"]
    assert says("Ready")(team.get("first"))


@at_each(proof=True)
def test_observe_shows_an_endpoint_and_never_writes_to_it(team: Team) -> None:
    first, second = team.vendor.first, team.vendor.second
    team.make_remotely("chat", **team.vendor.labelled("theirs"))
    other = team.block(second.declare(second.other))
    team.apply(team.manifest("chat", mode="Observe", state="paused", adoptionPolicy="Always", **other))

    obj = team.wait("chat", lambda obj: "state" in obj.get("status", {}))
    assert obj["status"]["url"]
    assert says("Drifted")(obj), "the difference is said"
    team.edit("chat", **first.declare(first.other))
    team.wait("chat", lambda obj: says("Drifted")(obj) and first.pointer in str(obj["status"]["conditions"]))
    team.change_remotely("chat", **team.vendor.in_state("scaledToZero"))
    team.wait("chat", lambda obj: obj["status"]["state"] == "scaledToZero")
    assert "finalizers" not in team.get("chat")["metadata"]

    team.delete("chat")
    assert team.find("chat") is None
    assert "chat" in team.remotes()
    assert team.writes() == []


@at_each(proof=True)
def test_observe_says_that_nothing_is_there_and_creates_nothing(team: Team) -> None:
    team.apply(team.manifest("chat", mode="Observe"))

    # Where only a list tells it, that takes half a minute.
    team.wait("chat", says("Ready", "False", "RemoteNotFound"), timeout=45)
    team.make_remotely("chat")
    team.wait("chat", settled, timeout=45)
    assert team.writes() == []


@at_each(proof=True)
def test_an_endpoint_that_is_watched_from_now_on_is_not_deleted_with_its_resource(team: Team) -> None:
    team.create("chat")
    team.patch("chat", {"spec": {"mode": "Observe"}})
    team.wait("chat", settled)
    team.forget_requests()

    team.delete("chat")
    team.wait_gone("chat")
    assert "chat" in team.remotes()
    assert team.writes() == []
