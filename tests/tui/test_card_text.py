"""The card as text: what to do now, how good the source is, what marketing answered."""

from __future__ import annotations

from leadq import read
from leadq.domain import verbs
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.tui.card import Shelf
from leadq.tui.widgets.card_text import card_text
from tests.leads import NOW_MS, hand_over

MINUTE = 60_000


def said(store: Store, lead_id: int, now_ms: int = NOW_MS) -> list[str]:
    with store.read() as db:
        card = Shelf().card(db, read.moment(db, NOW_MS), lead_id)
    assert card
    return card_text(card, now_ms, 80).plain.splitlines()


def test_the_card_says_what_to_do_now(queue: Queue, store: Store) -> None:
    hand_over(queue, {"trigger": "demo"})
    assert "> try: Call · hot, and nobody has tried yet" in said(store, 1)


def test_the_suggestion_follows_the_clock_while_nothing_is_written(queue: Queue, store: Store) -> None:
    hand_over(queue)
    queue.perform(["1"], verbs.Touch("call", "callback_set", next_ms=NOW_MS + 60 * MINUTE))
    assert "> wait until today 16:00 · the next step is planned" in said(store, 1)
    assert "> keep the promise: Call · it is due" in said(store, 1, NOW_MS + 50 * MINUTE)


def test_the_card_says_how_good_the_source_has_been(queue: Queue, store: Store) -> None:
    hand_over(queue, {}, {})
    queue.perform(["1"], verbs.Accept())
    queue.perform(["1"], verbs.Qualify(5))
    assert any("web: 1 of 1 qualified, 100 % (21 to 100)" in line for line in said(store, 2))


def test_the_rep_reads_marketings_answer_on_the_card(queue: Queue, store: Store) -> None:
    hand_over(queue)
    queue.perform(["1"], verbs.Reject("rej.spam", 1))
    assert "Marketing" not in said(store, 1)
    queue.perform(["1"], verbs.Answer("ack", "our form had no captcha"))
    lines = said(store, 1)
    assert "taken note of: our form had no captcha  today 15:00" in lines[lines.index("Marketing") + 1]
    assert not any(line.startswith(">") for line in lines)
