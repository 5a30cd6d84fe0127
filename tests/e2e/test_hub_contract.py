"""The team's contract at the hub: who may put it there, what is refused there, and how laptops follow it."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from leadq import config
from leadq.errors import LeadqError
from leadq.hub.admin import Hub
from leadq.hub.steps import SCHEMA
from leadq.sync import accords
from leadq.sync.meeting import greet
from leadq.sync.run import Stopped
from tests.agreed import read, signed
from tests.cli.runner import Leadq

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.team import Laptop, Team

    Ask = Callable[..., list[tuple[Any, ...]]]

pytestmark = pytest.mark.e2e
psycopg = pytest.importorskip("psycopg", reason="THE TESTS OF THE HUB DID NOT RUN: psycopg is not installed")

SPRING, LATER = signed("2026-05", "2026-05-01"), signed("2026-07", "2026-07-01")
FOLLOWS = '\n[contract]\nsource = "hub"\n'
PUT = """INSERT INTO leadq.agreement (hash, version, effective_from, text, text_hash, member)
    VALUES (%s, '2026-05', '2026-05-01', %s, %s, %s)"""


@pytest.fixture
def ask(team: Team) -> Ask:
    """A statement under a member's own login, as any client could send it."""

    def asked(member: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(team.url(member), password=team.passwords[member], autocommit=True) as db:
            cursor = db.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    return asked


@pytest.fixture
def say(team: Team) -> Callable[[str], accords.Say]:
    """How a member says words to the hub."""

    def of(member: str) -> accords.Say:
        def said(word: str, what: object) -> dict[str, Any]:
            with psycopg.connect(team.url(member), password=team.passwords[member], autocommit=True) as db:
                row = db.execute(f"SELECT leadq.{word}(%s::jsonb)", (json.dumps(what),)).fetchone()
                assert row is not None
                return dict(row[0])

        return said

    return of


@pytest.fixture
def rep(team: Team) -> Laptop:
    """A rep's laptop that follows the hub; `nadia` is ops, `mona` a manager."""
    for member, role in (("zoe", "rep"), ("karim", "rep"), ("nadia", "ops"), ("mona", "manager")):
        team.add(member, role)
    laptop = team.laptop("zoe")
    config.save(laptop.home.settings, laptop.settings + FOLLOWS)
    laptop.hand_over({"name": "Jeanne Martin"})
    return laptop


def row(text: str) -> tuple[str, str, str]:
    return read(text).hash, text, hashlib.sha256(text.encode()).hexdigest()


def version(laptop: Laptop) -> str:
    return str(
        laptop.ask("SELECT version FROM contract WHERE id = (SELECT value FROM meta WHERE key = 'contract')")[0][0]
    )


def heard(laptop: Laptop) -> dict[str, Any]:
    return dict(json.loads(laptop.ask("SELECT value FROM meta WHERE key = 'contract_source'")[0][0]))


def test_only_ops_writes_a_contract_and_nobody_changes_or_takes_one_away(rep: Laptop, ask: Ask) -> None:
    for member in ("zoe", "mona"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            ask(member, PUT, *row(SPRING), member)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask("nadia", PUT, *row(SPRING), "zoe")
    ask("nadia", PUT, *row(SPRING), "nadia")
    for statement in (
        "UPDATE leadq.agreement SET text = 'x'",
        "DELETE FROM leadq.agreement",
        "TRUNCATE leadq.agreement",
    ):
        for member in ("zoe", "nadia"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                ask(member, statement)
    assert ask("zoe", "SELECT count(*) FROM leadq.agreement") == [(1,)]


def test_a_text_whose_hash_is_not_its_own_is_refused_by_the_server(rep: Laptop, ask: Ask) -> None:
    digest, text, text_hash = row(SPRING)
    with pytest.raises(psycopg.errors.CheckViolation):
        ask("nadia", PUT, digest, text.replace('"15m"', '"90m"'), text_hash, "nadia")
    with pytest.raises(psycopg.errors.CheckViolation):
        ask("nadia", PUT, digest, text, "0" * 64, "nadia")


def test_a_text_that_does_not_name_its_hash_for_both_teams_is_refused_by_the_server(rep: Laptop, ask: Ask) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="signed_by_both"):
        ask("nadia", PUT, *row(signed("2026-05", "2026-05-01", "sales")), "nadia")


def test_a_laptop_follows_what_ops_published_and_asks_for_no_text_twice(
    rep: Laptop, say: Callable[[str], accords.Say]
) -> None:
    assert rep.exchange().error is None
    assert version(rep) == "2026-1"
    assert accords.publish(say("nadia"), read(SPRING)) is True
    assert accords.publish(say("nadia"), read(LATER)) is True
    assert accords.publish(say("nadia"), read(LATER)) is False
    rep.exchange()
    assert (version(rep), rep.said) == ("2026-05", ["meet", "agreed", "agreed"])
    assert json.loads(rep.ask("SELECT value FROM meta WHERE key = 'contract_next'")[0][0])["version"] == "2026-07"
    rep.exchange()
    assert (rep.said, heard(rep)["error"]) == (["meet", "agreed"], "")
    rep.now_ms += 60 * 86_400_000
    rep.hand_over({"name": "Paul Free"})  # offline: its day has come
    assert version(rep) == "2026-07"


def test_a_laptop_that_nobody_has_used_yet_gets_the_contract_with_its_first_exchange(
    rep: Laptop, team: Team, say: Callable[[str], accords.Say]
) -> None:
    accords.publish(say("nadia"), read(SPRING))
    new = team.laptop("karim")
    new.home.contract.unlink()
    config.save(new.home.settings, new.settings + FOLLOWS)
    assert new.exchange().error is None
    assert version(new) == "2026-05"
    assert not list(new.home.config.glob("contract.before-*"))


def test_who_runs_which_is_known_of_every_laptop_also_where_the_hub_is_no_source(
    rep: Laptop, team: Team, say: Callable[[str], accords.Say]
) -> None:
    other = team.laptop("karim")
    other.hand_over({"name": "Paul Free"})
    other.exchange()
    assert "agreed" in other.said
    other.exchange()
    assert other.said == ["meet"]
    accords.publish(say("nadia"), read(SPRING))
    rep.exchange()
    assert [one[0:1] + one[2:3] for one in heard(rep)["team"]] == [["karim", "2026-1"], ["zoe", "2026-05"]]
    with Hub(team.admin) as hub:
        standing = hub.status()
    assert sorted(one[4] for one in standing.devices) == ["2026-05", "2026-1"]
    assert standing.published == "2026-05"


def test_a_rep_publishes_nothing_and_ops_nothing_older(rep: Laptop, say: Callable[[str], accords.Say]) -> None:
    with pytest.raises(LeadqError) as refused:
        accords.publish(say("zoe"), read(SPRING))
    assert refused.value.code == "not_ops"
    accords.publish(say("nadia"), read(LATER))
    with pytest.raises(LeadqError) as refused:
        accords.publish(say("nadia"), read(SPRING))
    assert refused.value.code == "older_contract"


def test_a_hub_of_the_first_version_is_brought_up_to_date_with_its_devices(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, url = f"{team.name}_old", team.admin + "_old"
    team.database.run(f'CREATE DATABASE "{old}"')
    try:
        with Hub(url) as hub, monkeypatch.context() as patch:
            patch.setattr("leadq.hub.admin.SCHEMA", 1)
            hub.init()
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("INSERT INTO leadq.member (id, login, role) VALUES ('ann', 'ann', 'rep')")
            db.execute("INSERT INTO leadq.device (id, member, place) VALUES ('d', 'ann', 'p')")
        with Hub(url) as hub:
            made = hub.init()
            assert (made.before, made.now) == (1, SCHEMA)
            standing = hub.status()
        assert [(one[0], one[4]) for one in standing.devices] == [("d", "")]
        assert standing.published == ""
    finally:
        team.database.run(f'DROP DATABASE "{old}" WITH (FORCE)')
        team.database.run(f'DROP ROLE "leadq:{old}"')


def test_the_command_line_publishes_and_pulls_and_says_who_may_not(rep: Laptop, team: Team, tmp_path: Path) -> None:
    file = tmp_path / "next.toml"
    file.write_text(SPRING, "utf-8")
    ops = team.laptop("nadia")
    config.save(ops.home.settings, ops.settings)
    passwords = {one.name: {"LEADQ_HUB_PASSWORD": team.passwords[one.name]} for one in (ops, rep)}
    publish, pull = ("contract", "publish", str(file), "--json"), ("contract", "pull", "--json")
    run = {one.name: partial(Leadq(one.home.data.parent), **passwords[one.name]) for one in (ops, rep)}
    assert run["zoe"](*pull).json["version"] == "2026-1"
    refused = run["zoe"](*publish)
    assert (refused.status, refused.code) == (77, "not_ops")
    done = run["nadia"](*publish).json
    assert (done["new"], done["contract"]["version"]) == (True, "2026-05")
    assert run["nadia"](*publish).json["new"] is False
    pulled = run["zoe"](*pull).json
    assert (pulled["version"], pulled["new"], pulled["source"]) == ("2026-05", True, "hub")
    shown = run["zoe"]("status", "--json").json["contract"]
    assert {one["member"]: one["version"] for one in shown["team"]}["zoe"] == "2026-05"


def test_a_text_that_another_client_published_under_a_false_hash_is_not_followed(rep: Laptop, ask: Ask) -> None:
    text = SPRING.replace('target = "15m"', 'target = "90m"')
    assert text != SPRING
    ask("nadia", PUT, read(SPRING).hash, text, hashlib.sha256(text.encode()).hexdigest(), "nadia")
    rep.exchange()
    assert version(rep) == "2026-1"
    assert "edited after it was signed" in heard(rep)["error"]
    refused = Leadq(rep.home.data.parent)("contract", "pull", "--json", LEADQ_HUB_PASSWORD=rep.password)
    assert (refused.status, refused.code) == (78, "unsigned_contract")


def test_nobody_says_for_another_which_contract_they_run(rep: Laptop, ask: Ask) -> None:
    rep.exchange()
    assert ask("karim", "UPDATE leadq.device SET contract_version = 'x' RETURNING 1") == []


def test_a_hub_that_does_not_know_this_home_is_greeted_first(rep: Laptop, say: Callable[[str], accords.Say]) -> None:
    with pytest.raises(Stopped):
        greet(say("karim"), rep.home, "a device")  # zoe's home, and karim's login
