"""Handed-off leads come in: who is new, who is known, what changes, and what never does."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadq.clock import Clock
from leadq.desk import Desk
from leadq.doctor import refold
from leadq.domain import verbs
from leadq.domain.decide import Refused, decide
from leadq.handoff import Defaults
from leadq.intake import Intake, Report
from leadq.queue import Queue, situation
from leadq.sqlite import Store
from leadq.text import clean
from tests.conftest import at
from tests.hostile import HOSTILE
from tests.leads import NOW_MS, ROW, hand_over

PARIS = ZoneInfo("Europe/Paris")
LATER = "2026-05-13T12:56:00Z"
TABLES = ("person", "lead", "event", "event_text", "clock", "remote_ref", "outbox")
REJECT = verbs.Reject("rej.off_icp", 2, criterion="size")


def bring(
    queue: Queue, *rows: Mapping[str, str], connection: str = "csv", rest: Mapping[str, str] | None = None, **given: Any
) -> Report:
    """Take `rows` as they are; `given` is what the command line says."""
    with queue.desk() as desk:
        intake = Intake(desk, connection, Defaults(desk.now_ms, PARIS, **given))
        return intake.take((line, row, rest or {}) for line, row in enumerate(rows, start=2))


def counts(report: Report) -> tuple[int, int, int, int, int]:
    return (report.created, report.updated, report.unchanged, report.duplicates, len(report.rejected))


CREATED, UPDATED, UNCHANGED, DUPLICATE = (1, 0, 0, 0, 0), (0, 1, 0, 0, 0), (0, 0, 1, 0, 0), (0, 0, 0, 1, 0)


def select(queue: Queue, sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with queue.store.read() as db:
        return [tuple(row) for row in db.execute(sql, params)]


def stored(db: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {table: sorted(map(tuple, db.execute(f"SELECT * FROM {table}"))) for table in TABLES}


def everything(queue: Queue) -> dict[str, list[tuple[Any, ...]]]:
    with queue.store.read() as db:
        return stored(db)


def data(queue: Queue, kind: str = "remote_changed") -> list[dict[str, Any]]:
    rows = select(queue, "SELECT data FROM event WHERE type = ? ORDER BY seq", kind)
    return [json.loads(row[0]) for row in rows]


def leads(queue: Queue, columns: str = "id, person_id, cycle, product_line, state") -> list[tuple[Any, ...]]:
    return select(queue, f"SELECT {columns} FROM lead ORDER BY id")


# --- a row's key


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"id": "7", "email": "a@x.example"}, {"id": "7", "email": "b@x.example"}),
        ({"email": "a@x.example", "phone": ""}, {"email": " A@X.example", "phone": "+33199000009"}),
        ({"email": "", "phone": "01 99 00 11 22"}, {"email": "n/a", "phone": "+33 1 99 00 11 22"}),
        (
            {"email": "", "phone": "", "name": "Zoé Lefèvre", "company": "Œuvre"},
            {"email": "", "phone": "", "name": "ZOE LEFEVRE", "company": "oeuvre"},
        ),
    ],
)
def test_a_row_with_the_same_key_is_the_same_lead_now_and_later(
    queue: Queue, first: Mapping[str, str], second: Mapping[str, str]
) -> None:
    assert counts(hand_over(queue, first, second)) == (1, 0, 0, 1, 0)
    assert hand_over(queue, second).created == 0
    assert len(leads(queue)) == 1


def test_an_id_belongs_to_its_connection(queue: Queue) -> None:
    row = {"id": "7", "name": "Zoé"}
    assert counts(bring(queue, row)) == counts(bring(queue, row, connection="hubspot")) == CREATED
    assert leads(queue, "connection, external_id") == [("csv", "7"), ("hubspot", "7")]


def test_two_ids_with_one_email_are_two_people_until_someone_merges_them(queue: Queue) -> None:
    assert counts(hand_over(queue, {"id": "7", "email": "a@x.example"}, {"id": "8", "email": "a@x.example"}))[0] == 2
    assert len(select(queue, "SELECT id FROM person")) == 2


def test_an_email_finds_the_lead_that_came_with_an_id(queue: Queue) -> None:
    hand_over(queue, {"id": "7", "email": "a@x.example"})
    report = bring(queue, {"email": "a@x.example", "title": "CEO"})
    assert (counts(report), leads(queue, "external_id")) == (UPDATED, [("7",)])


def test_its_next_cycle_keeps_the_id(queue: Queue) -> None:
    hand_over(queue, {"id": "7", "email": "a@x.example"})
    queue.perform(["1"], REJECT)
    rows = [
        {"email": "a@x.example", "handed_off_at": LATER},
        {"id": "7", "email": "a@x.example", "handed_off_at": LATER},
    ]
    assert counts(bring(queue, *rows)) == (1, 0, 0, 1, 0)
    assert counts(bring(queue, *rows)) == (0, 0, 1, 1, 0)
    assert leads(queue, "person_id, external_id, cycle, state") == [(1, "7", 1, "rejected"), (1, "7", 2, "handed_off")]


def test_the_same_email_on_two_connections_is_two_leads(queue: Queue) -> None:
    row = {"email": "a@x.example", "handed_off_at": LATER}
    assert [counts(bring(queue, row, connection=name)) for name in ("csv", "crm", "csv", "crm")] == [
        CREATED, CREATED, UNCHANGED, UNCHANGED,
    ]  # fmt: skip


def test_a_shared_switchboard_makes_nobody_somebody_else(queue: Queue) -> None:
    anne = {"name": "Anne", "email": "anne@x.example", "phone": "+33199001122"}
    marc = {"name": "Marc", "email": "", "phone": "+33199001122"}
    assert counts(bring(queue, anne, marc))[0] == 2
    assert counts(bring(queue, marc, anne)) == (0, 0, 2, 0, 0)
    assert select(queue, "SELECT name FROM person ORDER BY id") == [("Anne",), ("Marc",)]


@pytest.mark.parametrize("turned", [False, True])
def test_rows_with_and_without_an_id_never_trade_places(queue: Queue, turned: bool) -> None:
    rows = [{"id": "7", "name": "Anne", "email": "a@x.example"}, {"name": "A. Martin", "email": "a@x.example"}]
    rows = rows[::-1] if turned else rows
    bring(queue, *rows)
    before = everything(queue)
    for _again in range(2):
        assert bring(queue, *rows).updated == 0
        assert everything(queue) == before


# --- the same again


def test_the_same_file_twice_changes_nothing(queue: Queue) -> None:
    rows = [
        {"id": "7", "note": "Rappeler", "owner": "zoe"},
        {"product_line": "saws", "company_size": "50-100", "score": "12,5"},
        {"email": "", "phone": "", "handed_off_at": "", "fit": "3"},
        {"country": "Belgique", "handed_off_at": "13/05/2026"},
    ]
    assert counts(hand_over(queue, *rows)) == (4, 0, 0, 0, 0)
    before = everything(queue)
    assert counts(hand_over(queue, *rows)) == (0, 0, 4, 0, 0)
    assert everything(queue) == before


def test_a_second_row_of_the_same_key_in_one_file_is_a_duplicate_and_the_first_one_counts(queue: Queue) -> None:
    rows = [{"email": "a@x.example", "title": "CEO"}, {"email": "a@x.example", "title": "CTO"}]
    assert counts(hand_over(queue, *rows)) == (1, 0, 0, 1, 0)
    assert counts(hand_over(queue, *rows)) == (0, 0, 1, 1, 0)
    assert select(queue, "SELECT title FROM person") == [("CEO",)]


def test_the_order_of_the_rows_does_not_matter_and_every_event_has_a_uid_of_its_own(queue: Queue) -> None:
    rows = [{**ROW, "id": str(number)} for number in range(5)]
    bring(queue, *rows)
    assert counts(bring(queue, *rows[::-1])) == (0, 0, 5, 0, 0)
    assert select(queue, "SELECT count(*), count(DISTINCT uid) FROM event") == [(5, 5)]


# --- an open lead takes over what the row says differently


def test_what_changed_about_the_person_is_kept_and_the_event_says_only_which_field(queue: Queue) -> None:
    hand_over(queue, {"id": "7", "email": "a@x.example", "phone": "+33199001122"})
    changed = {
        "id": "7", "name": "Anne Noël", "company": "Béton", "title": "CEO", "email": "b@x.example",
        "phone": "+3220000000", "country": "Belgium", "language": "nl", "timezone": "Europe/Brussels",
    }  # fmt: skip
    assert counts(bring(queue, changed)) == UPDATED
    assert data(queue) == [{"field": name} for name in changed if name != "id"]
    assert select(queue, "SELECT name, company, title, email, phone, country, language, timezone FROM person") == [
        ("Anne Noël", "Béton", "CEO", "b@x.example", "+3220000000", "BE", "nl", "Europe/Brussels")
    ]
    assert select(queue, "SELECT email_key, phone_key, name_key, search FROM person") == [
        ("b@x.example", "+3220000000", "", "anne noel beton b@x.example")
    ]


def test_an_empty_cell_erases_nothing(queue: Queue) -> None:
    hand_over(queue, {"id": "7", "note": "Rappeler", "score": "80", "owner": "zoe"})
    before = everything(queue)
    assert (
        counts(bring(queue, {"id": "7", "name": "Jeanne Martin", "email": "", "score": "", "owner": " "})) == UNCHANGED
    )
    assert everything(queue) == before


def test_the_same_address_in_other_letters_and_what_is_no_address_change_nothing(queue: Queue) -> None:
    hand_over(queue, {"id": "7", "email": "a@x.example", "phone": "+33199001122"})
    before = everything(queue)
    assert (
        counts(bring(queue, {"id": "7", "name": "Jeanne Martin", "email": "A@X.Example", "phone": "01 99 00 11 22"}))
        == UNCHANGED
    )
    assert counts(bring(queue, {"id": "7", "name": "Jeanne Martin", "email": "n/a", "phone": "unknown"})) == UNCHANGED
    assert everything(queue) == before


def test_who_got_an_email_is_found_by_it_from_then_on(queue: Queue) -> None:
    bring(queue, {"id": "7", "name": "Anne"})
    bring(queue, {"id": "7", "name": "Anne", "email": "a@x.example"})
    assert counts(bring(queue, {"email": "a@x.example"})) == UNCHANGED


def test_what_changed_in_the_package_is_an_event_with_base_and_new_and_the_package_stays(queue: Queue) -> None:
    hand_over(queue, {"email": "a@x.example", "score": "40", "phone": ""})
    package = data(queue, "handed_off")
    row = {
        "email": "a@x.example",
        "score": "70",
        "campaign": "webinar-9",
        "source": "web",
        "company_size": "300",
        "sector": "agro",
    }
    assert counts(bring(queue, row)) == UPDATED
    assert data(queue) == [
        {"field": "campaign", "base": "salon-2026", "new": "webinar-9"},
        {"field": "score", "base": 40.0, "new": 70.0},
        {"field": "sector", "base": "industry", "new": "agro"},
        {"field": "company_size", "base": 120.0, "new": 300.0},
    ]
    assert data(queue, "handed_off") == package
    assert leads(queue, "campaign, score") == [("salon-2026", 40.0)]


def test_a_change_is_told_once_and_its_return_is_another_change(queue: Queue) -> None:
    rows = [{"email": "a@x.example", "campaign": campaign} for campaign in ("one", "two", "two", "one", "one")]
    assert [counts(bring(queue, row)) for row in rows] == [CREATED, UPDATED, UNCHANGED, UPDATED, UNCHANGED]
    assert data(queue) == [
        {"field": "campaign", "base": "one", "new": "two"},
        {"field": "campaign", "base": "two", "new": "one"},
    ]


def test_another_owner_in_the_file_is_the_leads_owner(queue: Queue) -> None:
    hand_over(queue, {"id": "7", "owner": "zoe"})
    assert counts(hand_over(queue, {"id": "7", "owner": "karim"})) == UPDATED
    assert data(queue) == [{"field": "owner", "base": "zoe", "new": "karim"}]
    assert leads(queue, "owner") == [("karim",)]


def test_a_file_that_says_what_it_said_takes_no_lead_from_who_accepted_it(queue: Queue) -> None:
    hand_over(queue, {"id": "7", "owner": "karim"})
    queue.perform(["1"], verbs.Accept(take=True))
    assert counts(hand_over(queue, {"id": "7", "owner": "karim"})) == UNCHANGED
    assert leads(queue, "owner") == [("me",)]


def test_what_the_command_line_says_is_no_change_of_a_known_lead(queue: Queue) -> None:
    row = {"email": "a@x.example", "name": "Anne"}
    bring(queue, row)
    assert counts(bring(queue, row, owner="zoe", campaign="fair", trigger="event")) == UNCHANGED
    assert counts(bring(queue, {"email": "b@x.example"}, owner="zoe", campaign="fair", trigger="event")) == CREATED
    assert leads(queue, "owner, campaign, trigger") == [("", "", ""), ("zoe", "fair", "event")]


def test_a_note_is_kept_apart_and_another_one_is_added(queue: Queue) -> None:
    first = {"email": "a@x.example", "note": "Rappeler\nà 14h"}
    second = {"email": "a@x.example", "note": "Plutôt 15h"}
    reports = [counts(bring(queue, row)) for row in (first, first, second, second)]
    assert reports == [CREATED, UNCHANGED, UPDATED, UNCHANGED]
    texts = "SELECT e.type, t.kind, t.text FROM event e JOIN event_text t ON t.event_uid = e.uid ORDER BY e.seq"
    assert select(queue, texts) == [("handed_off", "note", "Rappeler\nà 14h"), ("remote_changed", "note", "Plutôt 15h")]
    assert data(queue) == [{"field": "note"}]


# --- a closed lead, and the next cycle


def test_a_newer_dated_row_about_a_closed_lead_begins_a_new_cycle_and_the_old_one_stays(queue: Queue) -> None:
    """E21: coming back neither resets nor goes on with the clocks of the cycle that had ended."""

    def about(lead_id: int) -> list[list[tuple[Any, ...]]]:
        lead = select(queue, "SELECT * FROM lead WHERE id = ?", lead_id)
        clocks = select(queue, "SELECT * FROM clock WHERE lead_id = ?", lead_id)
        return [lead, clocks, select(queue, "SELECT * FROM event WHERE lead_uid = ?", lead[0][1])]

    hand_over(queue, {"id": "7", "email": "a@x.example"})
    queue.perform(["1"], REJECT)
    old = about(1)
    newer = {"id": "7", "email": "a@x.example", "title": "CEO", "handed_off_at": LATER}
    assert counts(hand_over(queue, newer)) == CREATED
    assert leads(queue) == [(1, 1, 1, "", "rejected"), (2, 1, 2, "", "handed_off")]
    assert about(1) == old
    assert select(queue, "SELECT lead_id FROM remote_ref") == [(2,)]
    assert select(queue, "SELECT title FROM person") == [("CEO",)]
    assert data(queue, "handed_off")[1]["cycle"] == 2


@pytest.mark.parametrize("again", ["", ROW["handed_off_at"], "2026-05-13T12:54:59Z"])
def test_without_a_newer_date_a_closed_lead_stays_closed(queue: Queue, again: str) -> None:
    hand_over(queue, {"email": "a@x.example"})
    queue.perform(["1"], REJECT)
    before = everything(queue)
    assert counts(hand_over(queue, {"email": "a@x.example", "title": "CEO", "handed_off_at": again})) == UNCHANGED
    assert everything(queue) == before


def test_a_date_on_the_command_line_counts_as_one_in_the_row(queue: Queue) -> None:
    row = {"email": "a@x.example"}
    bring(queue, row, handed_off_ms=NOW_MS - 2)
    queue.perform(["1"], REJECT)
    assert [counts(bring(queue, row, handed_off_ms=NOW_MS - back)) for back in (2, 1)] == [UNCHANGED, CREATED]


def test_an_undated_file_twice_gives_nobody_a_second_cycle(queue: Queue) -> None:
    row = {"email": "a@x.example"}
    bring(queue, row)
    queue.perform(["1"], REJECT)
    assert counts(bring(Queue(queue.store, Clock(NOW_MS + 1)), row)) == UNCHANGED


# --- product lines


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize(
    "who", [{"email": "a@x.example"}, {"phone": "+33199001122"}, {"name": "Anne", "company": "X"}]
)  # fmt: skip
def test_each_product_line_is_a_lead_of_its_own_of_the_same_person(
    queue: Queue, who: Mapping[str, str], apart: bool
) -> None:
    rows = [{**who, "product_line": line} for line in ("saws", "drills")]
    reports = [bring(queue, row) for row in rows] if apart else [bring(queue, *rows)]
    assert sum(report.created for report in reports) == 2
    assert leads(queue, "person_id, cycle, product_line, state") == [
        (1, 1, "saws", "handed_off"), (1, 1, "drills", "handed_off"),
    ]  # fmt: skip
    assert counts(bring(queue, *rows)) == (0, 0, 2, 0, 0)


def test_of_two_rows_of_one_file_about_a_person_the_first_counts_and_the_other_completes_it(queue: Queue) -> None:
    saws = {"email": "a@x.example", "product_line": "saws", "title": "CEO"}
    drills = {"email": "a@x.example", "product_line": "drills", "title": "CTO", "name": "Anne"}
    for _again in range(2):
        bring(queue, saws, drills)
        assert select(queue, "SELECT title, name FROM person") == [("CEO", "Anne")]
    assert counts(bring(queue, drills)) == UPDATED
    assert select(queue, "SELECT title, name FROM person") == [("CTO", "Anne")]


# --- rows that cannot be taken


def test_every_bad_row_is_listed_with_its_line_and_why_and_every_good_one_is_taken(queue: Queue) -> None:
    rows = [
        {},
        {"handed_off_at": "31/02/2026"},
        {"score": "high"},
        {},
        {"name": "", "company": "", "email": "?", "phone": ""},
    ]
    report = hand_over(queue, *rows)
    assert (report.read, report.created) == (5, 2)
    assert report.rejected == [
        {
            "line": 3,
            "reason": "“31/02/2026” in column handed_off_at is not a date: write 2026-05-13 15:00 or 13/05/2026 15:00.",
        },
        {"line": 4, "reason": "“high” in column score is not a number."},
        {"line": 6, "reason": "Nothing says who this is: no name, company, e-mail or phone."},
    ]


def test_a_failed_import_leaves_nothing_behind(queue: Queue) -> None:
    hand_over(queue)
    before = (everything(queue), select(queue, "SELECT sql FROM sqlite_master ORDER BY sql"))

    def rows() -> Iterator[tuple[int, dict[str, str], dict[str, str]]]:
        for line in range(3000):
            yield line, {**ROW, "email": f"q{line}@x.example"}, {}
        raise KeyboardInterrupt

    for home in (queue, Queue(Store(queue.store.home), Clock(NOW_MS))):
        with pytest.raises(KeyboardInterrupt), home.desk() as desk:
            Intake(desk, "csv", Defaults(NOW_MS, PARIS)).take(rows())
    assert (everything(queue), select(queue, "SELECT sql FROM sqlite_master ORDER BY sql")) == before


def test_a_first_import_that_fails_leaves_the_indexes(queue: Queue) -> None:
    def broken() -> Iterator[tuple[int, dict[str, str], dict[str, str]]]:
        yield 2, ROW, {}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), queue.desk() as desk:
        Intake(desk, "csv", Defaults(NOW_MS, PARIS)).take(broken())
    hand_over(queue)
    names = {row[0] for row in select(queue, "SELECT name FROM sqlite_master WHERE type = 'index'")}
    assert {"lead_one_open", "lead_queue", "event_lead", "person_email"} <= names


# --- what is kept


def test_the_whole_handoff_is_on_the_lead(queue: Queue) -> None:
    hand_over(queue, {"id": "7", "owner": "zoe", "score": "82", "product_line": "saws", "consent_basis": ""})
    assert leads(queue, "connection, external_id, cycle, product_line, state, owner") == [
        ("csv", "7", 1, "saws", "handed_off", "zoe")
    ]
    assert leads(queue, "source, campaign, trigger, score, fit, engagement, tier") == [
        ("web", "salon-2026", "demo", 82.0, 20.0, 40.0, "hot")
    ]
    assert leads(queue, "missing, date_only, handed_off_ms") == [('["consent_basis"]', 0, at("2026-05-13T12:55"))]
    assert select(queue, "SELECT kind, policy, started_ms FROM clock ORDER BY kind") == [
        (kind, "hot", at("2026-05-13T12:55")) for kind in ("accept", "disposition", "first_touch")
    ]
    assert select(queue, "SELECT type, occurred_ms, recorded_ms, actor, actor_kind FROM event") == [
        ("handed_off", at("2026-05-13T12:55"), NOW_MS, "me", "adapter")
    ]


def test_a_date_without_a_time_is_midnight_and_marked(queue: Queue) -> None:
    hand_over(queue, {"handed_off_at": "13/05/2026"})
    assert leads(queue, "date_only, handed_off_ms") == [(1, at("2026-05-12T22:00"))]


def test_cells_that_no_field_claims_are_kept_raw(queue: Queue) -> None:
    strange = {text[:50]: text[:1000] for text in HOSTILE}
    bring(queue, {"name": "Anne"}, rest=strange)
    assert json.loads(select(queue, "SELECT raw FROM person")[0][0]) == strange


def test_hostile_text_comes_in_harmless_and_no_lead_is_lost(queue: Queue) -> None:
    fields = ("name", "company", "title", "country", "language", "timezone", "source", "campaign", "trigger", "sector",
              "role", "consent_basis", "owner", "product_line", "note")  # fmt: skip
    rows = [
        {"id": f"h{number}", "email": f"h{number}@x.example", **dict.fromkeys(fields, text)}
        for number, text in enumerate(HOSTILE)
    ]
    assert counts(bring(queue, *rows)) == (len(rows), 0, 0, 0, 0)
    for row in select(queue, "SELECT name, company, title, country, language, timezone FROM person"):
        assert all(text == clean(text) for text in row)
    for row in leads(queue, "external_id, product_line, owner, source, campaign, trigger"):
        assert all(text == clean(text) for text in row)
    before = everything(queue)
    assert counts(bring(queue, *rows)) == (0, 0, len(rows), 0, 0)
    assert everything(queue) == before


def test_nothing_personal_is_in_any_event(queue: Queue) -> None:
    first = {"id": "7", "name": "Nomen", "company": "Societas", "title": "Titulus", "email": "courriel@x.example",
             "phone": "+33199001122", "note": "Nota"}  # fmt: skip
    bring(queue, first)
    bring(queue, {name: text if name == "id" else f"{text}2" for name, text in first.items()})
    texts = " ".join(row[0] for row in select(queue, "SELECT data FROM event"))
    assert len(data(queue)) == 6
    assert not [word for word in ("Nomen", "Societas", "Titulus", "courriel", "199001", "Nota") if word in texts]


# --- any file at all: the rows are what the events fold to, and once is enough

_texts = st.sampled_from(["", "", "Zoé", "a’b"])
_said = {
    "name": st.sampled_from(["Anne", "Marc", ""]),
    "company": _texts,
    "phone": st.sampled_from(["", "+33199001122", "01 99 00 11 22", "+33199001123"]),
    "product_line": st.sampled_from(["", "", "saws"]),
    "owner": st.sampled_from(["", "zoe", "karim"]),
    "trigger": st.sampled_from(["", "demo", "event"]),
    "score": st.sampled_from(["", "10", "85,5", "high"]),
    "company_size": st.sampled_from(["", "60", "50-100"]),
    "note": _texts,
    "handed_off_at": st.sampled_from(
        ["", "2026-05-12", "2026-05-13T12:00", "2026-05-13T18:30", "12/05/2026 09:10", "soon"]
    ),
}


def _who(*pairs: tuple[str, str]) -> st.SearchStrategy[dict[str, str]]:
    """A row about one of these (id, e-mail). Two ids never get each other's e-mail: that settles one import later."""
    row = st.tuples(st.sampled_from(pairs), st.fixed_dictionaries(_said))
    return row.map(lambda drawn: {"id": drawn[0][0], "email": drawn[0][1], **drawn[1]})


