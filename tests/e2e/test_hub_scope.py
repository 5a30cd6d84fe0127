"""Which leads a home hears of through a hub: its rep's, those they had to do with, nobody's. On a real PostgreSQL."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from leadq.clock import Clock
from leadq.domain.verbs import Accept, Assign, Note, Touch
from leadq.hub.admin import Hub
from leadq.hub.steps import SCHEMA, step
from leadq.privacy import erase
from tests.cli.runner import Leadq
from tests.e2e.test_hub import Killed, assert_in_scope, assert_the_same, dying, in_hub, people, settle, told

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.team import Laptop, Team

pytestmark = pytest.mark.e2e
psycopg = pytest.importorskip("psycopg", reason="THE TESTS OF THE HUB DID NOT RUN: psycopg is not installed")

JEANNE, PAUL = "Jeanne Martin", "Paul Free"


@pytest.fixture
def three(team: Team) -> tuple[Laptop, Laptop, Laptop]:
    """Two reps and a manager. Zoe has a lead of hers, with a note, that has been nobody's at no time."""
    zoe, karim, nadia = (
        team.laptop(team.add(name, role)) for name, role in (("zoe", "rep"), ("karim", "rep"), ("nadia", "manager"))
    )
    zoe.hand_over({"name": JEANNE})
    zoe.queue.perform([zoe.uid(JEANNE)], Accept())
    zoe.queue.perform([zoe.uid(JEANNE)], Note("met her in Lyon"))
    settle(zoe, karim, nadia)
    return zoe, karim, nadia


def later(laptop: Laptop, *others: Laptop) -> None:
    """A minute after what all of them did last."""
    laptop.now_ms = max(one.now_ms for one in (laptop, *others)) + 60_000


def kinds(laptop: Laptop, lead: str) -> list[str]:
    """What happened to a lead, as this home has it."""
    return [kind for (kind,) in laptop.ask("SELECT type FROM event WHERE lead_uid = ? ORDER BY seq", lead)]


def test_a_colleagues_lead_is_not_in_a_reps_home_and_all_are_in_a_managers(
    three: tuple[Laptop, Laptop, Laptop],
) -> None:
    zoe, karim, nadia = three
    assert not karim.events()
    assert not karim.leads()
    assert_the_same(zoe, nadia)
    assert_in_scope(*three)


def test_a_lead_that_comes_into_scope_brings_its_whole_history(three: tuple[Laptop, Laptop, Laptop]) -> None:
    zoe, karim, nadia = three
    zoe.hand_over({"name": PAUL, "email": "p@x.example", "phone": ""})
    settle(*three)  # karim has read past the beginning of Jeanne's lead
    later(nadia, *three)
    nadia.queue.perform([nadia.uid(JEANNE)], Assign(karim.name))
    nadia.exchange()
    karim.exchange()
    assert karim.said == ["meet", "news"]
    assert kinds(karim, karim.uid(JEANNE)) == ["handed_off", "accepted", "noted", "assigned"]
    assert told(karim, "Lyon")
    settle(*three)
    assert_the_same(*three)
    assert_in_scope(*three)


def test_who_owned_a_lead_goes_on_hearing_of_it(three: tuple[Laptop, Laptop, Laptop]) -> None:
    zoe, karim, nadia = three
    lead = zoe.uid(JEANNE)
    later(nadia, *three)
    nadia.queue.perform([lead], Assign(karim.name))
    settle(*three)
    later(karim, *three)
    karim.queue.perform([lead], Touch("call", "connected"))
    karim.queue.perform([lead], Note("prefers mornings"))
    settle(*three)
    assert_the_same(*three)
    assert not told(zoe, "mornings")  # whom it is about, and what was noted, goes by whose it is
    assert_in_scope(*three)


def test_a_lead_that_becomes_nobodys_comes_to_everybody(three: tuple[Laptop, Laptop, Laptop]) -> None:
    zoe, karim, nadia = three
    assert not karim.leads()
    later(zoe, *three)
    zoe.queue.undo()
    zoe.queue.undo()
    settle(zoe, nadia, karim)
    assert people(karim) == {JEANNE}
    assert karim.leads() == nadia.leads()
    assert karim.leads()[0][2] == ""
    settle(*three)
    assert_in_scope(*three)


def test_who_had_a_lead_while_it_was_nobodys_goes_on_hearing_of_it(
    three: tuple[Laptop, Laptop, Laptop], team: Team
) -> None:
    zoe, karim, nadia = three
    nadia.hand_over({"name": PAUL, "email": "p@x.example", "phone": ""})
    lea = team.laptop(team.add("lea"))
    lea.exchange()
    settle(nadia, karim)  # and not lea
    lead = karim.uid(PAUL)
    later(nadia, *three)
    nadia.queue.perform([lead], Assign(zoe.name))
    nadia.exchange()
    karim.exchange()
    assert karim.ask("SELECT owner FROM lead WHERE uid = ?", lead) == [(zoe.name,)]
    later(nadia)
    nadia.queue.perform([lead], Touch("call", "connected"))
    settle(nadia, karim, zoe, lea)
    assert kinds(karim, lead) == kinds(nadia, lead)
    assert not lea.leads()
    assert_in_scope(*three, lea)


