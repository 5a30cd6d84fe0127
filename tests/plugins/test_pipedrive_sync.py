"""Pipedrive through the whole engine; each request and each answer is held against the vendor's own description."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from leadq import rulebook
from leadq.domain.compile_calendar import compile_year
from leadq.domain.verbs import Accept, Disqualify, Note, Qualify, Recycle, Reject, Touch
from leadq.errors import Exit
from leadq.paths import Home
from leadq.plugins import manager
from tests.plugins.pipedrive_fake import FakePipedrive
from tests.plugins.pipedrive_laptop import Laptop
from tests.plugins.pipedrive_spec import folder, validate

_YEARS: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def _nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A year of a calendar is compiled once for all homes, and nobody looks for plugins that hear of alerts."""

    def compiled(spec: Any, year: int) -> Any:
        key = f"{spec!r} {year}"
        if key not in _YEARS:
            _YEARS[key] = compile_year(spec, year)
        return _YEARS[key]

    monkeypatch.setattr(rulebook, "compile_year", compiled)
    monkeypatch.setattr(manager, "others", lambda: ())


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


@pytest.mark.parametrize(
    ("where", "fault"), [("/notes", "lost"), ("/notes", "html"), ("/notes", "error_after"), ("/leads/", "lost")]
)
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
    assert (len(crm.notes_on(lead)), list(crm.timeline)) == (1, [1])


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


def test_an_undo_brings_back_what_we_put_away(laptop: Laptop, crm: FakePipedrive) -> None:
    lead = crm.add_lead()
    laptop.sync()
    laptop.queue.perform(["1"], Touch("call", "connected"))
    laptop.queue.perform(["1"], Disqualify("dq.no_need", 3))
    laptop.sync()
    laptop.queue.undo()
    laptop.time.sleep(3600)
    laptop.sync()
    assert (crm.labels_of(lead), crm.leads[lead]["is_archived"]) == (["Connected"], False)
    assert laptop.events("departed") == []
    laptop.settle()
    assert set(laptop.states()) <= {"done", "acked"}


def test_a_colleagues_laptop_sees_that_it_was_put_away(home: Home, tmp_path: Path) -> None:
    crm = FakePipedrive()
    karim = Laptop(home, crm)
    zoe = Laptop(Home(tmp_path / "config", tmp_path / "data", tmp_path / "state"), crm, prepared=False)
    lead = crm.add_lead()
    for number in range(4):
        crm.add_lead(f"Lead {number}")
    karim.sync()
    zoe.sync()
    zoe.queue.perform([f"crm:{lead}"], Touch("call", "connected"))
    zoe.queue.perform([f"crm:{lead}"], Disqualify("dq.no_need", 3))
    zoe.sync()
    karim.time.sleep(3600)
    karim.sync()
    assert karim.events("departed") == ['{"why":"archived"}']


def gesture(laptop: Laptop, name: str, dice: Random) -> None:
    """Something that a rep does with this lead; half of the disqualifications are taken back."""
    state = laptop.lead(name)["state"]
    if state == "connected" and dice.random() < 0.3:
        laptop.queue.perform([f"crm:{name}"], Disqualify("dq.no_need", 2))
        if dice.random() < 0.5:
            laptop.sync()
            laptop.queue.undo()
    elif state == "disqualified":
        laptop.queue.perform([f"crm:{name}"], Note("À noter."))
    else:
        said = [Touch("call", "voicemail", note="Encore."), Touch("call", "connected"), Note("À noter.")]
        laptop.queue.perform([f"crm:{name}"], dice.choice(said))


