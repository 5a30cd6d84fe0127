"""The parts of the HubSpot adapter, each over our own client and the fake, or answers that a test writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leadq.plugins.hubspot import HubSpot
from leadq.plugins.hubspot.reading import marker_in
from leadq.plugins.hubspot.setup import PROPERTIES
from leadq.plugins.hubspot.words import States
from leadq.plugins.hubspot.writing import HalfDone
from leadq.plugins.sdk import AdapterError, AuthFailed, Context, RateLimited, Ref, Rejected, Result, Transient
from leadq.testing.hubspot import TOKEN, HubSpotFake
from leadq.testing.hubspot_facts import STAGES
from leadq.testing.time import VirtualTime
from tests.plugins.hub import LIMITED, MQL, There, adapter, change, contact, failing, prepared
from tests.sync import wired

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def there() -> There:
    time = VirtualTime()
    return There(time, prepared(HubSpotFake(time)))


# Writing


def results(hub: HubSpot, *changes: Any) -> dict[str, tuple[str, str]]:
    return {each.op_id: (each.status, each.detail) for each in hub.push(changes)}


def test_a_hundred_records_are_one_request_and_a_hundred_notes_another(there: There) -> None:
    names = [contact(there.fake, f"P{number}") for number in range(250)]
    told = [change(name, f"op-{name}", note="Back." if int(name) % 2 else "") for name in names]
    assert all(status == "applied" for status, _ in results(there.adapter(), *told).values())
    assert [request.path.split("/", 4)[-1] for request in there.fake.asked] == [
        "contacts/batch/update", "contacts/batch/update", "notes/batch/create", "contacts/batch/update",
        "notes/batch/create",
    ]  # fmt: skip


def test_of_a_batch_with_a_bad_row_the_others_are_written(there: There) -> None:
    good, gone = contact(there.fake), contact(there.fake, "Paul")
    there.fake.book.archive("contacts", gone)
    told = results(there.adapter(), change(gone, "op-1", note="x"), change(good, "op-2"))
    assert told["op-1"] == ("rejected", "The record is not there any more.")
    assert told["op-2"][0] == "applied"


def test_a_batch_that_is_refused_as_a_whole_is_halved_until_the_bad_row_is_alone(there: There) -> None:
    names = [contact(there.fake, f"P{number}") for number in range(8)]
    whole = there.fake._batch

    def strict(kind: str, how: str, inputs: Any) -> Any:
        return whole(kind, how, [{**each, "objectWriteTraceId": None} for each in inputs])

    there.fake._batch = strict  # type: ignore[method-assign]
    hub = there.adapter(states={"rejected": ["NO_SUCH"]})
    told = results(hub, *(change(n, f"op-{n}", status="rejected" if n == names[5] else "accepted") for n in names))
    assert [op for op, (status, _) in told.items() if status == "rejected"] == [f"op-{names[5]}"]
    assert "INVALID_OPTION" in told[f"op-{names[5]}"][1]
    assert len(there.fake.asked) == 1 + 2 * 3
    assert [there.property("leadq_outcome", name) for name in names].count("accepted") == 7


def test_a_locked_row_is_tried_again_and_the_others_are_not_held_up(there: There) -> None:
    locked, free = contact(there.fake), contact(there.fake, "Paul")
    there.fake.locked.add(locked)
    told = results(there.adapter(), change(locked, "op-1"), change(free, "op-2"))
    assert (told["op-1"][0], told["op-2"][0]) == ("retry", "applied")


@pytest.mark.parametrize("context", [{}, {"context": {"ids": ["2"]}}])
def test_what_an_answer_does_not_name_or_is_not_sure_of_has_no_result(context: dict[str, Any]) -> None:
    row = {"id": "1", "updatedAt": "2026-05-13T15:00:00.000Z", "properties": {}}
    http, _, _ = wired.http(wired.reply({"results": [row], "errors": [{"category": "INTERNAL_ERROR", **context}]}, 207))
    hub = HubSpot(Context({}, {"token": TOKEN}, connected=http))
    assert list(hub.push([change("1", "op-1"), change("2", "op-2")])) == [
        Result("op-1", "applied", "1", updated_at="2026-05-13T15:00:00.000Z")
    ]


@pytest.mark.parametrize("name", ["", "L-1"])
def test_a_lead_that_hubspot_cannot_know_is_refused_without_asking(there: There, name: str) -> None:
    assert results(there.adapter(), change(name))["op-1"][0] == "rejected"
    assert there.fake.asked == []


def test_one_record_twice_goes_in_two_batches(there: There) -> None:
    name = contact(there.fake)
    told = results(there.adapter(), change(name, "op-1"), change(name, "op-2", status="working"))
    assert [status for status, _ in told.values()] == ["applied", "applied"]
    assert there.property("leadq_last_op", name) == "op-2"


def test_a_limit_before_anything_was_written_ends_the_push(there: There) -> None:
    name = contact(there.fake)
    hub = adapter(failing(there.fake, "/contacts/batch/update", 429, LIMITED), there.time)  # type: ignore[arg-type]
    with pytest.raises(RateLimited) as caught:
        list(hub.push([change(name)]))
    assert caught.value.retry_after == 10


def test_a_limit_between_a_record_and_its_note_leaves_that_one_in_doubt_and_no_other(there: There) -> None:
    noted, plain = contact(there.fake), contact(there.fake, "Paul")
    hub = adapter(failing(there.fake, "/notes/batch/create", 429, LIMITED), there.time)  # type: ignore[arg-type]
    pushing = hub.push([change(noted, "op-1", note="x"), change(plain, "op-2"),
                        change(plain, "op-3", note="y", scope="timeline")])  # fmt: skip
    assert [(each.op_id, each.status) for each in (next(pushing), next(pushing))] == [
        ("op-2", "applied"), ("op-3", "retry"),
    ]  # fmt: skip
    with pytest.raises(HalfDone) as caught:
        next(pushing)
    assert caught.value.retry_after == 10


def test_without_notes_only_the_record_is_written(there: There) -> None:
    name = contact(there.fake)
    assert results(there.adapter(notes=False), change(name, note="x"))["op-1"][0] == "applied"
    assert there.fake.book.notes("contacts", name) == []


def test_the_first_touch_is_written_once(there: There) -> None:
    name, hub = contact(there.fake), there.adapter()
    for minute in (1, 2):
        list(hub.lookup([Ref(name)]))
        at = f"2026-05-13T15:0{minute}:00Z"
        list(hub.push([change(name, f"op-{minute}", verb="touch", occurred_at=at, status="working")]))
        hub = there.adapter()
    assert there.property("leadq_first_touch_at", name) == "2026-05-13T15:01:00Z"


def test_an_assignment_sets_the_owner_that_the_contract_names(there: There) -> None:
    name, hub = contact(there.fake), there.adapter(members={"hugo": "81235"})
    list(hub.push([change(name, verb="assign", reason="hugo", status="")]))
    assert there.property("hubspot_owner_id", name) == "81235"


def test_hubspot_clears_a_reason_that_no_longer_holds(there: There) -> None:
    name, hub = contact(there.fake), there.adapter()
    list(hub.push([change(name, verb="reject", status="rejected", reason="rej.bad_data", quality=2)]))
    list(hub.push([change(name, "op-2", verb="undo", status="handed_off", seq=2)]))
    assert (there.property("leadq_reason", name), there.property("leadq_quality", name)) == (None, None)


def test_a_verdict_empties_the_answer_to_the_one_before_and_a_touch_does_not(there: There) -> None:
    name, hub = contact(there.fake, leadq_answer="ack"), there.adapter()
    list(hub.push([change(name, verb="touch", status="", seq=2, stamp="dev:2")]))
    assert (there.property("leadq_answer", name), there.property("leadq_stamp", name)) == ("ack", None)
    list(hub.push([change(name, "op-2", verb="reject", status="rejected", quality=2)]))
    assert (there.property("leadq_answer", name), there.property("leadq_stamp", name)) == (None, "dev:1")


@pytest.mark.parametrize(
    ("body", "op_id"),
    [
        ("touch no_answer<br>leadq:op-1", "op-1"),
        ("<div><p>Rang.</p><p>leadq:op-1 </p></div>", "op-1"),
        ("leadq:op-1<br>and then", ""),
        ("Ask about leadq:op-1", ""),
        (None, ""),
    ],
)
def test_a_marker_is_the_whole_last_line(body: str | None, op_id: str) -> None:
    assert marker_in(body) == op_id


# What the states are called


def test_of_states_with_one_word_the_record_says_which_is_meant() -> None:
    states = States({"disqualified": ["UNQUALIFIED"], "rejected": ["UNQUALIFIED"]})
    assert states.state("UNQUALIFIED", "rejected") == "rejected"
    assert states.state("UNQUALIFIED", "accepted") == "disqualified"
    assert states.state("OURS", "") == "OURS"


def lead(fake: HubSpotFake, **properties: str) -> str:
    person = contact(fake, "Jeanne", company="Forges")
    told = {"hs_lead_name": "Jeanne Martin", "hs_pipeline": "leads-pipeline-8", "hs_pipeline_stage": STAGES["leads"][0],
            "hs_primary_contact_id": person}  # fmt: skip
    return fake.book.create("leads", {**told, **properties}).id


def test_a_lead_of_the_leads_object_moves_through_stages_found_by_what_they_are(there: There) -> None:
    name, hub = lead(there.fake), there.adapter(profile="lead")
    there.time.sleep(60)
    (found,) = [each for page in hub.pull(None, {}) for each in page.leads]
    assert (found.external_id, found.fields["status"]) == (name, "handed_off")
    assert (found.fields["email"], found.fields["company"]) == ("jeanne@forges.example", "Forges")
    told = change(name, verb="disqualify", status="disqualified", reason="dq.no_need", note="Not now.")
    assert [each.status for each in hub.push([told])] == ["applied"]
    assert there.fake.book.records["leads"][name].properties["hs_pipeline_stage"] == STAGES["leads"][4]
    assert len(there.fake.book.notes("leads", name)) == 1
    (seen,) = there.adapter(profile="lead").lookup([Ref(name, markers=True)])
    assert (seen.markers, seen.lead.fields["status"]) == (("op-1",), "disqualified")  # type: ignore[union-attr]


def test_a_stage_may_be_named_by_its_label(there: There) -> None:
    name, hub = lead(there.fake), there.adapter(profile="lead", states={"recycled": ["tentatives"]})
    list(hub.push([change(name, status="recycled")]))
    assert there.fake.book.records["leads"][name].properties["hs_pipeline_stage"] == STAGES["leads"][1]


# Settings and refusals


def raised(there: There, act: Callable[[HubSpot], Any], **options: Any) -> AdapterError:
    with pytest.raises(AdapterError) as caught:
        act(there.adapter(**options))
    return caught.value


@pytest.mark.parametrize(
    ("options", "field", "words"),
    [
        ({"profile": "deal"}, "profile", "“contact” or “lead”, not “deal”"),
        ({"notes": "no"}, "notes", "true or false"),
        ({"fields": {"sector": "no_such"}}, "fields", "no property “no_such”"),
        ({"states": {"rejected": ["Refused"]}}, "states", "“Refused” is not a value of HubSpot’s hs_lead_status"),
        ({"profile": "lead", "states": {"rejected": ["Refused"]}}, "states", "is called “Refused”; there are: Nouveau"),
        ({"profile": "lead", "pipeline": "Other"}, "pipeline", "no lead pipeline “Other”"),
        ({"owners": "nobody@acme.example"}, "owners", "no owner “nobody@acme.example”"),
        ({"version": "2031-03"}, "version", "no version “2031-03”"),
    ],
)
def test_settings_that_name_what_is_not_there_are_refused_by_the_check(
    there: There, options: dict[str, Any], field: str, words: str
) -> None:
    error = raised(there, HubSpot.check, **options)
    assert isinstance(error, Rejected)
    assert error.field == field
    assert words in str(error)


def test_a_stage_that_somebody_renamed_meanwhile_leaves_every_change_waiting(there: There) -> None:
    error = raised(there, lambda hub: list(hub.push([change("1")])), profile="lead", states={"working": ["Gone"]})
    assert isinstance(error, Transient)
    assert "is called “Gone”" in str(error)


def test_a_key_of_another_portal_is_refused(there: There) -> None:
    error = raised(there, HubSpot.check, portal="62515")
    assert isinstance(error, AuthFailed)
    assert "account 148309, and the settings say 62515" in str(error)
    assert there.adapter(portal=148309).check().id == "148309"


@pytest.mark.parametrize("url", ["https://app.hubspot.com", "https://api.hubapi.com.evil.example"])
def test_another_address_than_the_apis_is_refused_before_a_byte_leaves(url: str) -> None:
    with pytest.raises(Rejected, match="HubSpot’s API is at"):
        HubSpot.login(Context({"url": url}, {"token": TOKEN}))


def test_a_missing_scope_is_named(there: There) -> None:
    there.fake.scopes -= {"crm.objects.contacts.write"}
    error = raised(there, lambda hub: list(hub.push([change(contact(there.fake))])))
    assert isinstance(error, AuthFailed)
    assert "crm.objects.contacts.write" in str(error)


def test_before_our_properties_are_there_nothing_is_sent_and_nothing_is_dead(there: There) -> None:
    there.fake.book.properties["contacts"].pop("leadq_stamp")
    there.fake._batch = lambda kind, how, inputs: there.fake.book.validate(kind, inputs[0]["properties"])  # type: ignore[assignment, method-assign, func-returns-value, return-value]
    error = raised(there, lambda hub: list(hub.push([change(contact(there.fake))])))
    assert isinstance(error, Transient)
    assert "“leadq_stamp”" in str(error)


@pytest.mark.parametrize(
    ("status", "document", "headers", "kind", "pause"),
    [
        (401, {"category": "EXPIRED_AUTHENTICATION", "message": "expired"}, {}, AuthFailed, None),
        (423, {"category": "LOCKED", "message": "locked"}, {}, RateLimited, 2),
        (429, {"message": "You have reached your secondly limit."}, {}, RateLimited, 1),
        (429, LIMITED, {"retry_after": "7"}, RateLimited, 7),
        (429, {"policyName": "DAILY", "message": "daily"}, {}, RateLimited, 3600),
        (477, {"message": "migration"}, {"retry_after": "1200"}, RateLimited, 1200),
        (403, {"message": "This app hasn't been granted all required scopes"}, {}, AuthFailed, None),
    ],
)
def test_each_refusal_of_hubspot_has_its_meaning(
    there: There, status: int, document: Any, headers: dict[str, str], kind: type, pause: float | None
) -> None:
    hub = adapter(failing(there.fake, "/details", status, document, **headers), there.time)  # type: ignore[arg-type]
    with pytest.raises(AdapterError) as caught:
        hub.check()
    assert type(caught.value) is kind
    assert getattr(caught.value, "retry_after", None) == pause


# What HubSpot has, and what it is to have


def test_the_account_is_described(there: There) -> None:
    described = there.adapter().describe()
    status = next(field for field in described.fields if field.name == "hs_lead_status")
    assert (status.kind, described.statuses) == ("choice", status.choices)
    assert "UNQUALIFIED" in {choice.value for choice in status.choices}
    assert {(owner.id, owner.email) for owner in described.owners} == {
        ("81234", "zoe@acme.example"), ("81235", "hugo@acme.example"),
    }  # fmt: skip
    stages = there.adapter(profile="lead").describe().statuses
    assert [each.label for each in stages][:2] == ["Nouveau", "Tentatives"]


def test_what_is_missing_is_planned_created_and_then_there() -> None:
    time = VirtualTime()
    bare = There(time, HubSpotFake(time))
    steps = bare.adapter().plan()
    assert [step.id for step in steps] == ["leadq", *PROPERTIES]
    bare.adapter().prepare(steps[:3])
    rest = bare.adapter().plan()
    assert [step.id for step in rest] == list(PROPERTIES)[2:]
    bare.adapter().prepare(steps)  # what is there stays
    assert bare.adapter().plan() == []
    assert set(PROPERTIES) <= bare.fake.book.properties["contacts"].keys()


def test_the_defaults_of_both_profiles_fit_an_account_as_it_comes(there: There) -> None:
    assert there.adapter().check().id == "148309"
    assert there.adapter(profile="lead").check().id == "148309"


def test_what_a_mapping_names_goes_over_the_defaults(there: There) -> None:
    contact(there.fake, industry="Steel", **{k: v for k, v in MQL.items() if k != "hubspot_owner_id"})
    there.time.sleep(60)
    hub = there.adapter(fields={"trigger": "industry"})
    (found,) = [each for page in hub.pull(None, {}) for each in page.leads]
    assert found.fields["trigger"] == "Steel"