def test_a_lead_that_was_nobodys_for_a_while_is_not_brought_to_who_came_later(
    three: tuple[Laptop, Laptop, Laptop], team: Team
) -> None:
    zoe, karim, nadia = three
    nadia.hand_over({"name": PAUL, "email": "p@x.example", "phone": ""})
    nadia.exchange()
    later(nadia)
    nadia.queue.perform([nadia.uid(PAUL)], Assign(zoe.name))
    settle(nadia, zoe, karim)
    assert not karim.events()
    fresh = team.laptop(team.add("lea"))
    fresh.exchange()
    assert not fresh.events()
    assert_in_scope(*three, fresh)


def test_nobodys_again_and_taken_again_between_two_exchanges(three: tuple[Laptop, Laptop, Laptop], team: Team) -> None:
    zoe, karim, nadia = three
    nadia.hand_over({"name": PAUL, "email": "p@x.example", "phone": ""})
    settle(*three)
    lead = nadia.uid(PAUL)
    for gesture in (lambda: zoe.queue.perform([lead], Accept()), zoe.queue.undo, zoe.queue.redo):
        later(zoe, *three)
        gesture()
        zoe.exchange()
    assert in_hub(team, "SELECT count(*) FROM leadq.scope WHERE member = '' AND until_seq IS NOT NULL") == 2
    karim.exchange()
    assert karim.ask("SELECT owner FROM lead WHERE uid = ?", lead) == [(zoe.name,)]
    settle(*three)
    assert_in_scope(*three)


def test_a_lead_that_leaves_between_the_words_of_an_exchange_is_heard_of_in_the_next(
    three: tuple[Laptop, Laptop, Laptop],
) -> None:
    zoe, karim, nadia = three
    nadia.hand_over({"name": PAUL, "email": "p@x.example", "phone": ""})
    nadia.exchange()
    lead = nadia.uid(PAUL)
    later(nadia)
    nadia.queue.perform([lead], Assign(zoe.name))

    def meanwhile(word: str, when: str) -> None:
        if (word, when) == ("news", "before"):
            nadia.exchange()

    karim.exchange(meanwhile)
    settle(*three)
    assert kinds(karim, lead) == kinds(nadia, lead)
    assert_in_scope(*three)


def test_a_lead_that_is_being_given_away_while_somebody_asks_is_told_of_the_next_time(
    three: tuple[Laptop, Laptop, Laptop], team: Team
) -> None:
    zoe, karim, nadia = three
    nadia.hand_over({"name": PAUL, "email": "p@x.example", "phone": ""})
    nadia.exchange()
    lead = nadia.uid(PAUL)
    with psycopg.connect(team.url(nadia.name), password=nadia.password) as slow:
        slow.execute("SELECT leadq.assign(%s, 'zoe')", (lead,))
        karim.exchange()  # its number is drawn, and nobody sees it yet
        slow.commit()
    later(nadia)
    nadia.queue.perform([lead], Assign(zoe.name))
    settle(*three)
    assert karim.ask("SELECT owner FROM lead WHERE uid = ?", lead) == [(zoe.name,)]
    assert_in_scope(*three)


def test_a_lead_that_two_have_worked_is_with_both(three: tuple[Laptop, Laptop, Laptop]) -> None:
    zoe, karim, nadia = three
    nadia.hand_over({"name": PAUL, "email": "p@x.example", "phone": ""})
    settle(*three)
    lead = nadia.uid(PAUL)
    for laptop in (zoe, karim):
        later(laptop, *three)
        laptop.queue.perform([lead], Touch("call", "no_answer"))
    settle(*three)
    for owner in (zoe, karim):
        later(nadia, *three)
        nadia.queue.perform([lead], Assign(owner.name))
        settle(*three)
    assert kinds(zoe, lead).count("touched") == kinds(karim, lead).count("touched") == 2
    assert_in_scope(*three)


def test_who_writes_about_a_lead_hears_of_all_of_it(three: tuple[Laptop, Laptop, Laptop], team: Team) -> None:
    zoe, karim, _nadia = three
    lead = zoe.uid(JEANNE)
    with psycopg.connect(team.url(karim.name), password=karim.password, autocommit=True) as db:
        db.execute(
            """INSERT INTO leadq.event
            (uid, device, member, lead_uid, batch, type, v, occurred_ms, recorded_ms, actor, actor_kind, data)
            SELECT gen_random_uuid()::text, id, member, %s, 'b', 'noted', 1, %s, %s, member, 'human', '{}'
            FROM leadq.device WHERE member = 'karim'""",
            (lead, karim.now_ms, karim.now_ms),
        )
    karim.exchange()
    assert kinds(karim, lead) == kinds(zoe, lead)
    settle(*three)
    assert not people(karim)


