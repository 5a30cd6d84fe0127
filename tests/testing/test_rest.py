"""The example adapter against the CRM that it was written for, in each of its tempers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from leadq.plugins.sdk import Account, Change, Context, Ref, Rejected, Result, Transient
from leadq.sync.evidence import NoAnswer
from leadq.sync.http import Http, Settings
from leadq.sync.wire import Reply, Request
from leadq.testing.crm import BUDGETED, LAGGING, ORDERED, PERSONALITIES, FakeCRM, Personality
from leadq.testing.nemesis import Fault, Nemesis
from leadq.testing.rest import OVERLAP_MS, Rest, marker_in
from leadq.testing.time import VirtualTime
from tests.sync.wired import http as wired
from tests.sync.wired import reply

STATUS = {"accept": "accepted", "touch": "working"}


def world(
    personality: Personality = ORDERED, *faults: Fault, leads: int = 3, batch: int = 0, page: int = 100
) -> tuple[FakeCRM, Rest]:
    time = VirtualTime()
    nemesis = Nemesis(1, rate=1, budget=1, only=faults) if faults else None
    crm = FakeCRM(personality, time, nemesis=nemesis, page=page)
    for number in range(leads):
        crm.book.create(str(number))
    time.sleep(60)
    return crm, adapter(Http(Settings(crm.url, crm.auth, run_s=1e6), ticks=time, handler=crm), batch)


def adapter(http: Http, batch: int = 0) -> Rest:
    return Rest(Context({"batch": batch}, connected=http))


def refs(ids: Iterable[str], *, markers: bool = True) -> list[Ref]:
    return [Ref(lead, markers=markers) for lead in ids]


def change(number: int = 1, lead: str = "0", verb: str = "accept", note: str = "") -> Change:
    return Change(
        op_id=f"op-{number}", lead_uid=f"uid-{lead}", external_id=lead, email="a@example.com", verb=verb, reason="",
        quality=None, missing=(), note=note, occurred_at="2026-05-13T15:00:00Z", actor="camille", seq=number,
        stamp=f"dev:{number}", status=STATUS.get(verb, ""),
    )  # fmt: skip


def ops(crm: FakeCRM) -> list[tuple[str, str]]:
    return [(effect.kind, effect.op_id) for effect in crm.book.effects if effect.by == "leadq"]


@pytest.mark.parametrize("personality", PERSONALITIES, ids=lambda each: each.name)
def test_it_says_who_we_are(personality: Personality) -> None:
    _, rest = world(personality)
    assert rest.check() == Account("rep-1", "Camille Martin")


@pytest.mark.parametrize("personality", PERSONALITIES, ids=lambda each: each.name)
def test_a_pull_can_go_on_from_every_page(personality: Personality) -> None:
    _crm, rest = world(personality, leads=7, page=3)
    pages = list(rest.pull(None, {}))
    assert [len(page.leads) for page in pages] == [3, 3, 1]
    assert [page.more for page in pages] == [True, True, False]
    everything = [lead.external_id for page in pages for lead in page.leads]
    for done, page in enumerate(pages[:-1], start=1):
        later = [lead.external_id for rest_page in rest.pull(page.cursor, {}) for lead in rest_page.leads]
        assert everything == everything[: 3 * done] + later


@pytest.mark.parametrize("personality", PERSONALITIES, ids=lambda each: each.name)
def test_the_next_pull_begins_where_the_index_may_have_been_behind(personality: Personality) -> None:
    crm, rest = world(personality)
    crm.book.set("2", {"status": "working"})
    (page,) = rest.pull(None, {})  # the lagging one does not show it yet
    crm._time.sleep(OVERLAP_MS / 1000 - 30)
    assert [lead.fields["status"] for page in rest.pull(page.cursor, {}) for lead in page.leads][-1] == "working"
    crm._time.sleep(OVERLAP_MS / 1000)
    (page,) = rest.pull(page.cursor, {})
    assert [lead for page in rest.pull(page.cursor, {}) for lead in page.leads] == []


def test_an_outcome_is_a_status_and_with_a_note_a_line_on_the_timeline() -> None:
    crm, rest = world()
    at = "2026-05-13T15:01:00.000Z"
    assert list(rest.push([change(1, note="Rang twice."), change(2, verb="assign")])) == [
        Result("op-1", "applied", "0", updated_at=at),
        Result("op-2", "applied", "0", updated_at=at),
    ]
    assert ops(crm) == [("set", "op-1"), ("append", "op-1"), ("set", "op-2")]
    (found,) = rest.lookup(refs("0"))
    assert (found.state, found.markers, found.last_op, found.stamp) == ("open", ("op-1",), "op-2", "dev:1")
    assert found.lead
    assert found.lead.fields["status"] == "accepted"


@pytest.mark.parametrize("personality", [LAGGING, ORDERED], ids=lambda each: each.name)
def test_a_batch_is_one_request_and_a_lead_is_in_it_once(personality: Personality) -> None:
    crm, rest = world(personality, batch=50)
    before = len(crm.asked)
    sent = [change(1, "0"), change(2, "1"), change(3, "nobody"), change(4, "2"), change(5, "0", "recycle")]
    results = {result.op_id: result.status for result in rest.push(sent)}
    assert results == {"op-1": "applied", "op-2": "applied", "op-3": "rejected", "op-4": "applied", "op-5": "applied"}
    assert len(crm.asked) - before == 2


def test_what_a_batch_does_not_name_gets_no_result() -> None:
    crm, rest = world(LAGGING, "partial", leads=40, batch=50)
    results = list(rest.push([change(number, str(number)) for number in range(40)]))
    done = {op_id for _, op_id in ops(crm)}
    assert {result.op_id for result in results} < done
    assert all(result.status == "applied" for result in results)


@pytest.mark.parametrize("document", [7, None, [], {"results": 7}, {"results": [7, {"id": None}]}, "x"])
def test_a_batch_answered_with_nonsense_is_unknown_and_never_not_sent(document: Any) -> None:
    http, _, _ = wired(reply(document))
    assert list(adapter(http, 9).push([change()])) == []


def test_what_failed_between_the_record_and_the_note_is_unknown() -> None:
    http, service, _ = wired(reply({}), reply({}, 429))
    with pytest.raises(NoAnswer):
        list(adapter(http).push([change(note="Rang twice.")]))
    assert len(service.asked) == 2
    together, _, _ = wired(reply([{"id": "0", "success": True}]), reply({}, 429))
    assert list(adapter(together, 9).push([change(note="Rang twice.")])) == []


def test_a_lookup_says_what_became_of_each_lead() -> None:
    crm, rest = world(ORDERED, leads=6)
    rest.check()
    crm.book.reassign("1", "rep-2")
    crm.book.archive("2")
    crm.book.convert("3")
    crm.merge("4", "0")
    crm.book.delete("5")
    states = {found.external_id: (found.state, found.moved_to) for found in rest.lookup(refs("012345"))}
    assert states == {
        "0": ("open", ""), "1": ("reassigned", ""), "2": ("archived", ""), "3": ("converted", ""), "4": ("merged", "0"),
        "5": ("deleted", ""),
    }  # fmt: skip


def test_a_lookup_follows_a_merge_to_its_new_id_with_the_notes_of_both() -> None:
    crm, rest = world(LAGGING)
    list(rest.push([change(1, "0", note="One."), change(2, "1", note="Two.")]))
    crm.merge("0", "1")
    assert {(found.state, found.moved_to) for found in rest.lookup(refs("01"))} == {("merged", "m1")}
    assert [sorted(found.markers or ()) for found in rest.lookup(refs("0"))] == [["op-1", "op-2"]]


@pytest.mark.parametrize("personality", [LAGGING, ORDERED], ids=lambda each: each.name)
def test_several_leads_are_looked_up_in_one_request_and_each_is_answered(personality: Personality) -> None:
    crm, rest = world(personality, leads=5, batch=50)
    rest.check()
    crm.book.reassign("1", "rep-2")
    crm.book.delete("2")
    before = len(crm.asked)
    found = list(rest.lookup(refs(["0", "1", "2", "nobody"], markers=False)))
    assert [(each.external_id, each.state, each.markers) for each in found] == [
        ("0", "open", None), ("1", "reassigned", None), ("2", "deleted", None), ("nobody", "deleted", None),
    ]  # fmt: skip
    assert len(crm.asked) - before == 1


def test_of_entries_that_are_there_twice_the_oldest_stays() -> None:
    crm, rest = world()
    for number in (1, 2, 1, 1):
        crm.book.append("0", f"Rang.\nleadq:op-{number}", by="leadq")
    rest.tidy("0", "op-1")
    record = crm.book.get("0")
    assert record
    assert [note.id for note in record.notes] == ["n1", "n2"]


def test_only_the_part_that_is_wanted_is_written() -> None:
    crm, rest = world()
    list(
        rest.push(
            [replace(change(1, note="Rang."), scope="record"), replace(change(2, note="Rang."), scope="timeline")]
        )
    )
    assert ops(crm) == [("set", "op-1"), ("append", "op-2")]


def test_a_lead_without_an_id_there_is_refused_before_anything_is_sent() -> None:
    crm, rest = world(BUDGETED)
    with pytest.raises(Rejected):
        list(rest.push([change(lead="")]))
    assert crm.asked == []


@pytest.mark.parametrize("lead", ["a/b", "a?b=c", "é", "a b", "%2e%2e"])
def test_an_id_is_one_step_of_the_path_whatever_is_in_it(lead: str) -> None:
    crm, rest = world(leads=0)
    crm.book.create(lead)
    assert [result.status for result in rest.push([change(lead=lead)])] == ["applied"]
    assert [effect.lead for effect in crm.book.effects] == [lead, lead]


@pytest.mark.parametrize("lead", ["..", "../me", "x/../../me"])
def test_an_id_that_climbs_is_never_sent(lead: str) -> None:
    crm, rest = world()
    with pytest.raises(Rejected, match="refused"):
        list(rest.push([change(lead=lead)]))
    assert crm.asked == []


def pulled(*rows: Any, following: str | None = None) -> list[Any]:
    def answer(request: Request) -> Reply:
        return reply({"items": list(rows), "next": following})

    http, _, _ = wired(answer)
    return [lead for page in adapter(http).pull(None, {}) for lead in page.leads]


def test_ids_are_text_and_nothing_is_nothing() -> None:
    (lead,) = pulled({"id": 7198, "updated_ms": 1, "properties": None})
    assert (lead.external_id, dict(lead.fields), lead.updated_at) == ("7198", {}, "1970-01-01T00:00:00.001Z")


@pytest.mark.parametrize(
    "rows",
    [
        *([7], [None], [{}], [{"id": None, "updated_ms": 1}], [{"id": "7", "updated_ms": "soon"}]),
        *([{"id": "7", "updated_ms": 1e300}], [{"id": "7", "updated_ms": 1, "properties": [1]}]),
    ],
)
def test_a_row_that_is_no_lead_is_given_without_an_id_beside_the_others(rows: Sequence[Any]) -> None:
    good = {"id": "8", "updated_ms": 2}
    assert [lead.external_id for lead in pulled(*rows, good)] == ["", "8"]


def test_a_service_that_gives_the_same_page_for_ever_is_left() -> None:
    with pytest.raises(Transient, match="progress"):
        pulled({"id": "7", "updated_ms": 5}, following="https://crm.example/v1/leads?page=2")


@pytest.mark.parametrize("document", [None, [], 7, {"items": None}, {"items": {}}, {}])
def test_a_list_that_is_none_ends_the_pull(document: Any) -> None:
    http, _, _ = wired(reply(document))
    with pytest.raises(Transient):
        list(adapter(http).pull(None, {}))


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ("Rang.\nleadq:op-1", "op-1"),
        ("leadq:op-1\n\n", "op-1"),
        ("see leadq:op-1", ""),
        ("leadq:op-1\nand more", ""),
        ("", ""),
    ],
)
def test_a_marker_is_the_last_line(text: str, marker: str) -> None:
    assert marker_in(text) == marker
