"""Homes of one team exchange through a hub: what happened is everywhere, who it is about is where it may be."""

from __future__ import annotations

import random
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from leadq import secrets
from leadq.clock import Clock
from leadq.doctor import refold
from leadq.domain.verbs import Accept, Assign, Disqualify, Note, Touch
from leadq.errors import Exit, LeadqError
from leadq.hub.admin import Hub
from leadq.hub.steps import SCHEMA
from leadq.privacy import erase
from leadq.sync.engine import run_sync
from tests.cli.runner import Leadq

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.team import Laptop, Team

pytestmark = pytest.mark.e2e
psycopg = pytest.importorskip("psycopg", reason="THE TESTS OF THE HUB DID NOT RUN: psycopg is not installed")


class Killed(BaseException):
    """The process ends here."""


def dying(word: str, when: str) -> Callable[[str, str], None]:
    """Ends the process at this point of the exchange."""

    def cut(said: str, at: str) -> None:
        if (said, at) == (word, when):
            raise Killed

    return cut


@pytest.fixture
def three(team: Team) -> tuple[Laptop, Laptop, Laptop]:
    """Two reps and a manager."""
    laptops = []
    for name, role in (("zoe", "rep"), ("karim", "rep"), ("nadia", "manager")):
        laptops.append(team.laptop(team.add(name, role)))
    return laptops[0], laptops[1], laptops[2]


def people(laptop: Laptop) -> set[str]:
    return {name for (name,) in laptop.ask("SELECT name FROM person WHERE name <> ''")}


def told(laptop: Laptop, word: str) -> bool:
    return bool(laptop.ask("SELECT 1 FROM event_text WHERE text LIKE ?", f"%{word}%"))


def in_hub(team: Team, query: str) -> Any:
    with psycopg.connect(team.admin, autocommit=True) as db:
        row = db.execute(query).fetchone()
    return row[0] if row else None


def settle(*laptops: Laptop) -> None:
    """Exchange until everybody has heard of everything; alerts are written down after an exchange, and take another."""
    now_ms = max(laptop.now_ms for laptop in laptops)
    for laptop in laptops:
        laptop.now_ms = now_ms
    for _round in range(4):
        for laptop in laptops:
            laptop.exchange()


def assert_in_scope(*laptops: Laptop) -> None:
    """Each home has what its login reads at the hub, no less and no more, and no lead is another in one of them."""
    leads: dict[str, tuple[Any, ...]] = {}
    for laptop in laptops:
        with psycopg.connect(laptop.url, password=laptop.password, autocommit=True) as db:
            readable = {uid for (uid,) in db.execute("SELECT uid FROM leadq.event")}
        assert {event[0] for event in laptop.events()} == readable
        for lead in laptop.leads():
            assert leads.setdefault(lead[0], lead) == lead
        with laptop.store.read() as db:
            assert all(same for _lead, same in refold(db))


def assert_the_same(*laptops: Laptop) -> None:
    first = laptops[0]
    for laptop in laptops:
        assert laptop.events() == first.events()
        assert laptop.leads() == first.leads()
        with laptop.store.read() as db:
            assert all(same for _lead, same in refold(db))


def test_what_happened_and_people_are_where_they_should_be(three: tuple[Laptop, Laptop, Laptop]) -> None:
    rita, remi, mona = three
    rita.hand_over({"name": "Jeanne Martin"}, {"name": "Paul Free"})
    rita.queue.perform([rita.uid("Jeanne Martin")], Accept())
    rita.queue.perform([rita.uid("Jeanne Martin")], Note("met her in Lyon"))
    settle(*three)
    assert_the_same(rita, mona)
    assert_in_scope(*three)
    assert len(remi.leads()) == 1
    assert people(remi) == {"Paul Free"}
    assert people(mona) == {"Jeanne Martin", "Paul Free"}
    assert (told(remi, "Lyon"), told(mona, "Lyon")) == (False, True)


def test_nothing_new_takes_one_word(three: tuple[Laptop, Laptop, Laptop]) -> None:
    three[0].hand_over({}, {})
    settle(*three)
    for laptop in three:
        report = laptop.exchange()
        assert laptop.said == ["meet"]
        assert (report.requests, report.pulled, report.pushed, report.status) == (1, 0, 0, Exit.DONE)


def test_a_lead_that_changes_hands_brings_its_person_and_its_texts(three: tuple[Laptop, Laptop, Laptop]) -> None:
    rita, remi, mona = three
    rita.hand_over({"name": "Jeanne Martin"})
    rita.queue.perform([rita.uid("Jeanne Martin")], Accept())
    rita.queue.perform([rita.uid("Jeanne Martin")], Note("met her in Lyon"))
    settle(*three)
    assert not people(remi)
    mona.now_ms += 60_000  # of two that were recorded in the same millisecond the device ids decide
    mona.queue.perform([mona.uid("Jeanne Martin")], Assign(remi.name))
    settle(*three)
    assert people(remi) == {"Jeanne Martin"}
    assert told(remi, "Lyon")
    assert_the_same(*three)


