"""Leave and cover in real homes: what is handed over, what returns, and what each home may do of it."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadq import config, leaves, leaving
from leadq.clock import Clock
from leadq.domain import events as ev
from leadq.domain import verbs
from leadq.domain.events import Draft
from leadq.domain.leave import Absence
from leadq.domain.verbs import Verb
from leadq.errors import LeadqError
from leadq.ledger import CLOCK_COLUMNS, FOLDED
from leadq.paths import Home
from leadq.queue import Queue
from leadq.rulebook import template_text
from leadq.sqlite import Store
from tests.invariants import broken
from tests.leads import NOW_MS, hand_over

DAY: Final = 86_400_000
WEEK: Final = 7 * DAY
TEAM: Final = template_text("pme-fr") + (
    '\n[member.paul]\nname = "Paul Roux"\nrole = "sdr"\ncalendar = "paris"\n'
    '\n[member.nadia]\nname = "Nadia Petit"\nrole = "manager"\n'
    'leave = [{ from = 2026-08-03, to = 2026-08-21, cover = "karim" }]\n'
)
HUB: Final = '\n[connection.hub]\nadapter = "hub"\nurl = "postgresql://zoe@db.example/leadq"\n'


class Office:
    """One home and who sits at it."""

    def __init__(self, home: Home) -> None:
        self.home, self.store, self.now_ms = home, Store(home), NOW_MS

    @property
    def queue(self) -> Queue:
        return Queue(self.store, Clock(self.now_ms))

    def sits(self, me: str, more: str = "") -> None:
        config.write(self.home, me)
        with self.home.settings.open("a", encoding="utf-8") as settings_file:
            settings_file.write(more)

    def leaves(self, cover: str = "karim", member: str = "zoe", days: int = 7, later: int = 0) -> leaving.Moved:
        from_ms = self.now_ms + later
        with self.queue.desk() as desk:
            return leaving.set_out(desk, Absence("", member, cover, from_ms, from_ms + days * DAY))

    def ends(self, member: str = "zoe") -> leaving.Moved:
        with self.queue.desk() as desk:
            return leaving.come_back(desk, member)

    def syncs(self) -> None:
        leaving.see_to(self.store, Clock(self.now_ms))

    def does(self, lead: int, verb: Verb) -> bool:
        with suppress(LeadqError):
            self.queue.perform([str(lead)], verb)
            return True
        return False

    def rows(self, query: str, *values: Any) -> list[Any]:
        with self.store.read() as db:
            return db.execute(query, values).fetchall()

    def owners(self) -> dict[int, str]:
        return dict(self.rows("SELECT id, owner FROM lead ORDER BY id"))

    def state(self) -> list[Any]:
        """All that is folded: leads without the version that counts events, and their clocks."""
        clocks = self.rows(f"SELECT {', '.join(CLOCK_COLUMNS)} FROM clock ORDER BY lead_id, kind")
        return [*self.rows(f"SELECT id, {', '.join(FOLDED)} FROM lead ORDER BY id"), *clocks]


def made(folder: Path) -> Office:
    """Leads 1 to 4 are Zoé's, 5 is Karim's, 6 nobody's; 1 is promised a call."""
    office = Office(Home(folder / "config", folder / "data", folder / "state"))
    office.home.contract.parent.mkdir(parents=True)
    office.home.contract.write_text(TEAM, "utf-8")
    office.sits("zoe")
    hand_over(office.queue, *({"id": f"A{n}", "owner": "zoe"} for n in range(4)), {"owner": "karim"}, {"owner": ""})
    assert office.does(1, verbs.Touch("call", "callback_set", next_ms=NOW_MS + DAY))
    return office


@pytest.fixture(scope="module")
def seed() -> Iterator[Path]:
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="leave-", dir=shared if shared.is_dir() else None) as folder:
        made(Path(folder) / "seed")
        yield Path(folder)


@contextmanager
def copied(seed: Path) -> Iterator[Office]:
    with tempfile.TemporaryDirectory(dir=seed) as folder:
        base = Path(shutil.copytree(seed / "seed", Path(folder) / "home"))
        yield Office(Home(base / "config", base / "data", base / "state"))


@pytest.fixture
def office(seed: Path) -> Iterator[Office]:
    with copied(seed) as found:
        yield found


# Handing over


def test_every_open_lead_and_promise_goes_to_the_cover_as_one_gesture(office: Office) -> None:
    before = office.state()
    moved = office.leaves()
    assert (moved.done.lead_ids, moved.promises) == ((1, 2, 3, 4), 1)
    assert office.owners() == {1: "karim", 2: "karim", 3: "karim", 4: "karim", 5: "karim", 6: ""}
    office.queue.undo()
    assert office.state() == before
    assert office.rows("SELECT count(*) FROM outbox WHERE verb = 'assign' AND state <> 'cancelled'") == [(0,)]
    office.queue.redo()
    assert office.owners()[1] == "karim"
    with office.store.read() as db:
        assert [leave.cover for leave in leaves.told(db)] == ["karim"]
        assert broken(db, office.now_ms) == {}


