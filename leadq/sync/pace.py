"""When a connection's next cycle is due: pure rules on what its last one said.

Somebody must always be waited for by a timer: an outbox that nobody looks at again is how three other engines lost
their uploads (reference/sync.md 1.2), so every rule here ends in a finite wait.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from leadq.sync.machine import Rng
    from leadq.sync.protocol import Kind

SOON_S: Final = 15.0
"""After something came or went: who answers an outcome mostly does so within minutes."""

QUIET_S: Final = 300.0
"""The longest interval while all is well. A reply that is five minutes old is still a hot one, and twelve laptops that
ask this often cost their account 144 cycles an hour."""

FIRST_BACKOFF_S: Final = 2.0
LONGEST_BACKOFF_S: Final = 300.0
"""While offline. A network that comes back is noticed within a second; this is for a service that is down, and for a
network that is there and does not work."""

FIRST_REST_S: Final = 30.0
LONGEST_REST_S: Final = 900.0
"""After an adapter crashed, hung or needs a person: trying again costs up to a whole deadline, and seldom helps."""

PARKED_S: Final = 900.0
"""After a refused login or settings that do not work, unless the settings change before."""

News = Literal["settings", "resumed", "network"]
"""What makes a cycle due at once: the settings were written, the machine slept, it is on a network that is new."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What one cycle said: whether anything came or went, what stopped it, how long it asks to be left alone."""

    moved: bool = False
    trouble: Kind | None = None
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait after the last cycle (seconds), what stopped it, and how many ended like it in a row."""

    wait_s: float = 0.0
    trouble: Kind | None = None
    row: int = -1


def following(pace: Pace, ended: Ended, rng: Rng) -> Pace:
    """The pace after a cycle: quick while things move, slower while they do not, backing off while they fail."""
    again = (pace.trouble is None) == (ended.trouble is None) and not ended.moved
    row = pace.row + 1 if again else 0
    return Pace(_wait_s(ended, row, rng), ended.trouble, row)


def _wait_s(ended: Ended, row: int, rng: Rng) -> float:
    match ended.trouble:
        case None:
            return _doubled(SOON_S, row, QUIET_S) * (0.5 + rng.random() / 2)  # twelve laptops must not ask in step
        case "auth" | "load":
            return PARKED_S
        case "rate_limited":
            return max(ended.pause_s, 1.0)
        case "transient" | "stopped":
            return _jittered(FIRST_BACKOFF_S, row, LONGEST_BACKOFF_S, rng)
        case _:
            return _jittered(FIRST_REST_S, row, LONGEST_REST_S, rng)


def _jittered(first_s: float, row: int, longest_s: float, rng: Rng) -> float:
    """Full jitter (Brooker, «Exponential Backoff And Jitter», AWS 2015), but never less than half the first wait."""
    return max(first_s / 2, rng.random() * _doubled(first_s, row, longest_s))


def _doubled(first_s: float, row: int, longest_s: float) -> float:
    return min(first_s * 2.0 ** min(row, 30), longest_s)


def is_due(pace: Pace, rested_s: float, wake_in_ms: int | None) -> bool:
    """Whether the next cycle may begin, `rested_s` after the last one.

    `wake_in_ms`: until the first op of the outbox may leave (an undo window ends, a settle time, an audit). It counts
    only while nothing is wrong: else each call that is logged offline would be one more attempt.
    """
    return rested_s >= pace.wait_s or (pace.trouble is None and wake_in_ms is not None and wake_in_ms <= 0)


def told(pace: Pace, news: News) -> Pace:
    """The pace after news: due at once where they may have helped; how often it failed is not forgotten."""
    match news:
        case "settings":
            helps = pace.trouble != "rate_limited"
        case "resumed":
            helps = pace.trouble not in ("auth", "load")
        case "network":
            helps = pace.trouble == "transient"
    return replace(pace, wait_s=0.0) if helps else pace