def storm(laptop: Laptop, seed: int) -> None:
    """A rep works while three requests in ten go wrong; in the end each entry is there once, and each state right."""
    crm, dice = laptop.crm, Random(seed)
    leads = [crm.add_lead(f"Lead {number}", labels=("Hot",)) for number in range(4)]
    laptop.sync()
    crm.luck = dice
    for _ in range(10):
        gesture(laptop, dice.choice(leads), dice)
        if dice.random() < 0.7:
            laptop.sync()
        laptop.time.sleep(dice.choice([1, 70, 400, 1000]))
    crm.luck = None
    laptop.settle()
    laptop.settle()
    states = dict(laptop.rows("SELECT op_id, state FROM outbox"))
    assert set(states.values()) <= {"done", "acked", "superseded", "cancelled"}
    entries = [op for (op,) in laptop.rows("SELECT op_id FROM outbox WHERE adds AND state <> 'cancelled'")]
    assert sorted(marker for lead in leads for marker in markers(crm, lead)) == sorted(entries)
    for lead in leads:
        state = laptop.lead(lead)["state"]
        assert crm.labels_of(lead) == ["Hot", *([] if state == "handed_off" else [state.capitalize()])]
        assert crm.leads[lead]["is_archived"] == (state == "disqualified")


def test_whatever_goes_wrong_each_entry_is_there_once(laptop: Laptop) -> None:
    storm(laptop, 0)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(1, 101))
def test_whatever_goes_wrong_each_entry_is_there_once_a_hundred_times(laptop: Laptop, seed: int) -> None:
    storm(laptop, seed)


# --- limits


def test_when_the_days_tokens_are_used_up_the_connection_rests_until_midnight(
    laptop: Laptop, crm: FakePipedrive
) -> None:
    crm.add_lead()
    laptop.sync()
    crm.spent_by_others = 30_000
    laptop.queue.perform(["1"], Accept())
    report = laptop.sync()
    assert (report.status, report.next_attempt_at) == (Exit.PARTLY, "2026-05-14T00:00:00Z")
    assert "midnight UTC" in (report.error or "")
    asked = len(crm.asked)
    laptop.time.sleep(3600)
    laptop.sync()
    assert len(crm.asked) == asked
    laptop.time.sleep(9 * 3600)
    crm.spent_by_others = 0
    assert laptop.sync().status == Exit.DONE
    assert laptop.states() == ["done"]


def test_the_last_fifth_of_the_day_is_for_outcomes(laptop: Laptop, crm: FakePipedrive) -> None:
    lead = crm.add_lead()
    laptop.sync()
    crm.spent_by_others = 24_000
    crm.add_lead("Another")
    laptop.queue.perform(["1"], Touch("call", "connected", note="Parti à temps."))
    report = laptop.sync()
    assert (report.pushed, report.pulled) == (2, 0)
    assert "kept for outcomes" in (report.error or "")
    assert (crm.labels_of(lead), len(crm.notes_on(lead))) == (["Connected"], 1)
    crm.spent_by_others = 0
    laptop.time.sleep(10 * 3600)
    assert laptop.sync().pulled == 1


def test_a_burst_is_waited_out_and_never_hammered(laptop: Laptop, crm: FakePipedrive) -> None:
    crm.add_lead()
    crm.faults.append(("GET", "/leads", "burst"))
    report = laptop.sync()
    assert (report.status, report.next_attempt_at) == (Exit.TEMPORARY, "2026-05-13T15:00:02Z")
    assert laptop.sync().pulled == 1


def test_we_stay_below_the_burst_by_ourselves(laptop: Laptop, crm: FakePipedrive) -> None:
    crm.burst = 20
    for number in range(30):
        crm.add_lead(f"Lead {number}")
    laptop.sync()
    for number in range(30):
        laptop.queue.perform([str(number + 1)], Accept())
    report = laptop.sync()
    assert (report.pushed, report.error) == (30, None)


def test_the_edges_web_page_is_a_pause_and_no_refusal(laptop: Laptop, crm: FakePipedrive) -> None:
    crm.add_lead()
    laptop.sync()
    laptop.queue.perform(["1"], Accept())
    crm.faults.append(("PATCH", "/leads", "html_403"))
    assert laptop.sync().status == Exit.PARTLY
    assert laptop.states() == ["pending"]
    laptop.settle()
    assert laptop.states() == ["done"]


