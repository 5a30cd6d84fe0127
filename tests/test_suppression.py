"""Who may not be brought back: recognised by hashes, which name nobody and which only this home can make."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from leadq import read, views
from leadq.doctor import refold
from leadq.domain import verbs
from leadq.handoff import PersonKeys
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.suppression import (
    ERASED,
    OPPOSITION,
    Suppressed,
    carry_over,
    kept,
    lift,
    marks,
    recognised_by,
    suppress,
)
from tests.leads import NOW_MS, hand_over

OPT_OUT = verbs.Reject("rej.no_consent", 1)
WHO = {"email": "jeanne@forges.example", "phone": "+33199001122"}


def rows(store: Store, query: str) -> list[Any]:
    with store.read() as db:
        return db.execute(query).fetchall()


def shape(store: Store, lead_id: int) -> dict[str, Any]:
    with store.read() as db:
        assert all(same for _id, same in refold(db))
        return views.lead(db, read.moment(db, NOW_MS), lead_id)


def opt_out(queue: Queue, **row: str) -> None:
    hand_over(queue, {**WHO, **row})
    queue.perform(["1"], OPT_OUT)


# The list


def test_a_phone_tells_a_person_again_only_where_no_email_does() -> None:
    assert recognised_by(PersonKeys("a@b.example", "+33199001122", "")) == [("email", "a@b.example")]
    assert recognised_by(PersonKeys(None, "+33199001122", "")) == [("phone", "+33199001122")]
    assert recognised_by(PersonKeys(None, None, "jo|acme")) == [("name", "jo|acme")]


def test_a_person_is_marked_by_everything_that_may_bring_them_back() -> None:
    person = PersonKeys("a@b.example", "+33199001122", "")
    assert marks(person, [("csv", "lead", "A1")]) == [
        ("email", "a@b.example"), ("phone", "+33199001122"), ("remote", "csv:lead:A1"),
    ]  # fmt: skip
    assert marks(PersonKeys(None, None, "jo|acme")) == [("name", "jo|acme")]


def test_the_list_names_nobody_and_another_home_hashes_otherwise(store: Store, tmp_path: Any) -> None:
    other = Store(store.home._replace(data=tmp_path / "data"))
    found = []
    for one in (store, other):
        with one.transaction() as db:
            suppress(db, [("email", "a@b.example")], OPPOSITION, NOW_MS)
            found.append(db.execute("SELECT hash FROM suppression").fetchone()[0])
    assert found[0] != found[1]
    assert "a@b" not in found[0]


def test_an_erasure_is_stronger_than_an_opposition_and_the_verdict_taken_back_does_not_lift_it(store: Store) -> None:
    who = [("email", "a@b.example")]
    with store.transaction() as db:
        suppress(db, who, OPPOSITION, NOW_MS, "verdict")
        suppress(db, who, ERASED, NOW_MS + 1)
        suppress(db, who, OPPOSITION, NOW_MS + 2, "verdict")
        lift(db, ["verdict"])
        assert Suppressed(kept(db)).entries(who) == [("email", ERASED, NOW_MS + 1)]
        assert Suppressed(kept(db)).why(who) == ERASED


def test_who_was_erased_in_either_of_two_lists_stays_erased(store: Store) -> None:
    who = [("email", "both@b.example")]
    with store.transaction() as db:
        suppress(db, who, OPPOSITION, NOW_MS)
        older = kept(db)
        suppress(db, who, ERASED, NOW_MS + 1)
        newer = kept(db)
        for before in (older, newer):
            carry_over(db, before)
            assert Suppressed(kept(db)).why(who) == ERASED
        lift(db, [""])
        for before in (older, newer, older):
            carry_over(db, before)
        assert Suppressed(kept(db)).why(who) == ERASED


def test_a_list_of_another_home_holds_beside_ours(store: Store, tmp_path: Any) -> None:
    other = Store(store.home._replace(data=tmp_path / "data"))
    with other.transaction() as db:
        suppress(db, [("email", "theirs@b.example")], ERASED, NOW_MS)
        theirs = kept(db)
    with store.transaction() as db:
        suppress(db, [("email", "ours@b.example")], OPPOSITION, NOW_MS)
        carry_over(db, theirs)
        carry_over(db, theirs)
        both = Suppressed(kept(db))
        assert [both.why([("email", f"{who}@b.example")]) for who in ("ours", "theirs", "nobody")] == [
            OPPOSITION, ERASED, "",
        ]  # fmt: skip


# Who opposed, and is imported later


def test_who_opposed_comes_back_rejected_with_a_coded_reason_and_no_clock_that_runs(queue: Queue, store: Store) -> None:
    opt_out(queue)
    report = hand_over(queue, {**WHO, "handed_off_at": "2026-05-13T12:59:00Z"})
    lead = shape(store, 2)
    assert (report.created, report.opposed, report.rejected) == (1, 1, [])
    assert (lead["state"], lead["cycle"], lead["opposed_at"]) == ("rejected", 2, "2026-05-13T12:59:00Z")
    assert (lead["feedback"]["reason"], lead["feedback"]["quality"]) == ("rej.no_consent", 1)
    assert lead["events"][0]["data"]["opposed"] is True
    assert (lead["events"][1]["actor"], lead["events"][1]["actor_kind"]) == ("system", "system")
    assert {clock["state"] for clock in lead["clocks"]} <= {"met", "cancelled"}
    assert rows(store, "SELECT verb FROM outbox ORDER BY rowid") == [("reject",), ("reject",)]


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ({}, {"id": "new"}),
        ({"id": "A1"}, {"id": "A1", "email": "other@forges.example", "phone": "+33199009999"}),
        ({}, {"email": "", "product_line": "other"}),
        ({"email": "", "phone": ""}, {"email": "", "phone": "", "product_line": "other"}),
    ],
    ids=["email", "remote id", "phone without an e-mail", "name and company"],
)
def test_who_opposed_is_known_again(queue: Queue, first: dict[str, str], again: dict[str, str]) -> None:
    opt_out(queue, **first)
    assert hand_over(queue, {**WHO, "handed_off_at": "2026-05-13T12:59:00Z", **again}).opposed == 1


def test_a_colleague_behind_the_same_switchboard_did_not_oppose(queue: Queue, store: Store) -> None:
    opt_out(queue)
    report = hand_over(queue, {**WHO, "email": "karl@forges.example"}, {"email": "zoe@forges.example", "phone": ""})
    assert (report.created, report.opposed) == (2, 0)
    assert (shape(store, 2)["state"], shape(store, 2)["opposed_at"]) == ("handed_off", None)


def test_leads_of_one_file_at_one_instant_do_not_take_the_opposition_of_another(queue: Queue, store: Store) -> None:
    opt_out(queue)
    same = {"handed_off_at": "2026-05-13T12:59:00Z"}
    hand_over(queue, {**WHO, **same}, {"email": "a@forges.example", **same}, {"email": "b@forges.example", **same})
    assert [shape(store, number)["opposed_at"] for number in (2, 3, 4)] == ["2026-05-13T12:59:00Z", None, None]


def test_nobody_is_looked_up_while_the_list_is_empty(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_args: object) -> bool:
        raise AssertionError("looked up")

    monkeypatch.setattr(Suppressed, "opposes", never)
    assert hand_over(queue, {}, {}).created == 2


def test_an_import_reads_the_list_once_however_many_rows_it_has(
    queue: Queue, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    opt_out(queue)
    real, seen = store.transaction, []

    def traced() -> Any:
        context = real()

        class Traced:
            def __enter__(self) -> sqlite3.Connection:
                db = context.__enter__()
                db.set_trace_callback(lambda sql: seen.append(sql) if "FROM suppression" in sql else None)
                return db

            def __exit__(self, *error: Any) -> Any:
                return context.__exit__(*error)

        return Traced()

    monkeypatch.setattr(store, "transaction", traced)
    hand_over(queue, *({"email": f"p{number}@forges.example"} for number in range(20)))
    assert len(seen) == 1


def test_taking_the_verdict_back_lifts_the_opposition(queue: Queue) -> None:
    opt_out(queue, id="A1")
    queue.undo()
    again = {**WHO, "id": "A2", "handed_off_at": "2026-05-13T12:59:00Z"}
    assert hand_over(queue, again).opposed == 0
