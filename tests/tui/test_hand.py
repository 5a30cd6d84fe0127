"""The threads behind the screen: one thing after another, the newest of each kind, and a quit that does not wait."""

from __future__ import annotations

import threading

from leadq.tui.hand import Hand


def test_jobs_are_done_in_order_and_a_newer_one_replaces_one_of_its_kind() -> None:
    hand, done, gate, all_done = Hand("t"), list[str](), threading.Event(), threading.Event()
    hand.ask("gate", lambda: gate.wait(10))
    for kind, name in (("look", "old look"), ("card", "card"), ("look", "new look")):
        hand.ask(kind, lambda name=name: done.append(name))  # type: ignore[misc]
    hand.ask("end", all_done.set)
    gate.set()
    assert all_done.wait(10)
    assert done == ["new look", "card"]
    hand.stop(10)


def test_stopping_forgets_what_has_not_begun_and_waits_for_what_has() -> None:
    hand, begun, gate, done = Hand("t"), threading.Event(), threading.Event(), list[str]()

    def long() -> None:
        begun.set()
        gate.wait(10)
        done.append("long")

    hand.ask("long", long)
    assert begun.wait(10)
    hand.ask("later", lambda: done.append("later"))
    hand.stop(0)
    gate.set()
    hand.stop(10)
    hand.ask("after", lambda: done.append("after"))
    assert done == ["long"]
