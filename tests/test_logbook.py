"""The log: newest first, a leaf at a time, and never more of a long past than is looked at."""

from __future__ import annotations

import pytest

from leadq import config, logbook
from leadq.domain import verbs
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.leads import hand_over

ME = "zoe"


@pytest.fixture
def busy(home: Home, queue: Queue) -> Queue:
    """A lead of Zoé's that she called and undid, one of Karim's, nobody's."""
    config.write(home, ME)
    hand_over(queue, {"owner": ME, "name": "Mine"}, {"owner": "karim", "name": "His"}, {"owner": "", "name": "None"})
    queue.perform(["1"], verbs.Touch("call", "no_answer", note="rang for long"))
    queue.undo()
    queue.perform(["2"], verbs.Note("look at this"))
    return queue


def leaf(store: Store, **asked: object) -> logbook.Leaf:
    with store.read() as db:
        return logbook.leaf(db, ME, **{"mine": False, **asked})  # type: ignore[arg-type]


def test_the_newest_comes_first_with_its_lead_and_its_words(busy: Queue, store: Store) -> None:
    newest = leaf(store).items[0]
    assert (newest.row.type, newest.lead.name, newest.row.texts) == ("noted", "His", {"note": "look at this"})
    seqs = [one.seq for one in leaf(store).items]
    assert seqs == sorted(seqs, reverse=True)


def test_what_was_taken_back_is_there_and_marked(busy: Queue, store: Store) -> None:
    undone = {one.row.type: one.row.undone for one in leaf(store).items}
    assert undone["touched"]
    assert not undone["noted"]


def test_mine_is_what_i_did_and_what_happened_to_my_leads(busy: Queue, store: Store) -> None:
    mine = leaf(store, mine=True).items
    assert {(one.row.type, one.lead.name) for one in mine} == {
        ("noted", "His"), ("undone", "Mine"), ("accepted", "Mine"), ("touched", "Mine"), ("handed_off", "Mine"),
    }  # fmt: skip


def test_leaves_follow_each_other_without_a_gap_or_an_overlap(busy: Queue, store: Store) -> None:
    whole, pages, before = leaf(store), [], None
    while True:
        found = leaf(store, count=2, before=before)
        pages += [one.seq for one in found.items]
        before = found.before
        if before is None:
            break
    assert pages == [one.seq for one in whole.items]


def test_a_leaf_looks_at_so_many_events_and_says_that_there_are_older_ones(
    busy: Queue, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logbook, "_REACH", 3)
    with store.read() as db:
        found = logbook.leaf(db, "somebody-else", mine=True)
        newest = db.execute("SELECT max(seq) FROM event").fetchone()[0]
    assert (found.items, found.before) == ((), newest + 1 - 3)


def test_a_home_that_is_not_there_has_an_empty_log(store: Store) -> None:
    assert leaf(store) == logbook.Leaf((), None)
