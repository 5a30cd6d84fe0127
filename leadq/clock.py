"""The time: one port for the domain, which `LEADQ_NOW` can freeze. Deadlines and backoff never use it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from leadq.errors import Exit, LeadqError
from leadq.i18n import _


class Clock:
    """Now, in milliseconds UTC: the system's, or a frozen instant.

    No dataclass, like all on the way of `leadq prompt`: importing that module takes 5 ms of every shell prompt.
    """

    __slots__ = ("frozen_ms",)

    def __init__(self, frozen_ms: int | None = None) -> None:
        self.frozen_ms = frozen_ms

    def now_ms(self) -> int:
        """The present instant of the domain."""
        return time.time_ns() // 1_000_000 if self.frozen_ms is None else self.frozen_ms


def choose_clock(requested: str | None, environ: Mapping[str, str] = os.environ) -> Clock:
    """The clock asked for with `--now` or `LEADQ_NOW` (ISO; without an offset: UTC), else the system's."""
    text = requested or environ.get("LEADQ_NOW")
    if not text:
        return Clock()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise LeadqError(
            "bad_now",
            _("“{text}” is not an instant.").format(text=text),
            hint=_("Write --now or LEADQ_NOW like 2026-05-13T15:00:00Z."),
            exit_status=Exit.USAGE,
        ) from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Clock(to_ms(aware))


def to_ms(moment: datetime) -> int:
    """An aware datetime as milliseconds UTC (floor)."""
    seconds = int(moment.timestamp() // 1)
    return seconds * 1000 + moment.microsecond // 1000


def iso(ms: int | None) -> str | None:
    """`YYYY-MM-DDTHH:MM:SSZ` (floor), the form of every instant in JSON; None stays None."""
    if ms is None:
        return None
    return datetime.fromtimestamp(ms // 1000, UTC).isoformat()[:19] + "Z"
