"""Leads for tests: handed over through the same door as a file's rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from leadq.handoff import Defaults
from leadq.intake import Intake, Report
from leadq.queue import Queue

NOW_MS: Final = int(datetime(2026, 5, 13, 13, 0, tzinfo=UTC).timestamp() * 1000)
"""Wednesday 13 May 2026, 15:00 in Paris; the next day is Ascension."""

ROW: Final = {
    "name": "Jeanne Martin",
    "company": "Forges d’Ardèche",
    "email": "jeanne@forges.example",
    "phone": "+33199001122",
    "title": "Directrice d’usine",
    "country": "FR",
    "language": "fr",
    "source": "web",
    "campaign": "salon-2026",
    "trigger": "demo",
    "sector": "industry",
    "company_size": "120",
    "role": "decision",
    "consent_basis": "legitimate_interest",
    "handed_off_at": "2026-05-13T12:55:00Z",
}
"""A lead with nothing missing: handed off five minutes before `NOW_MS`."""


def hand_over(queue: Queue, *rows: Mapping[str, str], connection: str = "csv") -> Report:
    """Take `rows` (by field; each completes `ROW`, with its own e-mail and phone) in one transaction."""
    with queue.desk() as desk:
        intake = Intake(desk, connection, Defaults(desk.now_ms, ZoneInfo("Europe/Paris")))
        return intake.take((line, _whole(line, row), {}) for line, row in enumerate(rows or ({},), start=2))


def _whole(line: int, row: Mapping[str, str]) -> dict[str, str]:
    own = {"email": f"person{line}@forges.example", "phone": f"+3319900{line:04d}"}
    return {**ROW, **(own if "email" not in row and "phone" not in row else {}), **row}
