"""HubSpot through the whole engine: what is fetched, what is written once, and what others do meanwhile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from leadq.domain.verbs import Accept, Note, Reject, Touch
from leadq.errors import Exit
from leadq.testing.hubspot_facts import STAGES
from tests.plugins.hub import MQL, Hub

if TYPE_CHECKING:
    from leadq.paths import Home
    from leadq.sync.wire import Request


@pytest.fixture
def hub(home: Home) -> Hub:
    return Hub(home)


@pytest.fixture
def jeanne(hub: Hub) -> str:
    """One lead, fetched."""
    name = hub.contact()
    hub.time.sleep(60)
    hub.sync()
    return name


def test_a_marketing_qualified_contact_is_in_the_queue_with_what_hubspot_knows_of_it(hub: Hub) -> None:
    name = hub.contact(company="Forges d’Ardèche", jobtitle="Directrice", hs_analytics_source="PAID_SEARCH")
    hub.contact("Paul", lifecyclestage="subscriber")
    hub.time.sleep(60)
    assert hub.sync().pulled == 1
    lead = hub.lead(name)
    assert (lead["name"], lead["company"], lead["title"]) == ("Jeanne", "Forges d’Ardèche", "Directrice")
    assert (lead["state"], lead["connection"]) == ("handed_off", "hub")


def test_an_outcome_is_on_the_record_and_a_touch_is_one_note_with_its_marker(hub: Hub, jeanne: str) -> None:
    hub.queue.perform([f"hub:{jeanne}"], Accept())
    hub.queue.perform([f"hub:{jeanne}"], Touch("call", "no_answer", note="Rang <twice> & left."))
    assert hub.sync().pushed == 1  # the acceptance is overtaken by the first touch
    record = hub.record(jeanne)
    assert (record["hs_lead_status"], record["leadq_outcome"]) == ("ATTEMPTED_TO_CONTACT", "working")
    assert record["leadq_first_touch_at"] == "2026-05-13T15:02:00Z"
    (op_id,) = [op for op, verb in hub.rows("SELECT op_id, verb FROM outbox") if verb == "touch"]
    assert hub.book.notes("contacts", jeanne) == [f"touch no_answer<br>Rang &lt;twice&gt; &amp; left.<br>leadq:{op_id}"]


def test_a_verdict_is_on_the_record_with_its_reason_and_what_was_missing(hub: Hub, jeanne: str) -> None:
    hub.queue.perform([f"hub:{jeanne}"], Reject("rej.bad_data", 2, missing=("phone",)))
    assert hub.sync().pushed == 1
    record = hub.record(jeanne)
    assert (record["hs_lead_status"], record["leadq_outcome"]) == ("UNQUALIFIED", "rejected")
    assert (record["leadq_reason"], record["leadq_quality"], record["leadq_missing"]) == ("rej.bad_data", "2", "phone")


def test_after_its_audit_everything_is_done_and_our_own_writes_are_no_news(hub: Hub, jeanne: str) -> None:
    hub.queue.perform([f"hub:{jeanne}"], Touch("call", "connected"))
    hub.settle()
    assert set(hub.states()) <= {"done", "superseded"}
    assert hub.rows("SELECT data FROM event WHERE type = 'remote_changed'") == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["/contacts/batch/update", "/notes/batch/create"])
def test_an_answer_that_is_lost_leaves_exactly_one_note(hub: Hub, jeanne: str, what: str, when: str) -> None:
    hub.queue.perform([f"hub:{jeanne}"], Touch("call", "connected", note="Rang twice."))
    broken: list[str] = []

    def breaks(request: Request) -> str:
        hit = request.path.endswith(what) and not broken
        broken.extend([what] * hit)
        return when if hit else ""

    hub.fake.breaks = breaks
    hub.sync()
    assert "unknown" in hub.states()
    hub.settle()
    assert broken
    assert set(hub.states()) <= {"done", "superseded"}
    assert len(hub.book.notes("contacts", jeanne)) == 1
    assert hub.record(jeanne)["hs_lead_status"] == "CONNECTED"


def test_a_note_that_is_there_twice_is_reduced_to_the_oldest(hub: Hub, jeanne: str) -> None:
    hub.queue.perform([f"hub:{jeanne}"], Note("Back on Monday."))
    hub.sync()
    (body,) = hub.book.notes("contacts", jeanne)
    late = hub.book.create("notes", {"hs_timestamp": "0", "hs_note_body": f"<p>{body}</p>"})
    hub.book.tie("notes", late.id, "contacts", jeanne)
    hub.settle()
    assert hub.book.notes("contacts", jeanne) == [body]


def test_a_status_that_somebody_set_meanwhile_is_a_conflict_and_stays(hub: Hub, jeanne: str) -> None:
    hub.queue.perform([f"hub:{jeanne}"], Accept())
    hub.book.set("contacts", jeanne, {"hs_lead_status": "BAD_TIMING"})
    assert hub.sync().conflicts == 1
    assert hub.record(jeanne)["hs_lead_status"] == "BAD_TIMING"
    assert hub.rows("SELECT base, theirs, status FROM outbox") == [("handed_off", "recycled", "accepted")]


def test_a_status_of_the_companys_own_is_not_written_over(hub: Hub, jeanne: str) -> None:
    hub.book.properties["contacts"]["hs_lead_status"]["options"].append({"value": "NURTURING", "label": "Nurturing"})
    hub.queue.perform([f"hub:{jeanne}"], Accept())
    hub.book.set("contacts", jeanne, {"hs_lead_status": "NURTURING"})
    assert hub.sync().conflicts == 1
    assert hub.record(jeanne)["hs_lead_status"] == "NURTURING"


def test_what_a_colleague_changed_is_an_event_once(hub: Hub, jeanne: str) -> None:
    hub.book.set("contacts", jeanne, {"hs_lead_status": "CONNECTED", "jobtitle": "Directrice"})
    for _ in range(3):
        hub.sync()
    told = [json.loads(data) for (data,) in hub.rows("SELECT data FROM event WHERE type = 'remote_changed'")]
    assert {(each["field"], each.get("new")) for each in told} == {("status", "connected"), ("title", None)}
    assert len(told) == 2


def test_a_contact_that_was_closed_before_leadq_came_is_not_handed_over(hub: Hub, jeanne: str) -> None:
    closed = hub.contact("Paul", hs_lead_status="UNQUALIFIED")
    hub.time.sleep(60)
    hub.sync()
    assert hub.rows("SELECT 1 FROM remote_ref WHERE external_id = ?", closed) == []


def test_a_merge_is_followed_and_the_work_goes_on_under_the_new_id(hub: Hub, jeanne: str) -> None:
    other = hub.contact("Jeanne-Marie", lifecyclestage="subscriber")
    hub.queue.perform([f"hub:{jeanne}"], Touch("call", "connected", note="Rang."))
    hub.sync()
    hub.book.set("contacts", other, MQL | {"hs_lead_status": "CONNECTED"})
    hub.book.merge(other, jeanne)
    hub.time.sleep(60)
    hub.sync()
    hub.queue.perform([f"hub:{other}"], Note("Back on Monday."))
    hub.sync()
    assert len(hub.book.notes("contacts", other)) == 2
    assert hub.rows("SELECT external_id FROM lead") == [(other,)]


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("archive", "archived"),
        ("forget", "deleted"),
        ("sell", "converted"),
    ],
)
def test_a_lead_that_left_has_a_class_after_an_hour(hub: Hub, jeanne: str, how: str, why: str) -> None:
    if how == "sell":
        hub.book.set("contacts", jeanne, {"lifecyclestage": "opportunity"})
    else:
        getattr(hub.book, how)("contacts", jeanne)
    hub.time.sleep(3700)
    hub.contact("Paul")
    hub.time.sleep(60)
    hub.sync(force_empty=True)
    assert hub.rows("SELECT departed FROM remote_snapshot WHERE external_id = ?", jeanne) == [(why,)]


def test_a_cycle_in_which_nothing_changed_asks_for_the_account_and_once_for_contacts(hub: Hub, jeanne: str) -> None:
    hub.time.sleep(700)
    hub.sync()
    before = len(hub.fake.asked)
    assert hub.sync().requests == 2
    assert hub.paths()[before:] == [
        "GET /account-info/2026-03/details",
        "POST /crm/objects/2026-03/contacts/search",
    ]


def test_calls_replies_meetings_and_deals_of_hubspot_come_in_once(hub: Hub, jeanne: str) -> None:
    at = "2026-05-13T15:01:00Z"
    made = {
        "calls": {"hs_timestamp": at, "hs_call_disposition": "f240bbac-87c9-4f6e-bf70-924b57d47db7"},
        "emails": {"hs_timestamp": at, "hs_email_direction": "INCOMING_EMAIL", "hs_email_subject": "Yes"},
        "meetings": {"hs_timestamp": "2026-06-01T09:00:00Z", "hs_meeting_outcome": "SCHEDULED"},
        "deals": {"dealstage": "4410001", "amount": "12000", "deal_currency_code": None},
    }
    for kind, properties in made.items():
        hub.book.tie(kind, hub.book.create(kind, properties).id, "contacts", jeanne)
    for _ in range(6):
        hub.sync()
    touches = [json.loads(data) for (data,) in hub.rows("SELECT data FROM event WHERE type = 'touched' ORDER BY seq")]
    assert sorted((each["channel"], each["outcome"], each.get("inbound", False)) for each in touches) == [
        ("call", "connected", False), ("email", "replied", True), ("meeting", "meeting_set", False),
    ]  # fmt: skip
    (deal,) = [json.loads(data) for (data,) in hub.rows("SELECT data FROM event WHERE type = 'deal_changed'")]
    assert (deal["state"], deal["stage"], deal["amount"], deal["currency"]) == ("won", "Closed won", "12000", "EUR")


def test_what_marketing_answers_on_the_record_comes_in(hub: Hub, jeanne: str) -> None:
    hub.queue.perform([f"hub:{jeanne}"], Reject("rej.bad_data", 2, missing=("phone",)))
    hub.sync()
    hub.book.set("contacts", jeanne, {"leadq_answer": "changed: the form asks for a phone now"})
    hub.time.sleep(60)
    hub.sync()
    assert [json.loads(data)["answer"] for (data,) in hub.rows("SELECT data FROM event WHERE type = 'answered'")] == [
        "changed"
    ]


def test_the_portals_daily_limit_stops_everything_until_its_midnight(hub: Hub, jeanne: str) -> None:
    hub.fake.zone = "Europe/Paris"  # 17:02 there: 6 h 58 min until midnight
    hub.queue.perform([f"hub:{jeanne}"], Accept())
    hub.fake.breaks = lambda request: setattr(hub.fake, "_per_day", 0) or "" if "search" in request.path else ""
    report = hub.sync()
    assert "midnight" in (report.error or "")
    assert report.next_attempt_at == "2026-05-13T22:01:00Z"
    asked = len(hub.fake.asked)
    hub.sync()
    assert (len(hub.fake.asked), hub.states()) == (asked, ["pending"])


def test_many_outcomes_are_one_read_one_write_and_one_request_for_their_notes(hub: Hub) -> None:
    names = [hub.contact(f"P{number}") for number in range(60)]
    hub.time.sleep(60)
    hub.sync()
    before = len(hub.fake.asked)
    hub.queue.perform([f"hub:{name}" for name in names], Touch("call", "connected"))
    assert hub.sync(pull=False).pushed == 60
    assert [path.partition("2026-03")[2] for path in hub.paths()[before:]] == [
        "/contacts/batch/read",
        "",
        "/contacts/batch/update",
        "/notes/batch/create",
    ]  # fmt: skip - the second one asks for the owners


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        ("", Exit.AUTH, "HubSpot does not accept the service key"),
        ('portal = "62515"', Exit.AUTH, "of HubSpot account 148309, and the settings say 62515"),
        ('url = "https://app.hubspot.com"', Exit.CONFIG, "not at “app.hubspot.com”"),
        ('url = "http://api.hubapi.com"', Exit.CONFIG, "must begin with https://"),
        ('[connection.hub.fields]\nsector = "no_such"', Exit.CONFIG, "no property “no_such”"),
        ('[connection.hub.states]\nrejected = "REFUSED"', Exit.CONFIG, "“REFUSED” is not a value"),
    ],
)
def test_settings_that_do_not_work_are_one_sentence_and_the_queue_goes_on(
    home: Home, options: str, status: Exit, words: str
) -> None:
    hub = Hub(home)
    name = hub.contact()
    hub.time.sleep(60)
    hub.sync()
    (home.config / "leadq.toml").write_text(
        f'[me]\nmember = "zoe@acme.example"\n\n[connection.hub]\nadapter = "hubspot"\n{options}\n', "utf-8"
    )
    if not options:
        hub.fake._token = "pat-na1-another"
    hub.time.sleep(25 * 3600)
    hub.queue.perform([f"hub:{name}"], Accept())
    report = hub.sync()
    assert (report.status, hub.states()) == (status, ["pending"])
    assert words in (report.error or "")
    assert "\n" not in (report.error or "")


def test_a_scope_that_is_missing_is_named_and_nothing_is_lost(hub: Hub, jeanne: str) -> None:
    hub.fake.scopes -= {"crm.objects.contacts.write"}
    hub.queue.perform([f"hub:{jeanne}"], Accept())
    report = hub.sync()
    assert (report.status, hub.states()) == (Exit.AUTH, ["pending"])
    assert "crm.objects.contacts.write" in (report.error or "")


def test_a_record_of_the_leads_object_lives_through_its_pipeline(home: Home) -> None:
    hub = Hub(home, 'profile = "lead"')
    stages = STAGES["leads"]
    told = {"hs_lead_name": "Jeanne Martin", "hs_pipeline": "leads-pipeline-8", "hs_pipeline_stage": stages[0],
            "hs_primary_contact_id": hub.contact(), "hubspot_owner_id": "81234"}  # fmt: skip
    name = hub.book.create("leads", told).id
    hub.time.sleep(60)
    hub.sync()
    assert hub.lead(name)["name"] == "Jeanne Martin"
    hub.queue.perform([f"hub:{name}"], Touch("call", "connected", note="Rang."))
    hub.sync()
    assert (hub.record(name, "leads")["hs_pipeline_stage"], len(hub.book.notes("leads", name))) == (stages[2], 1)
    hub.book.set("leads", name, {"hs_pipeline_stage": stages[3]})
    hub.time.sleep(60)
    hub.sync()
    (data,) = [data for (data,) in hub.rows("SELECT data FROM event WHERE type = 'remote_changed'")]
    assert json.loads(data)["new"] == "qualified"
    hub.settle()
    assert set(hub.states()) <= {"done", "superseded"}