def test_the_crm_hears_of_each_lead_as_of_any_other_assignment(office: Office) -> None:
    office.leaves()
    told = office.rows("SELECT lead_uid FROM outbox WHERE verb = 'assign' AND state = 'held'")
    assert len(told) == 4


def test_a_leave_to_come_hands_nothing_over_before_the_last_working_hours_are_over(office: Office) -> None:
    assert office.leaves(later=2 * WEEK).done.lead_ids == ()
    office.syncs()
    assert office.owners()[1] == "zoe"
    hand_over(office.queue, {"id": "B1", "owner": "zoe"})
    office.now_ms += 2 * WEEK
    office.syncs()
    assert [office.owners()[n] for n in (1, 4, 7)] == ["karim"] * 3
    hand_over(office.queue, {"id": "B2", "owner": "zoe"})
    office.syncs()
    assert office.owners()[8] == "karim"
    office.queue.undo()
    assert set(office.owners().values()) == {"zoe", "karim", ""}
    assert [office.owners()[n] for n in (1, 7, 8)] == ["zoe"] * 3


def test_with_nothing_open_the_leave_is_known_all_the_same(office: Office) -> None:
    assert office.leaves(member="nadia", cover="paul").done.lead_ids == ()
    with office.store.read() as db:
        assert [leave.member for leave in leaves.told(db)] == ["nadia"]
    assert office.queue.undo().lead_ids == ()


# Coming back

_GESTURES: Final[tuple[Callable[[int], Verb], ...]] = (
    lambda now_ms: verbs.Accept(take=True),
    lambda now_ms: verbs.Assign("karim"),
    lambda now_ms: verbs.Assign("paul"),
    lambda now_ms: verbs.Touch("call", "no_answer", at_ms=now_ms),
    lambda now_ms: verbs.Touch("call", "callback_set", at_ms=now_ms, next_ms=now_ms + DAY),
    lambda now_ms: verbs.Note("seen"),
    lambda now_ms: verbs.Snooze(now_ms + DAY, "later"),
    lambda now_ms: verbs.Disqualify("dq.no_need", 3),
    lambda now_ms: verbs.Reject("rej.spam", 1),
    lambda now_ms: verbs.Recycle("rec.timing", 3, now_ms + 2 * WEEK),
)
_work = st.lists(
    st.tuples(st.sampled_from(("karim", "paul")), st.integers(1, 4), st.integers(0, len(_GESTURES) - 1)), max_size=8
)


@settings(max_examples=8)
@given(_work, st.booleans())
def test_each_open_lead_that_nobody_took_for_good_is_back_exactly_once(
    seed: Path, work: list[tuple[str, int, int]], by_itself: bool
) -> None:
    with copied(seed) as office:
        office.leaves(days=3)
        kept = set()
        for me, lead, number in work:
            office.now_ms += 60_000
            office.sits(me)
            takes = number in (1, 2) or (number == 0 and me == "paul")
            if office.does(lead, _GESTURES[number](office.now_ms)) and takes:
                kept.add(lead)
        before, is_open = office.owners(), dict(office.rows("SELECT id, reason = '' FROM lead"))
        office.sits("zoe")
        office.now_ms += 3 * DAY
        for _again in range(2):
            if by_itself:
                office.syncs()
            else:
                with suppress(LeadqError):
                    office.ends()
        back = {lead for lead in range(1, 5) if is_open[lead] and lead not in kept}
        assert office.owners() == before | dict.fromkeys(back, "zoe")
        returned = office.rows(
            "SELECT l.id FROM event e JOIN lead l ON l.uid = e.lead_uid WHERE json_extract(e.data, '$.back') <> ''"
        )
        assert sorted(row[0] for row in returned) == sorted(back)
        with office.store.read() as db:
            assert leaves.borrowed(db) == []
            assert [leave.settled for leave in leaves.told(db)] == [True]


@settings(max_examples=6)
@given(_work, st.integers(-1, 2))
def test_a_leave_and_its_undo_leave_everything_as_it_was(
    seed: Path, work: list[tuple[str, int, int]], later: int
) -> None:
    with copied(seed) as office:
        for me, lead, number in work:
            office.sits(me)
            office.does(lead, _GESTURES[number](office.now_ms))
        office.sits("zoe")
        before = office.state()
        office.leaves(later=later * DAY)
        after = office.state()
        office.queue.undo()
        assert office.state() == before
        office.queue.redo()
        assert office.state() == after


def test_what_the_crm_took_out_of_this_home_is_counted_and_left_where_it_is(office: Office) -> None:
    office.leaves()
    with office.queue.desk() as desk:
        (uid,) = desk.db.execute("SELECT uid FROM lead WHERE id = 2").fetchone()
        desk.ledger.append(uid, [Draft(ev.DEPARTED, desk.now_ms, {"why": "reassigned"})], desk.batch, "system")
    ended = office.ends()
    assert (ended.done.lead_ids, ended.gone, ended.leave.settled) == ((1, 3, 4), 1, True)
    assert office.owners()[2] == "karim"


