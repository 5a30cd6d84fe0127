"""Pipedrive through the whole engine; each request and each answer is held against the vendor's own description."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadq.domain.verbs import Accept, Disqualify, Note, Qualify, Recycle, Reject, Touch
from leadq.errors import Exit
from leadq.paths import Home
from tests.plugins.pipedrive_fake import FakePipedrive
from tests.plugins.pipedrive_laptop import Laptop
from tests.plugins.pipedrive_spec import folder, validate


@pytest.fixture
def home(memory: Path) -> Home:
    return Home(memory / "config", memory / "data", memory / "state")


@pytest.fixture
def laptop(home: Home) -> Iterator[Laptop]:
    """A laptop with nothing on it; what passed over its line is compared in the end."""
    made = Laptop(home)
    yield made
    folder()
    validate(made.crm.exchanges)


@pytest.fixture
def crm(laptop: Laptop) -> FakePipedrive:
    return laptop.crm


def markers(crm: FakePipedrive, lead: str) -> list[str]:
    return [note.rpartition("leadq:")[2] for note in crm.notes_on(lead)]


def test_a_lead_comes_with_its_person_its_company_and_the_names_of_its_picklists(
    laptop: Laptop, crm: FakePipedrive
) -> None:
    company = crm.add_organization("Forges d’Ardèche")
    lead = crm.add_lead(
        "Jeanne Roux", person={"email": "jeanne@forges.example", "phone": "+33 1 99 00 11 22"}, organization=company
    )
    assert laptop.sync().pulled == 1
    found = laptop.lead(lead)
    assert (found["name"], found["email"], found["company"]) == (
        "Jeanne Roux", "jeanne@forges.example", "Forges d’Ardèche",
    )  # fmt: skip
    assert (found["source"], found["trigger"], found["campaign"]) == ("Web forms", "Webinar", "spring")
    assert (found["owner"], found["handed_off_at"]) == ("zoe", "2026-05-13T15:00:00Z")


def test_what_a_rep_does_shows_as_labels_fields_and_notes(laptop: Laptop, crm: FakePipedrive) -> None:
    lead = crm.add_lead(labels=("Hot",))
    laptop.sync()
    laptop.queue.perform(["1"], Accept())
    assert laptop.sync().status == Exit.DONE
    assert sorted(crm.labels_of(lead)) == ["Accepted", "Hot"]
    laptop.queue.perform(["1"], Touch("call", "voicemail", note="Rappeler <lundi> & mardi"))
    laptop.sync()
    assert sorted(crm.labels_of(lead)) == ["Hot", "Working"]
    (note,) = crm.notes_on(lead)
    assert "touch voicemail · zoe" in note
    assert "Rappeler &lt;lundi&gt; &amp; mardi" in note
    laptop.queue.perform(["1"], Disqualify("dq.no_need", 2, missing=("phone",), note="Jamais là."))
    laptop.sync()
    assert sorted(crm.labels_of(lead)) == ["Disqualified", "Hot"]
    assert [crm.value(lead, f"leadq {name}") for name in ("outcome", "reason", "quality")] == [
        "disqualified", "dq.no_need", 2,
    ]  # fmt: skip
    assert markers(crm, lead) == laptop.ops()[1:]
    assert set(laptop.states()) == {"done", "acked"}


def test_a_disqualified_lead_is_labelled_and_archived(laptop: Laptop, crm: FakePipedrive) -> None:
    lead = crm.add_lead()
    laptop.sync()
    laptop.queue.perform(["1"], Touch("call", "connected"))
    laptop.queue.perform(["1"], Disqualify("dq.no_need", 3))
    laptop.sync()
    assert (crm.labels_of(lead), crm.leads[lead]["is_archived"]) == (["Disqualified"], True)


@pytest.mark.parametrize("verb", [Qualify(4), Recycle("rec.timing", 3, wake_ms=1_790_000_000_000)])
def test_other_verdicts_stay_in_the_inbox_for_all_to_see(
    laptop: Laptop, crm: FakePipedrive, verb: Qualify | Recycle
) -> None:
    lead = crm.add_lead()
    laptop.sync()
    laptop.queue.perform(["1"], Touch("call", "connected"))
    laptop.queue.perform(["1"], verb)
    laptop.sync()
    assert (crm.labels_of(lead), crm.leads[lead]["is_archived"]) == (
        ["Qualified" if isinstance(verb, Qualify) else "Recycled"], False,
    )  # fmt: skip


@pytest.mark.parametrize("fault", ["lost", "html", "error_after"])
@pytest.mark.parametrize("where", ["/notes", "/leads/"])
def test_a_lost_answer_leaves_exactly_one_note(laptop: Laptop, crm: FakePipedrive, fault: str, where: str) -> None:
    lead = crm.add_lead()
    laptop.sync()
    laptop.queue.perform(["1"], Touch("call", "connected", note="Une fois."))
    crm.faults.append(("POST" if where == "/notes" else "PATCH", where, fault))  # type: ignore[arg-type]
    laptop.sync()
    assert "unknown" in laptop.states()
    laptop.settle()
    assert len(crm.notes_on(lead)) == 1
    assert set(laptop.states()) <= {"done", "acked"}
    assert crm.labels_of(lead) == ["Connected"]


@pytest.mark.parametrize("where", ["/notes", "/leads/"])
def test_what_never_arrived_is_sent_again(laptop: Laptop, crm: FakePipedrive, where: str) -> None:
    lead = crm.add_lead()
    laptop.sync()
    laptop.queue.perform(["1"], Touch("call", "connected", note="Une fois."))
    crm.faults.append(("POST" if where == "/notes" else "PATCH", where, "lost_before"))
    laptop.settle()
    assert len(crm.notes_on(lead)) == 1
    assert set(laptop.states()) <= {"done", "acked"}


def test_without_fields_of_its_own_the_note_is_the_proof(home: Home) -> None:
    laptop = Laptop(home, prepared=False)
    for name in ("Accepted", "Working", "Connected"):
        laptop.crm.add_label(name)
    lead = laptop.crm.add_lead()
    laptop.sync()
    laptop.queue.perform(["1"], Touch("call", "connected", note="Une fois."))
    laptop.crm.faults.append(("POST", "/notes", "lost"))
    laptop.settle()
    assert (laptop.crm.labels_of(lead), len(laptop.crm.notes_on(lead))) == (["Connected"], 1)
    assert set(laptop.states()) <= {"done", "acked"}


def test_a_note_that_is_there_twice_is_tidied_to_the_oldest(laptop: Laptop, crm: FakePipedrive) -> None:
    lead = crm.add_lead()
    laptop.sync()
    laptop.queue.perform(["1"], Note("Une fois."))
    laptop.sync()
    crm.add_note(crm.notes_on(lead)[0], lead_id=lead)
    laptop.time.sleep(900)
    laptop.sync()
    assert (len(crm.notes_on(lead)), list(crm.notes)) == (1, [1])


def test_a_state_that_somebody_set_there_meanwhile_is_a_conflict(laptop: Laptop, crm: FakePipedrive) -> None:
    lead = crm.add_lead()
    laptop.sync()
    laptop.queue.perform(["1"], Accept())
    laptop.sync()
    crm.label(lead, "Recycled")
    laptop.queue.perform(["1"], Reject("rej.spam", 2))
    report = laptop.sync()
    assert (report.conflicts, report.status) == (1, Exit.NEEDS_PERSON)
    assert crm.labels_of(lead) == ["Recycled"]


@pytest.mark.parametrize("why", ["archived", "converted", "deleted"])
def test_a_lead_that_left_is_told_by_what_became_of_it(laptop: Laptop, crm: FakePipedrive, why: str) -> None:
    leads = [crm.add_lead(f"Lead {number}") for number in range(8)]
    laptop.sync()
    {"archived": crm.archive, "converted": crm.convert, "deleted": crm.delete}[why](leads[3])
    laptop.time.sleep(3600)
    laptop.sync()
    assert [f'"why":"{why}"' in data.replace(" ", "") for data in laptop.events("departed")] == [True]


def test_a_note_on_a_lead_that_became_a_deal_goes_to_the_deal(laptop: Laptop, crm: FakePipedrive) -> None:
    lead = crm.add_lead()
    for number in range(4):
        crm.add_lead(f"Lead {number}")
    laptop.sync()
    laptop.queue.perform([f"crm:{lead}"], Accept())
    laptop.sync()
    deal = crm.convert(lead)
    laptop.time.sleep(3600)
    laptop.sync()
    laptop.queue.perform([f"crm:{lead}"], Note("Pour le commercial."))
    laptop.sync()
    assert len(crm.notes_on(deal=deal)) == 1


def test_calls_that_were_logged_there_are_touches_once(laptop: Laptop, crm: FakePipedrive) -> None:
    lead = crm.add_lead()
    laptop.sync()
    crm.do(lead, "call")
    crm.do(lead, "meeting")
    crm.do(lead, "task")
    crm.do(None, "call")
    crm.do(lead, "call", done=False)
    for _ in range(3):
        laptop.sync()
    assert [("call" in each, "meeting" in each) for each in laptop.events("touched")] == [(True, False), (False, True)]


def test_a_deal_that_was_a_lead_is_followed_to_its_end(laptop: Laptop, crm: FakePipedrive) -> None:
    lead = crm.add_lead()
    laptop.sync()
    laptop.queue.perform(["1"], Touch("call", "connected"))
    laptop.queue.perform(["1"], Qualify(5))
    laptop.sync()
    deal = crm.convert(lead)
    laptop.sync()
    crm.edit_deal(deal, status="won", value=4800.5)
    laptop.sync()
    said = " ".join(data for (data,) in laptop.rows("SELECT data FROM event"))
    assert '"won"' in said
    assert "4800.5" in said


def test_only_leads_with_a_wanted_label_come_and_one_that_loses_it_was_taken_back(home: Home) -> None:
    laptop = Laptop(home, settings='labels = ["MQL"]')
    ours = [laptop.crm.add_lead(f"Lead {number}", labels=("MQL",)) for number in range(7)]
    laptop.crm.add_lead("Somebody’s own")
    assert laptop.sync().pulled == 7
    laptop.queue.perform(["1"], Accept())
    laptop.sync()
    laptop.crm.label(ours[1], "Cold")
    laptop.time.sleep(3600)
    laptop.sync()
    assert ["reassigned" in data for data in laptop.events("departed")] == [True]


def test_marketings_answer_in_the_field_comes_back(laptop: Laptop, crm: FakePipedrive) -> None:
    lead = crm.add_lead()
    laptop.sync()
    laptop.queue.perform(["1"], Reject("rej.spam", 2))
    laptop.sync()
    key = next(key for key, each in crm.fields.items() if each["field_name"] == "leadq answer")
    crm.edit(lead, **{key: "ack"})
    laptop.sync()
    assert any("ack" in data for (data,) in laptop.rows("SELECT data FROM event WHERE type LIKE '%answer%'"))


def test_a_change_at_the_edge_of_a_page_is_not_jumped_over(laptop: Laptop, crm: FakePipedrive) -> None:
    crm.page_cap = 3
    leads = []
    for number in range(10):
        leads.append(crm.add_lead(f"Lead {number}"))
        laptop.time.sleep(2)
    whole = crm._listed

    def moving(query: dict[str, str]) -> dict[str, object]:
        page = json.loads(json.dumps(whole(query)))
        if not crm.leads[leads[0]]["was_seen"]:
            crm.edit(leads[0], was_seen=True)  # it goes to the end, and all the others one place up
        return page

    crm._listed = moving  # type: ignore[method-assign, assignment]
    assert laptop.sync().pulled == 10


def test_the_clock_that_counts_is_theirs(home: Home) -> None:
    laptop = Laptop(home, FakePipedrive(skew_ms=-3_600_000))
    laptop.crm.add_lead("Old")
    laptop.sync()
    laptop.crm.add_lead("New")
    assert laptop.sync().pulled == 1
    cursor = laptop.sync().cursor or ""
    assert "2026-05-13T14:00:00Z" in cursor  # two minutes before the third pull, an hour behind ours
