"""The pipedrive adapter by itself: what it reads, writes, names and refuses."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq.plugins import manager
from leadq.plugins.pipedrive import PipedriveAdapter, leadq_adapter
from leadq.plugins.pipedrive.budget import BURST, DAY, refused
from leadq.plugins.pipedrive.company import address_of
from leadq.plugins.pipedrive.notes import marker_in, written
from leadq.plugins.pipedrive.place import Place
from leadq.plugins.pipedrive.states import Labels, words_in
from leadq.plugins.sdk import AuthFailed, Change, Conflict, Context, RateLimited, Ref, Rejected, RemoteLead
from leadq.sync.http import Answer, Http, Settings
from leadq.sync.limits import cost_of
from leadq.testing.straight import Straight
from tests.plugins import pipedrive_spec
from tests.plugins.pipedrive_fake import ME, TOKEN, FakePipedrive
from tests.plugins.pipedrive_laptop import prepare

CHANGE = Change(
    op_id="01f", lead_uid="u", external_id="x", email="", verb="touch", reason="voicemail", quality=None, missing=(),
    note="", occurred_at="2026-05-13T15:00:00Z", actor="zoe", seq=1, stamp="laptop:1",
)  # fmt: skip


def adapter(crm: FakePipedrive, **context: Any) -> PipedriveAdapter:
    options = {"domain": "acme", **context.pop("options", {})}
    plain = Context(options, {"token": TOKEN}, **context)
    login = PipedriveAdapter.login(plain)
    http = Http(Settings(login.base_url, login.headers), ticks=crm.time, line=Straight(crm, crm.time))
    return PipedriveAdapter(Context(options, {"token": TOKEN}, connected=http, **context))


def pulled(one: PipedriveAdapter, cursor: str | None = None) -> list[RemoteLead]:
    return [lead for page in one.pull(cursor, {}) for lead in page.leads]


# --- what it is


def test_it_is_announced_by_its_name() -> None:
    announced = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["leadq"]
    assert announced["pipedrive"] == PipedriveAdapter.__module__
    assert leadq_adapter() is PipedriveAdapter
    assert manager.unusable(PipedriveAdapter, Context({"domain": "acme"}, {"token": TOKEN})) is None


def test_the_token_goes_in_a_header_and_nowhere_else() -> None:
    crm = FakePipedrive()
    crm.add_lead()
    one = adapter(crm)
    one.check()
    pulled(one)
    assert {request.headers["x-api-token"] for request, _ in crm.exchanges} == {TOKEN}
    assert [
        request.target for request, _ in crm.exchanges if TOKEN in request.target or "api_token" in request.target
    ] == []


@pytest.mark.parametrize("given", ["acme", " Acme ", "acme.pipedrive.com"])
def test_a_company_is_its_name(given: str) -> None:
    assert address_of(given) == "https://acme.pipedrive.com"


@pytest.mark.parametrize(
    "given", ["", "app", "acme/x", "acme:8080", "acme.example.com", "acme.pipedrive.com.evil.example", "http://acme", 7]
)
def test_what_is_no_company_is_refused_without_repeating_it(given: Any) -> None:
    with pytest.raises(Rejected) as caught:
        address_of(given)
    assert (caught.value.field, caught.value.params) == ("domain", {})


@given(st.text())
def test_no_domain_leads_anywhere_else(given: str) -> None:
    with suppress(Rejected):
        found = address_of(given)
        assert found.startswith("https://")
        assert found.removeprefix("https://").removesuffix(".pipedrive.com").replace("-", "").isalnum()


def test_the_account_is_the_company_and_its_label_says_who() -> None:
    account = adapter(FakePipedrive()).check()
    assert (account.id, account.label) == ("77", "Acme (Zoé Lefèvre)")


def test_a_check_of_plain_settings_costs_two_tokens() -> None:
    crm = FakePipedrive()
    adapter(crm).check()
    assert crm.spent_today == 2


# --- what it costs


def test_what_a_request_costs_is_what_the_vendor_says() -> None:
    for version in ("v1", "v2"):
        for path, operations in pipedrive_spec.described(version)["paths"].items():
            for method, operation in operations.items():
                used = (method.upper(), path) not in _NOT_USED
                if used and isinstance(operation, dict) and "x-token-cost" in operation:
                    target = f"/api/{version}{path.replace('{id}', '7')}"
                    assert (target, cost_of(DAY, method.upper(), target)) == (target, operation["x-token-cost"])


_NOT_USED = {
    (method, path)
    for method in ("POST", "PUT", "DELETE")
    for path in (
        "/leads",
        "/leads/{id}",
        "/persons",
        "/organizations",
        "/activities",
        "/deals",
        "/users",
        "/notes/{id}",
    )
    if (method, path) != ("DELETE", "/notes/{id}")
} | {("GET", "/notes/{id}")}


def test_an_idle_poll_costs_forty_tokens() -> None:
    crm = FakePipedrive()
    one = adapter(crm)
    cursor = [page.cursor for page in one.pull(None, {})][-1]
    before = crm.spent_today
    list(one.pull(cursor, {}))
    assert crm.spent_today - before == 40  # 288 polls a day, one in five minutes, are two fifths of one seat's tokens


@pytest.mark.parametrize(
    ("status", "headers", "error", "pause"),
    [
        (429, {DAY.remaining: "0", "date": "Wed, 13 May 2026 15:00:00 GMT"}, RateLimited, 9 * 3600),
        (429, {DAY.remaining: "0"}, RateLimited, None),
        (429, {DAY.remaining: "7", BURST.reset: "2"}, RateLimited, 2),
        (429, {BURST.reset: "soon"}, RateLimited, 2),
        (401, {}, AuthFailed, None),
        (402, {}, AuthFailed, None),
    ],
)
def test_a_refusal_says_how_long_it_holds(status: int, headers: dict[str, str], error: type, pause: int | None) -> None:
    found = refused(Answer(status, headers, {"success": False}))
    assert type(found) is error
    assert getattr(found, "retry_after", None) == pause


@pytest.mark.parametrize(
    ("status", "headers"), [(429, {}), (429, {"retry-after": "9"}), (403, {}), (404, {}), (400, {})]
)
def test_other_refusals_mean_what_they_mean_everywhere(status: int, headers: dict[str, str]) -> None:
    assert refused(Answer(status, headers, {})) is None


# --- notes


@given(
    st.text(),
    st.sampled_from([lambda html: html, lambda html: f"<p>{html}</p>", lambda html: f"<div>{html}<br /></div>"]),
)
def test_a_note_holds_what_was_typed_and_is_found_again_by_its_marker(note: str, kept: Any) -> None:
    content = written(Change(**{**_as_dict(CHANGE), "note": note}))
    assert marker_in(kept(content)) == "01f"
    assert content.count("<") == content.count("<br>")


@pytest.mark.parametrize(
    "content",
    ["", None, 7, "leadq:01f<br>and more", "<p>leadq:01f</p><p>Zoé: fait</p>", "see leadq:01f", "<b>leadq</b>"],
)
def test_a_note_of_somebody_else_is_none_of_ours(content: Any) -> None:
    assert marker_in(content) == ""


def _as_dict(change: Change) -> dict[str, Any]:
    return {name: getattr(change, name) for name in Change.__slots__}


# --- labels


def test_the_users_words_go_over_ours_and_all_of_them_are_understood() -> None:
    crm = FakePipedrive()
    for name in ("Accepté", "SAL", "Working"):
        crm.add_label(name)
    one = adapter(crm, states={"accepted": ("accepté", "SAL")})
    leads = [crm.add_lead(labels=(name,)) for name in ("Accepté", "SAL", "Working", "Hot")]
    found = {lead.external_id: lead.fields["status"] for lead in pulled(one)}
    assert [found[lead] for lead in leads] == ["accepted", "accepted", "working", ""]


def test_a_label_that_is_there_twice_says_the_same_twice() -> None:
    crm = FakePipedrive()
    crm.add_label("Accepted")
    second = crm.add_label("accepted")
    crm.edit(crm.add_lead(), label_ids=[second])
    assert [lead.fields["status"] for lead in pulled(adapter(crm))] == ["accepted"]


def test_of_two_states_the_later_one_holds() -> None:
    crm = FakePipedrive()
    prepare(crm)
    crm.add_lead(labels=("Rejected", "Accepted"))
    assert [lead.fields["status"] for lead in pulled(adapter(crm))] == ["rejected"]


def test_a_lead_that_is_handed_off_again_has_no_label_of_ours_and_keeps_the_others() -> None:
    crm = FakePipedrive()
    prepare(crm)
    lead = crm.add_lead(labels=("Hot", "Accepted"))
    list(adapter(crm).push([_change(lead, verb="undo", status="handed_off", compensates="01e")]))
    assert crm.labels_of(lead) == ["Hot"]


@pytest.mark.parametrize(("given", "words"), [(None, []), ("MQL, Hot", ["MQL", "Hot"]), (["MQL"], ["MQL"]), (7, [])])
def test_labels_are_a_list_or_one_text_with_commas(given: Any, words: list[str]) -> None:
    assert words_in(given) == words


def test_each_state_has_a_label_of_its_own() -> None:
    assert len(set(Labels({}).wanted())) == 7


# --- pull


def test_a_place_survives_as_text_and_another_versions_is_the_beginning() -> None:
    place = Place("2026-05-13T15:00:00Z", 3, "2026-05-13T15:00:00Z", "2026-05-13T14:00:00Z")
    assert Place.read(place.text) == place
    for text in (None, "", "7", "[]", '{"since": 1}', "{"):
        assert Place.read(text) == Place()


def test_many_leads_of_one_second_come_by_count() -> None:
    crm = FakePipedrive(page_cap=4)
    leads = {crm.add_lead(f"Lead {number}") for number in range(11)}
    assert {lead.external_id for lead in pulled(adapter(crm))} == leads


def test_a_pull_that_was_cut_off_goes_on_where_it_was() -> None:
    crm = FakePipedrive(page_cap=3)
    for number in range(9):
        crm.add_lead(f"Lead {number}")
        crm.time.sleep(1)
    pages = adapter(crm).pull(None, {})
    first, second = next(pages), next(pages)
    rest = pulled(adapter(crm), second.cursor)
    seen = {lead.external_id for lead in (*first.leads, *second.leads, *rest)}
    assert seen == set(crm.leads)
    assert len(rest) < 9


def test_a_row_that_makes_no_sense_is_counted_and_stops_nothing() -> None:
    crm = FakePipedrive()
    lead = crm.add_lead()
    crm.leads[lead] |= {"id": 7, "title": None, "label_ids": "x", "person_id": "seven", "owner_id": None}
    crm.add_lead("Another")
    found = pulled(adapter(crm))
    assert sorted(bool(each.external_id) for each in found) == [False, True]


def test_persons_and_companies_come_a_hundred_at_a_time() -> None:
    crm = FakePipedrive()
    company = crm.add_organization("Forges")
    for number in range(201):
        crm.add_lead(f"Lead {number}", organization=company)
    assert {lead.fields["company"] for lead in pulled(adapter(crm))} == {"Forges"}
    assert (crm.count("GET", "/persons"), crm.count("GET", "/organizations")) == (3, 1)


def test_the_company_of_the_person_stands_in_for_the_leads() -> None:
    crm = FakePipedrive()
    crm.add_lead(person={"org": crm.add_organization("Forges")})
    assert [lead.fields["company"] for lead in pulled(adapter(crm))] == ["Forges"]


def test_everything_that_is_described_can_be_mapped() -> None:
    crm = FakePipedrive()
    crm.add_field("Customer Type", "enum", ("Private", "Company"))
    for each in adapter(crm).describe().fields:
        adapter(crm, fields={"source": each.name}).check()


@pytest.mark.parametrize(
    ("given", "value"),
    [("value.amount", 7.5), ("Title", "T"), ("channel", "Webinar"), ("labels", "Hot"), ("owner_id", 12)],
)
def test_the_leads_own_fields_can_be_mapped_too(given: str, value: Any) -> None:
    crm = FakePipedrive()
    crm.add_lead(labels=("Hot",), title="T", value={"amount": 7.5, "currency": "EUR"})
    assert [lead.fields["sector"] for lead in pulled(adapter(crm, fields={"sector": given}))] == [value]


def test_a_member_is_named_by_the_id_that_the_contract_has_and_the_others_by_their_e_mail() -> None:
    crm = FakePipedrive()
    crm.add_lead()
    crm.add_lead(owner=ME + 1)
    one = adapter(crm, members={"zoe": str(ME)})
    assert {lead.fields["owner"] for lead in pulled(one)} == {str(ME), "karim@example.test"}


def test_archived_leads_are_not_listed() -> None:
    crm = FakePipedrive()
    crm.archive(crm.add_lead())
    assert pulled(adapter(crm)) == []


# --- push, lookup, tidy


def _change(lead: str, **more: Any) -> Change:
    return Change(**{**_as_dict(CHANGE), "external_id": lead, **more})


def test_what_sets_no_state_is_proven_by_its_note_even_on_a_lead_that_is_put_away() -> None:
    crm = FakePipedrive()
    prepare(crm)
    lead = crm.add_lead(labels=("Disqualified",))
    crm.archive(lead)
    list(adapter(crm).push([_change(lead)]))
    assert (crm.count("PATCH", ""), len(crm.notes_on(lead))) == (0, 1)


def test_a_correction_of_a_verdict_leaves_the_lead_put_away() -> None:
    crm = FakePipedrive()
    prepare(crm)
    lead = crm.add_lead(labels=("Disqualified",))
    crm.archive(lead)
    list(adapter(crm).push([_change(lead, verb="correct", quality=4)]))
    assert (crm.value(lead, "leadq quality"), crm.leads[lead]["is_archived"]) == (4, True)


def test_without_fields_a_touch_is_one_note_and_no_write() -> None:
    crm = FakePipedrive()
    lead = crm.add_lead()
    (result,) = adapter(crm).push([_change(lead)])
    assert (result.status, crm.count("PATCH", ""), len(crm.notes_on(lead))) == ("applied", 0, 1)


@pytest.mark.parametrize(("scope", "patches", "notes"), [("all", 1, 1), ("record", 1, 0), ("timeline", 0, 1)])
def test_only_the_part_that_is_asked_for_is_written(scope: Any, patches: int, notes: int) -> None:
    crm = FakePipedrive()
    prepare(crm)
    lead = crm.add_lead()
    list(adapter(crm).push([_change(lead, status="working", scope=scope)]))
    assert (crm.count("PATCH", ""), len(crm.notes_on(lead))) == (patches, notes)


def test_a_verdict_empties_marketings_answer_to_the_one_before() -> None:
    crm = FakePipedrive()
    prepare(crm)
    lead = crm.add_lead()
    key = next(key for key, each in crm.fields.items() if each["field_name"] == "leadq answer")
    crm.edit(lead, **{key: "ack"})
    list(adapter(crm).push([_change(lead, verb="reject", status="rejected", quality=2, reason="rej.spam")]))
    assert key not in crm.leads[lead]


def test_a_lead_that_was_archived_since_it_was_looked_at_is_a_conflict_and_left_alone() -> None:
    crm = FakePipedrive()
    prepare(crm)
    lead = crm.add_lead()
    crm.archive(lead)
    with pytest.raises(Conflict):
        list(adapter(crm).push([_change(lead, verb="accept", status="accepted")]))
    assert (crm.count("PATCH", ""), crm.leads[lead]["is_archived"]) == (0, True)


def test_a_disqualification_may_be_written_twice() -> None:
    crm = FakePipedrive()
    prepare(crm)
    lead = crm.add_lead()
    for _ in range(2):
        list(adapter(crm).push([_change(lead, verb="disqualify", status="disqualified", scope="record")]))
    assert (crm.labels_of(lead), crm.leads[lead]["is_archived"]) == (["Disqualified"], True)


def test_a_lead_is_told_by_its_id_with_its_marks_and_markers() -> None:
    crm = FakePipedrive()
    prepare(crm)
    lead = crm.add_lead()
    one = adapter(crm)
    list(one.push([_change(lead, status="working")]))
    (found,) = one.lookup([Ref(lead, markers=True)])
    assert (found.state, found.markers, found.last_op, found.stamp) == ("open", ("01f",), "01f", "laptop:1")
    assert found.lead is not None
    assert found.lead.fields == {"status": "working"}


def test_a_lead_without_an_id_is_refused_and_a_strange_one_looked_up_in_vain() -> None:
    crm = FakePipedrive()
    with pytest.raises(Rejected):
        list(adapter(crm).push([_change("")]))
    assert [found.state for found in adapter(crm).lookup([Ref("../users/me"), Ref("a b/c")])] == [
        "forbidden",
        "deleted",
    ]


def test_the_deal_of_a_lead_is_searched_once_however_many_are_gone() -> None:
    crm = FakePipedrive()
    leads = [crm.add_lead() for _ in range(4)]
    crm.convert(leads[0])
    for lead in leads[1:]:
        crm.delete(lead)
    found = [each.state for each in adapter(crm).lookup([Ref(lead) for lead in leads])]
    assert (found, crm.count("GET", "/deals")) == (["converted", "deleted", "deleted", "deleted"], 1)


def test_the_notes_of_a_deal_are_tidied_too() -> None:
    crm = FakePipedrive()
    lead = crm.add_lead()
    for _ in range(3):
        crm.add_note("x<br>leadq:01f", lead_id=lead)
    deal = crm.convert(lead)
    adapter(crm).tidy(lead, "01f")
    assert len(crm.notes_on(deal=deal)) == 1


# --- describe and prepare


def test_it_describes_fields_users_and_labels() -> None:
    crm = FakePipedrive()
    prepare(crm)
    crm.add_field("Customer Type", "enum", ("Private", "Company"))
    found = adapter(crm).describe()
    custom, by_key = [each for each in found.fields if each.label == "Customer Type"]
    assert (custom.name, len(by_key.name)) == ("Customer Type", 40)
    assert (custom.kind, [choice.value for choice in custom.choices]) == ("choice", ["Private", "Company"])
    assert not [each for each in found.fields if each.name.startswith("leadq ")]
    assert [(each.id, each.email) for each in found.owners] == [
        ("12", "zoe@example.test"),
        ("13", "karim@example.test"),
    ]
    assert "Disqualified" in [choice.value for choice in found.statuses]


def test_a_plan_changes_nothing_and_is_empty_once_it_was_carried_out() -> None:
    crm = FakePipedrive()
    crm.add_label("accepted")
    one = adapter(crm, states={"rejected": ("Renvoyé",)}, fields={"leadq_reason": "Title"})
    steps = one.plan()
    assert {request.method for request, _ in crm.exchanges} == {"GET"}
    assert [step.id for step in steps] == [
        "label:Working", "label:Connected", "label:Qualified", "label:Recycled", "label:Renvoyé", "label:Disqualified",
        "field:leadq_outcome", "field:leadq_quality", "field:leadq_answer", "field:leadq_stamp", "field:leadq_op",
    ]  # fmt: skip
    one.prepare(steps)
    one.prepare(steps)
    assert (one.plan(), len(crm.labels), crm.count("POST", "/dealFields")) == ((), 7, 5)
    pipedrive_spec.validate(crm.exchanges)


def test_only_what_a_person_agreed_to_is_created() -> None:
    crm = FakePipedrive()
    one = adapter(crm)
    one.prepare([step for step in one.plan() if step.id == "label:Working"])
    assert ([each["name"] for each in crm.labels.values()], crm.count("POST", "/dealFields")) == (["Working"], 0)


# --- the vendor's own examples


def test_the_vendors_examples_are_read() -> None:
    crm = FakePipedrive()
    examples = pipedrive_spec.examples()
    one = adapter(crm)
    reader = one._reader
    lead = examples["v1 GET /leads"]["data"][0]
    person, company = examples["v2 GET /persons"]["data"][0], examples["v2 GET /organizations"]["data"][0]
    found = reader.lead(lead, person, company)
    assert (found.external_id, found.updated_at) == (lead["id"], "2020-10-14T11:30:36.551Z")
    assert (found.fields["name"], found.fields["email"], found.fields["phone"]) == (
        "Person Name", "email1@email.com", "12345",
    )  # fmt: skip
    assert (found.fields["company"], found.fields["title"]) == ("Organization Name", "Manager")
    activity = reader.activity(examples["v2 GET /activities"]["data"][0] | {"type": "call"})
    assert activity is not None
    assert (activity.lead, activity.occurred_at) == ("abc-def", "2021-01-01T00:00:00Z")
    deal = reader.deal(examples["v2 GET /deals"]["data"][0])
    assert deal is not None
    assert (deal.lead, deal.state, deal.amount, deal.currency) == (
        "35b0d604-eb0d-42d0-be11-eac8832051f0", "open", "200", "USD",
    )  # fmt: skip
