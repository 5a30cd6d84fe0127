"""What comes in: every lead, whatever the paging does, and what changed afterwards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from leadq.domain.states import STATES
from leadq.sync.paging import CursorGuard, Looping
from leadq.sync.wire import Reply
from leadq.testing.conformance import faults
from leadq.testing.conformance.bench import because
from leadq.testing.conformance.cases import case, ensure

if TYPE_CHECKING:
    from leadq.sync.wire import Request
    from leadq.testing.conformance.bench import Bench, Outcome

_DAY_S = 86_400


def _all(outcome: Outcome, leads: list[str], when: str) -> None:
    missing = [lead for lead in leads if lead not in outcome.leads]
    ensure(not missing, f"pull() leaves out {len(missing)} of {len(leads)} leads {when}")


def seven(bench: Bench, count: int = 7) -> list[str]:
    """So many leads, a second apart; their ids."""
    leads = [str(100 + number) for number in range(count)]
    for lead in leads:
        bench.add(lead, name=f"Jeanne {lead}")
        bench.time.sleep(1)
    return leads


@case("pull")
def an_empty_account_is_one_last_page(bench: Bench) -> None:
    outcome = bench.whole_pull()
    ensure(not outcome.leads, "pull() finds leads where there are none")
    ensure(outcome.pages[-1].more is False, "the last page says that there are more")


@case("pull")
def one_lead_comes_with_what_it_says(bench: Bench) -> None:
    bench.add("101", name="Jeanne Martin", email="jeanne@forges.example")
    outcome = bench.whole_pull()
    ensure(list(outcome.leads) == ["101"], f"of one lead pull() makes {len(outcome.leads)}")
    fields, said = outcome.leads["101"].fields, {"name": "Jeanne Martin", "email": "jeanne@forges.example"}
    for name in getattr(bench.service, "says", ("email",)):
        ensure(said[name] in map(str, fields.values()), f"the {name} of the lead is in none of its fields")


@case("pull", "service.page")
def every_lead_comes_when_the_last_page_is_short(bench: Bench) -> None:
    leads = seven(bench, 2 * bench.service.page + 1)
    _all(bench.whole_pull(), leads, "when the last page is short")


@case("pull", "service.page")
def every_lead_comes_when_the_last_page_is_full(bench: Bench) -> None:
    leads = seven(bench, 2 * bench.service.page)
    _all(bench.whole_pull(), leads, "when the last page is full")


@case("pull", "service.page")
def every_lead_comes_when_one_page_holds_them(bench: Bench) -> None:
    leads = seven(bench, bench.service.page)
    _all(bench.whole_pull(), leads, "when they fill one page")


@case("pull", "service.page")
def no_lead_is_lost_over_many_pages(bench: Bench) -> None:
    leads = [str(1000 + number) for number in range(137)]
    for lead in leads:
        bench.add(lead, name="Jeanne")
    _all(bench.whole_pull(), leads, "over many pages, all changed in the same second")


@case("pull", "service.page", "service.can_hole")
def an_empty_page_is_not_the_end(bench: Bench) -> None:
    leads = seven(bench)
    bench.service.hole = True
    _all(bench.whole_pull(), leads, "after an empty page that was not the last")


@case("pull")
def ids_are_text_even_when_the_service_has_numbers(bench: Bench) -> None:
    bench.add("17", name="Jeanne")
    with bench.watched():
        adapter: Any = bench.instance()
        ids = [lead.external_id for page in adapter.pull(None, {}) for lead in page.leads]
    ensure(ids == ["17"], f"the id 17 comes as {ids!r}")


@case("pull", "service.text_ids")
def ids_keep_their_zeros_and_letters(bench: Bench) -> None:
    bench.add("007", "a-b")
    ensure(set(bench.whole_pull().leads) == {"007", "a-b"}, "ids such as 007 and a-b do not come as they are")


@case("pull", "service.page")
def only_the_last_page_says_that_it_is_the_last(bench: Bench) -> None:
    seven(bench)
    pages = bench.whole_pull().pages
    ensure(all(page.more for page in pages[:-1]), "a page in the middle says that it is the last")


@case("pull", "service.page")
def every_page_has_a_cursor_that_is_text(bench: Bench) -> None:
    seven(bench)
    with bench.watched():
        adapter: Any = bench.instance()
        cursors = [page.cursor for page in adapter.pull(None, {})]
    ensure(
        all(isinstance(each, str) and each for each in cursors), "a page has no cursor: the next pull would begin anew"
    )


@case("pull", "service.page")
def pages_come_as_they_are_read(bench: Bench) -> None:
    seven(bench, 20)
    whole = len(bench.whole_pull().pages)
    before = len(bench.requests)
    bench.pull(pages=1)
    ensure(
        whole < 3 or len(bench.requests) - before < whole,
        "pull() reads everything before it gives the first page: yield each page as it comes",
    )


@case("pull", "service.page")
def a_pull_that_ended_goes_on_from_any_page(bench: Bench) -> None:
    leads = seven(bench)
    pages = bench.whole_pull().pages
    for number, page in enumerate(pages[:-1]):
        before = {lead.external_id for each in pages[: number + 1] for lead in each.leads}
        rest = set(bench.whole_pull(page.cursor).leads)
        ensure(set(leads) <= before | rest, f"a pull that goes on after page {number + 1} leaves out leads")


@case("pull", "service.page", "service.can_by_id")
def a_change_on_a_page_that_was_read_comes_the_next_time(bench: Bench) -> None:
    bench.service.by_id = True
    leads = seven(bench)
    bench.time.sleep(_DAY_S)
    first = bench.pull(pages=1)
    bench.time.sleep(60)
    bench.add(leads[0], name="Zoé")
    bench.time.sleep(7200)
    rest = bench.whole_pull(first.cursor)
    seen = leads[0] in {*rest.leads, *bench.whole_pull(rest.cursor).leads}
    ensure(seen, "a lead that changed while the list was read never comes again: the cursor is too young")


@case("pull")
def what_changes_later_comes_the_next_time(bench: Bench) -> None:
    bench.add("101", "102", name="Jeanne")
    bench.time.sleep(_DAY_S)
    cursor = bench.whole_pull().cursor
    bench.time.sleep(_DAY_S)
    bench.add("102", name="Zoé")
    bench.add("103", name="Karl")
    bench.time.sleep(60)
    again = bench.whole_pull(cursor).leads
    ensure("102" in again, "a lead that changed after a pull does not come with the next")
    ensure("103" in again, "a lead that is new after a pull does not come with the next")


@case("pull")
def the_services_own_clock_decides_what_is_news(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    cursor = bench.whole_pull().cursor
    bench.time.sleep(1)
    bench.add("102", name="Zoé")
    ensure(
        "102" in bench.whole_pull(cursor).leads,
        "with a service whose clock is behind ours a new lead is missed: make the cursor of the service's times only",
    )


@case("pull", "service.can_lag")
def what_the_list_shows_late_is_not_missed(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    bench.time.sleep(_DAY_S)
    bench.service.lag_s = 90
    bench.add("102", name="Zoé")
    bench.time.sleep(60)
    cursor = bench.whole_pull().cursor
    bench.time.sleep(60)
    ensure("102" in bench.whole_pull(cursor).leads, "a list that is 90 s behind loses leads: let the cursor reach back")


@case("pull")
def a_quiet_time_loses_no_place(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    cursor = bench.whole_pull().cursor
    for _ in range(3):
        bench.time.sleep(_DAY_S)
        cursor = bench.whole_pull(cursor).cursor
        ensure(cursor, "a pull without news gives no cursor")
    bench.add("102", name="Zoé")
    bench.time.sleep(1)
    ensure("102" in bench.whole_pull(cursor).leads, "after some pulls without news a new lead is missed")


@case("pull")
def a_cursor_that_is_none_of_ours_begins_anew(bench: Bench) -> None:
    leads = seven(bench)
    for cursor in ("", "x", "{}", "[]", '{"since": "x"}', "17", "null", "[1, 2, 3]", '{"place": {"a": 1}}'):
        outcome = bench.pull(cursor)
        ensure(outcome.is_typed, f"pull() does not understand the cursor {cursor!r}{because(outcome)}: begin anew")
        _all(outcome, leads, f"with the cursor {cursor!r} of another version: begin anew")


@case("pull", "service.page", "service.forgets", "http")
def a_place_that_the_service_has_forgotten_is_no_dead_end(bench: Bench) -> None:
    leads = seven(bench)
    first = bench.pull(pages=1)
    bench.strike(faults.answers(410), on="read")
    outcome = bench.pull(first.cursor)
    _all(
        outcome, [lead for lead in leads if lead not in first.leads], "when the place in its cursor is gone: begin anew"
    )


@case("pull", "http")
def the_same_page_for_ever_comes_to_an_end(bench: Bench) -> None:
    seven(bench)
    kept: list[Reply] = []

    def same(request: Request, reply: Reply) -> Reply:
        if not bench.is_read(request):
            return reply
        kept.append(Reply(reply.status, reply.headers, [b"".join(reply.chunks)]))
        return kept[0]

    bench.twist = same
    outcome, guard = bench.pull(pages=60), CursorGuard()
    try:
        for page in outcome.pages:
            if page.more:
                guard.step(page.cursor)
    except Looping:
        return
    ensure(len(outcome.pages) < 60, "a service that repeats one page is read for ever, with a new cursor each time")


@case("pull", "http")
def records_that_make_no_sense_keep_no_other_out(bench: Bench) -> None:
    leads = seven(bench, 2)
    bench.twist = faults.more_rows(None, "x", 42, [], {}, {"id": None}, {"id": {"a": 1}})
    outcome = bench.pull(pages=20)
    ensure(outcome.is_typed, f"a row that is no record ends the pull{because(outcome)}: give RemoteLead('') for it")
    _all(outcome, leads, "beside rows that make no sense")


@case("pull", "http")
def values_of_a_wrong_type_keep_no_other_out(bench: Bench) -> None:
    leads = seven(bench, 3)
    wrong: tuple[Any, ...] = (None, 42, True, [], {}, ["x"], {"a": {"b": 1}}, "x" * 10, -1, 1e300)
    for value in wrong:

        def spoil(record: dict[str, Any], value: Any = value) -> dict[str, Any]:
            odd = str(record.get("id")) == leads[1]
            return {name: value if odd and name != "id" else kept for name, kept in record.items()}

        bench.twist = faults.each_record(spoil)
        outcome = bench.pull(pages=20)
        ensure(outcome.is_typed, f"a record whose values are {value!r} ends the pull{because(outcome)}")
        _all(outcome, [leads[0], leads[2]], f"beside a record whose values are {value!r}")


@case("pull", "http")
def what_is_new_in_a_record_is_not_in_the_way(bench: Bench) -> None:
    leads = seven(bench, 3)
    bench.twist = faults.each_record(lambda record: {**record, "": 1, "zz-new": {"a": [1]}, "a.b": None})
    _all(bench.whole_pull(), leads, "when records have fields that nobody knew")


@case("pull", "http")
def an_answer_without_a_list_is_not_an_empty_one(bench: Bench) -> None:
    seven(bench, 2)
    for body in ({}, {"message": "ok"}, "x", b"null"):
        bench.heal()
        bench.strike(faults.answers(200, body), on="read", times=50)
        outcome = bench.pull()
        ensure(outcome.is_typed, f"pull() fails in a way nobody foresaw when the answer is {body!r}{because(outcome)}")
        ensure(outcome.error, f"pull() takes {body!r} for an empty account: every lead would have left")


@case("pull")
def times_are_the_services_in_utc(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    said = bench.whole_pull().leads["101"].updated_at
    ensure(
        not said or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", said),
        f"updated_at is {said!r}; write 2026-05-13T15:00:00Z, in UTC",
    )
    ensure(not said or said.startswith("2026-05-13T15:00"), f"updated_at is {said!r}, and the service says 15:00 UTC")


@case("pull")
def a_status_is_one_of_leadqs_states(bench: Bench) -> None:
    bench.add("101", name="Jeanne", status="working")
    bench.add("102", name="Zoé", status="zz-unheard-of")
    leads = bench.whole_pull().leads
    for lead in leads.values():
        said = lead.fields.get("status") or ""
        ensure(
            said in ("", *STATES) or said == "zz-unheard-of", f"the status {said!r} is no state: map the CRM's words"
        )
    ensure(
        leads["101"].fields.get("status", "working") == "working", "a lead that is being worked comes in another state"
    )


@case("pull")
def the_record_is_kept_as_it_came(bench: Bench) -> None:
    bench.add("101", name="Jeanne")
    ensure(bench.whole_pull().leads["101"].raw, "raw is empty: give the record as it came, for whoever wonders later")


@case("pull", "service.remove")
def a_lead_that_was_deleted_is_not_listed_as_open(bench: Bench) -> None:
    bench.add("101", "102", name="Jeanne")
    bench.whole_pull()
    bench.service.remove("101")
    found = bench.whole_pull().leads.get("101")
    ensure(found is None or found.deleted, "a lead that was deleted is listed as if it were there")


@case("pull", "http")
def a_pull_only_reads(bench: Bench) -> None:
    seven(bench, 2)
    bench.dry_run = True
    _all(bench.whole_pull(), ["100", "101"], "in a dry run: say read=True for a POST that only asks")
    ensure(not bench.writes(), "pull() writes")
