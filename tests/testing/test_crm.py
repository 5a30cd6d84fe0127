"""The CRM that stands in for three: its manners, and what each fault does to the truth."""

from __future__ import annotations

from typing import Any

import pytest

from leadq.plugins.sdk import AdapterError, Gone, RateLimited, Rejected
from leadq.sync.evidence import evidence_of
from leadq.sync.http import Http, Settings
from leadq.sync.wire import Request
from leadq.testing.book import Effect
from leadq.testing.crm import BUDGETED, LAGGING, ORDERED, PERSONALITIES, FakeCRM, Personality
from leadq.testing.invariants import OpRow, each_acked_append_is_there_once
from leadq.testing.nemesis import Fault, Nemesis
from leadq.testing.server import serve
from leadq.testing.straight import Straight
from leadq.testing.time import VirtualTime


def world(personality: Personality = ORDERED, nemesis: Nemesis | None = None, **more: Any) -> tuple[FakeCRM, Http]:
    time = VirtualTime()
    crm = FakeCRM(personality, time, nemesis=nemesis, **more)
    crm.book.create("7")
    time.sleep(60)
    return crm, Http(Settings(crm.url, crm.auth, run_s=1e6), ticks=time, handler=crm)


def ours(crm: FakeCRM) -> list[Effect]:
    return [effect for effect in crm.book.effects if effect.by == "leadq"]


def note(op_id: str = "op-1") -> dict[str, str]:
    return {"text": f"Called.\nleadq:{op_id}"}


def test_without_its_token_it_says_nothing_and_does_nothing() -> None:
    crm, _ = world()
    stranger = Http(Settings(crm.url, {"authorization": "Bearer no"}), ticks=VirtualTime(), handler=crm)
    with pytest.raises(AdapterError):
        stranger.patch("/leads/7", {"properties": {"status": "accepted"}})
    assert ours(crm) == []


def test_a_write_is_in_the_log_with_the_op_that_it_was_for() -> None:
    crm, http = world()
    http.patch("/leads/7", {"properties": {"status": "accepted", "leadq_last_op": "op-1"}})
    http.post("/leads/7/notes", note())
    assert [(effect.kind, effect.lead, effect.op_id) for effect in ours(crm)] == [
        ("set", "7", "op-1"),
        ("append", "7", "op-1"),
    ]
    assert http.get("/leads/7").data["properties"]["status"] == "accepted"
    assert http.get("/leads/7/notes").data["items"][0]["text"] == note()["text"]


def test_a_list_is_behind_and_a_read_by_id_is_not() -> None:
    crm, http = world(LAGGING)
    crm.book.create("8")
    http.post("/leads/7/notes", note())
    assert [row["id"] for row in http.get("/leads").data["items"]] == ["7"]
    assert http.get("/leads/8").data["id"] == "8"
    assert http.get("/notes", {"text": "op-1"}).data["items"] == []
    crm._time.sleep(9)
    assert {row["id"] for row in http.get("/leads").data["items"]} == {"7", "8"}
    assert [row["lead"] for row in http.get("/notes", {"text": "op-1"}).data["items"]] == ["7"]


def test_pages_hold_each_lead_once_even_when_all_changed_in_one_millisecond() -> None:
    crm, http = world(page=3)
    for number in range(10, 20):
        crm.book.create(str(number))
    crm.book.reassign("13", "rep-2")
    seen, following = [], f"{crm.url}/leads"
    while following:
        page = http.follow(following).data
        seen += [row["id"] for row in page["items"]]
        following = page["next"]
    assert sorted(seen) == ["10", "11", "12", "14", "15", "16", "17", "18", "19", "7"]


def test_after_a_merge_the_old_ids_lead_to_a_new_one_or_to_the_winner() -> None:
    crm, http = world(LAGGING)
    crm.book.create("8")
    http.post("/leads/8/notes", note())
    assert crm.merge("8", "7") == "m1"
    assert {http.get(f"/leads/{old}").data["id"] for old in ("7", "8")} == {"m1"}
    assert len(http.get("/leads/7/notes").data["items"]) == 1
    http.patch("/leads/8", {"properties": {"status": "working"}})
    assert ours(crm)[-1].lead == "m1"
    other, there = world(ORDERED)
    other.book.create("8")
    assert other.merge("8", "7") == "7"
    assert there.get("/leads/8").data["moved_to"] == "7"
    with pytest.raises(Rejected, match="merged"):
        there.patch("/leads/8", {"properties": {}})