def test_a_leave_is_not_taken_back_once_it_has_ended_by_itself(office: Office) -> None:
    office.leaves(days=1)
    office.now_ms += 2 * DAY
    office.syncs()
    with pytest.raises(LeadqError) as refused:
        office.queue.undo()
    assert refused.value.code == "somebody_went_on"


def test_ending_a_leave_is_a_gesture_too(office: Office) -> None:
    office.leaves()
    before = office.owners()
    assert office.ends().done.lead_ids == (1, 2, 3, 4)
    office.queue.undo()
    assert office.owners() == before
    assert office.ends().done.lead_ids == (1, 2, 3, 4)
    with office.queue.desk() as desk:  # said anew, from this morning on
        leaving.set_out(desk, Absence("", "zoe", "karim", office.now_ms - DAY, office.now_ms + DAY))
    assert office.owners() == before


def test_two_who_stand_in_for_each_other_do_not_hand_a_lead_to_and_fro(office: Office) -> None:
    office.leaves()
    with office.queue.desk() as desk:  # as two laptops may, that have not heard of each other
        data = {"member": "karim", "cover": "zoe", "from_ms": office.now_ms, "until_ms": office.now_ms + DAY}
        leaving._tell(desk, Absence("00000000-0000-8000-8000-000000000001", "", "", 0, 0), "leave_set", data)
    for me in ("karim", "zoe", "karim", "zoe"):
        office.sits(me)
        office.syncs()
    assert office.rows("SELECT max(n) FROM (SELECT count(*) AS n FROM event WHERE type = 'assigned' GROUP BY lead_uid)"
                       ) == [(2,)]  # fmt: skip


# Who may


def test_at_a_hub_each_home_gives_back_what_its_own_member_has(office: Office) -> None:
    office.sits("zoe", HUB)
    office.leaves()
    ended = office.ends()
    assert (ended.done.lead_ids, ended.elsewhere) == ((), 4)
    office.syncs()
    assert office.owners()[1] == "karim"
    office.sits("karim", HUB)
    office.syncs()
    assert [office.owners()[n] for n in range(1, 6)] == ["zoe"] * 4 + ["karim"]
    assert office.rows("SELECT DISTINCT actor_kind FROM event WHERE json_extract(data, '$.back') <> ''") == [("bot",)]
    with office.store.read() as db:
        assert [leave.settled for leave in leaves.told(db)] == [True]


def test_at_a_hub_only_a_manager_sends_somebody_else_on_leave(office: Office) -> None:
    office.sits("paul", HUB)
    with pytest.raises(LeadqError) as refused:
        office.leaves()
    assert refused.value.code == "leave_of_another"
    office.sits("nadia", HUB)
    assert len(office.leaves().done.lead_ids) == 4
    assert len(office.ends().done.lead_ids) == 4


# Bad input


def _code(do: Callable[[], object]) -> str:
    with pytest.raises(LeadqError) as refused:
        do()
    assert refused.value.exit_status == 5
    return refused.value.code


def test_a_leave_that_cannot_be_is_refused_and_nothing_is_written(office: Office) -> None:
    office.leaves(member="paul", later=WEEK)
    before, events = office.state(), office.rows("SELECT count(*) FROM event")
    assert _code(lambda: office.leaves(cover="")) == "needs_cover"
    assert _code(lambda: office.leaves(cover="Zoé Lefèvre")) == "covers_themselves"
    assert _code(lambda: office.leaves(cover="bob")) == _code(lambda: office.leaves(member="bob")) == "not_a_member"
    assert _code(lambda: office.leaves(days=-1)) == "leave_reversed"
    assert _code(lambda: office.leaves(days=7, later=-2 * WEEK)) == "leave_past"
    assert _code(lambda: office.leaves(cover="paul", later=DAY)) == "cover_away"
    assert _code(lambda: office.leaves(member="paul", days=8)) == "leave_twice"
    assert _code(lambda: office.leaves(cover="nadia", days=100)) == "cover_away"
    assert _code(lambda: office.ends()) == "no_leave"
    assert (office.state(), office.rows("SELECT count(*) FROM event")) == (before, events)


def test_more_leads_than_one_gesture_moves_are_refused_whole(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "MOST", 3)
    before = office.state()
    assert _code(lambda: office.leaves()) == "too_many_leads"
    assert office.state() == before
    office.now_ms += DAY


def test_what_the_contract_announces_is_no_second_leave(office: Office) -> None:
    august = 1_785_708_000_000 - office.now_ms
    assert office.leaves(member="nadia", cover="paul", later=august).leave.member == "nadia"


def test_what_stands_in_a_leave_names_nobody_but_members(office: Office) -> None:
    office.leaves()
    (data,) = office.rows("SELECT data FROM event WHERE type = 'leave_set'")[0]
    assert sorted(json.loads(data)) == ["cover", "from_ms", "member", "until_ms"]
