"""What comes in from a CRM: leads once, news as events, nothing from the past, and no lead that vanishes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from leadq.domain.verbs import Accept, Note, Reject, Resubmit, Touch
from leadq.errors import Exit
from leadq.plugins.sdk import Deal
from leadq.sqlite import Store
from leadq.testing.crm import LAGGING, PERSONALITIES, Personality
from leadq.testing.rest import Rest
from tests.sync.laptop import Laptop

if TYPE_CHECKING:
    from leadq.paths import Home


@pytest.fixture
def laptop(home: Home) -> Laptop:
    """Three leads, fetched."""
    return fetched(Laptop(home))


def fetched(laptop: Laptop, leads: int = 3) -> Laptop:
    for number in range(leads):
        laptop.book.create(f"L{number}", name=f"Lead {number}", email=f"lead{number}@forges.example")
    laptop.time.sleep(60)
    laptop.sync()
    return laptop


@pytest.mark.parametrize("personality", PERSONALITIES, ids=lambda each: each.name)
def test_the_open_leads_of_the_crm_are_in_the_queue(home: Home, personality: Personality) -> None:
    laptop = fetched(Laptop(home, personality))
    names = {laptop.lead(f"L{number}")["name"] for number in range(3)}
    assert names == {"Lead 0", "Lead 1", "Lead 2"}
    assert laptop.lead("L0")["connection"] == "crm"
    assert laptop.lead("L0")["state"] == "handed_off"


def test_a_cycle_in_which_nothing_changed_costs_one_request_and_writes_no_event(laptop: Laptop) -> None:
    laptop.time.sleep(700)
    laptop.sync()
    events, asked = laptop.rows("SELECT count(*) FROM event"), len(laptop.crm.asked)  # type: ignore[union-attr]
    report = laptop.sync()
    assert (report.pulled, report.requests) == (0, 1)
    assert len(laptop.crm.asked) - asked == 1  # type: ignore[union-attr]
    assert laptop.rows("SELECT count(*) FROM event") == events


def test_a_cycle_in_which_nothing_changed_opens_few_transactions(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.time.sleep(700)
    laptop.sync()
    opened: list[int] = []
    whole = Store.transaction
    monkeypatch.setattr(Store, "transaction", lambda store: (opened.append(1), whole(store))[1])
    laptop.sync()
    assert len(opened) <= 7


def test_of_a_lead_that_is_on_two_pages_the_later_is_taken(home: Home) -> None:
    class Moves(Rest):
        def pull(self, cursor: str | None, scope: Any) -> Any:
            for page in super().pull(cursor, scope):
                older = tuple(replace(lead, fields={**lead.fields, "title": "Stagiaire"}) for lead in page.leads)
                yield replace(page, leads=older, more=True)
                yield page

    laptop = Laptop(home, kind=Moves)
    laptop.book.create("L0", name="Jeanne", title="Directrice")
    laptop.sync()
    assert laptop.lead("L0")["title"] == "Directrice"


def test_a_service_that_gives_the_same_page_for_ever_ends_the_pull_and_what_came_stands(home: Home) -> None:
    class Loops(Rest):
        def pull(self, cursor: str | None, scope: Any) -> Any:
            (page,) = super().pull(cursor, scope)
            while True:
                yield replace(page, cursor="here", more=True)

    laptop = Laptop(home, kind=Loops)
    laptop.book.create("L0", name="Jeanne")
    report = laptop.sync()
    assert report.status == Exit.TEMPORARY
    assert "again and again" in (report.error or "")
    assert laptop.lead("L0")["name"] == "Jeanne"


def test_what_changed_on_a_known_lead_is_an_event(laptop: Laptop) -> None:
    laptop.book.set("L1", {"campaign": "Salon", "title": "Directrice"})
    assert laptop.sync().pulled == 1
    assert [json.loads(data)["field"] for data in laptop.events("remote_changed")] == ["title", "campaign"]
    assert laptop.lead("L1")["title"] == "Directrice"


def test_a_status_that_somebody_else_set_is_an_event_and_our_own_is_none(laptop: Laptop) -> None:
    laptop.queue.perform(["crm:L0"], Accept())
    laptop.book.set("L1", {"status": "qualified"})
    for _ in range(3):
        laptop.sync()
    assert [json.loads(data) for data in laptop.events("remote_changed")] == [
        {"field": "status", "base": "new", "new": "qualified"}
    ]
    assert laptop.book.get("L0").properties["status"] == "accepted"  # type: ignore[union-attr]


def test_an_index_that_is_behind_does_not_bring_the_past_back(home: Home) -> None:
    laptop = fetched(Laptop(home, replace(LAGGING, index_lag_s=300.0)), leads=1)
    laptop.time.sleep(400)
    laptop.sync()
    laptop.queue.perform(["crm:L0"], Accept())
    for _ in range(8):
        laptop.sync()
    assert laptop.events("remote_changed") == []
    assert laptop.states() == ["done"]


def test_what_somebody_set_before_our_own_write_is_a_conflict_and_nothing_is_written_over(laptop: Laptop) -> None:
    laptop.queue.perform(["crm:L0"], Reject("rej.bad_data", 2, missing=("phone",)))
    laptop.book.set("L0", {"status": "qualified"})
    report = laptop.sync()
    assert (report.conflicts, report.status) == (1, Exit.NEEDS_PERSON)
    assert laptop.rows("SELECT base, theirs, status FROM outbox") == [("new", "qualified", "rejected")]
    assert laptop.book.get("L0").properties["status"] == "qualified"  # type: ignore[union-attr]


@pytest.mark.parametrize("status", ["rejected", "new"])
def test_a_conflict_ends_by_itself_when_the_other_side_comes_round(laptop: Laptop, status: str) -> None:
    laptop.queue.perform(["crm:L0"], Reject("rej.bad_data", 2, missing=("phone",)))
    laptop.book.set("L0", {"status": "qualified"})
    laptop.sync()
    laptop.book.set("L0", {"status": status})
    assert laptop.sync().conflicts == 0
    assert laptop.states() == ["done"]
    assert laptop.book.get("L0").properties["status"] == "rejected"  # type: ignore[union-attr]


def test_an_op_of_a_lead_without_a_name_there_is_refused_in_the_open(home: Home) -> None:
    laptop = fetched(Laptop(home), leads=1)
    laptop.rows_written("UPDATE lead SET external_id = ''")
    laptop.queue.perform(["1"], Accept())
    assert laptop.sync().dead == 1


def test_two_who_want_the_same_agree(laptop: Laptop) -> None:
    laptop.queue.perform(["crm:L0"], Accept())
    laptop.book.set("L0", {"status": "accepted"})
    assert laptop.sync().conflicts == 0
    assert laptop.states() == ["done"]


def gone(laptop: Laptop, how: str) -> None:
    book: Any = laptop.book
    if how == "reassign":
        book.reassign("L0", "rep-2")
    else:
        getattr(book, how)("L0")


@pytest.mark.parametrize(
    ("how", "why"),
    [("reassign", "reassigned"), ("archive", "archived"), ("convert", "converted"), ("delete", "deleted")],
)
def test_a_lead_that_left_is_classed_and_its_clocks_end(laptop: Laptop, how: str, why: str) -> None:
    gone(laptop, how)
    laptop.sync(full=True)
    lead = laptop.lead("L0")
    assert (lead["state"], laptop.rows("SELECT reason FROM lead WHERE external_id = 'L0'")) == (
        "archived",
        [(f"gone.{why}",)],
    )
    assert {clock["state"] for clock in lead["clocks"]} == {"cancelled"}
    assert laptop.lead("L1")["state"] == "handed_off"


def test_a_departure_is_seen_within_the_hour_without_being_asked_for(laptop: Laptop) -> None:
    laptop.book.reassign("L0", "rep-2")
    for _ in range(7):
        laptop.time.sleep(540)
        laptop.sync()
    assert laptop.lead("L0")["state"] == "archived"


def test_a_lead_that_comes_back_goes_on_as_it_was(laptop: Laptop) -> None:
    laptop.queue.perform(["crm:L0"], Accept())
    laptop.book.reassign("L0", "rep-2")
    laptop.sync(full=True)
    laptop.book.reassign("L0", "rep-1")
    laptop.sync()
    lead = laptop.lead("L0")
    assert lead["state"] == "accepted"
    assert "running" in {clock["state"] for clock in lead["clocks"]}


def test_a_list_alone_never_brings_a_lead_back(home: Home) -> None:
    laptop = fetched(Laptop(home, replace(LAGGING, index_lag_s=300.0)), leads=2)
    laptop.time.sleep(400)
    laptop.sync()
    laptop.book.reassign("L0", "rep-2")
    laptop.queue.perform(["crm:L0"], Accept())
    laptop.sync()  # the look before the write shows it; the list still has the lead
    laptop.sync(full=True)
    assert laptop.lead("L0")["state"] == "archived"


def test_of_a_lead_that_left_a_status_is_a_persons_decision_and_a_touch_still_goes_to_its_timeline(
    laptop: Laptop,
) -> None:
    laptop.queue.perform(["crm:L0"], Accept())
    laptop.sync()
    laptop.queue.perform(["crm:L0"], Note("Rappeler Jeanne."))
    laptop.queue.perform(["crm:L1"], Reject("rej.bad_data", 2, missing=("phone",)))
    laptop.book.reassign("L0", "rep-2")
    laptop.book.reassign("L1", "rep-2")
    laptop.sync(full=True)
    assert laptop.states() == ["done", "acked", "conflict"]
    assert [effect.kind for effect in laptop.book.effects if effect.by == "leadq"] == ["set", "append"]


@pytest.mark.parametrize("batch", [0, 10])
def test_an_entry_for_a_lead_that_was_deleted_after_it_left_ends_in_the_open(home: Home, batch: int) -> None:
    laptop = fetched(Laptop(home, options={"batch": batch}))
    laptop.book.reassign("L0", "rep-2")
    laptop.sync(full=True)
    laptop.queue.perform(["crm:L0"], Note("Parti chez Paul."))
    laptop.book.delete("L0")
    for _ in range(4):
        report = laptop.sync()
    assert (report.dead, report.unknown, report.pending) == (1, 0, 0)
    laptop.time.sleep(3600)
    assert laptop.sync().requests <= 2  # and nothing asks for it again


def test_a_lead_that_was_merged_goes_on_under_its_new_id(home: Home) -> None:
    laptop = fetched(Laptop(home, LAGGING), leads=2)
    laptop.book.create("other", owner="rep-2")
    laptop.crm.merge("L0", "other")  # type: ignore[union-attr]
    laptop.book.reassign("m1", "rep-1")
    laptop.queue.perform(["crm:L0"], Accept())
    for _ in range(3):
        laptop.sync()
    assert laptop.rows("SELECT external_id FROM lead ORDER BY id") == [("m1",), ("L1",)]
    assert laptop.lead("m1")["state"] == "accepted"
    assert laptop.states() == ["done"]


def test_of_two_leads_that_became_one_the_first_goes_on_and_the_other_is_no_duplicate(home: Home) -> None:
    laptop = fetched(Laptop(home, LAGGING), leads=2)
    laptop.crm.merge("L1", "L0")  # type: ignore[union-attr]
    for _ in range(3):
        laptop.sync(full=True)
    assert laptop.rows("SELECT external_id, state, reason FROM lead ORDER BY id") == [
        ("m1", "handed_off", ""),
        ("L1", "archived", "gone.merged"),
    ]


def test_when_too_many_leave_at_once_nothing_changes_until_somebody_says_so(home: Home) -> None:
    laptop = fetched(Laptop(home), leads=12)
    for number in range(6):
        laptop.book.reassign(f"L{number}", "rep-2")
    report = laptop.sync(full=True)
    assert report.status == Exit.NEEDS_PERSON
    assert "6 of 12" in (report.error or "")
    assert laptop.rows("SELECT count(*) FROM lead WHERE state = 'archived'") == [(0,)]
    assert laptop.sync(full=True, force_empty=True).status == Exit.DONE
    assert laptop.rows("SELECT count(*) FROM lead WHERE state = 'archived'") == [(6,)]


def test_an_empty_list_is_asked_about(home: Home) -> None:
    laptop = fetched(Laptop(home), leads=1)
    laptop.book.reassign("L0", "rep-2")
    assert laptop.sync(full=True).status == Exit.NEEDS_PERSON
    assert laptop.lead("L0")["state"] == "handed_off"


def test_a_look_that_tells_of_other_leads_than_asked_for_settles_nothing_and_breaks_nothing(home: Home) -> None:
    class Confused(Rest):
        def lookup(self, refs: Any) -> Any:
            for found in super().lookup(refs):
                yield replace(found, external_id=f"not {found.external_id}") if refs[0].markers else found

    laptop = fetched(Laptop(home))
    laptop.queue.perform(["crm:L0"], Note("Rappeler."))
    laptop.sync()
    laptop.kind = Confused
    laptop.time.sleep(1000)
    assert (laptop.sync().error, laptop.states()) == (None, ["acked"])
    laptop.kind = Rest
    laptop.sync()
    assert laptop.states() == ["done"]


def test_a_list_that_is_broken_keeps_no_outcome_back(home: Home) -> None:
    class Broken(Rest):
        def pull(self, cursor: str | None, scope: Any) -> Any:
            raise RuntimeError("no such list")

    laptop = fetched(Laptop(home))
    laptop.kind = Broken
    laptop.queue.perform(["crm:L0"], Accept())
    report = laptop.sync()
    assert "no such list" in (report.error or "")
    assert (report.pushed, laptop.states()) == (1, ["done"])


def test_a_page_and_its_cursor_are_kept_together(home: Home) -> None:
    class Breaks(Rest):
        pages = 0

        def pull(self, cursor: str | None, scope: Any) -> Any:
            for page in super().pull(cursor, scope):
                if Breaks.pages == 1:
                    raise RuntimeError("the line broke")
                Breaks.pages += 1
                yield page

    laptop = Laptop(home, kind=Breaks)
    laptop.crm._page = 2  # type: ignore[union-attr]
    for number in range(5):
        laptop.book.create(f"L{number}", name=f"Lead {number}")
    assert laptop.sync().error
    assert len(laptop.rows("SELECT 1 FROM lead")) == 2
    laptop.kind = Rest
    laptop.sync()
    assert len(laptop.rows("SELECT 1 FROM lead")) == 5


def test_going_back_reads_again_what_changed_since(laptop: Laptop) -> None:
    for _ in range(4):
        laptop.sync()
    ((cursor,),) = laptop.rows("SELECT cursor FROM connection_state")
    asked = len(laptop.crm.asked)  # type: ignore[union-attr]
    laptop.sync(rewind_ms=170_000)
    assert len(laptop.crm.asked) == asked + 1  # type: ignore[union-attr]
    ((later,),) = laptop.rows("SELECT cursor FROM connection_state")
    assert json.loads(later) > json.loads(cursor)


def test_a_call_by_a_colleague_stops_the_clock_and_a_reply_waits_for_an_answer(home: Home) -> None:
    laptop = fetched(Laptop(home, options={"activities": 1}))
    laptop.book.do("L0", "call", "no_answer")
    laptop.book.do("L1", "email", "replied", inbound=True)
    for _ in range(3):
        laptop.sync()
    assert len(laptop.events("touched")) == 2
    assert {clock["kind"]: clock["state"] for clock in laptop.lead("L0")["clocks"]}["first_touch"] == "met"
    assert laptop.lead("L1")["band"] in ("B0", "B1", "B2")
    assert laptop.states() == []  # nobody is told what they told us


def test_a_reply_to_a_closed_lead_begins_a_new_cycle(home: Home) -> None:
    laptop = fetched(Laptop(home, options={"activities": 1}), leads=1)
    laptop.queue.perform(["crm:L0"], Reject("rej.bad_data", 2, missing=("phone",)))
    laptop.sync()
    laptop.book.do("L0", "email", "replied", inbound=True)
    laptop.sync()
    laptop.sync()
    assert laptop.rows("SELECT cycle, state FROM lead ORDER BY id") == [(1, "rejected"), (2, "handed_off")]


def test_a_touch_by_hand_and_a_departed_lead_do_not_meet_a_dead_end(laptop: Laptop) -> None:
    laptop.book.archive("L0")
    laptop.sync(full=True)
    laptop.queue.perform(["crm:L0"], Note("Parti."))
    laptop.queue.perform(["crm:L0"], Touch("email", "replied", inbound=True))
    report = laptop.sync()
    assert report.error is None


def test_marketings_answer_in_the_crm_is_the_same_event_as_by_hand_and_comes_once(laptop: Laptop) -> None:
    laptop.queue.perform(["crm:L0"], Reject("rej.bad_data", 2, missing=("phone",)))
    laptop.sync()
    laptop.book.set("L0", {"leadq_answer": "declined: the phone was in the form"})
    laptop.sync()
    laptop.book.set("L0", {"title": "Directrice"})
    laptop.sync()
    assert [json.loads(data)["answer"] for data in laptop.events("answered")] == ["declined"]
    (said,) = laptop.rows("SELECT text FROM event_text JOIN event e ON e.uid = event_uid WHERE e.type = 'answered'")
    assert said == ("the phone was in the form",)


def test_an_answer_to_an_earlier_verdict_is_none_to_the_next_one(laptop: Laptop) -> None:
    verdict, no = Reject("rej.bad_data", 2, missing=("phone",)), {"leadq_answer": "declined: it was there"}
    laptop.queue.perform(["crm:L0"], verdict)
    laptop.sync()
    laptop.book.set("L0", no)
    laptop.sync()
    laptop.queue.perform(["crm:L0"], Resubmit("the phone is there now"))
    laptop.queue.perform(["crm:L0"], verdict)
    laptop.sync()
    laptop.sync()
    assert len(laptop.events("answered")) == 1
    laptop.book.set("L0", no)
    laptop.sync()
    assert len(laptop.events("answered")) == 2


@pytest.mark.parametrize(
    "said", ["maybe", "declined", "ACK and more", "\x1b]0;x\x07"], ids=["word", "why", "more", "escape"]
)
def test_an_answer_that_no_rule_takes_changes_nothing(laptop: Laptop, said: str) -> None:
    laptop.queue.perform(["crm:L0"], Reject("rej.bad_data", 2, missing=("phone",)))
    laptop.sync()
    laptop.book.set("L0", {"leadq_answer": said})
    assert laptop.sync().error is None
    assert laptop.events("answered") == []


def test_each_change_of_a_deal_is_an_event_once(home: Home) -> None:
    shown = [Deal("D1", "L0", "open", "Devis", "1200.50", "EUR", "2026-05-13T15:00:00Z")]

    class Sells(Rest):
        def pull(self, cursor: str | None, scope: Any) -> Any:
            for page in super().pull(cursor, scope):
                yield replace(page, deals=tuple(shown))

    laptop = Laptop(home, kind=Sells)
    laptop.book.create("L0", name="Jeanne")
    laptop.sync()
    laptop.sync()
    shown += [
        Deal("D1", "L0", "won", "Devis", "1200.50", "EUR", "2026-05-20T09:00:00Z"),
        Deal("D1", "L0", "won", "Devis", "1200.50", "EUR", "2026-05-20T09:05:00Z"),
        Deal("D2", "L0", "lost", "", "a lot", "euros", "2026-05-21T09:00:00Z"),
        Deal("D3", "nobody", "won", "", "1", "EUR", "2026-05-21T09:00:00Z"),
        Deal("D4", "L0", "won", "", "1", "EUR", "some day"),
    ]
    laptop.sync()
    laptop.sync()
    told = [json.loads(data) for data in laptop.events("deal_changed")]
    devis = {"deal": "D1", "stage": "Devis", "amount": "1200.50", "currency": "EUR"}
    assert told == [{**devis, "state": "open"}, {**devis, "state": "won"}, {"deal": "D2", "state": "lost"}]


def test_the_owner_there_is_the_member_whose_id_the_contract_gives(home: Home) -> None:
    laptop = fetched(Laptop(home), leads=1)
    with laptop.store.transaction() as db:
        db.execute(
            "INSERT OR REPLACE INTO member VALUES ('lea', 'Léa', 'sdr', '', ?)", (json.dumps({"rest": "81234"}),)
        )
    laptop.book.set("L0", {"owner": "81234"})
    laptop.sync()
    assert laptop.lead("L0")["owner"] == "lea"
