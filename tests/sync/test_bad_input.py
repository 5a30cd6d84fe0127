"""What a service may answer instead of what it should: one sentence, no op lost, and the next cycle goes on."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

from leadq.cli.sync import told
from leadq.domain.verbs import Accept, Note
from leadq.errors import Exit
from leadq.paths import Home
from leadq.plugins.sdk import Page, RemoteLead
from leadq.sync import serving
from leadq.sync.report import SyncReport
from leadq.sync.wire import Reply, Request
from leadq.testing.crm import ORDERED, FakeCRM
from leadq.testing.nemesis import Nemesis
from leadq.testing.rest import Rest
from leadq.testing.time import VirtualTime
from tests.sync.laptop import Laptop

if TYPE_CHECKING:
    from pathlib import Path

    from leadq.sync.report import ConnectionReport


@pytest.fixture
def home(memory: Path) -> Home:
    """In memory: nothing here is about the disk."""
    return Home(memory / "config", memory / "data", memory / "state")


DAY_MS = 86_400_000
Twist = Callable[[Request, Reply], Reply]


def laptop(home: Home, leads: int = 3, **kind: Any) -> Laptop:
    """Leads in the CRM that this laptop has not heard of."""
    made = Laptop(home, **kind)
    for number in range(leads):
        made.book.create(f"L{number}", name=f"Lead {number}", email=f"lead{number}@forges.example")
    made.time.sleep(60)
    return made


def fetched(home: Home, leads: int = 1, **kind: Any) -> Laptop:
    made = laptop(home, leads, **kind)
    assert made.sync().error is None
    return made


def settled(it: Laptop) -> None:
    """As long as anything may be on its way, and the audit."""
    for pause_s in (200, 1000, 0):
        it.time.sleep(pause_s)
        it.sync()


def lasting(twist: Twist, method: str, place: str = "leads") -> Twist:
    """`twist` for requests of that method and place alone."""
    return lambda request, reply: (
        twist(request, reply) if (request.method, request.steps[0]) == (method, place) else reply
    )


def document(edit: Callable[[dict[str, Any]], None]) -> Twist:
    """The list of leads, edited."""

    def edited(request: Request, reply: Reply) -> Reply:
        found = json.loads(b"".join(reply.chunks))
        edit(found)
        return Reply(reply.status, reply.headers, [json.dumps(found).encode()])

    return lasting(edited, "GET")


def row(**values: Any) -> Twist:
    """The first record of the list has these values instead."""
    return document(lambda found: found["items"][0].update(values))


def said(body: bytes, status: int = 200, **headers: str) -> Twist:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request, reply: Reply(status, {**reply.headers, **named}, [body])


def halved(request: Request, reply: Reply) -> Reply:
    whole = b"".join(reply.chunks)
    return Reply(reply.status, reply.headers, [whole[: len(whole) // 2]])


def slow(laptop: Laptop) -> Twist:
    def dripping(request: Request, reply: Reply) -> Reply:
        return Reply(reply.status, reply.headers, drops(b"".join(reply.chunks)))

    def drops(body: bytes) -> Iterator[bytes]:
        for index in range(len(body)):
            laptop.time.sleep(5)
            yield body[index : index + 1]

    return dripping


BAD: Mapping[str, Twist] = {
    "a web page": said(b"<!doctype html><title>Sign in</title>"),
    "half of it": halved,
    "nothing": said(b""),
    "a bomb": said(gzip.compress(b" " * (1 << 24)), content_encoding="gzip"),
    "damaged compression": said(b"\x1f\x8b rubbish", content_encoding="gzip"),
    "nested too deeply": said(b"[" * 500 + b"]" * 500),
    "a way elsewhere": said(b"", 302, location="https://evil.example/leads"),
    "a way to itself": said(b"", 302, location="/leads"),
    "a gateway": said(b"<html>502</html>", 502),
    "a pause": said(b"", 503, retry_after="120"),
}


def is_one_line(report: ConnectionReport) -> bool:
    return bool(report.error) and "\n" not in (report.error or "") and len(report.error or "") < 200


@pytest.mark.parametrize("what", [*BAD, "a drip"])
def test_a_list_that_is_no_use_costs_one_sentence_and_the_next_cycle_has_it_all(home: Home, what: str) -> None:
    it = laptop(home)
    it.twist = lasting(BAD[what] if what in BAD else slow(it), "GET")
    report = it.sync()
    assert is_one_line(report)
    assert (report.status, report.pulled, it.rows("SELECT cursor FROM connection_state")) == (75, 0, [(None,)])
    assert report.requests < 8
    it.twist = lambda request, reply: reply
    it.time.sleep(120)
    assert (it.sync().error, len(it.rows("SELECT 1 FROM lead"))) == (None, 3)


@pytest.mark.parametrize("what", [*BAD, "a drip"])
def test_an_answer_to_a_write_that_is_no_use_leaves_it_unknown_until_a_look_proves_it(home: Home, what: str) -> None:
    it = fetched(home)
    it.queue.perform(["crm:L0"], Accept())
    it.twist = lasting(BAD[what] if what in BAD else slow(it), "PATCH")
    report = it.sync()
    assert is_one_line(report)
    assert (report.unknown, report.status, it.states()) == (1, Exit.PARTLY, ["unknown"])
    it.twist = lambda request, reply: reply
    settled(it)
    assert it.states() == ["done"]
    assert [effect.kind for effect in it.book.effects if effect.by == "leadq"] == ["set"]


class Following(Rest):
    """Goes where the service says that the next page is."""

    def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page]:
        answer = self._http.get("/leads")
        while True:
            leads = tuple(RemoteLead(str(each["id"]), fields=each["properties"]) for each in answer.data["items"])
            following = answer.data.get("next")
            yield Page(leads, following or "end", more=bool(following))
            if not following:
                return
            answer = self._http.follow(following)


@pytest.mark.parametrize(
    ("following", "why"),
    [
        ("https://evil.example/leads?page=2", "another address (evil.example)"),
        ("http://crm.test/leads?page=2", "another address"),
        ("//evil.example/leads", "another address (evil.example)"),
        ("https://crm.test@evil.example/", "another address"),
        ("/leads?page=same", "again and again"),
    ],
)
def test_a_next_page_elsewhere_or_without_end_is_not_read_and_the_page_before_stands(
    home: Home, following: str, why: str
) -> None:
    it = laptop(home, kind=Following)
    it.twist = document(lambda found: found.update(next=following))
    report = it.sync()
    assert is_one_line(report)
    assert why in (report.error or "")
    assert (report.status, len(it.rows("SELECT 1 FROM lead"))) == (Exit.TEMPORARY, 3)
    it.twist = lambda request, reply: reply
    assert it.sync().error is None


def test_pages_without_a_cursor_for_ever_come_to_an_end(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(Rest):
        def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page]:
            while True:
                yield Page((), None, more=True)

    monkeypatch.setattr("leadq.sync.inbox.CursorGuard.__init__.__defaults__", (5,))
    report = Laptop(home, kind=Endless).sync()
    assert "again and again (5 pages" in (report.error or "")


def many(count: int) -> Twist:
    rows = [
        {"id": f"M{n}", "owner": "rep-1", "state": "open", "updated_ms": n + 1, "properties": {"name": f"Lead {n}"}}
        for n in range(count)
    ]
    return document(lambda found: found.update(items=rows))


def test_a_huge_page_comes_in_parts_and_its_cursor_with_the_last(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "PART", 50)
    monkeypatch.setattr("leadq.sync.inbox._TOGETHER", 1)
    it = laptop(home, 0)
    seen: list[tuple[int, str | None]] = []

    class Watching(Rest):
        def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page]:
            yield from super().pull(cursor, scope)
            seen.append((len(it.rows("SELECT 1 FROM lead")), it.rows("SELECT cursor FROM connection_state")[0][0]))

    it.kind = Watching
    it.twist = many(151)
    assert (it.sync().pulled, it.rows("SELECT count(*) FROM lead")) == (151, [(151,)])
    assert seen[0][0] == 151
    assert seen[0][1]


@pytest.mark.deep
def test_a_page_of_fifty_thousand_leads_comes_in(home: Home) -> None:
    it = laptop(home, 0)
    it.max_bytes = 1 << 25
    it.twist = many(50_000)
    assert (it.sync().pulled, it.rows("SELECT count(*) FROM lead")) == (50_000, [(50_000,)])


@pytest.mark.parametrize("number", [17, -1, 2**63])
def test_an_id_that_is_a_number_is_a_text_here(home: Home, number: int) -> None:
    it = laptop(home)
    it.twist = row(id=number)
    assert (it.sync().refused, it.lead(str(number))["external_id"]) == (0, str(number))


class Careless(Rest):
    """Hands over whatever it gets."""

    def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page]:
        items = self._http.get("/leads").data["items"]
        yield Page(tuple(RemoteLead(each["id"], fields=each["properties"]) for each in items), None, more=False)


@pytest.mark.parametrize(
    ("kind", "twist"),
    [
        *((kind, row(**bad)) for kind in (Rest, Careless) for bad in ({"id": None}, {"id": ""}, {"properties": [1]})),
        *((Careless, row(**bad)) for bad in ({"id": True}, {"id": ["7"]}, {"id": 1.5}, {"properties": "x"})),
        *((Rest, row(updated_ms=bad)) for bad in ("soon", 1e300, [1])),
        (Rest, row(properties=None)),
        (Rest, row(properties={"name": None, "email": None})),
        (Rest, row(properties={"name": "Lead 0", "score": {"a": 1}})),
        (Rest, row(properties={"name": "Lead 0", "handed_off_at": "soon"})),
        (Rest, document(lambda found: found["items"].__setitem__(0, None))),
        (Rest, document(lambda found: found["items"].__setitem__(0, "rubbish"))),
    ],
)
def test_a_record_that_makes_no_sense_is_counted_and_the_others_come_in(
    home: Home, kind: type[Rest], twist: Twist
) -> None:
    it = laptop(home, kind=kind)
    it.twist = twist
    report = it.sync()
    assert (report.error, report.refused, report.pulled, report.status) == (None, 1, 2, Exit.PARTLY)
    assert list(told(SyncReport("", (report,)))) == ["crm: 2 fetched, 1 not understood"]
    assert it.sync(full=True).refused == 1  # as long as it is so
    it.twist = lambda request, reply: reply
    it.kind = Rest
    report = it.sync()
    assert (report.pulled, report.refused, report.status) == (1, 0, Exit.DONE)
    assert it.events("remote_changed") == []


@pytest.mark.parametrize("field", ["name", "status", "campaign"])
def test_half_a_character_is_a_question_mark(home: Home, field: str) -> None:
    it = laptop(home)
    it.twist = row(properties={"name": "Lead", field: "A\ud800B"})
    assert (it.sync().error, len(it.rows("SELECT 1 FROM lead"))) == (None, 3)


def test_a_record_that_is_twice_on_a_page_is_there_as_it_was_last(home: Home) -> None:
    it = laptop(home)

    def twice(found: dict[str, Any]) -> None:
        first = found["items"][0]
        newer = {**first, "updated_ms": first["updated_ms"] + 5, "properties": {"name": "Lead 0", "company": "New"}}
        found["items"] = [newer, *found["items"], newer, first]

    it.twist = document(twice)
    assert (it.sync().pulled, it.lead("L0")["company"]) == (3, "New")


def test_a_record_that_is_on_two_pages_is_one_lead_as_it_was_last(home: Home) -> None:
    class Sliding(Rest):
        """Somebody edits a record while the pages are read: it is on the second page again."""

        def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page]:
            for number, page in enumerate(super().pull(cursor, scope)):
                if number == 0 and cursor is None:
                    it.book.set("L0", {"company": "New"})
                yield page

    it = laptop(home, kind=Sliding)
    it.crm._page = 2  # type: ignore[union-attr]
    it.sync()
    assert (len(it.rows("SELECT 1 FROM lead")), it.lead("L0")["company"]) == (3, "New")


def test_what_a_batch_does_not_answer_is_unknown_and_the_others_are_done(home: Home) -> None:
    it = fetched(home, 3, options={"batch": 10})
    it.queue.perform(["crm:L0", "crm:L1", "crm:L2"], Accept())

    def short(request: Request, reply: Reply) -> Reply:
        return Reply(200, reply.headers, [json.dumps(json.loads(b"".join(reply.chunks))[1:]).encode()])

    it.twist = lasting(short, "POST")
    report = it.sync()
    assert (report.pushed, report.unknown, report.status) == (2, 1, Exit.PARTLY)
    assert sorted(it.states()) == ["done", "done", "unknown"]
    it.twist = lambda request, reply: reply
    settled(it)
    assert it.states() == ["done"] * 3
    assert [effect.lead for effect in it.book.effects if effect.by == "leadq"] == ["L0", "L1", "L2"]


def test_a_record_that_makes_no_sense_at_the_look_holds_up_its_own_lead_only(home: Home) -> None:
    it = fetched(home, 2)
    it.queue.perform(["crm:L0", "crm:L1"], Accept())
    rubbish = said(b'{"id": null}')
    it.twist = lambda request, reply: rubbish(request, reply) if request.path == "/leads/L0" else reply
    report = it.sync()
    assert (report.error, report.pushed, report.pending) == (None, 1, 1)
    assert "makes no sense" in it.rows("SELECT last_error FROM outbox WHERE state = 'pending'")[0][0]
    it.twist = lambda request, reply: reply
    assert it.sync().pushed == 1


PAUSES: Mapping[str, int] = {"300": 300, "date": 300, "soon": 60, "-5": 60, "1e9": 60, "99999999999": 86_400}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("asked", PAUSES)
def test_a_pause_is_kept_whatever_form_it_is_asked_in_and_then_it_goes_on(home: Home, status: int, asked: str) -> None:
    it = fetched(home)
    it.queue.perform(["crm:L0"], Accept())

    def later(request: Request, reply: Reply) -> Reply:
        until = formatdate(it.time.wall_ms() / 1000 + 300, usegmt=True) if asked == "date" else asked
        return Reply(status, {**reply.headers, "retry-after": until}, [b"<html>Later</html>"])

    it.twist = lasting(later, "GET")
    report = it.sync()  # which waits a minute
    assert is_one_line(report)
    assert (report.status, report.pending) == (Exit.PARTLY, 1)
    garbage = PAUSES[asked] == 60
    if not (garbage and status == 503):  # a service that is down and does not say until when
        it.time.sleep(PAUSES[asked] - 70 if PAUSES[asked] > 70 else 0)
        if not garbage:
            report = it.sync()
            assert (report.requests, report.pending, report.status) == (0, 1, Exit.PARTLY)
            assert "pause until" in (report.error or "")
    it.twist = lambda request, reply: reply
    it.time.sleep(10)
    assert (it.sync().error, it.states()) == (None, ["done"])


def test_a_pause_that_is_asked_for_after_a_write_is_kept_and_the_write_stays_unknown(home: Home) -> None:
    it = fetched(home)
    it.queue.perform(["crm:L0"], Accept())
    it.twist = lasting(BAD["a pause"], "PATCH")
    assert (it.sync().unknown, it.sync().requests) == (1, 0)
    it.twist = lambda request, reply: reply
    settled(it)
    assert it.states() == ["done"]


def test_a_record_that_is_in_use_is_tried_again_and_the_others_go_out(home: Home) -> None:
    it = fetched(home, 2)
    it.queue.perform(["crm:L0", "crm:L1"], Accept())
    busy = said(b"{}", 423)
    it.twist = lambda request, reply: busy(request, reply) if (request.method, request.path) == BUSY else reply
    report = it.sync()
    assert (report.error, report.pushed, report.pending) == (None, 1, 1)
    it.twist = lambda request, reply: reply
    assert it.sync().pending == 0


BUSY = ("PATCH", "/leads/L0")


def story(home: Home, skew_ms: int) -> tuple[Laptop, list[Any]]:
    """A lead with its instant, a lost answer, a note, an audit: told with one clock and with another."""
    time = VirtualTime()
    it = Laptop(home, crm=FakeCRM(ORDERED, time, skew_ms=skew_ms))
    for number in range(2):
        it.book.create(f"L{number}", name=f"Lead {number}", handed_off_at="2026-05-13T14:00:00Z")
    time.sleep(60)
    it.sync()
    due = it.rows("SELECT external_id, due_ms FROM lead ORDER BY id")
    it.queue.perform(["crm:L0"], Accept())
    it.queue.perform(["crm:L1"], Note("Rappeler."))
    it.twist = lasting(said(b"", 504), "PATCH")
    states = []
    for _ in range(3):
        it.sync()
        it.twist = lambda request, reply: reply
        states.append(it.states())
    it.time.sleep(900)
    it.book.set("L1", {"campaign": "Salon"})
    it.sync()
    pulled = [lead["campaign"] for lead in map(it.lead, ("L0", "L1"))]
    for _ in range(3):
        it.sync()
    return it, [due, states, pulled, it.states(), [(e.kind, e.lead, e.by) for e in it.book.effects]]


@pytest.mark.parametrize("skew_ms", [DAY_MS, -DAY_MS])
def test_a_clock_that_is_a_day_wrong_moves_no_deadline_no_settling_no_audit_and_no_cursor(
    home: Home, tmp_path: Path, skew_ms: int
) -> None:
    _, right = story(Home(tmp_path / "config", tmp_path / "data", tmp_path / "state"), 0)
    it, wrong = story(home, skew_ms)
    assert wrong == right
    report = it.sync()
    assert abs((report.skew_ms or 0) - skew_ms) <= 500
    (_, warning) = told(SyncReport("", (report,)))
    assert ("slow" if skew_ms > 0 else "fast") in warning


def test_a_clock_that_is_right_to_the_minute_is_not_spoken_of(home: Home) -> None:
    it = Laptop(home, crm=FakeCRM(ORDERED, VirtualTime(), skew_ms=59_000))
    it.book.create("L0", name="Lead 0")
    it.time.sleep(60)
    assert len(list(told(SyncReport("", (it.sync(),))))) == 1


def undated(request: Request, reply: Reply) -> Reply:
    headers = {name: said for name, said in reply.headers.items() if name.lower() != "date"}
    return Reply(reply.status, headers, reply.chunks)


def test_what_was_put_off_by_a_clock_that_was_a_day_ahead_does_not_wait_for_that_day(home: Home) -> None:
    """The clock is put right, and the service does not say the time: all that is waited for begins anew."""
    it = laptop(home, 2)
    it.twist = undated
    it.sync()
    it.queue.perform(["crm:L0"], Accept())
    it.queue.perform(["crm:L1"], Note("Rappeler."))
    it.twist = lambda request, reply: undated(request, lasting(said(b"", 504), "PATCH")(request, reply))
    it.sync()
    it.twist = undated
    with it.store.transaction() as db:
        db.execute(
            "UPDATE outbox SET last_sent_ms = last_sent_ms + ?1, next_attempt_ms = next_attempt_ms + ?1,"
            " audit_ms = audit_ms + ?1",
            (DAY_MS,),
        )
    for _ in range(8):
        it.sync(one_shot=False)
        it.time.sleep(300)
    assert it.states() == ["done", "done"]


def test_an_administrator_who_removes_the_status_makes_ops_dead_with_a_reason_and_loses_none(home: Home) -> None:
    it = fetched(home, 2)
    it.queue.perform(["crm:L0"], Accept())
    it.queue.perform(["crm:L1"], Note("Rappeler."))
    assert Nemesis(1, acts=("remove",)).meddle(it.book) == "remove"
    report = it.sync()
    assert (report.dead, report.status) == (1, Exit.NEEDS_PERSON)
    assert it.rows("SELECT state, last_error FROM outbox ORDER BY rowid") == [
        ("dead", "The service refused it: there is no field status"),
        ("acked", None),
    ]
    assert it.lead("L0")["state"] == "accepted"
