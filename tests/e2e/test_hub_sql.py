"""What a member's login can do at the hub with any client: no more than its rows allow. On a real PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leadq.domain.verbs import Accept, Note
from leadq.errors import Exit, LeadqError
from leadq.hub.admin import Hub
from leadq.hub.steps import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.team import Team

    Ask = Callable[..., list[tuple[Any, ...]]]

pytestmark = pytest.mark.e2e
psycopg = pytest.importorskip("psycopg", reason="THE TESTS OF THE HUB DID NOT RUN: psycopg is not installed")


@pytest.fixture
def ask(team: Team) -> Ask:
    """A statement under a member's own login, as any client could send it."""

    def asked(member: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(team.url(member), password=team.passwords[member], autocommit=True) as db:
            cursor = db.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    return asked


@pytest.fixture
def names(team: Team) -> tuple[str, str, str]:
    """Two reps and their manager; Rita has a lead of hers and one that is nobody's at the hub."""
    rita, remi, mona = "zoe", "karim", "nadia"
    for member, role in ((rita, "rep"), (remi, "rep"), (mona, "manager")):
        team.add(member, role)
    laptop = team.laptop(rita)
    laptop.hand_over({"name": "Jeanne Martin", "note": "calls back"}, {"name": "Paul Free"})
    laptop.queue.perform([laptop.uid("Jeanne Martin")], Accept())
    laptop.queue.perform([laptop.uid("Jeanne Martin")], Note("met her in Lyon"))
    assert laptop.exchange().error is None
    return rita, remi, mona


def test_a_rep_reads_persons_and_texts_of_their_own_and_unowned_leads_only(
    names: tuple[str, str, str], ask: Ask
) -> None:
    rita, remi, mona = names
    people = "SELECT name FROM leadq.person ORDER BY name"
    assert ask(rita, people) == [("Jeanne Martin",), ("Paul Free",)]
    assert ask(remi, people) == [("Paul Free",)]
    assert ask(mona, people) == [("Jeanne Martin",), ("Paul Free",)]
    texts = "SELECT count(*) FROM leadq.event_text WHERE text LIKE '%%Lyon%%'"
    assert [ask(member, texts) for member in names] == [[(1,)], [(0,)], [(1,)]]
    assert ask(remi, "SELECT count(*) FROM leadq.lead") == [(1,)]


def test_a_rep_reads_the_events_of_leads_in_scope_only(names: tuple[str, str, str], ask: Ask) -> None:
    rita, remi, mona = names
    (free,) = ask(rita, "SELECT uid FROM leadq.lead WHERE owner = ''")[0]
    assert ask(remi, "SELECT DISTINCT lead_uid FROM leadq.event") == [(free,)]
    assert ask(mona, "SELECT count(*) FROM leadq.event") == ask(rita, "SELECT count(*) FROM leadq.event")
    assert ask(remi, "SELECT lead_uid FROM leadq.came(-1, 1000000)") == [(free,)]


def test_no_event_holds_what_a_rep_may_not_read(names: tuple[str, str, str], ask: Ask) -> None:
    said = ask(names[1], "SELECT string_agg(e::text, ' ') FROM leadq.event e")[0][0]
    assert "Jeanne" not in said
    assert "Lyon" not in said


@pytest.mark.parametrize(
    ("column", "value"),
    [("member", "rita"), ("device", "rita"), ("actor", "rita")],
    ids=["member", "device", "actor"],
)
def test_a_rep_writes_no_event_as_somebody_else(
    names: tuple[str, str, str], team: Team, ask: Ask, column: str, value: str
) -> None:
    rita, remi, _mona = names
    team.laptop(remi).exchange()
    (own,) = ask(remi, "SELECT id FROM leadq.device WHERE member = %s", remi)[0]
    (other,) = ask(remi, "SELECT id FROM leadq.device WHERE member = %s", rita)[0]
    row = {"device": own, "member": remi, "actor": remi}
    write = """INSERT INTO leadq.event
        (uid, device, member, lead_uid, batch, type, v, occurred_ms, recorded_ms, actor, actor_kind, data)
        VALUES (%s, %s, %s, 'l', 'b', 'noted', 1, 1, 1, %s, 'human', '{}')"""
    ask(remi, write, "fine", row["device"], row["member"], row["actor"])
    row[column] = other if column == "device" else rita
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        ask(remi, write, "forged", row["device"], row["member"], row["actor"])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE leadq.event SET actor = 'x'",
        "DELETE FROM leadq.event",
        "TRUNCATE leadq.event CASCADE",
        "UPDATE leadq.lead SET owner = current_user",
        "INSERT INTO leadq.lead (uid, owner) VALUES ('x', current_user)",
        "DELETE FROM leadq.person",
        "UPDATE leadq.person SET name = 'x'",
        "DELETE FROM leadq.event_text",
        "UPDATE leadq.member SET role = 'manager'",
        "UPDATE leadq.device SET member = current_user",
        "UPDATE leadq.contract SET signed = true",
        "INSERT INTO leadq.contract (hash, name, version, text, signed) VALUES ('h', 'n', 'v', 't', true)",
        "ALTER TABLE leadq.person DISABLE ROW LEVEL SECURITY",
        "INSERT INTO leadq.scope (lead_uid, member) SELECT uid, current_user FROM leadq.lead",
        "UPDATE leadq.scope SET member = ''",
        "SELECT * FROM leadq.scope",
        "UPDATE leadq.device SET offered_seq = 0",
        "CREATE TABLE leadq.mine (x integer)",
        "CREATE ROLE friend LOGIN",
    ],
)
def test_nobody_changes_what_is_not_theirs_to_change(names: tuple[str, str, str], ask: Ask, statement: str) -> None:
    for member in names:  # a manager reads more, and writes no more
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(member, statement)


