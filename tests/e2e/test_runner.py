"""One home acts for the team, whichever it is: every lead is routed once, whoever dies at whatever point."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from leadq.domain.verbs import Accept, Reject, Reroute
from leadq.errors import Exit
from leadq.hub.admin import Hub
from leadq.hub.steps import SCHEMA, step
from leadq.sync.run import Wishes
from tests.cli.runner import Leadq
from tests.e2e.test_hub import Killed, assert_in_scope, dying, in_hub, settle

if TYPE_CHECKING:
    from leadq.sync.report import ConnectionReport
    from tests.e2e.team import Laptop, Team

pytestmark = pytest.mark.e2e
psycopg = pytest.importorskip("psycopg", reason="THE TESTS OF THE HUB DID NOT RUN: psycopg is not installed")

WATCH = Wishes(one_shot=False)


@pytest.fixture
def four(team: Team) -> tuple[Laptop, Laptop, Laptop, Laptop]:
    """Two reps whom the contract routes to, a manager, and ops."""
    roles = (("zoe", "rep"), ("karim", "rep"), ("nadia", "manager"), ("olga", "ops"))
    zoe, karim, nadia, olga = (team.laptop(team.add(name, role)) for name, role in roles)
    return zoe, karim, nadia, olga


def watch(laptop: Laptop) -> ConnectionReport:
    return laptop.exchange(wishes=WATCH)


def routed(laptop: Laptop) -> Counter[str]:
    """How many leads each was given by a rule."""
    return Counter(owner for (owner,) in laptop.ask(
        "SELECT json_extract(data, '$.to') FROM event WHERE type = 'assigned' AND actor_kind = 'system'"))  # fmt: skip


def owners(laptop: Laptop) -> dict[str, str]:
    return dict(laptop.ask("SELECT uid, owner FROM lead"))


def test_the_runner_gives_each_lead_that_is_nobodys_to_whoever_is_next_in_turn(
    four: tuple[Laptop, Laptop, Laptop, Laptop], team: Team
) -> None:
    zoe, karim, nadia, olga = four
    zoe.hand_over(*({"name": f"Lead {number}"} for number in range(5)))
    zoe.exchange()
    assert watch(nadia).status == Exit.DONE
    settle(zoe, karim, nadia, olga)
    assert_in_scope(zoe, karim, nadia, olga)
    assert routed(zoe) == {"zoe": 3, "karim": 2}
    assert set(owners(nadia).values()) == {"zoe", "karim"}
    with psycopg.connect(team.admin, autocommit=True) as db:
        assert dict(db.execute("SELECT uid, owner FROM leadq.lead").fetchall()) == owners(nadia)
    zoe.hand_over({"name": "One more", "email": "one@more.example", "phone": ""})
    zoe.exchange()
    watch(olga)
    settle(nadia)
    assert routed(nadia) == {"zoe": 3, "karim": 3}


def test_only_a_watcher_of_who_may_give_any_lead_away_is_the_runner(
    four: tuple[Laptop, Laptop, Laptop, Laptop],
) -> None:
    zoe, karim, nadia, _olga = four
    zoe.hand_over({"name": "Paul Free"})
    zoe.exchange()
    watch(karim)
    nadia.exchange()
    settle(zoe, karim, nadia)
    assert not routed(nadia)


def test_with_nothing_to_do_a_runner_says_two_words(four: tuple[Laptop, Laptop, Laptop, Laptop]) -> None:
    nadia = four[2]
    watch(nadia)
    watch(nadia)
    assert nadia.said == ["meet", "run"]


def test_a_cycle_is_routed_once_and_what_a_person_decides_afterwards_stands(
    four: tuple[Laptop, Laptop, Laptop, Laptop],
) -> None:
    zoe, karim, nadia, olga = four
    zoe.hand_over({"name": "Jeanne Martin"})
    zoe.exchange()
    watch(nadia)
    lead = nadia.uid("Jeanne Martin")
    (first,) = owners(nadia).values()
    owner = zoe if first == "zoe" else karim
    settle(owner)
    owner.queue.perform([lead], Reject("rej.routing", 3))
    settle(*four)
    nadia.now_ms += 60_000
    nadia.queue.perform([lead], Reroute())
    nadia.exchange()
    for laptop in (nadia, olga):
        laptop.now_ms = nadia.now_ms + 1
        watch(laptop)
    settle(*four)
    assert sum(routed(nadia).values()) == 1
    assert_in_scope(*four)


def test_who_accepted_first_at_the_hub_keeps_it_and_the_runner_gives_it_to_nobody(
    four: tuple[Laptop, Laptop, Laptop, Laptop],
) -> None:
    zoe, karim, nadia, olga = four
    zoe.hand_over({"name": "Paul Free"})
    settle(*four)
    karim.queue.perform([karim.uid("Paul Free")], Accept())
    seen = nadia.now_ms

    def meanwhile(word: str, when: str) -> None:
        if (word, when) == ("run", "after"):
            karim.exchange()

    nadia.exchange(meanwhile, WATCH)
    assert nadia.now_ms == seen
    settle(zoe, karim, nadia, olga)
    assert owners(nadia) == {nadia.uid("Paul Free"): "karim"}
    assert not routed(nadia)
    assert_in_scope(*four)


def test_while_one_runner_is_at_work_another_does_nothing_and_what_it_says_late_is_refused(
    four: tuple[Laptop, Laptop, Laptop, Laptop], team: Team
) -> None:
    zoe, _karim, nadia, olga = four
    zoe.hand_over({"name": "Paul Free"})
    zoe.exchange()
    said: list[list[str]] = []

    def meanwhile(word: str, when: str) -> None:
        if (word, when) == ("run", "after"):
            watch(olga)
            said.append(list(olga.said))
            with psycopg.connect(team.admin, autocommit=True) as db:  # as if it had slept, and another had come
                db.execute("UPDATE leadq.runner SET epoch = epoch + 1")

    nadia.exchange(meanwhile, WATCH)
    assert "run" in said[0]
    assert "act" not in said[0]
    assert "act" in nadia.said
    assert in_hub(team, "SELECT count(*) FROM leadq.act") == 0
    watch(nadia)
    assert in_hub(team, "SELECT count(*) FROM leadq.act") == 1


def test_a_runner_whose_connection_is_lost_is_none_and_the_next_one_goes_on(
    four: tuple[Laptop, Laptop, Laptop, Laptop], team: Team
) -> None:
    zoe, _karim, nadia, olga = four
    zoe.hand_over({"name": "Paul Free"})
    zoe.exchange()

    def cut(word: str, when: str) -> None:
        if (word, when) == ("act", "before"):
            with psycopg.connect(team.admin, autocommit=True) as db:
                db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'nadia'")
                db.execute("SELECT pg_sleep(0.1)")

    assert nadia.exchange(cut, WATCH).status == Exit.TEMPORARY
    watch(olga)
    assert sum(routed(olga).values()) == 1


def test_a_hub_of_the_first_version_is_brought_to_this_one_with_what_it_holds(team: Team) -> None:
    with psycopg.connect(team.admin, autocommit=True) as db, Hub(team.admin) as hub:
        group = hub._group()
        db.execute("DROP SCHEMA leadq CASCADE; CREATE SCHEMA leadq")
        db.execute(
            "CREATE TABLE leadq.schema_version (version integer PRIMARY KEY, applied_at timestamptz DEFAULT now())"
        )
        db.execute(step(1).replace("{group}", group))
        db.execute("INSERT INTO leadq.schema_version (version) VALUES (1)")
        db.execute("INSERT INTO leadq.member (id, login, role) VALUES ('old', 'old', 'rep')")
        made = hub.init()
        assert (made.before, made.now) == (1, SCHEMA)
        assert db.execute("SELECT id FROM leadq.member").fetchall() == [("old",)]
    zoe, nadia = team.laptop(team.add("zoe")), team.laptop(team.add("nadia", "manager"))
    zoe.hand_over({})
    zoe.exchange()
    watch(nadia)
    assert sum(routed(nadia).values()) == 1


@pytest.mark.parametrize("word", ["run", "act", "news"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_point_of_a_round_every_lead_is_routed_once(
    four: tuple[Laptop, Laptop, Laptop, Laptop], word: str, when: str
) -> None:
    zoe, _karim, nadia, olga = four
    zoe.hand_over({}, {}, {})
    zoe.exchange()
    with pytest.raises(Killed):
        nadia.exchange(dying(word, when), WATCH)
    for laptop in (olga, nadia):
        watch(laptop)
    settle(*four)
    assert sorted(routed(nadia).values()) == [1, 2]
    assert_in_scope(*four)


def test_a_rep_cannot_be_the_runner_nor_act_by_hand(team: Team) -> None:
    team.add("zoe")
    password: Any = team.passwords["zoe"]
    with psycopg.connect(team.url("zoe"), password=password, autocommit=True) as db:
        assert db.execute("SELECT leadq.run('{}')").fetchone() == ({"refused": "role"},)
        for words in ("SELECT leadq.act('{}')", "SELECT * FROM leadq.act", "UPDATE leadq.runner SET epoch = 9"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute(words)
        assert db.execute('SELECT leadq.claim_report(\'{"key": "k"}\')').fetchone() == ({"refused": "role"},)


def test_with_no_runner_at_work_the_radar_and_the_status_say_so_until_one_is(
    four: tuple[Laptop, Laptop, Laptop, Laptop], team: Team
) -> None:
    zoe, nadia = four[0], four[2]
    zoe.hand_over({})
    leadq = Leadq(zoe.home.data.parent)

    def said() -> list[Any]:
        zoe.exchange()
        return [leadq(word, "--json").json.get("no_runner") for word in ("radar", "status")]

    assert said() == [{"since": None}] * 2
    assert "No runner" in leadq("radar").out
    assert "exécutant" in leadq("--lang", "fr", "status").out
    watch(nadia)
    assert said() == [None] * 2
    with psycopg.connect(team.admin, autocommit=True) as db:
        db.execute("UPDATE leadq.runner SET seen = seen - interval '16 minutes'")
    assert said()[0]["since"] is not None
    watch(nadia)
    assert said() == [None] * 2


LATER_MS = 60_000

ESCALATION = """
[escalation]
steps = [{ at = "breach", do = "reassign", max = 2, exclude_last = true }]
only_in_calendar = false
"""

FIRST = 'clock.first_touch = { target = "30m", unit = "business" }\n'
OWNERS = 'clock.owner_touch = { target = "30m", unit = "business" }\n'


def escalates(*laptops: Laptop) -> None:
    """Their contract takes a lead away from who lets a clock run out."""
    for laptop in laptops:
        text = laptop.home.contract.read_text("utf-8").replace(FIRST, f"{FIRST}{OWNERS}", 1)
        laptop.home.contract.write_text(text + ESCALATION, "utf-8")


def all_later(by_ms: int, *laptops: Laptop) -> None:
    for laptop in laptops:
        laptop.now_ms += by_ms


def steps(laptop: Laptop) -> list[tuple[str, str, str]]:
    """Who was given which lead because of which clock, in order."""
    return laptop.ask(
        "SELECT json_extract(data, '$.from'), json_extract(data, '$.to'), json_extract(data, '$.clock') FROM event"
        " WHERE json_extract(data, '$.step') IS NOT NULL ORDER BY recorded_ms, seq"
    )


def test_a_clock_that_runs_out_takes_the_lead_from_who_had_it_once_for_each_owner_and_so_often_at_most(
    four: tuple[Laptop, Laptop, Laptop, Laptop], team: Team
) -> None:
    zoe, _karim, nadia, olga = four
    escalates(*four)
    watch(nadia)  # from now on
    all_later(LATER_MS, *four)
    zoe.hand_over({"name": "Jeanne Martin", "owner": "zoe", "handed_off_at": ""})
    zoe.exchange()
    for day in range(6):
        all_later(24 * 3_600_000, *four)
        for runner in (nadia, olga) if day % 2 else (olga, nadia):
            watch(runner)
    settle(*four)
    assert [(old, new) for old, new, _clock in steps(zoe)] == [("zoe", "karim"), ("karim", "zoe")]
    assert in_hub(team, "SELECT count(*) FROM leadq.act") == 2
    assert set(owners(nadia).values()) == {"zoe"}
    assert_in_scope(*four)


def test_what_ran_out_before_there_was_a_runner_takes_no_lead_from_anybody(
    four: tuple[Laptop, Laptop, Laptop, Laptop],
) -> None:
    zoe, _karim, nadia, _olga = four
    escalates(*four)
    zoe.hand_over({"name": "Jeanne Martin", "owner": "zoe"})
    zoe.exchange()
    all_later(30 * 86_400_000, *four)
    watch(nadia)
    all_later(LATER_MS, *four)
    watch(nadia)
    assert not steps(nadia)


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_while_a_lead_is_taken_away_it_is_taken_once(
    four: tuple[Laptop, Laptop, Laptop, Laptop], when: str
) -> None:
    zoe, _karim, nadia, olga = four
    escalates(*four)
    watch(nadia)
    all_later(LATER_MS, *four)
    zoe.hand_over({"name": "Jeanne Martin", "owner": "zoe", "handed_off_at": ""})
    zoe.exchange()
    all_later(86_400_000 // 4, *four)
    with pytest.raises(Killed):
        nadia.exchange(dying("act", when), WATCH)
    for runner in (olga, nadia):
        watch(runner)
    settle(*four)
    assert len(steps(nadia)) == 1
    assert_in_scope(*four)
