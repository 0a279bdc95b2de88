"""Histories made from a seed: what people do, the provider's ways, and where the process dies."""

import os
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from tests.api.manifests import hugging_face, model, scaling
from tests.runtime.histories import THEIRS, BrokenLawError, Change, History, Slip, Step, Tale
from tests.runtime.scenarios import SECRET, both, policy, power

SEED = "INFERENCE_OPERATOR_SEED"
"""The environment variable that names the one seed to be played again."""

ONE = "one"

Make = Callable[[random.Random], History]

_WAYS: Mapping[str, tuple[Any, ...]] = {
    "list_lag": (0.0, 0.0, 3.0, 30.0, 300.0),
    "delete_linger": (0.0, 0.0, 5.0, 60.0),
    "name_free_delay": (0.0, 0.0, 10.0, 120.0),
    "tags_order": ("keep", "sorted", "reversed"),
    "tags_lowercase": (False, True),
    "tags_drop": (None, None, "^b$"),
    "tag_max_length": (None, 63),
    "tag_max_count": (None, 4),
    "tags_put": ("keep", "rollout"),
    "paused_put": ("keep", "keep", "resume"),
    "paused_target": ("keep", "zero"),
    "state_change_moves_updated_at": (False, True),
    "url_while_pending": ("keep", "empty", "omit"),
    "secrets_redaction": ("null", "mask"),
    "page_size": (1, 20),
    "max_limit": (1, 100),
    "sort_ignored": (False, False, True),
    "limit_ignored": (False, False, True),
    "over_limit": ("clamp", "clamp", "reject"),
    "pending_seconds": (0.2, 30.0),
    "updating_seconds": (0.5, 30.0),
}
"""What is not known of the provider, or differs from day to day."""


_WAYS_OF_TIR: Mapping[str, tuple[Any, ...]] = {
    "list_lag": (0.0, 3.0, 25.0),
    "delete_linger": (0.0, 5.0, 60.0),
    "casing": ("lower", "title"),
    "put": ("merge", "replace"),
    "strict_actions": (False, True),
    "terminating_seconds": (0.0, 30.0),
    "updating_seconds": (0.0, 30.0),
    "lists": ("decoded", "base64"),
}


def life(dice: random.Random) -> History:
    """Creating, changing, pausing, rotating secrets and deleting, while people edit and things fail."""
    start = dice.choice(({}, {}, SECRET, power("paused"), scaling(maxReplica=3)))
    setting = [_applied(start), _work(dice)] if dice.random() < 0.6 else []
    steps = [_applied(start)] if not setting else []
    for _ in range(dice.randint(2, 6)):
        steps += [_event(dice, ONE), *_operator(dice, ONE)]
    return _history(dice, setting, steps)


def ownership(dice: random.Random) -> History:
    """Adopting, releasing, taking back and losing: who owns what, while people do the same by hand."""
    adopting = policy(adoptionPolicy=dice.choice(("Never", "Never", "IfUnowned", "IfUnowned", "Always")))
    leaving = policy(deletionPolicy=dice.choice(("Delete", "Delete", "Orphan", "Pause", "ScaleToZero")))
    manifest = both(both(adopting, leaving), scaling(maxReplica=dice.choice((2, 2, 4))))
    setting = [Step("make_by_hand", (ONE,)), Step("wait", (60.0,))] if dice.random() < 0.5 else []
    if dice.random() < 0.5:
        setting += [_applied(manifest), _work(dice)]
    steps = []
    for _ in range(dice.randint(2, 6)):
        steps += [*_claim(dice, manifest), *_operator(dice, ONE)]
    return _history(dice, setting, steps)


def at_tir(make: Make) -> Make:
    """The same histories at the other vendor, with its own ways."""

    def made(dice: random.Random) -> History:
        history = make(dice)
        chosen = dice.sample(sorted(_WAYS_OF_TIR), dice.randint(0, 4))
        return replace(history, knobs={"vendor": "tir", **{way: dice.choice(_WAYS_OF_TIR[way]) for way in chosen}})

    return made


def play(make: Make, seed: int) -> History:
    """The history of a seed: the same each time."""
    return make(random.Random(seed))


async def all_hold(make: Make, seeds: Iterable[int], *, again: str) -> list[Tale]:
    """Play the histories of the seeds, or of the one that the environment names. `again`: the tests to run it with."""
    named = os.environ.get(SEED)
    return [await _holds(make, seed, again) for seed in ([int(named)] if named else seeds)]


async def _holds(make: Make, seed: int, again: str) -> Tale:
    try:
        return await play(make, seed).play()
    except Exception as broken:
        raise BrokenLawError(f"seed {seed}; to play it again: {SEED}={seed} pytest {again}\n{broken}") from broken