def test_each_refuses_to_change_what_it_has_put_away() -> None:
    crm, http = world(BUDGETED)
    crm.book.archive("7")
    with pytest.raises(Rejected, match="archived"):
        http.patch("/leads/7", {"properties": {"status": "working"}})
    http.post("/leads/7/notes", note())  # a note is still welcome
    crm.book.create("8")
    crm.book.convert("8")
    with pytest.raises(Gone):
        http.get("/leads/8")
    ordered, there = world(ORDERED)
    ordered.book.convert("7")
    with pytest.raises(Rejected, match="converted"):
        there.patch("/leads/7", {"properties": {}})
    assert there.get("/leads/7").data["state"] == "converted"
    ordered.book.delete("7")
    with pytest.raises(Gone):
        there.get("/leads/7")


def test_a_value_that_was_renamed_is_not_a_value_any_more() -> None:
    crm, http = world()
    crm.book.set("7", {"status": "recycled"})
    crm.book.rename_status("recycled", "nurture")
    assert http.get("/leads/7").data["properties"]["status"] == "nurture"
    assert "nurture" in http.get("/fields").data["status"]
    with pytest.raises(Rejected, match="recycled"):
        http.patch("/leads/7", {"properties": {"status": "recycled"}})


def test_the_days_tokens_run_out_and_come_back_at_midnight() -> None:
    crm, http = world(BUDGETED)
    for _ in range(30_000 // 20):
        last = http.get("/leads")
    assert last.headers["x-daily-ratelimit-token-remaining"] == "0"
    with pytest.raises(RateLimited):
        http.patch("/leads/7", {"properties": {"status": "working"}})
    assert ours(crm) == []
    crm._time.sleep(86_400)
    http.patch("/leads/7", {"properties": {"status": "working"}})


def test_a_batch_tells_each_items_fate() -> None:
    inputs = [{"id": lead, "properties": {"status": "working"}} for lead in ("nobody", "7")]
    _, http = world(ORDERED)
    answer = http.post("/leads/batch", {"inputs": inputs})
    assert answer.status == 200
    assert [(row["id"], row["success"]) for row in answer.data] == [("nobody", False), ("7", True)]
    _, http = world(LAGGING)
    answer = http.post("/leads/batch", {"inputs": inputs})
    assert answer.status == 207
    assert [row["id"] for row in answer.data["results"]] == ["7"]
    assert [row["status"] for row in answer.data["errors"]] == [404]
    _, http = world(BUDGETED)
    with pytest.raises(Gone):
        http.post("/leads/batch", {"inputs": inputs})


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"properties": 7}', b'{"properties": [1]}', b"\xff"])
def test_rubbish_is_refused_and_changes_nothing(body: bytes) -> None:
    crm, _ = world()
    assert crm(Request("PATCH", "/leads/7", crm.auth, body)).status == 400
    assert ours(crm) == []


@pytest.mark.parametrize(
    ("fault", "evidence", "at_once", "in_the_end"),
    [
        ("refuse", "not_sent", 0, 0), ("drop", "no_answer", 0, 0), ("lose_reply", "no_answer", 1, 1),
        ("late", "no_answer", 0, 1), ("duplicate", "applied", 2, 2), ("limited", "not_sent", 0, 0),
        ("error_before", "no_answer", 0, 0), ("error_after", "no_answer", 1, 1), ("partial", "applied", 1, 1),
        ("truncated", "no_answer", 1, 1), ("html", "no_answer", 1, 1), ("expired", "not_sent", 0, 0),
        ("drip", "no_answer", 1, 1), ("stale", "applied", 1, 1), ("lag", "applied", 1, 1),
    ],
)  # fmt: skip
def test_a_fault_does_what_it_says_to_a_note(fault: Fault, evidence: str, at_once: int, in_the_end: int) -> None:
    """And the evidence never says less than the truth: what is `not_sent` is not there, now or later."""
    crm, http = world(nemesis=Nemesis(3, rate=1, budget=1, only=(fault,)))
    try:
        http.post("/leads/7/notes", note())
        found = "applied"
    except AdapterError as error:
        found = evidence_of(error)
    assert (found, len(ours(crm))) == (evidence, at_once)
    crm._time.sleep(601)
    crm.catch_up()
    assert (len(ours(crm)), crm.waiting) == (in_the_end, 0)