def test_of_two_who_accept_the_same_lead_the_first_at_the_hub_has_it(
    three: tuple[Laptop, Laptop, Laptop], team: Team
) -> None:
    rita, remi, mona = three
    mona.hand_over({"name": "Paul Free"})
    settle(*three)
    lead = rita.uid("Paul Free")
    rita.queue.perform([lead], Accept())
    remi.now_ms += 1
    remi.queue.perform([lead], Accept())
    remi.exchange()
    report = rita.exchange()
    assert report.status == Exit.NEEDS_PERSON
    assert report.error is not None
    assert remi.name in report.error
    settle(*three)
    assert in_hub(team, "SELECT owner FROM leadq.lead") == remi.name
    assert_the_same(*three)
    assert rita.ask("SELECT owner FROM lead WHERE uid = ?", lead) == [(remi.name,)]
    assert rita.exchange().error is None


@pytest.mark.parametrize("word", ["meet", "give", "news"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_point_nothing_is_lost_and_nothing_doubled(
    three: tuple[Laptop, Laptop, Laptop], word: str, when: str
) -> None:
    rita, _remi, mona = three
    mona.hand_over({"name": "A"}, {"name": "B"})
    mona.exchange()
    rita.hand_over({"name": "C"})
    rita.queue.perform([rita.uid("C")], Touch("call", "connected"))
    with pytest.raises(Killed):
        rita.exchange(dying(word, when))
    rita.queue.perform([rita.uid("C")], Note("goes on meanwhile"))
    settle(*three)
    assert_the_same(rita, mona)
    assert_in_scope(*three)
    assert len(rita.leads()) == 3


def test_the_same_exchange_again_changes_nothing(three: tuple[Laptop, Laptop, Laptop]) -> None:
    rita, remi, _mona = three
    rita.hand_over({}, {})
    settle(rita, remi)
    before = (rita.events(), remi.events())
    for laptop in (rita, remi):
        with laptop.store.transaction() as db:
            db.execute("UPDATE connection_state SET cursor = NULL WHERE name = 'hub'")
    settle(remi, rita)
    assert (rita.events(), remi.events()) == before


def test_a_laptop_from_an_old_copy_takes_its_own_events_back_first(
    three: tuple[Laptop, Laptop, Laptop], tmp_path: Path
) -> None:
    rita, _remi, mona = three
    rita.hand_over({"name": "Jeanne Martin"})
    rita.exchange()
    lead = rita.uid("Jeanne Martin")
    shutil.copytree(rita.home.data, tmp_path / "copy")
    rita.now_ms += 60_000
    rita.queue.perform([lead], Accept())
    rita.queue.perform([lead], Touch("call", "connected"))
    rita.exchange()
    after = rita.events()
    shutil.rmtree(rita.home.data)
    shutil.copytree(tmp_path / "copy", rita.home.data)
    rita.now_ms += 60_000
    rita.queue.perform([lead], Note("written before it was heard"))
    rita.exchange()
    assert rita.said[:2] == ["meet", "news"]
    assert {event[0] for event in after} < {event[0] for event in rita.events()}
    settle(rita, mona)
    assert_the_same(rita, mona)
    assert rita.ask("SELECT state FROM lead") == [("connected",)]


def test_two_homes_with_one_device_id_are_refused_before_anything_is_written(
    three: tuple[Laptop, Laptop, Laptop], team: Team
) -> None:
    rita = three[0]
    rita.hand_over({})
    rita.exchange()
    twin = team.laptop(rita.name, "twin")
    shutil.copytree(rita.home.data, twin.home.data)
    twin.hand_over({"name": "Twin", "email": "twin@example.com", "phone": ""})
    seen = in_hub(team, "SELECT max(last_seen)::text || count(*) FROM leadq.device")
    report = twin.exchange()
    assert (report.status, report.trouble) == (Exit.CONFIG, "load")
    assert twin.said == ["meet"]
    assert in_hub(team, "SELECT max(last_seen)::text || count(*) FROM leadq.device") == seen
    assert len(twin.leads()) == 2
    (device,) = rita.ask("SELECT value FROM meta WHERE key = 'device'")[0]
    with Hub(team.admin) as hub:
        hub.moved(device)
    assert twin.exchange().error is None
    assert rita.exchange().status == Exit.CONFIG


def test_a_device_of_another_member_is_refused(three: tuple[Laptop, Laptop, Laptop]) -> None:
    rita, remi, _mona = three
    rita.hand_over({})
    rita.exchange()
    shutil.rmtree(remi.home.data, ignore_errors=True)
    shutil.copytree(rita.home.data, remi.home.data)
    report = remi.exchange()
    assert report.status == Exit.CONFIG
    assert rita.name in str(report.error)


def test_every_trouble_is_one_sentence_with_its_status_and_local_work_goes_on(
    three: tuple[Laptop, Laptop, Laptop], team: Team
) -> None:
    rita = three[0]
    rita.hand_over({"name": "Jeanne Martin"})
    right = rita.password
    rita.password = "wrong"
    assert rita.exchange().status == Exit.AUTH
    rita.password = right
    for url, status in (
        (rita.url.replace(str(team.database.port), "1"), Exit.TEMPORARY),
        (rita.url.replace("127.0.0.1", "192.0.2.1") + "?sslmode=disable", Exit.CONFIG),
        (rita.url.replace(f"/{team.name}", "/postgres"), Exit.CONFIG),
        (rita.url.replace(f"/{team.name}", "/nothing"), Exit.CONFIG),
        (rita.url.replace("@", ":secret@"), Exit.CONFIG),
        ("postgres:/nonsense", Exit.CONFIG),
    ):
        text = rita.settings.replace(rita.url, url)
        rita.home.settings.write_text(text, "utf-8")
        report = rita.exchange()
        assert report.status == status, (url, report.error)
        assert report.error is not None
        assert "\n" not in report.error
        assert "secret" not in report.error.replace("auth set", "")
    rita.home.settings.write_text(rita.settings, "utf-8")
    rita.queue.perform([rita.uid("Jeanne Martin")], Accept())
    with psycopg.connect(team.admin, autocommit=True) as db:
        db.execute("INSERT INTO leadq.schema_version (version) VALUES (99)")
        assert rita.exchange().status == Exit.CONFIG
        db.execute("DELETE FROM leadq.schema_version WHERE version > 0")
        assert rita.exchange().status == Exit.CONFIG
        db.execute("INSERT INTO leadq.schema_version (version) VALUES (%s)", (SCHEMA,))
    assert rita.exchange().error is None
    with Hub(team.admin) as hub:
        hub.remove(rita.name)
    assert rita.exchange().status == Exit.AUTH
    rita.queue.perform([rita.uid("Jeanne Martin")], Note("still at work"))


def test_the_real_child_exchanges_too(three: tuple[Laptop, Laptop, Laptop]) -> None:
    rita, remi, _mona = three
    rita.hand_over({"name": "Paul Free"})
    for laptop in (rita, remi):
        secrets.remember("hub", "password", laptop.password)
        report = run_sync(laptop.home, ["hub"], now_ms=laptop.now_ms).connections[0]
        assert report.error is None
    assert people(remi) == {"Paul Free"}
    assert_the_same(rita, remi)


def shown(laptop: Laptop, now_ms: int) -> Any:
    """The figures of a home; how complete they are, what waits there, and how it numbers leads is its own to say."""
    now = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat()
    said = Leadq(laptop.home.data.parent, now=now)("metrics", "--json")
    assert said.status == Exit.DONE, said
    found = said.json
    for late in found["late_arrivals"]["events"]:
        del late["lead"]
    return {name: value for name, value in found.items() if name != "coverage"}


def _something(rng: random.Random, laptop: Laptop, number: int) -> None:
    laptop.now_ms += rng.randrange(1, 90_000)
    leads = laptop.ask("SELECT uid FROM lead WHERE state IN ('handed_off', 'accepted', 'working', 'connected')")
    if not leads or rng.random() < 0.2:
        laptop.hand_over({"name": f"Lead {number}", "email": f"l{number}@example.com", "phone": ""})
        return
    lead = rng.choice(leads)[0]
    verbs = (Accept(), Touch("call", "no_answer"), Touch("call", "connected"), Note(f"n{number}"),
             Disqualify("no_need", 3))  # fmt: skip
    try:
        laptop.queue.perform([lead], rng.choice(verbs))
    except LeadqError:
        return  # a rule refused it


@pytest.mark.parametrize("seed", range(3))
def test_random_work_and_random_exchanges_end_with_everything_where_it_should_be(team: Team, seed: int) -> None:
    rng = random.Random(seed)
    roles = ("manager", "rep", "rep", "rep", "ops")
    laptops = [team.laptop(team.add(f"m{n}", role)) for n, role in enumerate(roles)]
    for number in range(60):
        laptop = rng.choice(laptops)
        if rng.random() < 0.7:
            _something(rng, laptop, number)
            continue
        cut = dying(rng.choice(("meet", "give", "news")), rng.choice(("before", "after")))
        try:
            laptop.exchange(cut if rng.random() < 0.3 else lambda word, when: None)
        except Killed:
            continue
    settle(*laptops)
    assert_in_scope(*laptops)
    owners = dict(laptops[0].ask("SELECT uid, owner FROM lead"))
    with psycopg.connect(team.admin, autocommit=True) as db:
        assert dict(db.execute("SELECT uid, owner FROM leadq.lead").fetchall()) == owners
        assert db.execute("SELECT count(*), count(DISTINCT uid) FROM leadq.event").fetchone() == (
            len(laptops[0].events()),
        ) * 2  # fmt: skip
    assert_the_same(laptops[0], laptops[-1])
    assert shown(laptops[0], laptops[0].now_ms) == shown(laptops[-1], laptops[0].now_ms)
    for laptop in laptops[1:-1]:
        seen = {uid for (uid,) in laptop.ask(
            "SELECT l.uid FROM lead l JOIN person p ON p.id = l.person_id WHERE p.name <> ''")}  # fmt: skip
        assert {uid for uid, owner in owners.items() if owner in ("", laptop.name)} <= seen


def test_an_erasure_empties_the_hub_too(three: tuple[Laptop, Laptop, Laptop], team: Team) -> None:
    rita, remi, mona = three
    rita.hand_over({"name": "Jeanne Martin", "note": "calls back"})
    settle(rita)
    erase(rita.store, Clock(rita.now_ms), "1")
    settle(rita, remi, mona)
    assert in_hub(team, "SELECT count(*) FROM leadq.person") == 0
    assert in_hub(team, "SELECT count(*) FROM leadq.event_text") == 0
    assert in_hub(team, "SELECT erased AND refs = '[]' FROM leadq.lead") is True
    assert not people(remi)
    assert_the_same(*three)


def test_who_becomes_a_manager_hears_of_everybody(three: tuple[Laptop, Laptop, Laptop], team: Team) -> None:
    rita, remi, _mona = three
    rita.hand_over({"name": "Jeanne Martin"})
    rita.queue.perform([rita.uid("Jeanne Martin")], Accept())
    settle(rita, remi)
    assert not people(remi)
    with Hub(team.admin) as hub:
        remi.password = hub.add(remi.name, "manager")
    remi.exchange()
    assert people(remi) == {"Jeanne Martin"}


def test_a_hub_that_was_made_anew_is_told_everything_again(three: tuple[Laptop, Laptop, Laptop], team: Team) -> None:
    rita, remi, mona = three
    rita.hand_over({"name": "Jeanne Martin"})
    settle(*three)
    remi.queue.perform([remi.uid("Jeanne Martin")], Accept())
    settle(*three)
    with psycopg.connect(team.admin, autocommit=True) as db:
        db.execute("DROP SCHEMA leadq CASCADE")
    with Hub(team.admin) as hub:
        hub.init()
        for laptop, role in ((rita, "rep"), (remi, "rep"), (mona, "manager")):
            with pytest.raises(LeadqError, match="already"):
                hub.add(laptop.name, role)
    with psycopg.connect(team.admin, autocommit=True) as db:
        for laptop in three:
            db.execute("INSERT INTO leadq.member (id, login, role) VALUES (%s, %s, 'rep')", [laptop.name] * 2)
    settle(*three)
    assert_the_same(*three)
    assert in_hub(team, "SELECT count(*) FROM leadq.event") == len(rita.events())
    assert in_hub(team, "SELECT owner FROM leadq.lead") == remi.name


def test_two_laptops_of_one_member_hear_of_each_other(three: tuple[Laptop, Laptop, Laptop], team: Team) -> None:
    rita = three[0]
    second = team.laptop(rita.name, "second")
    rita.hand_over({"name": "Jeanne Martin"})
    settle(rita, second)
    second.queue.perform([second.uid("Jeanne Martin")], Accept())
    settle(rita, second)
    assert_the_same(rita, second)
    assert second.exchange().pushed == 0
    assert rita.leads()[0][2] == rita.name


def test_an_old_copy_with_events_that_were_given_later_keeps_the_order_of_the_hub(
    three: tuple[Laptop, Laptop, Laptop], tmp_path: Path
) -> None:
    rita, _remi, mona = three
    rita.hand_over({"name": "Jeanne Martin"})
    rita.exchange()
    lead = rita.uid("Jeanne Martin")
    rita.queue.perform([lead], Accept())  # on the copy, and not at the hub yet
    shutil.copytree(rita.home.data, tmp_path / "copy")
    rita.now_ms += 60_000
    rita.queue.perform([lead], Touch("call", "no_answer"))
    rita.exchange()
    shutil.rmtree(rita.home.data)
    shutil.copytree(tmp_path / "copy", rita.home.data)
    rita.now_ms -= 30_000  # by a clock that was put back
    rita.queue.perform([lead], Note("written before it was heard"))
    settle(rita, mona)
    assert_the_same(rita, mona)
    order = "SELECT uid FROM event WHERE device = (SELECT device FROM event WHERE type = 'accepted') ORDER BY seq"
    assert rita.ask(order) == mona.ask(order)