_rows = _who(
    ("", ""), ("", "a@x.example"), ("", "A@x.example"), ("", "b@x.example"), ("", "?"),
    ("1", ""), ("1", "a@x.example"), ("2", "b@x.example"), ("2", "c@x.example"),
)  # fmt: skip
_files = st.lists(
    st.tuples(st.lists(_rows, max_size=6), st.sampled_from([None, REJECT, verbs.Accept(take=True)])), max_size=4
)


class _OverError(Exception):
    """Ends a transaction that is to leave nothing."""


@contextmanager
def _rehearsed(store: Store) -> Iterator[Desk]:
    """A desk whose work is thrown away, in a home that has its calendars: one made for each example would take long."""
    if not store.home.exists:
        with Queue(store, Clock(NOW_MS)).desk() as desk:
            desk.rules.calendar(desk.rules.current_id, "paris", NOW_MS)
    try:
        with store.transaction() as db:
            yield Desk(db, store, Clock(NOW_MS))
            raise _OverError
    except _OverError:
        pass


def _take(desk: Desk, rows: list[dict[str, str]]) -> Report:
    intake = Intake(desk, "csv", Defaults(NOW_MS, PARIS))
    return intake.take((line, row, {}) for line, row in enumerate(rows, start=2))


def _do(desk: Desk, verb: verbs.Verb) -> None:
    """Whatever the verb may be done to, it is done to."""
    for (uid,) in desk.db.execute("SELECT uid FROM lead ORDER BY id").fetchall():
        lead = desk.ledger.lead(uid)
        outcome = decide(lead, verb, situation(desk, lead, verb))
        if not isinstance(outcome, Refused):
            desk.ledger.append(uid, outcome, desk.batch)


