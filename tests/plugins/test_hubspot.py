"""The parts of the HubSpot adapter, each over our own client and the fake, or answers that a test writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from leadq.plugins.hubspot import HubSpot, pulling, search
from leadq.plugins.hubspot.portal import Portal
from leadq.plugins.hubspot.reading import marker_in
from leadq.plugins.hubspot.setup import PROPERTIES
from leadq.plugins.hubspot.words import Settings, States
from leadq.plugins.hubspot.writing import HalfDone
from leadq.plugins.sdk import AdapterError, AuthFailed, Context, RateLimited, Ref, Rejected, Result, Transient
from leadq.sync.wire import Reply
from leadq.testing.hubspot import TOKEN, HubSpotFake
from leadq.testing.hubspot_facts import STAGES
from leadq.testing.time import VirtualTime
from tests.plugins.hub import MQL, adapter, change, contact, prepared
from tests.sync import wired

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leadq.sync.wire import Request


@dataclass
class There:
    """An account, and what leadq talks to it with."""

    time: VirtualTime
    fake: HubSpotFake

    def adapter(self, **options: Any) -> HubSpot:
        return adapter(self.fake, self.time, **options)

    def property(self, name: str, of: str) -> str | None:
        found: Mapping[str, str | None] = self.fake.book.get("contacts", of).properties  # type: ignore[union-attr]
        return found.get(name)


@pytest.fixture
def there() -> There:
    time = VirtualTime()
    return There(time, prepared(HubSpotFake(time)))


def pulled(hub: HubSpot, cursor: str | None = None) -> tuple[list[str], str]:
    pages = list(hub.pull(cursor, {}))
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]
    return [lead.external_id for page in pages for lead in page.leads], pages[-1].cursor or ""


# Search


def test_beyond_the_cap_of_a_query_the_search_begins_again_behind_the_last_id_as_text(
    there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "CAP", 400)
    there.fake._cap = 400
    there.fake.book._ids = count(9_500)
    made = sorted(contact(there.fake, f"P{number}") for number in range(1001))
    assert made[:2] != sorted(made, key=int)[:2]  # as text another order than as numbers
    there.time.sleep(60)
    found, _ = pulled(there.adapter())
    assert found == made


def test_exactly_as_many_as_the_cap_need_no_second_query(there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "CAP", 400)
    there.fake._cap = 400
    for number in range(400):
        contact(there.fake, f"P{number}")
    there.time.sleep(60)
    assert len(pulled(there.adapter())[0]) == 400
    assert sum(request.path.endswith("search") for request in there.fake.asked) == 2 + 4  # and what is beside


def test_many_rows_of_one_instant_do_not_loop(there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "CAP", 200)
    there.fake._cap = 200
    for number in range(450):
        contact(there.fake, f"P{number}")
    there.time.sleep(60)
    _, cursor = pulled(there.adapter())
    now_ms = there.time.wall_ms()
    for record in there.fake.book.records["contacts"].values():
        there.fake.book.set("contacts", record.id, {"company": "Bulk"})
    assert {record.updated_ms for record in there.fake.book.records["contacts"].values()} == {now_ms}
    there.time.sleep(60)
    assert len(pulled(there.adapter(), cursor)[0]) == 450


def test_pages_may_be_shorter_than_asked_for(there: There) -> None:
    there.fake._page = 7
    made = sorted(contact(there.fake, f"P{number}") for number in range(20))
    there.time.sleep(60)
    assert pulled(there.adapter())[0] == made


def scripted(*pages: tuple[list[str], str]) -> tuple[Portal, wired.Service]:
    """A search that answers so: ids, and where the next page begins."""
    told = [
        wired.reply({"results": [{"id": each} for each in ids], "paging": {"next": {"after": after}} if after else {}})
        for ids, after in pages
    ]
    http, service, _ = wired.http(*told)
    return Portal(http, Settings(Context({}))), service


def test_an_empty_page_with_a_next_one_is_not_the_end() -> None:
    portal, _ = scripted((["1"], "200"), ([], "400"), (["2"], ""))
    assert list(search.found(portal, "contacts", [])) == [["1"], ["2"]]


def test_the_id_to_go_on_behind_is_sent_as_it_came() -> None:
    portal, service = scripted((["719869649082", "7198"], "9900"), ([], ""))
    list(search.found(portal, "contacts", [[]]))
    (group,) = json.loads(service.asked[1].body)["filterGroups"]
    assert group["filters"] == [{"propertyName": "hs_object_id", "operator": "GT", "value": "7198"}]


@pytest.mark.parametrize("pages", [[(["1"], "200"), (["2"], "200")], [([], "9900")]])
def test_a_search_that_does_not_go_on_ends(pages: list[tuple[list[str], str]]) -> None:
    portal, _ = scripted(*pages)
    with pytest.raises(Transient, match="does not go on"):
        list(search.found(portal, "contacts", []))


def test_each_object_has_its_own_property_for_when_it_changed(there: There) -> None:
    there.time.sleep(600)
    _, cursor = pulled(there.adapter())
    there.fake.asked.clear()
    there.time.sleep(600)
    pulled(there.adapter(), cursor)
    used = {
        request.steps[3]: json.loads(request.body)["filterGroups"][0]["filters"][-1]["propertyName"]
        for request in there.fake.asked
        if request.steps[-1] == "search"
    }
    assert used.pop("contacts") == "lastmodifieddate"
    assert set(used) == {"calls", "emails", "meetings", "deals"}
    assert set(used.values()) == {"hs_lastmodifieddate"}


def test_no_search_has_more_filters_than_hubspot_takes(there: There) -> None:
    options = {"owners": "81234,hugo@acme.example", "lifecycle": ["lead", "marketingqualifiedlead"]}
    pulled(there.adapter(**options))
    there.time.sleep(10)
    pulled(there.adapter(**options, lead_status="NEW"), json.dumps({"since_ms": 1, "to_ms": there.time.wall_ms()}))
    assert there.fake.refused == 0


# A window of the server's own time


def test_a_pull_begins_before_the_one_before_it_by_hubspots_clock_and_has_no_end(there: There) -> None:
    there.time.sleep(1000)
    _, cursor = pulled(there.adapter())
    began_ms = there.time.wall_ms()
    there.time.sleep(10)
    there.fake.asked.clear()
    pulled(there.adapter(), cursor)
    (window,) = json.loads(there.fake.asked[1].body)["filterGroups"][0]["filters"][-1:]
    assert window == {"propertyName": "lastmodifieddate", "operator": "GTE",
                      "value": str(began_ms - pulling.OVERLAP_MS)}  # fmt: skip


def test_a_pull_that_was_cut_off_goes_on_behind_its_last_page(there: There) -> None:
    there.fake._page = 7
    made = sorted(contact(there.fake, f"P{number}") for number in range(20))
    there.time.sleep(60)
    first = next(iter(there.adapter().pull(None, {})))
    there.time.sleep(60)
    rest, cursor = pulled(there.adapter(), first.cursor)
    assert [lead.external_id for lead in first.leads] + rest == made
    assert json.loads(cursor)["to_ms"] == json.loads(first.cursor or "")["to_ms"]


def test_what_the_index_shows_late_is_seen_by_the_next_pull(there: There) -> None:
    there.fake.book.index_lag_ms = 200_000
    there.time.sleep(1000)
    _, cursor = pulled(there.adapter())
    name = contact(there.fake)
    there.time.sleep(100)
    none, cursor = pulled(there.adapter(), cursor)
    there.time.sleep(150)
    assert (none, pulled(there.adapter(), cursor)[0]) == ([], [name])


def test_a_row_of_the_index_is_read_before_it_is_believed(there: There) -> None:
    name, gone = contact(there.fake), contact(there.fake, "Paul")
    there.time.sleep(60)
    there.fake.book.set("contacts", name, {"company": "Now"})
    there.fake.book.archive("contacts", gone)
    (lead,) = [lead for page in there.adapter().pull(None, {}) for lead in page.leads]
    assert lead.fields["company"] == "Now"


def test_a_list_of_all_leads_leaves_out_what_was_closed_long_ago(there: There) -> None:
    old = contact(there.fake, "Old", hs_lead_status="UNQUALIFIED")
    still = contact(there.fake, "Still", hs_lead_status=None)
    there.time.sleep(31 * 86_400)
    lately = contact(there.fake, "Lately", hs_lead_status="UNQUALIFIED")
    there.time.sleep(60)
    found, _ = pulled(there.adapter())
    assert set(found) == {still, lately}
    assert old not in found


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


def test_what_an_answer_does_not_name_has_no_result() -> None:
    row = {"id": "1", "updatedAt": "2026-05-13T15:00:00.000Z", "properties": {}}
    http, _, _ = wired.http(wired.reply({"results": [row], "errors": [{"message": "no", "category": "X"}]}, 207))
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


def failing(fake: HubSpotFake, where: str, status: int, document: Any, **headers: str) -> Callable[[Request], Reply]:
    def answer(request: Request) -> Reply:
        if not request.path.endswith(where):
            return fake(request)
        return wired.reply(document, status, date=wired.NOW_HTTP, **headers)

    return answer


LIMITED = {"status": "error", "message": "You have reached your ten_secondly_rolling limit.",
           "policyName": "TEN_SECONDLY_ROLLING"}  # fmt: skip


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


# Looking up


def test_a_read_by_id_says_where_each_lead_is_and_what_is_on_it(there: There) -> None:
    names = {name: contact(there.fake, name) for name in ("here", "archived", "gone", "sold", "kept", "lost", "back")}
    book = there.fake.book
    book.archive("contacts", names["archived"])
    book.forget("contacts", names["gone"])
    book.set("contacts", names["sold"], {"lifecyclestage": "customer"})
    book.set("contacts", names["back"], {"lifecyclestage": "subscriber"})
    book.merge(names["kept"], names["lost"])
    list(there.adapter().push([change(names["here"], "op-1", note="x", seq=3, stamp="dev:3")]))
    found = {each.external_id: each for each in there.adapter().lookup([Ref(i, markers=True) for i in names.values()])}
    states = {name: found[i].state for name, i in names.items()}
    assert states == {
        "here": "open", "archived": "archived", "gone": "deleted", "sold": "converted", "kept": "open",
        "lost": "merged", "back": "archived",
    }  # fmt: skip
    assert found[names["lost"]].moved_to == names["kept"]
    here = found[names["here"]]
    assert (here.markers, here.last_op, here.stamp) == (("op-1",), "op-1", "dev:3")
    assert found[names["kept"]].lead.formerly == (names["lost"],)  # type: ignore[union-attr]


def test_a_lead_of_another_owner_than_the_settings_name_was_reassigned(there: There) -> None:
    name = contact(there.fake, hubspot_owner_id="81235")
    (found,) = there.adapter(owners=["zoe@acme.example"]).lookup([Ref(name)])
    assert found.state == "reassigned"


def test_a_lead_that_may_not_be_read_is_forbidden_and_one_that_nobody_can_know_is_deleted(there: There) -> None:
    document = {"status": "error", "category": "FORBIDDEN", "message": "You do not have permissions to view it."}
    hub = adapter(failing(there.fake, "/contacts/999", 403, document), there.time)  # type: ignore[arg-type]
    assert [(each.external_id, each.state) for each in hub.lookup([Ref("999"), Ref("L-1")])] == [
        ("999", "forbidden"), ("L-1", "deleted"),
    ]  # fmt: skip


def test_a_hundred_leads_and_their_notes_are_looked_up_in_three_requests(there: There) -> None:
    names = [contact(there.fake, f"P{number}") for number in range(100)]
    list(there.adapter().push([change(name, f"op-{name}", note="x") for name in names]))
    there.fake.asked.clear()
    hub = there.adapter(members={"zoe": "81234"})
    found = list(hub.lookup([Ref(name, markers=True) for name in names]))
    assert [each.markers for each in found] == [(f"op-{name}",) for name in names]
    assert len(there.fake.asked) == 3


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


def test_an_owner_that_hubspot_has_not_is_refused(there: There) -> None:
    error = raised(there, lambda hub: list(hub.pull(None, {})), owners="nobody@acme.example")
    assert isinstance(error, Rejected)
    assert "no owner “nobody@acme.example”" in str(error)


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
