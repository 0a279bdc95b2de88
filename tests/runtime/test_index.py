"""The watched objects: a late version never replaces a newer one, but a new object of the same name does."""

from inference_operator.api.names import FINALIZER
from inference_operator.runtime.index import Index, Key


def obj(version, *, name="a", uid="1", kind="InferenceEndpoint", namespace="team-a"):
    metadata = {"name": name, "uid": uid, "resourceVersion": version} | ({"namespace": namespace} if namespace else {})
    return {"kind": kind, "metadata": metadata}


KEY = Key("InferenceEndpoint", "team-a", "a")


def test_the_latest_version_is_kept():
    index = Index()
    assert index.get(KEY) is None
    assert index.put(obj("5"))
    assert index.put(obj("10"))
    assert index.get(KEY) == obj("10")
    assert len(index) == 1


def test_an_older_version_is_ignored_by_number_and_not_by_letter():
    index = Index()
    index.put(obj("10"))
    assert not index.put(obj("9"))
    assert index.get(KEY) == obj("10")


def test_the_same_version_may_come_twice():
    index = Index()
    index.put(obj("5"))
    assert index.put(obj("5"))


def test_a_new_object_of_the_same_name_counts_whatever_its_version():
    index = Index()
    index.put(obj("10"))
    assert index.put(obj("7", uid="2"))
    assert index.get(KEY) == obj("7", uid="2")


def test_what_is_gone_is_gone():
    index = Index()
    index.put(obj("5"))
    index.drop(KEY)
    index.drop(KEY)
    assert index.get(KEY) is None
    assert index.put(obj("3")), "and may come back"


def test_objects_are_told_apart_by_kind_namespace_and_name():
    index = Index()
    for one in (obj("1"), obj("1", namespace="team-b"), obj("1", name="b"), obj("1", kind="InferenceAccount")):
        index.put(one)
    assert len(index) == 4
    assert len(list(index.of_kind("InferenceEndpoint"))) == 3


def test_a_key_is_written_for_people():
    assert str(KEY) == "InferenceEndpoint team-a/a"
    assert str(Key("ClusterInferenceAccount", "", "hf")) == "ClusterInferenceAccount hf"
    assert Key.of(obj("1", namespace=None, kind="ClusterInferenceAccount")).namespace == ""


def test_a_brief_tells_what_is_asked_of_all_again_and_again():
    index = Index()
    one = obj("7")
    one["metadata"] |= {"finalizers": [FINALIZER], "managedFields": [{"manager": "somebody"}]}
    one["status"] = {"state": "running", "remoteRef": {"name": "a"}, "account": "ClusterInferenceAccount/shared"}
    index.put(one)
    brief = index.brief(KEY)
    assert (brief.version, brief.held, brief.bound, brief.figures.state) == (7, True, True, "running")
    assert brief.account == "ClusterInferenceAccount/shared"
    assert "managedFields" not in index.get(KEY)["metadata"]


def test_what_is_given_out_is_a_copy():
    index = Index()
    index.put(obj("1"))
    index.get(KEY)["spec"] = {"edited": True}
    assert index.get(KEY) == obj("1")


def test_the_kind_is_walked_while_it_changes():
    index = Index()
    index.put(obj("1"))
    for _ in index.of_kind("InferenceEndpoint"):
        index.put(obj("1", name="b"))
    assert len(index) == 2