def _history(dice: random.Random, setting: list[Step], steps: list[Step]) -> History:
    chosen = dice.sample(sorted(_WAYS), dice.randint(0, 5))
    knobs = {way: dice.choice(_WAYS[way]) for way in chosen}
    return History(steps=steps, slips=_slips(dice), setting=setting, knobs=knobs)


def _slips(dice: random.Random) -> list[Slip]:
    """One to three kills, and up to two other mishaps, each some crossings after the one before."""
    kinds = [dice.choice(("kill before", "kill after")) for _ in range(dice.randint(1, 3))]
    kinds += [dice.choice(("lose the answer", "refuse", "meanwhile")) for _ in range(dice.randint(0, 2))]
    dice.shuffle(kinds)
    at, slips = 0, []
    for kind in kinds:
        at += 1 + int(dice.expovariate(1 / 8))
        slips.append(Slip(at, kind, _meanwhile(dice) if kind == "meanwhile" else None))
    return slips


def _meanwhile(dice: random.Random) -> Step:
    return dice.choice(
        (
            _applied(_edit(dice)),
            _applied(_edit(dice)),
            Step("delete", (ONE,)),
            Step("edit_by_hand", (ONE, _by_hand(dice))),
            Step("remove_by_hand", (ONE,)),
        )
    )


def _applied(change: Change, name: str = ONE) -> Step:
    return Step("apply", (name, change))


def _work(dice: random.Random) -> Step:
    return Step("work", (dice.randint(1, 3), dice.choice((2.0, 20.0, 40.0))))


def _operator(dice: random.Random, name: str) -> list[Step]:
    """What the operator gets to do until the next thing happens."""
    return dice.choice(
        (
            [],
            [_work(dice)],
            [_work(dice)],
            [Step("look", (name,))],
            [Step("look_blindly", (name,))],
            [Step("read"), Step("look", (name,))],
            [Step("wait", (dice.choice((1.0, 15.0, 700.0)),)), Step("work", (1, 1.0))],
            [Step("restart"), Step("work", (1, 10.0))],
        )
    )


def _edit(dice: random.Random) -> Change:
    return dice.choice(
        (
            scaling(maxReplica=dice.randint(1, 4)),
            hugging_face(type=dice.choice(("public", "private"))),
            hugging_face(tags=dice.choice((["a"], ["b", "a"], ["C", "a"], []))),
            model(env=dice.choice(({"A": "1"}, {"A": "2", "B": "1"}, {}))),
            power(dice.choice(("running", "paused", "scaledToZero"))),
        )
    )


def _by_hand(dice: random.Random) -> Change:
    return dice.choice(
        (
            {"compute": {"scaling": {"maxReplica": dice.randint(1, 4)}}},
            {"model": {"env": {"HAND": "1"}}},
            {"state": dice.choice(("paused", "running", "scaledToZero"))},
        )
    )


def _event(dice: random.Random, name: str) -> Step:
    chance = dice.random()
    if chance < 0.45:
        return _applied(_edit(dice), name)
    if chance < 0.6:
        return Step("delete", (name,))
    return dice.choice(
        (
            Step("rotate", (f"value-{dice.randint(1, 3)}",)),
            Step("edit_by_hand", (name, _by_hand(dice))),
            Step("take_the_marker_off", (name,)),
            Step("remove_by_hand", (name,)),
            Step("fail", (dice.choice(("create", "update", "delete", "get", "list", "*")), _status(dice), 2)),
            Step(
                "drop", (dice.choice(("create", "update", "delete", "pause", "get")), dice.choice(("before", "after")))
            ),
        )
    )


def _status(dice: random.Random) -> int:
    return dice.choice((400, 401, 403, 409, 422, 429, 500, 503))


def _claim(dice: random.Random, manifest: Change) -> list[Step]:
    return dice.choice(
        (
            [_applied(manifest)],
            [_applied(manifest)],
            [_applied(both(manifest, scaling(maxReplica=dice.randint(1, 4))))],
            [Step("delete", (ONE,))],
            [Step("delete", (ONE,))],
            [Step("rebuild", (ONE,))],
            [Step("take_the_marker_off", (ONE,))],
            [Step("remove_by_hand", (ONE,))],
            [Step("make_by_hand", (ONE,))],
            [Step("replace_by_hand", (ONE,)), _applied(scaling(maxReplica=dice.randint(1, 4))), Step("look", (ONE,))],
            [Step("remove_by_hand", (THEIRS,))],
        )
    )
