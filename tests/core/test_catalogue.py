"""The price list: what would be refused is said before, with what could be had instead; and what an endpoint costs."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.builders import DESIRED, shown, snapshot

from inference_operator.core.catalogue import Hardware, Offer, Replicas, cost, find, nearest, objection
from inference_operator.core.decide import decide
from inference_operator.core.observation import Absent, State
from inference_operator.core.status import compose
from inference_operator.core.steps import Hold, Rest

L4 = Hardware("aws", "us-east-1", "nvidia-l4", "x1")
L4_X4 = Hardware("aws", "us-east-1", "nvidia-l4", "x4")
L4_THERE = Hardware("gcp", "us-east4", "nvidia-l4", "x1")
T4 = Hardware("aws", "us-east-1", "nvidia-t4", "x1")
NOWHERE = Hardware("aws", "us-east-1", "nvidia-l5", "x1")


def offer(hardware=L4, **facts):
    usual = {"accelerator": "gpu", "status": "available", "price": Decimal("0.8"), "quota": 8, "used": 0}
    return Offer(hardware, **(usual | facts))


OFFERS = (offer(), offer(L4_X4, accelerators=4, price=Decimal("3.8")), offer(L4_THERE), offer(T4))


def reason(offers, hardware=L4, replicas=(0, 1)):
    failure = objection(tuple(offers), hardware, Replicas(*replicas))
    return failure.reason if failure else None


class TestObjections:
    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            ("available", None),
            ("low_availability", None),
            ("reserved", None),
            ("not_available", "CapacityUnavailable"),
            ("deprecated", "HardwareDeprecated"),
        ],
    )
    def test_by_availability(self, status, expected):
        assert reason([offer(status=status)]) == expected

    def test_what_is_not_offered_is_said_with_what_is(self):
        failure = objection(OFFERS, NOWHERE, Replicas(0, 1))
        assert failure.reason == "HardwareUnknown"
        assert failure.terminal
        assert str(L4) in failure.message

    def test_where_the_list_cant_be_read_the_provider_decides(self):
        assert reason([]) is None

    @pytest.mark.parametrize(
        ("hardware", "replicas", "used", "expected"),
        [
            (L4, (1, 1), 7, None),
            (L4, (1, 1), 8, "QuotaExceeded"),
            (L4, (0, 1), 8, "QuotaExceeded"),
            (L4, (2, 4), 6, None),
            (L4, (2, 4), 7, "QuotaExceeded"),
            (L4_X4, (1, 1), 4, None),
            (L4_X4, (1, 1), 5, "QuotaExceeded"),
        ],
    )
    def test_by_quota_in_accelerators(self, hardware, replicas, used, expected):
        offers = [replace(one, used=used) for one in OFFERS]
        assert reason(offers, hardware, replicas) == expected

    def test_without_a_stated_quota_there_is_no_objection(self):
        assert reason([offer(quota=None, used=99)]) is None

    def test_a_create_is_held_back_and_what_exists_is_not(self):
        wanted = replace(DESIRED, runs_on=NOWHERE)
        facts = {"desired": wanted, "offers": OFFERS}
        step = decide(snapshot(status={}, held=False, knowledge=Absent(), **facts))
        assert isinstance(step, Rest)
        assert step.failure.reason == "HardwareUnknown"
        assert decide(snapshot(**facts)) == Rest()
        fine = {"desired": replace(DESIRED, runs_on=L4), "offers": OFFERS}
        assert decide(snapshot(status={}, held=False, knowledge=Absent(), **fine)) == Hold()


class TestNearest:
    def test_up_to_three_of_the_same_place_or_kind(self):
        found = nearest(OFFERS, NOWHERE)
        assert 1 <= len(found) <= 3
        assert L4 in found
        assert L4_THERE not in found

    def test_what_cant_be_had_is_not_suggested(self):
        assert L4 not in nearest([offer(status="not_available"), offer(T4)], NOWHERE)
        assert L4 not in nearest([offer(quota=0), offer(T4)], NOWHERE)


class TestCost:
    @pytest.mark.parametrize(
        ("state", "now"),
        [
            (State.RUNNING, "1.60"),
            (State.INITIALIZING, "1.60"),
            (State.UPDATING, "1.60"),
            (State.PENDING, "0"),
            (State.PAUSED, "0"),
            (State.SCALED_TO_ZERO, "0"),
            (State.FAILED, "0"),
        ],
    )
    def test_it_is_billed_while_it_initializes_updates_and_runs(self, state, now):
        found = cost(offer(), Replicas(0, 3), target=2, state=state)
        assert (found.currency, found.hourly_now, found.hourly_min, found.hourly_max) == ("USD", now, "0", "2.40")

    @pytest.mark.parametrize(
        ("price", "text"), [("0.033", "0.033"), ("5", "5.00"), ("10.5", "10.50"), ("0", "0"), ("1E+2", "100.00")]
    )
    def test_amounts_are_plain_decimals(self, price, text):
        assert cost(offer(price=Decimal(price)), Replicas(1, 1), target=1, state=State.RUNNING).hourly_now == text

    @given(st.decimals(0, 10_000, places=4), st.integers(0, 1000))
    def test_every_amount_is_what_the_schema_admits_and_exact(self, price, target):
        import re

        found = cost(offer(price=price), Replicas(0, 1), target=target, state=State.RUNNING)
        assert re.fullmatch(r"[0-9]+(\.[0-9]+)?", found.hourly_now)
        assert Decimal(found.hourly_now) == price * target

    def test_it_is_shown_and_kept_while_the_list_is_unread(self):
        facts = {"desired": replace(DESIRED, runs_on=L4, replicas=Replicas(0, 2)), "knowledge": shown()}
        status = compose(snapshot(offers=OFFERS, **facts), None)
        expected = {"currency": "USD", "hourlyNow": "0.80", "hourlyMin": "0", "hourlyMax": "1.60"}
        assert status["cost"] == expected
        assert compose(snapshot(status=status, **facts), None)["cost"] == expected


def test_an_offer_is_found_by_its_hardware():
    assert find(OFFERS, L4_X4) is OFFERS[1]
    assert find(OFFERS, NOWHERE) is None
