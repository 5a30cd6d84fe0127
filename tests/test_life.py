"""Any life of any leads: random verbs, arrivals out of order, other people's changes, and time that passes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from leadq import config, leaves, leaving
from leadq.clock import Clock, iso
from leadq.desk import Desk
from leadq.domain import events as ev
from leadq.domain import verbs
from leadq.domain.decide import decide
from leadq.domain.events import Draft
from leadq.domain.leave import Absence
from leadq.domain.reasons import OUTCOMES
from leadq.domain.situation import Refused
from leadq.domain.verbs import Verb
from leadq.errors import Exit, LeadqError
from leadq.handoff import Defaults
from leadq.intake import Intake, Report
from leadq.ledger import CLOCK_COLUMNS, FOLDED
from leadq.paths import Home
from leadq.queue import Queue, situation
from leadq.recording import record
from leadq.rulebook import template_text
from leadq.sqlite import Store
from tests.invariants import broken
from tests.leads import NOW_MS, ROW, hand_over

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
MEMBERS: Final = ("zoe", "karim")

_some = st.integers(0, 11)
"""Which lead: the number wraps round the leads there are."""
_soon = st.sampled_from((MINUTE, HOUR, DAY, 3 * DAY, 9 * DAY, 40 * DAY))
_ago = st.sampled_from((0, 0, 0, MINUTE, HOUR, 5 * HOUR, 2 * DAY))
_quality = st.integers(1, 5)
_outcomes = st.sampled_from([outcome for outcome in OUTCOMES if outcome != "callback_set"])


@st.composite
def _touches(draw: st.DrawFn, now_ms: int) -> Verb:
    next_ms = draw(st.none() | _soon)
    return verbs.Touch(
        draw(st.sampled_from(("call", "email", "linkedin"))),
        draw(_outcomes),
        inbound=draw(st.booleans()),
        at_ms=now_ms - draw(_ago),
        next_ms=None if next_ms is None else now_ms + next_ms,
    )


@st.composite
def _rejections(draw: st.DrawFn, now_ms: int) -> Verb:
    reason = draw(st.sampled_from(("rej.routing", "rej.spam", "rej.incomplete", "rej.below_threshold")))
    criterion = "size" if reason == "rej.below_threshold" else ""
    return verbs.Reject(reason, draw(_quality), ("phone",) if reason == "rej.incomplete" else (), criterion)


@st.composite
def _verdicts(draw: st.DrawFn, now_ms: int) -> Verb:
    kind, quality = draw(st.sampled_from(("disqualify", "recycle", "qualify"))), draw(_quality)
    if kind == "disqualify":
        reason = draw(st.sampled_from(("dq.no_need", "dq.opt_out", "dq.bad_contact", "dq.unreachable")))
        return verbs.Disqualify(reason, quality, ("phone",) if reason == "dq.bad_contact" else ())
    if kind == "recycle":
        wake = draw(st.none() | _soon)
        return verbs.Recycle("rec.timing", quality, now_ms + wake) if wake else _TRIGGERED
    return verbs.Qualify(quality)


@st.composite
def _care(draw: st.DrawFn, now_ms: int) -> Verb:
    until_ms = now_ms + draw(_soon)
    choices: tuple[Verb, ...] = (
        verbs.Accept(take=True), verbs.Note("something"), verbs.Pause("prospect_on_leave", until_ms, "seen"),
        verbs.Resume(), verbs.Snooze(until_ms, "later"), verbs.Assign("zoe"), verbs.Assign("karim"),
    )  # fmt: skip
    return draw(st.sampled_from(choices))


_TRIGGERED: Final = verbs.Recycle("rec.too_early", 3, trigger="webinar")
_ANSWERS: Final = (verbs.Answer("ack"), verbs.Answer("declined"), verbs.Dispute("no"))
_AGAIN: Final = (verbs.Reopen("again"), verbs.Resubmit("fixed"), verbs.Reroute("karim"), verbs.Reroute())
_TO_AE: Final = (verbs.AeAccept(), verbs.AeReturn("ret.no_show"))
_Maker = Callable[[int], st.SearchStrategy[Verb]]
_AFTERWARDS: Final[tuple[_Maker, ...]] = (
    lambda now_ms: st.sampled_from(_ANSWERS), lambda now_ms: st.sampled_from(_AGAIN), _touches,
)  # fmt: skip
_FITTING: Final[dict[str, tuple[_Maker, ...]]] = {
    "handed_off": (_touches, _care, _rejections),
    "accepted": (_touches, _care, _verdicts, _rejections),
    "working": (_touches, _care, _verdicts),
    "connected": (_touches, _care, _verdicts),
    "qualified": (lambda now_ms: st.sampled_from((*_TO_AE, *_ANSWERS)), _touches),
}
"""What is worth trying in a state; the others are closed, and `_AFTERWARDS` is for them."""
_ANY: Final = tuple(dict.fromkeys(maker for makers in (*_FITTING.values(), _AFTERWARDS) for maker in makers))
_MOVING: Final = '\n[recompute]\non_policy_change = "open_clocks"\non_calendar_change = "open_clocks"\n'
_CONTRACTS: Final = tuple(
    template_text("pme-fr").replace('target = "15m"', f'target = "{minutes}m"') + _MOVING for minutes in (15, 25)
)
"""Whichever comes into force, what runs goes on under it."""


class Life(RuleBasedStateMachine):
    """One home of a few leads, worked by two people and an adapter."""

    seed: ClassVar[Home]
    folder: ClassVar[Path]
    every_step: ClassVar[bool] = False
    numbers: ClassVar[Any] = count()

    def __init__(self) -> None:
        super().__init__()
        base = self.folder / str(next(self.numbers))
        shutil.copytree(self.seed.data.parent, base)
        self.home = Home(base / "config", base / "data", base / "state")
        self.store = Store(self.home)
        self.db = self.store.open_reader()
        self.now_ms = NOW_MS
        self.seen: dict[str, Any] = {}

    def teardown(self) -> None:
        try:
            self._examine()
        finally:
            self.db.close()
            shutil.rmtree(self.home.data.parent)

    @invariant()
    def the_invariants_hold(self) -> None:
        """After each step where there is time for it; else at the end."""
        if self.every_step:
            self._examine()

    # What happens

    @initialize(later=st.sampled_from((0, HOUR)))
    def begin(self, later: int) -> None:
        self.now_ms += later

    @rule(ms=st.sampled_from((MINUTE, 20 * MINUTE, 3 * HOUR, DAY, DAY, 4 * DAY, 12 * DAY, 95 * DAY)))
    def time_passes(self, ms: int) -> None:
        self.now_ms += ms

    @rule(lead=_some, data=st.data())
    def work(self, lead: int, data: st.DataObject) -> None:
        self._perform(lead, self._verb(lead, data))

    @rule(lead=_some, data=st.data())
    def work_another(self, lead: int, data: st.DataObject) -> None:
        self._perform(lead, self._verb(lead, data))

    @rule(lead=_some, data=st.data())
    def try_what_does_not_fit(self, lead: int, data: st.DataObject) -> None:
        self._perform(lead, data.draw(data.draw(st.sampled_from(_ANY))(self.now_ms)))

    @rule(lead=_some, other=_some, duplicate=st.booleans())
    def merge(self, lead: int, other: int, duplicate: bool) -> None:
        into = self._lead(other)
        self._perform(lead, verbs.Reject("rej.duplicate", 2, into=into) if duplicate else verbs.Merge(into))

    @rule(lead=_some, back=st.integers(0, 4))
    def correct(self, lead: int, back: int) -> None:
        uids = self._column("SELECT e.uid FROM event e JOIN lead l ON l.uid = e.lead_uid WHERE l.id = ?"
                            " AND e.type <> 'handed_off' ORDER BY e.seq DESC", self._lead(lead))  # fmt: skip
        if uids:
            self._allowed(lambda: self._queue.correct(uids[back % len(uids)], "it was somebody else"))

    @rule()
    def undo(self) -> None:
        self._allowed(lambda: self._queue.undo())

    @rule()
    def redo(self) -> None:
        self._allowed(lambda: self._queue.redo())

    @rule(lead=_some, inbound=st.booleans(), outcome=_outcomes, ago=_ago)
    def an_adapter_tells_of_a_touch(self, lead: int, inbound: bool, outcome: str, ago: int) -> None:
        """A reply may reopen; a mail that a machine sent is only noted, also from before the handoff."""
        with self._queue.desk() as desk:
            found = desk.ledger.lead(self._uid(desk.db, lead))
            if found.state == "merged":
                return  # its name in the CRM means the survivor by now
            if not inbound:
                sent = Draft(ev.TOUCHED, self.now_ms - ago, {"channel": "email", "outcome": outcome})
                desk.ledger.append(found.uid, [sent], desk.batch, "bot")
                return
            verb = verbs.Touch("email", outcome, inbound=True, at_ms=self.now_ms - ago)
            decided = decide(found, verb, situation(desk, found, verb))
            if not isinstance(decided, Refused):
                record(desk, found, decided, actor_kind="adapter")

    @rule(
        who=st.integers(0, 3), named=st.booleans(), line=st.sampled_from(("", "", "b")), dated=st.booleans(),
        owner=st.sampled_from(("", "zoe", "karim")), phone=st.sampled_from(("+33199001122", "+33199003344")),
    )  # fmt: skip
    def a_file_comes(self, who: int, named: bool, line: str, dated: bool, owner: str, phone: str) -> None:
        """About somebody known or new, with or without an id; twice, and the second time it changes nothing."""
        row = {"id": f"A{who}"} if named else {}
        row |= {"email": f"a{who}@forges.example", "product_line": line, "owner": owner, "phone": phone}
        row["handed_off_at"] = (iso(self.now_ms - MINUTE) or "") if dated else ""
        self._take(row)
        again = self._take(row)
        assert (again.created, again.updated, again.rejected) == (0, 0, [])

    @rule(text=st.sampled_from(_CONTRACTS))
    def the_contract_changes(self, text: str) -> None:
        self.home.contract.write_text(text, "utf-8")

    @rule()
    def sync_sends_what_waits(self) -> None:
        with self.store.transaction() as db:
            db.execute("UPDATE outbox SET state = 'done' WHERE state = 'held'")

    @rule(who=st.sampled_from(MEMBERS), days=st.integers(1, 5))
    def somebody_goes_on_leave(self, who: str, days: int) -> None:
        cover = next(member for member in MEMBERS if member != who)
        leave = Absence("", who, cover, self.now_ms, self.now_ms + days * DAY)
        self._allowed(lambda: self._on_desk(lambda desk: leaving.set_out(desk, leave)))

    @rule(who=st.sampled_from(MEMBERS))
    def somebody_comes_back(self, who: str) -> None:
        self._allowed(lambda: self._on_desk(lambda desk: leaving.come_back(desk, who)))

    @rule()
    def sync_sees_to_leaves(self) -> None:
        leaving.see_to(self.store, Clock(self.now_ms))
        me = config.load(self.home).me
        ended = {leave.uid for leave in leaves.told(self.db) if leave.member == me and leave.is_over(self.now_ms)}
        assert not [lead for lead in leaves.borrowed(self.db) if lead.open and ended.intersection(lead.leaves)]

    @rule(me=st.sampled_from(MEMBERS))
    def somebody_sits_down(self, me: str) -> None:
        config.write(self.home, me)

    @rule(lead=_some, data=st.data())
    def there_and_back_again(self, lead: int, data: st.DataObject) -> None:
        """An undo leaves everything as it was before the gesture, and a redo as it was after it."""
        verb = self._verb(lead, data)
        with self._queue.desk():
            pass  # whoever sits down wakes what has to wake
        before, told = self._state(), self._told()
        if self._perform(lead, verb) and self._told() > told:  # an answer that stands already is not written again
            after = self._state()
            self._queue.undo()
            assert _differences(self._state(), before) == []
            self._queue.redo()
            assert _differences(self._state(), after) == []

    # How

    @property
    def _queue(self) -> Queue:
        return Queue(self.store, Clock(self.now_ms))

    def _verb(self, lead: int, data: st.DataObject) -> Verb:
        (state,) = self._column("SELECT state FROM lead WHERE id = ?", self._lead(lead))
        return data.draw(data.draw(st.sampled_from(_FITTING.get(state, _AFTERWARDS)))(self.now_ms))

    def _on_desk(self, act: Callable[[Desk], object]) -> None:
        with self._queue.desk() as desk:
            act(desk)

    def _told(self) -> int:
        """How many events there are."""
        return int(self._column("SELECT count(*) FROM event")[0])

    def _perform(self, lead: int, verb: Verb) -> bool:
        return self._allowed(lambda: self._queue.perform([self._lead(lead)], verb))

    def _allowed(self, act: Any) -> bool:
        """Whether it was done; a rule may refuse, nothing else may go wrong."""
        try:
            act()
        except LeadqError as error:
            if error.exit_status != Exit.REFUSED:
                raise
            return False
        return True

    def _take(self, row: dict[str, str]) -> Report:
        with self._queue.desk() as desk:
            return Intake(desk, "csv", Defaults(desk.now_ms, ZoneInfo("Europe/Paris"))).take([(2, ROW | row, {})])

    def _lead(self, number: int) -> str:
        ids = self._column("SELECT id FROM lead ORDER BY id DESC LIMIT 6")
        return str(ids[number % len(ids)])

    def _uid(self, db: Any, number: int) -> str:
        return str(db.execute("SELECT uid FROM lead WHERE id = ?", (self._lead(number),)).fetchone()[0])

    def _column(self, sql: str, *values: Any) -> list[Any]:
        return [row[0] for row in self.db.execute(sql, values)]

    def _state(self) -> dict[str, Any]:
        """All rows that a gesture may change and an undo must bring back, beside the events and the ops."""
        db = self.db
        return {
            "lead": dict(_keyed(db.execute(f"SELECT id, {', '.join(FOLDED)} FROM lead"))),
            "clock": dict(_keyed(db.execute(f"SELECT {', '.join(CLOCK_COLUMNS)} FROM clock"), 2)),
            "refs": dict(_keyed(db.execute("SELECT external_id, lead_id, is_primary FROM remote_ref"))),
            "suppressed": dict(_keyed(db.execute("SELECT kind, hash, why FROM suppression"), 2)),
        }

    def _examine(self) -> None:
        found = self.db.execute("SELECT uid, lead_uid, type, occurred_ms, data FROM event")
        events = {row[0]: row for row in found}
        assert {uid: events.get(uid) for uid in self.seen} == self.seen, "an event was changed"
        self.seen = events
        wrong = broken(self.db, self.now_ms)
        assert not wrong, wrong


def _keyed(rows: Any, width: int = 1) -> Any:
    return ((row[:width], row[width:]) for row in rows)


def _differences(found: dict[str, Any], wanted: dict[str, Any]) -> list[Any]:
    """What is not as it was; of a new cycle that was taken back a tombstone stays, which is none."""
    new = set(found["lead"]) - set(wanted["lead"])
    odd: list[Any] = [key for key in new if found["lead"][key][FOLDED.index("state")] != "merged"]
    for name, rows in wanted.items():
        left = {key: row for key, row in found[name].items() if key[:1] not in new}
        odd += [(name, key, left.get(key), rows.get(key)) for key in left | rows if left.get(key) != rows.get(key)]
    return odd


@pytest.fixture
def life(memory: Path) -> type[Life]:
    """The machine, on copies of a home of three leads."""
    home = Home(memory / "seed" / "config", memory / "seed" / "data", memory / "seed" / "state")
    config.write(home, "zoe")
    rows = ({"id": "A0", "email": "a0@forges.example"}, {"trigger": "event", "email": "a1@forges.example"}, {})
    hand_over(Queue(Store(home), Clock(NOW_MS)), *rows)
    return type("HereLife", (Life,), {"seed": home, "folder": memory})


def _live(machine: type[Life], examples: int, steps: int) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_whatever_happens_the_invariants_hold(life: type[Life]) -> None:
    _live(life, 60, 30)


@pytest.mark.deep
def test_whatever_happens_the_invariants_hold_after_every_step(life: type[Life]) -> None:
    life.every_step = True
    _live(life, 2_000, 50)
