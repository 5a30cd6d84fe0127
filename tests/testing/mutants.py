"""Twelve ways to build a sync engine wrong (reference/sync.md 3), each put in the place of a few of our own lines.

They are here to be caught: a laboratory that does not see them sees nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from leadq.plugins.sdk import Change, Result
from leadq.sync import cycle, inbox, ops, push, states
from leadq.sync.ops import Answer
from leadq.testing import rest

if TYPE_CHECKING:
    import sqlite3

    from leadq.sync.line import Line
    from leadq.testing.world import World

Put = Callable[[Any, str, Any], None]
"""As `monkeypatch.setattr`."""


def retry_after_a_read_timeout(put: Put, world: World) -> None:
    """What may have been done is taken for not done."""
    put(states, "_NEXT", {**states._NEXT, ("inflight", "no_answer"): "pending"})


def cursor_before_the_page(put: Put, world: World) -> None:
    """The cursor is kept first, in a transaction of its own."""
    take = inbox._take

    def taken(line: Line, pages: Any, seen: Any) -> None:
        with inbox.desk_of(line) as desk:
            inbox._keep_cursor(desk, line, pages[-1].cursor)
        take(line, pages, seen)

    put(inbox, "_take", taken)


def inflight_is_pending_after_a_crash(put: Put, world: World) -> None:
    """What a crash left on its way is sent again as if it had never left."""

    def recover(db: sqlite3.Connection, connection: str) -> None:
        db.execute("UPDATE outbox SET state = 'pending' WHERE connection = ? AND state = 'inflight'", (connection,))

    put(ops, "recover", recover)


def no_settling_and_no_audit(put: Put, world: World) -> None:
    """Whatever does not show at once is sent again, and nobody looks once more."""
    judge = push.judge
    put(push, "judge", lambda *args, settled, **more: judge(*args, settled=True, **more))

    def unseen(line: Line) -> None:
        with line.writing() as db:
            ops.settle(db, [op.op_id for op in ops.to_audit(db, line.connection, line.run.ticks.wall_ms())])

    put(cycle, "audit", unseen)


def verify_by_a_search(put: Put, world: World) -> None:
    """An entry counts as there when the index knows it, and that is asked at once."""
    notes, judge = rest.Rest._notes, push.judge
    put(push, "judge", lambda *args, settled, **more: judge(*args, settled=True, **more))

    def searched(self: Any, external_id: str) -> list[Any]:
        known = {str(row["id"]) for row in self._http.get("/notes", {"text": "leadq:"}).data["items"]}
        return [row for row in notes(self, external_id) if str(row["id"]) in known]

    put(rest.Rest, "_notes", searched)


def cursor_from_our_own_clock(put: Put, world: World) -> None:
    """The next pull begins where our clock stood, without an overlap."""
    put(rest, "_server_ms", lambda _: world.wall_ms() + rest.OVERLAP_MS)


def entries_are_coalesced(put: Put, world: World) -> None:
    """A later state makes an earlier op superfluous, with all that it would have added."""
    put(ops, "_OVERTAKEN", ops._OVERTAKEN.replace("AND adds = 0", ""))


def a_missing_item_was_done(put: Put, world: World) -> None:
    """What a batch's answer does not name is taken for done."""
    told = push._rest
    put(push, "_rest", lambda failure: told(failure) if failure else Answer("", "applied"))


def no_fence(put: Put, world: World) -> None:
    """A run that slept goes on where it was, whoever ran meanwhile."""
    put(ops, "is_current", lambda *_: True)


def the_past_is_news(put: Put, world: World) -> None:
    """An index that is behind is believed."""
    put(inbox, "_is_news", lambda lead, mark, before: before is None or mark != before.hash)


def not_found_is_success(put: Put, world: World) -> None:
    """404 means that nothing is left to be done."""
    put(push, "ABOUT_ONE", {**push.ABOUT_ONE, "gone": "applied"})


def errors_inside_a_batch_are_swallowed(put: Put, world: World) -> None:
    """207 is a success, whatever it says of an item."""

    def done(self: Any, change: Change, told: Any) -> Iterator[Result]:
        self._add(change)
        yield Result(change.op_id, "applied", change.external_id)

    put(rest.Rest, "_rest_of", done)


MUTANTS = {
    each.__name__: each
    for each in (
        retry_after_a_read_timeout,
        cursor_before_the_page,
        inflight_is_pending_after_a_crash,
        no_settling_and_no_audit,
        verify_by_a_search,
        cursor_from_our_own_clock,
        entries_are_coalesced,
        a_missing_item_was_done,
        no_fence,
        the_past_is_news,
        not_found_is_success,
        errors_inside_a_batch_are_swallowed,
    )
}