def test_a_watch_does_not_ask_for_news_each_time_that_something_goes_out(laptop: Laptop, crm: FakePipedrive) -> None:
    crm.add_lead()
    laptop.sync()
    asked = len(crm.asked)
    for _ in range(3):
        laptop.sync(one_shot=False)
    assert len(crm.asked) == asked
    laptop.time.sleep(120)
    laptop.sync(one_shot=False)
    assert crm.count("GET", "/activities") == 2


# --- settings that do not work


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ('[connection.crm.fields]\nsource = "Customer typ"', ["Customer typ", "source", "Customer Type"]),
        ('[connection.crm.states]\naccepted = "Acepted"', ["Acepted", "states", "Accepted"]),
        ('labels = ["MQLs"]', ["MQLs", "labels", "Accepted"]),
    ],
)
def test_a_mapping_to_what_is_not_there_is_one_sentence(home: Home, settings: str, says: list[str]) -> None:
    laptop = Laptop(home, settings=settings)
    laptop.crm.add_field("Customer Type", "enum", ("Private", "Company"))
    report = laptop.sync()
    assert report.status == Exit.CONFIG
    assert [word for word in says if word not in (report.error or "")] == []


def test_a_mapping_that_is_right_reads_names_keys_and_picklists(home: Home) -> None:
    settings = '[connection.crm.fields]\nsource = "Customer Type"\ncampaign = "person.first_name"\nrole = "KEY"'
    laptop = Laptop(home)
    key = laptop.crm.add_field("Role of the buyer")
    kind = laptop.crm.add_field("Customer Type", "set", ("Private", "Company"))
    laptop.configure(settings.replace("KEY", key))
    lead = laptop.crm.add_lead(**{key: "decision", kind: "190,191"}, person={"first_name": "Jeanne"})
    report = laptop.sync()
    assert report.error is None
    found = laptop.lead(lead)
    assert (found["source"], found["campaign"]) == ("Private, Company", "Jeanne")


@pytest.mark.parametrize(
    "domain",
    ["http://acme.pipedrive.com", "https://acme.pipedrive.com/leads/inbox"],
)
def test_a_domain_that_is_no_company_is_one_sentence_and_nothing_is_asked(home: Home, domain: str) -> None:
    laptop = Laptop(home, domain=domain)
    report = laptop.sync()
    assert (report.status, laptop.crm.asked) == (Exit.CONFIG, [])
    assert "domain" in (report.error or "")


def test_the_token_of_another_company_is_not_used(home: Home) -> None:
    laptop = Laptop(home, FakePipedrive(company="globex"))
    report = laptop.sync()
    assert report.status == Exit.CONFIG
    assert "globex" in (report.error or "")


def test_a_company_that_does_not_exist_is_said(home: Home) -> None:
    laptop = Laptop(home)
    laptop.crm.faults.append(("GET", "/users/me", "gone"))
    report = laptop.sync()
    assert report.status == Exit.CONFIG
    assert "“acme”" in (report.error or "")


def test_a_token_that_is_not_accepted_keeps_everything_and_says_what_to_do(laptop: Laptop, crm: FakePipedrive) -> None:
    crm.add_lead()
    laptop.sync()
    laptop.queue.perform(["1"], Accept())
    crm.token = "renewed"
    report = laptop.sync()
    assert report.status == Exit.AUTH
    assert "leadq auth set" in (report.error or "")
    assert laptop.states() == ["pending"]


def test_a_label_that_is_not_there_yet_holds_back_only_what_needs_it(home: Home) -> None:
    laptop = Laptop(home, prepared=False)
    laptop.crm.add_label("Accepted")
    lead = laptop.crm.add_lead()
    other = laptop.crm.add_lead("Other")
    laptop.sync()
    laptop.queue.perform([f"crm:{lead}"], Accept())
    laptop.queue.perform([f"crm:{other}"], Reject("rej.spam", 1))
    report = laptop.sync()
    assert (report.pushed, report.status) == (1, Exit.PARTLY)
    assert "“Rejected”" in (report.error or "")
    laptop.crm.add_label("Rejected")
    assert laptop.sync().pushed == 1
    assert laptop.crm.labels_of(other) == ["Rejected"]
