"""The life of an op: which state follows from which evidence.

held -> pending -> inflight -> acked -> done is the plain way. An op whose bytes left without a clear answer
is `unknown`; `conflict` and `dead` need a person, and make `blocked` what waits behind them on the same lead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

State = Literal[
    "held",
    "pending",
    "inflight",
    "acked",
    "done",
    "unknown",
    "conflict",
    "blocked",
    "dead",
    "superseded",
    "cancelled",
]

Evidence = Literal[
    "released",  # its undo window is over
    "overtaken",  # a later op of the lead says all that this one says
    "sent",  # written down before any byte leaves
    "applied",  # the other end says so, or a read by id shows it
    "settled",  # nothing is left to be looked at
    "undone",  # what was there is not there any more: somebody's late write covered it
    "rejected",
    "gone",
    "conflict",
    "retry",  # the other end says: not applied
    "not_sent",  # it did not leave: no network, no login, a limit
    "no_answer",  # it left, or may have left, and nothing clear came back
    "blocked",  # an earlier op of the lead needs a person
    "freed",  # and that one does not any more
    "retried",  # a person wants it to go out after all
    "discarded",  # a person does not want it to go out
    "handled",  # a person has seen to it
]

_NEXT: Final[Mapping[tuple[State, Evidence], State]] = {
    ("held", "released"): "pending",
    ("pending", "overtaken"): "superseded",
    ("pending", "sent"): "inflight",
    ("unknown", "sent"): "inflight",
    ("inflight", "applied"): "acked",
    ("unknown", "applied"): "acked",
    ("acked", "settled"): "done",
    ("acked", "undone"): "pending",
    ("done", "undone"): "pending",
    ("inflight", "rejected"): "dead",
    ("inflight", "gone"): "dead",
    ("inflight", "conflict"): "conflict",
    ("inflight", "retry"): "pending",
    ("inflight", "not_sent"): "pending",
    ("inflight", "no_answer"): "unknown",
    ("pending", "gone"): "dead",
    ("unknown", "gone"): "dead",
    ("blocked", "gone"): "dead",
    ("pending", "conflict"): "conflict",
    ("blocked", "conflict"): "conflict",
    ("unknown", "conflict"): "conflict",
    ("pending", "blocked"): "blocked",
    ("blocked", "freed"): "pending",
    **{(state, "retried"): "pending" for state in ("dead", "conflict")},
    **{(state, "discarded"): "cancelled" for state in ("held", "pending", "blocked", "dead", "conflict")},
    **{(state, "handled"): "done" for state in ("unknown", "dead", "conflict")},
}

_FIRST_PAUSE_MS: Final = 2_000
_LONGEST_PAUSE_MS: Final = 15 * 60_000


def next_state(state: State, evidence: Evidence, *, doubtful: bool = False) -> State:
    """The state that follows. Raises ValueError for evidence that such an op cannot have.

    `doubtful`: the op was unknown before it was sent again. «Not applied this time» does not say that the
    first sending was not: it stays unknown, so that an undo does not cancel what may be at the other end.
    """
    try:
        following = _NEXT[state, evidence]
    except KeyError:
        raise ValueError(f"an op that is {state} cannot be {evidence}") from None
    return "unknown" if doubtful and following == "pending" else following


def backoff_ms(attempts: int) -> int:
    """The pause after so many attempts: 2 s, doubled each time, at most 15 minutes."""
    return min(_FIRST_PAUSE_MS << min(attempts, 20), _LONGEST_PAUSE_MS)