def test_a_new_laptop_of_a_rep_takes_all_that_their_login_reads_lead_by_lead(
    three: tuple[Laptop, Laptop, Laptop], team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoe, karim, nadia = three
    nadia.hand_over(*({"name": f"L{n}", "email": f"l{n}@x.example", "phone": ""} for n in range(7)))
    settle(*three)
    for number in range(7):
        later(nadia, *three)
        nadia.queue.perform([nadia.uid(f"L{number}")], Assign((zoe.name, karim.name)[number % 2]))
    settle(*three)
    monkeypatch.setattr("leadq.sync.meeting._ROOM", 2)
    second = team.laptop(zoe.name, "second")
    with pytest.raises(Killed):
        second.exchange(dying("news", "after"))
    second.exchange()
    assert second.said.count("news") > 3
    settle(zoe, second)
    assert_the_same(zoe, second)
    assert people(second) == {JEANNE, "L0", "L2", "L4", "L6"}
    assert_in_scope(zoe, second, karim, nadia)


def test_an_old_copy_is_told_again_what_came_and_left_since(
    three: tuple[Laptop, Laptop, Laptop], tmp_path: Path
) -> None:
    zoe, karim, nadia = three
    shutil.copytree(karim.home.data, tmp_path / "copy")
    nadia.hand_over({"name": PAUL, "email": "p@x.example", "phone": ""})
    settle(*three)
    later(nadia, *three)
    nadia.queue.perform([nadia.uid(PAUL)], Assign(zoe.name))
    settle(*three)
    before = karim.events()
    shutil.rmtree(karim.home.data)
    shutil.copytree(tmp_path / "copy", karim.home.data)
    settle(*three)
    assert karim.events() == before
    assert_in_scope(*three)


def test_who_has_a_person_hears_that_they_are_erased_whoever_has_the_lead(three: tuple[Laptop, Laptop, Laptop]) -> None:
    zoe, karim, nadia = three
    nadia.hand_over({"name": PAUL, "email": "p@x.example", "phone": ""})
    settle(*three)
    lead = nadia.uid(PAUL)
    later(nadia, *three)
    nadia.queue.perform([lead], Assign(zoe.name))
    settle(*three)
    erase(nadia.store, Clock(nadia.now_ms), lead)
    settle(*three)
    assert "erased" in kinds(karim, lead)


def test_who_is_a_manager_no_more_goes_on_hearing_of_what_they_have_and_of_nothing_else(
    three: tuple[Laptop, Laptop, Laptop], team: Team
) -> None:
    zoe, _karim, nadia = three
    with Hub(team.admin) as hub:
        nadia.password = hub.add(nadia.name, "rep")
    zoe.hand_over({"name": PAUL, "email": "p@x.example", "phone": ""})
    for name in (PAUL, JEANNE):
        later(zoe, *three)
        zoe.queue.perform([zoe.uid(name)], Touch("call", "connected"))
    settle(*three)
    assert len(nadia.leads()) == 1
    assert nadia.leads()[0] in zoe.leads()
    assert_in_scope(*three)


def test_a_hub_made_anew_goes_on_telling_homes_what_they_have_from_the_one_before(
    three: tuple[Laptop, Laptop, Laptop], team: Team
) -> None:
    zoe, karim, nadia = three
    nadia.hand_over({"name": PAUL, "email": "p@x.example", "phone": ""})
    settle(*three)
    lead = nadia.uid(PAUL)
    later(zoe, *three)
    zoe.queue.perform([lead], Accept())
    settle(*three)
    with psycopg.connect(team.admin, autocommit=True) as db:
        db.execute("DROP SCHEMA leadq CASCADE")
        with Hub(team.admin) as hub:
            hub.init()
        for laptop, role in ((zoe, "rep"), (karim, "rep"), (nadia, "manager")):
            db.execute(
                "INSERT INTO leadq.member (id, login, role) VALUES (%s, %s, %s)", (laptop.name, laptop.name, role)
            )
    karim.exchange()  # before anybody has told it of that lead
    later(zoe)
    zoe.queue.perform([lead], Touch("call", "connected"))
    settle(*three)
    assert kinds(karim, lead) == kinds(zoe, lead)
    assert_in_scope(*three)


def test_a_manager_the_ops_home_and_the_union_of_all_homes_print_the_same_report(
    three: tuple[Laptop, Laptop, Laptop], team: Team, tmp_path: Path
) -> None:
    _zoe, karim, nadia = three
    ops = team.laptop(team.add("ops", "ops"))
    nadia.hand_over(
        {"name": PAUL, "email": "p@x.example", "phone": ""}, {"name": "C", "email": "c@x.example", "phone": ""}
    )
    settle(*three)
    karim.queue.perform([karim.uid(PAUL)], Touch("call", "connected"))
    settle(*three, ops)
    now = "2026-05-15T09:00:00Z"
    asked = ("report", "exec", "--from", "2026-05-11", "--to", "2026-05-15", "--as-of", now)
    union, *homes = (Leadq(tmp_path / name, now=now) for name in ("union", "ops-home", "nadia-home", "zoe-home"))
    for name in ("zoe", "karim", "nadia"):
        file = str(tmp_path / f"{name}.jsonl")
        assert Leadq(tmp_path / f"{name}-home")("events", "export", file).status == 0
        assert union("events", "import", file).status == 0
    of_union, of_ops, of_manager, of_rep = (home(*asked).out for home in (union, *homes))
    assert of_union == of_ops == of_manager
    assert of_union != of_rep
    assert "my leads only" not in of_union
    assert "my leads only" in of_rep


def test_with_nothing_in_scope_an_exchange_takes_two_words_and_nothing_new_one(
    three: tuple[Laptop, Laptop, Laptop],
) -> None:
    zoe, karim, _nadia = three
    later(zoe, *three)
    zoe.queue.perform([zoe.uid(JEANNE)], Note("of no concern"))
    zoe.exchange()
    karim.exchange()
    assert karim.said == ["meet", "news"]
    for laptop in three:
        laptop.exchange()
        laptop.exchange()
        assert laptop.said == ["meet"]


def test_a_hub_from_before_scopes_goes_on_telling_its_laptops_what_they_have(
    three: tuple[Laptop, Laptop, Laptop], team: Team
) -> None:
    zoe, karim, nadia = three
    with Hub(team.admin) as hub:
        karim.password = hub.add(karim.name, "manager")
    zoe.hand_over({"name": PAUL, "email": "p@x.example", "phone": ""})
    settle(*three)
    before = _put_back(team)
    assert in_hub(team, "SELECT to_regclass('leadq.scope') IS NULL")
    for laptop in three:
        with laptop.store.transaction() as db:
            db.execute("UPDATE connection_state SET cursor = json_remove(cursor, '$.scope', '$.sees_all')")
    with Hub(team.admin) as hub:
        assert (hub.init().before, hub.init().now) == (before, SCHEMA)
    fresh = team.laptop(team.add("lea"))
    later(zoe, karim, nadia)
    zoe.queue.perform([zoe.uid(JEANNE)], Touch("call", "connected"))
    zoe.exchange()
    karim.exchange()
    assert karim.said == ["meet", "news"]
    settle(*three, fresh)
    assert_the_same(*three)
    assert people(fresh) == {PAUL}
    assert_in_scope(*three, fresh)


def _put_back(team: Team) -> int:
    """The hub as it was before there were scopes, when all who had a device were told everything; its version."""
    before = next(number for number in range(1, SCHEMA + 1) if "CREATE TABLE leadq.scope" in step(number)) - 1
    with psycopg.connect(team.admin, autocommit=True) as db:
        for table in _KEPT:
            db.execute(f"CREATE TABLE public.{table} AS SELECT * FROM leadq.{table}")
        ((last,),) = db.execute("SELECT last_value FROM leadq.news_seq").fetchall()
        db.execute("DROP SCHEMA leadq CASCADE")
        db.execute("CREATE SCHEMA leadq")
        db.execute(
            "CREATE TABLE leadq.schema_version (version integer PRIMARY KEY, applied_at timestamptz DEFAULT now())"
        )
        for number in range(1, before + 1):
            db.execute(step(number).replace("{group}", f'"leadq:{team.name}"'))
            db.execute("INSERT INTO leadq.schema_version (version) VALUES (%s)", (number,))
        db.execute("DELETE FROM leadq.hub")
        for table in _KEPT:
            rows = db.execute(_COLUMNS, (table,)).fetchall()
            columns = ", ".join(name for (name,) in rows)
            db.execute(f"INSERT INTO leadq.{table} ({columns}) SELECT {columns} FROM public.{table}")
        db.execute("SELECT setval('leadq.news_seq', %s)", (last,))
        db.execute("UPDATE leadq.member SET role = 'rep' WHERE id = 'karim'")
    return before


_KEPT = ("hub", "member", "device", "contract", "person", "lead", "event", "event_text")
_COLUMNS = """SELECT column_name FROM information_schema.columns c WHERE table_schema = 'leadq' AND table_name = %s
    AND EXISTS (SELECT 1 FROM information_schema.columns p WHERE p.table_schema = 'public'
        AND p.table_name = c.table_name AND p.column_name = c.column_name)"""