@pytest.fixture
def in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is written down two rows at a time, and what was worked out is forgotten now and then."""
    monkeypatch.setattr("leadq.intake._FLUSH_ROWS", 2)
    monkeypatch.setattr("leadq.staging._FRESH_KEPT", 4)


@pytest.mark.usefixtures("in_batches")
def test_a_file_of_many_batches_is_taken_whole(queue: Queue) -> None:
    lines = ("", "", "alpha", "", "beta")  # a person met again is looked for among rows that are not copied yet
    rows = [
        {"name": f"N{n}", "email": f"p{n // 2}@x.example", "product_line": lines[n % 5], "note": str(n),
         "handed_off_at": f"2026-05-{1 + n % 9:02}T12:00", "owner": ("", "zoe")[n % 3 == 0]}
        for n in range(25)
    ]  # fmt: skip
    report = bring(queue, *rows)
    assert (report.read, report.created + report.duplicates) == (25, 25)
    assert len(leads(queue)) == report.created > 15
    with queue.store.read() as db:
        assert [lead_id for lead_id, same in refold(db) if not same] == []
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert bring(queue, *rows).created == 0


@pytest.mark.usefixtures("in_batches")
@pytest.mark.parametrize("count", [3, 9])
def test_what_cannot_be_copied_ends_the_import_and_leaves_nothing(queue: Queue, count: int) -> None:
    with queue.desk() as desk:
        desk.db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON lead WHEN new.external_id = '2'"
            " BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    before = everything(queue)
    with pytest.raises(sqlite3.IntegrityError, match="full"):
        bring(queue, *({"id": str(n), "name": "A"} for n in range(count)))
    assert everything(queue) == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(_files)
def test_stored_rows_are_what_the_events_fold_to_and_the_same_file_again_changes_nothing(
    store: Store, files: list[tuple[list[dict[str, str]], verbs.Verb | None]]
) -> None:
    with _rehearsed(store) as desk:
        for rows, verb in files:
            report = _take(desk, rows)
            assert report.read == len(rows) == sum(counts(report))
            before = stored(desk.db)
            again = _take(desk, rows)
            assert (again.created, again.updated, len(again.rejected)) == (0, 0, len(report.rejected))
            assert stored(desk.db) == before
            if verb:
                _do(desk, verb)
        before = stored(desk.db)
        assert [lead_id for lead_id, same in refold(desk.db) if not same] == []
        for (uid,) in desk.db.execute("SELECT uid FROM lead").fetchall():
            desk.ledger.refold(uid)
        assert stored(desk.db) == before
        assert desk.db.execute("PRAGMA foreign_key_check").fetchall() == []
