"""What the states of an op mean to everybody but sync: which have ended, which still wait to be there."""

from __future__ import annotations

ENDED_OPS = "('done', 'cancelled', 'superseded')"
WAITS = f"state NOT IN {ENDED_OPS} AND state <> 'acked'"
"""An op that the other end does not have yet. One that is acked is there, and will be looked at once more."""
