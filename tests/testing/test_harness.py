"""The harness can be passed and can be failed: a careful client breaks no rule in any story, a careless one does.

The client here is the smallest that is right: settle, look by id, adopt or send again, and in the end count the notes.
"""

from __future__ import annotations

from collections import Counter
from urllib.parse import quote

import pytest

from leadq.plugins.sdk import AdapterError, Change, Context, RateLimited, Ref
from leadq.sync.evidence import evidence_of
from leadq.sync.http import Http, Settings
from leadq.testing.crm import PERSONALITIES, FakeCRM, Personality
from leadq.testing.invariants import (
    LocalLead,
    OpRow,
    Violation,
    appends_are_in_order,
    each_acked_append_is_there_once,
    every_op_ends,
    everything_in_scope_is_local,
    no_silent_overwrite,
    the_budget_was_kept,
)
from leadq.testing.nemesis import Nemesis
from leadq.testing.rest import Rest
from leadq.testing.straight import Straight
from leadq.testing.time import VirtualTime

SETTLE_S = 601.0
"""Longer than the longest delay of a nemesis."""

SEEDS = range(25)
LEADS, VERBS = ("0", "1"), ("touch", "accept", "touch", "qualify")
STATUS = {"touch": "working", "accept": "accepted", "qualify": "qualified"}


def ordered() -> list[Change]:
    return [
        Change(
            op_id=f"op-{lead}-{seq}", lead_uid=lead, external_id=lead, email="", verb=verb, reason="", quality=None,
            missing=(), note=f"Note {seq}.", occurred_at="", actor="camille", seq=seq, stamp=f"dev:{seq}",
            status=STATUS[verb],
        )
        for seq, verb in enumerate(VERBS, start=1)
        for lead in LEADS
    ]  # fmt: skip


class Client:
    def __init__(self, personality: Personality, seed: int, *, careful: bool) -> None:
        self.time = VirtualTime()
        self.crm = FakeCRM(personality, self.time, nemesis=Nemesis(seed, rate=0.4, budget=12))
        for lead in LEADS:
            self.crm.book.create(lead)
        settings = Settings(self.crm.url, self.crm.auth, run_s=1e9)
        self.http = Http(settings, ticks=self.time, line=Straight(self.crm, self.time))
        self.rest = Rest(Context({}, connected=self.http))
        self.careful = careful

    def send(self, change: Change) -> None:
        for _ in range(60):
            try:
                list(self.rest.push([change]))
            except AdapterError as error:
                self.time.sleep(error.retry_after or 60 if isinstance(error, RateLimited) else 2)
                if evidence_of(error) == "no_answer" and self.careful and self.landed(change):
                    return
            else:
                return
        raise AssertionError(f"no end of {change.op_id}")

    def landed(self, change: Change) -> bool:
        self.time.sleep(SETTLE_S)
        for _ in range(60):
            try:
                (found,) = self.rest.lookup([Ref(change.external_id, markers=True)])
            except AdapterError:
                self.time.sleep(60)
            else:
                return change.op_id in (found.markers or ()) and found.last_op == change.op_id
        raise AssertionError("no read ever succeeds")

    def audit(self) -> None:
        """Once all is quiet: of notes that are there twice the oldest stays."""
        assert self.crm.nemesis
        self.crm.nemesis.heal()
        self.time.sleep(SETTLE_S)
        self.crm.catch_up()
        for lead in LEADS if self.careful else ():
            seen: Counter[str] = Counter()
            for note in self.http.get(f"/leads/{lead}/notes").data["items"]:
                seen[note["text"]] += 1
                if seen[note["text"]] > 1:
                    self.http.request("DELETE", f"/leads/{lead}/notes/{quote(note['id'])}")

    def judged(self) -> list[Violation]:
        changes = ordered()
        for change in changes:
            self.send(change)
        self.audit()
        book = self.crm.book
        records = {lead: record for lead in book.ids() if (record := book.get(lead))}
        ops = [
            OpRow(each.op_id, each.external_id, each.seq, "done", {"status": STATUS[each.verb]}, appends=True)
            for each in changes
        ]
        local = [LocalLead(lead, {"status": STATUS[VERBS[-1]]}) for lead in LEADS]
        tokens = self.crm.personality.day_tokens or 10**9
        return [
            *each_acked_append_is_there_once(book.effects, ops),
            *every_op_ends([each.op_id for each in changes], ops),
            *no_silent_overwrite(book.effects, ops, records, local, []),
            *appends_are_in_order(book.effects, ops),
            *everything_in_scope_is_local(records, local, "rep-1"),
            *the_budget_was_kept([(each.at_ms, each.cost) for each in self.crm.asked], tokens, 86_400_000),
        ]


@pytest.mark.parametrize("personality", PERSONALITIES, ids=lambda each: each.name)
def test_a_careful_client_breaks_no_rule_in_any_story(personality: Personality) -> None:
    for seed in SEEDS:
        assert Client(personality, seed, careful=True).judged() == [], f"seed {seed}"


@pytest.mark.parametrize("personality", PERSONALITIES, ids=lambda each: each.name)
def test_a_client_that_sends_again_at_once_is_caught_in_most_stories(personality: Personality) -> None:
    caught = [seed for seed in SEEDS if Client(personality, seed, careful=False).judged()]
    assert len(caught) > len(SEEDS) / 2
    rules = {each.rule for seed in SEEDS for each in Client(personality, seed, careful=False).judged()}
    assert {"I1", "I3"} <= rules
