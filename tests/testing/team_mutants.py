"""Ways to build the exchange with a hub wrong, each put in the place of a few of our own lines, or of the hub's.

They are here to be caught: a laboratory that does not see them sees nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from leadq.domain import events as ev
from leadq.sync import downward, meeting, upward
from leadq.sync.meeting import HubCycle
from leadq.testing.fakehub import FakeHub
from leadq.testing.teamtrial import TeamTrial

if TYPE_CHECKING:
    from leadq.testing.teamtrial import Late

Put = Callable[[Any, str, Any], None]
"""As `monkeypatch.setattr`."""


def cursor_before_the_page(put: Put) -> None:
    """Where the home stands is kept first, in a transaction of its own."""
    take = HubCycle._take

    def taken(self: Any, place: Any, met: Any, **how: Any) -> Any:
        with self._line.writing() as db:
            self._keep(db, replace(place, seen=max(place.seen, int(met["last"]))))
        return take(self, place, met, **how)

    put(HubCycle, "_take", taken)


def given_before_the_answer(put: Put) -> None:
    """What is about to be given counts as given."""

    def given(self: Any, place: Any, met: Any) -> Any:
        with self._run.store.read() as db:
            (newest,) = db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
        with self._line.writing() as db:
            self._keep(db, replace(place, up=newest))
        return give(self, place, met)

    give = HubCycle._give
    put(HubCycle, "_give", given)


def the_hub_does_not_know_a_uid_again(put: Put) -> None:
    """What is given twice is there twice."""
    put_event = FakeHub._put_event

    def again(self: Any, me: str, event: Mapping[str, Any]) -> bool:
        if event["uid"] not in self.events:
            return put_event(self, me, event)
        row = {name: value for name, value in event.items() if name != "texts"}
        self.events[f"{event['uid']} again {self.last()}"] = {"hub_seq": self._next(), "member": me, **row}
        return True

    put(FakeHub, "_put_event", again)


def the_last_to_claim_has_the_lead(put: Put) -> None:
    """A claim is a write like any other."""

    def claimed(self: Any, me: str, uid: str) -> str | None:
        if uid in self.leads:
            self.leads[uid] = replace(self.leads[uid], owner=me, hub_seq=self._next())
            return me
        return None

    put(FakeHub, "_claim", claimed)


def a_lost_claim_is_not_told(put: Put) -> None:
    """Who was second goes on as if the lead were theirs."""
    put(meeting, "hear_of_loss", lambda desk, lost: [])


def nothing_is_taken_back(put: Put) -> None:
    """A laptop that was put back goes on from what it remembers."""
    put(HubCycle, "_take_back", lambda self, place, met: replace(place, high=int(met["high"])))


def what_waits_stays_before_what_comes_back(put: Put) -> None:
    """Own events that come back are put behind those that were done since."""
    put(meeting, "put_last", lambda *_: None)


def numbers_are_drawn_before_the_commit(put: Put) -> None:
    """A writer has its numbers when it begins; who reads in between goes past them."""
    numbered: dict[int, int] = {}

    def sent(self: TeamTrial, late: Late) -> Late:
        if late.word == "give" and isinstance(self.hub, FakeHub):
            numbered[id(late.what)] = self.hub._seq
            self.hub._seq += 3 * (len(late.what["events"]) + len(late.what["leads"])) + 3
        return late

    def said(self: Any, login: str, word: str, what: Mapping[str, Any]) -> Mapping[str, Any]:
        before = numbered.pop(id(what), None)
        if before is None:
            return say(self, login, word, what)
        now, self._seq = self._seq, before
        try:
            return say(self, login, word, what)
        finally:
            self._seq = now

    say = FakeHub.say
    put(TeamTrial, "sent_late", sent)
    put(FakeHub, "say", said)


def whoever_says_anything_says_whose_it_is(put: Put) -> None:
    """Any news of a lead tells the hub its owner as this laptop knows it, which may be old."""
    put(upward, "_gives", lambda db, kind, data: kind in (ev.REMOTE_CHANGED, ev.ASSIGNED, *ev.TAKE_BACK))


def nobody_settles_what_the_hub_decided(put: Put) -> None:
    """Where the hub and the events come to different owners, it stays so."""
    put(HubCycle, "_settle_owners", lambda *_: None)


def the_hubs_word_is_told_by_our_own_clock(put: Put) -> None:
    """What the hub decided is written down at the time that it is here, behind which others' clocks may be."""

    def told(desk: Any, lost: Mapping[str, str]) -> list[str]:
        for uid, owner in lost.items():
            if desk.db.execute(downward._OTHERS, (uid, owner)).fetchone():
                draft = downward.Draft(ev.ASSIGNED, desk.now_ms, {"to": owner})
                desk.ledger.append(uid, [draft], desk.batch, downward.SYSTEM)
        return []

    put(meeting, "hear_of_loss", told)


def everybody_is_told_who_a_lead_is_about(put: Put) -> None:
    """The hub gives people and notes to whoever asks."""
    put(FakeHub, "_sees", lambda self, login, lead: True)


def whose_lead_it_becomes_hears_nothing_of_the_person(put: Put) -> None:
    """Leads that changed hands are not told again."""
    put(meeting, "take_leads", lambda desk, page: None)


def a_member_who_was_removed_is_let_in(put: Put) -> None:
    """The hub looks for the name alone."""
    put(FakeHub, "_is_member", lambda self, login: login in self.members)


def a_new_device_is_a_stranger(put: Put) -> None:
    """A home that goes on from a backup does not give what the one before had not given."""
    put(meeting, "_own", lambda device, devices: [device])


TEAM_MUTANTS = {
    each.__name__: each
    for each in (
        cursor_before_the_page,
        given_before_the_answer,
        the_hub_does_not_know_a_uid_again,
        the_last_to_claim_has_the_lead,
        a_lost_claim_is_not_told,
        nothing_is_taken_back,
        numbers_are_drawn_before_the_commit,
        whoever_says_anything_says_whose_it_is,
        nobody_settles_what_the_hub_decided,
        the_hubs_word_is_told_by_our_own_clock,
        everybody_is_told_who_a_lead_is_about,
        whose_lead_it_becomes_hears_nothing_of_the_person,
        a_member_who_was_removed_is_let_in,
        a_new_device_is_a_stranger,
    )
}
