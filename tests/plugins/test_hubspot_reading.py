"""How the HubSpot adapter finds leads and looks at them: search and its traps, the server's time, reads by id."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING

import pytest

from leadq.plugins.hubspot import HubSpot, pulling, search
from leadq.plugins.hubspot.portal import Portal
from leadq.plugins.hubspot.words import Settings
from leadq.plugins.sdk import Context, Ref, Transient
from leadq.testing.hubspot import HubSpotFake
from leadq.testing.time import VirtualTime
from tests.plugins.hub import There, adapter, change, contact, failing, prepared
from tests.sync import wired

if TYPE_CHECKING:
    pass


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