def test_not_even_the_owner_of_the_schema_changes_an_event(names: tuple[str, str, str], team: Team) -> None:
    with psycopg.connect(team.admin, autocommit=True) as db:
        for statement in ("UPDATE leadq.event SET actor = 'x'", "DELETE FROM leadq.event"):
            with pytest.raises(psycopg.errors.RestrictViolation):
                db.execute(statement)


def test_a_rep_takes_only_what_is_nobodys_and_gives_only_what_is_theirs(names: tuple[str, str, str], ask: Ask) -> None:
    rita, remi, mona = names
    (hers,) = ask(rita, "SELECT uid FROM leadq.lead WHERE owner = %s", rita)[0]
    (free,) = ask(rita, "SELECT uid FROM leadq.lead WHERE owner = ''")[0]
    assert ask(remi, "SELECT leadq.claim(%s)", hers) == [(rita,)]
    assert ask(remi, "SELECT leadq.assign(%s, %s)", hers, remi) == [(rita,)]
    assert ask(remi, "SELECT leadq.claim(%s)", free) == [(remi,)]
    assert ask(rita, "SELECT leadq.claim(%s)", free) == [(remi,)]
    assert ask(rita, "SELECT leadq.assign(%s, %s)", hers, remi) == [(remi,)]
    assert ask(mona, "SELECT leadq.assign(%s, %s)", hers, rita) == [(rita,)]


def test_a_person_is_not_opened_by_a_lead_that_points_at_them(names: tuple[str, str, str], ask: Ask) -> None:
    rita, remi, _mona = names
    (person,) = ask(rita, "SELECT person FROM leadq.lead WHERE owner = %s", rita)[0]
    blank = dict.fromkeys(("name", "company", "title", "email", "phone", "country", "language", "timezone"), "x")
    said = {"uid": "mine", "owner": remi, "person_uid": person, "person": blank, "refs": []}
    ask(remi, "SELECT leadq.put_lead(%s)", psycopg.types.json.Jsonb(said))
    assert ask(remi, "SELECT name FROM leadq.person") == [("Paul Free",)]


def test_erasing_takes_the_person_and_the_texts_and_leaves_the_events(names: tuple[str, str, str], ask: Ask) -> None:
    rita, remi, _mona = names
    (hers,) = ask(rita, "SELECT uid FROM leadq.lead WHERE owner = %s", rita)[0]
    before = ask(rita, "SELECT count(*) FROM leadq.event")
    assert ask(remi, "SELECT leadq.erase(%s)", hers) == [(False,)]
    assert ask(rita, "SELECT leadq.erase(%s)", hers) == [(True,)]
    assert ask(rita, "SELECT name FROM leadq.person") == [("Paul Free",)]
    assert ask(rita, "SELECT count(*) FROM leadq.event_text WHERE lead_uid = %s", hers) == [(0,)]
    assert ask(rita, "SELECT count(*) FROM leadq.event") == before


def test_a_member_who_was_removed_reads_nothing(names: tuple[str, str, str], team: Team, ask: Ask) -> None:
    with Hub(team.admin) as hub:
        hub.remove(names[1])
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        ask(names[1], "SELECT 1")


def test_init_again_changes_nothing(team: Team) -> None:
    with Hub(team.admin) as hub:
        made = hub.init()
    assert (made.before, made.now) == (SCHEMA, SCHEMA)


def test_a_newer_hub_is_left_alone(team: Team) -> None:
    with psycopg.connect(team.admin, autocommit=True) as db:
        db.execute("INSERT INTO leadq.schema_version (version) VALUES (%s)", (SCHEMA + 1,))
    with Hub(team.admin) as hub, pytest.raises(LeadqError) as error:
        hub.init()
    assert (error.value.code, error.value.exit_status) == ("newer_hub", Exit.CONFIG)


def test_a_role_that_is_not_of_the_hub_is_not_taken_over(team: Team) -> None:
    with Hub(team.admin) as hub, pytest.raises(LeadqError) as error:
        hub.add("postgres", "rep")
    assert error.value.code == "role_there"


def test_nobody_reads_past_an_event_that_is_still_being_written(names: tuple[str, str, str], team: Team) -> None:
    rita, remi, _mona = names
    team.laptop(remi).exchange()
    write = """INSERT INTO leadq.event
        (uid, device, member, lead_uid, batch, type, v, occurred_ms, recorded_ms, actor, actor_kind, data)
        SELECT %s, d.id, d.member, 'l', 'b', 'noted', 1, 1, 1, d.member, 'human', '{}' FROM leadq.device d
        WHERE d.member = %s"""
    with (
        psycopg.connect(team.url(rita), password=team.passwords[rita]) as first,
        psycopg.connect(team.url(remi), password=team.passwords[remi], autocommit=True) as second,
    ):
        first.execute(write, ("one", rita))
        second.execute("SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            second.execute(write, ("two", remi))
        first.commit()
        second.execute(write, ("two", remi))
        found = second.execute("SELECT uid FROM leadq.event ORDER BY hub_seq DESC LIMIT 2").fetchall()
    assert found == [("two",), ("one",)]
