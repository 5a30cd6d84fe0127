"""Scripted days for the exhaustive crash points: a crash at every place of every run of sync, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leadq.domain.verbs import Accept, Disqualify, Note, Qualify, Reject, Touch
from leadq.testing.crm import BUDGETED, LAGGING, ORDERED
from leadq.testing.story import Creates, Does, Meanwhile, Meddles, Story, Syncs, Waits

if TYPE_CHECKING:
    from leadq.testing.crm import Personality
    from leadq.testing.story import Step

CALL: Final = Touch("call", "no_answer", note="Rang twice.")
REACHED: Final = Touch("call", "connected")
_WORK: Final = (Does(0, 1, CALL), Does(0, 2, Note("Ask for the plant manager.")))


def _story(personality: Personality, *steps: Step, **more: Any) -> Story:
    return Story(
        **{
            "seed": 1, "personality": personality, "laptops": 1, "batch": 0, "ahead": False, "skew_ms": 0, "faults": 0,
            "rate": 0.0, "steps": steps, **more,
        }
    )  # fmt: skip


def _hard(seed: int, personality: Personality, *steps: Step, **more: Any) -> Story:
    """The same with a nemesis."""
    return _story(personality, *steps, seed=seed, faults=4, rate=0.5, **more)


SCENARIOS: Final = {
    "two leads, one by one": _story(BUDGETED, *_WORK, Syncs(0)),
    "two leads in one batch, ahead of us": _story(ORDERED, *_WORK, Syncs(0), batch=10, ahead=True),
    "an answer that is lost, and the look after it": _hard(
        3, LAGGING, Does(0, 1, CALL), Syncs(0), Waits(100), Syncs(0)
    ),
    "a new lead, an edit by a manager and a verdict": _story(
        LAGGING, Creates(), Does(0, 1, Reject("rej.bad_data", 2)), Meddles(), Waits(60), Syncs(0)
    ),
    "an undo of what has left": _story(ORDERED, Does(0, 1, Accept()), Syncs(0), Does(0, 1, None), Syncs(0)),
    "an undo while it leaves": _story(
        BUDGETED, Does(0, 1, REACHED), Syncs(0, meanwhile=Meanwhile(4, after=True, steps=(Does(0, 1, None),)))
    ),
    "a verdict after a call": _story(LAGGING, Does(0, 1, REACHED), Does(0, 1, Qualify(4, note="Budget.")), Syncs(0)),
    "a batch of which half is told": _hard(5, ORDERED, *_WORK, Syncs(0), Waits(100), Syncs(0), batch=10),
    "a batch with errors inside": _hard(8, LAGGING, *_WORK, Meddles(), Syncs(0), Waits(100), Syncs(0), batch=10),
    "a look right after an answer that was lost": _hard(
        1, LAGGING, Waits(60), Does(0, 1, CALL), Syncs(0), Waits(2), Syncs(0)
    ),
    "the audit": _story(LAGGING, Does(0, 1, CALL), Syncs(0), Waits(1000), Syncs(0)),
    "the audit after a bad day": _hard(
        11, BUDGETED, Does(0, 1, CALL), Syncs(0), Waits(100), Syncs(0), Waits(1000), Syncs(0)
    ),
    "two laptops": _story(ORDERED, Does(0, 1, CALL), Does(1, 1, REACHED), Syncs(0), Syncs(1), laptops=2),
    "two laptops and a batch": _hard(13, ORDERED, *_WORK, Does(1, 2, REACHED), Syncs(0), Syncs(1), laptops=2, batch=10),
    "leads that leave": _story(BUDGETED, Syncs(0), *_WORK, Meddles(), Meddles(), Waits(4000), Syncs(0), seed=7),
    "leads that become one": _story(LAGGING, Syncs(0), *_WORK, Meddles(), Waits(4000), Syncs(0), seed=12),
    "a pause that was asked for": _hard(17, BUDGETED, *_WORK, Syncs(0, one_shot=False), Waits(60), Syncs(0)),
    "a run that is overtaken": _story(
        LAGGING, Does(0, 1, CALL),
        Syncs(0, meanwhile=Meanwhile(4, after=False, steps=(Waits(100), Syncs(0, steals=True), Waits(100)))),
    ),
    "new leads on a page that is behind": _hard(19, LAGGING, Creates(), Syncs(0), Creates(), Waits(30), Syncs(0)),
    "a new lead, read late": _story(
        ORDERED, Syncs(0), Creates(), Waits(700), Syncs(0), Waits(60), Syncs(0)
    ),
    "a loop after the undo window": _story(
        ORDERED, Does(0, 1, CALL), Does(0, 1, Disqualify("dq.no_need", 2)), Syncs(0, one_shot=False), Waits(6),
        Syncs(0, one_shot=False),
    ),
    "a day with everything": _hard(
        23, LAGGING, Creates(), *_WORK, Syncs(0), Meddles(), Does(0, 2, REACHED), Waits(100), Syncs(0), batch=10
    ),
}  # fmt: skip

QUICK: Final = tuple(SCENARIOS)[:4]