def test_what_is_late_comes_after_what_was_sent_later() -> None:
    crm, http = world(nemesis=Nemesis(1, rate=1, budget=1, only=("late",)))
    with pytest.raises(AdapterError):
        http.patch("/leads/7", {"properties": {"status": "accepted", "leadq_last_op": "op-1"}})
    http.patch("/leads/7", {"properties": {"status": "rejected", "leadq_last_op": "op-2"}})
    crm._time.sleep(601)
    crm.catch_up()
    assert [effect.op_id for effect in ours(crm)] == ["op-2", "op-1"]
    assert ours(crm)[1].sent_ms < ours(crm)[0].sent_ms < ours(crm)[1].at_ms
    assert http.get("/leads/7").data["properties"]["status"] == "accepted"  # the zombie won


def test_a_batch_that_is_half_done_tells_no_lie() -> None:
    untold, undone = 0, 0
    for seed in range(20):
        crm, http = world(LAGGING, Nemesis(seed, rate=1, budget=1, only=("partial",)))
        for number in range(10):
            crm.book.create(f"b{number}")
        inputs = [{"id": f"b{number}", "properties": {"status": "working"}} for number in range(10)]
        told = {row["id"] for row in http.post("/leads/batch", {"inputs": inputs}).data["results"]}
        done = {effect.lead for effect in ours(crm)}
        assert told <= done
        untold, undone = untold + len(done - told), undone + 10 - len(done)
    assert untold
    assert undone


@pytest.mark.parametrize("personality", PERSONALITIES, ids=lambda each: each.name)
def test_the_same_seed_is_the_same_story_with_httpx_and_without(personality: Personality) -> None:
    def story(seed: int, *, straight: bool) -> tuple[object, ...]:
        nemesis = Nemesis(seed, rate=0.5, budget=40)
        crm, http = world(personality, nemesis)
        if straight:
            settings = Settings(crm.url, crm.auth, run_s=1e6)
            http = Http(settings, ticks=crm._time, line=Straight(crm, crm._time))
        for number in range(8):
            crm.book.create(f"s{number}")
        told = []
        for number in range(60):
            try:
                told.append(repr(http.post(f"/leads/s{number % 8}/notes", note(f"op-{number}")).data))
                told.append(repr(http.get("/leads").data))
                http.patch(f"/leads/s{number % 8}", {"properties": {"status": "working"}})
            except AdapterError as error:
                told.append(f"{type(error).__name__}: {error}")
            if number % 9 == 8:
                told.append(str(nemesis.meddle(crm.book, new_id=crm.merged_id())))
        return told, crm.book.effects, crm.asked, nemesis.log, crm._time.monotonic()

    assert story(11, straight=True) == story(11, straight=True)
    assert story(11, straight=True) == story(11, straight=False)
    assert story(11, straight=True) != story(12, straight=True)


def test_healed_means_healed() -> None:
    nemesis = Nemesis(1, rate=1, budget=10**9)
    _, http = world(nemesis=nemesis)
    nemesis.heal()
    for _ in range(50):
        http.get("/leads")
    assert {fate.fault for _, _, fate in nemesis.log} == {"deliver"}


def test_every_fault_and_every_form_of_pause_comes_up() -> None:
    nemesis = Nemesis(5, rate=1, budget=10**9)
    crm, http = world(nemesis=nemesis)
    for _ in range(400):
        try:
            http.get("/me")
        except AdapterError:
            continue
    assert len({fate.fault for _, _, fate in nemesis.log}) == 15
    assert len({fate.pause for _, _, fate in nemesis.log}) == 4
    assert len(crm.asked) == 400


def test_a_client_that_sends_again_blindly_is_caught() -> None:
    """The whole of it has teeth: the commonest mistake, seen in the truth by the first invariant."""
    crm, http = world(nemesis=Nemesis(2, rate=1, budget=1, only=("lose_reply",)))
    for _ in range(2):
        try:
            http.post("/leads/7/notes", note())
        except AdapterError:
            continue
    found = each_acked_append_is_there_once(crm.book.effects, [OpRow("op-1", "7", 1, "done", appends=True)])
    assert [violation.rule for violation in found] == ["I1"]


def test_it_speaks_on_a_real_line_too() -> None:
    time = VirtualTime()
    crm = FakeCRM(ORDERED, time, page=1)
    crm.book.create("7")
    crm.book.create("8")
    with serve(crm) as url:
        crm.url = url
        with Http(Settings(url, crm.auth)) as http:
            first = http.get("/leads").data
            assert http.follow(first["next"]).data["items"][0]["id"] == "8"
            http.post("/leads/7/notes", note())
    assert [effect.op_id for effect in ours(crm)] == ["op-1"]
