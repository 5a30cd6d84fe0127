"""A lead file as marketing exports one: seeded, so that every run imports the same people; only the dates move."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

HEADER = (
    "id", "first_name", "last_name", "company", "email", "phone", "title", "role", "country", "language", "sector",
    "company_size", "source", "campaign", "trigger", "score", "fit", "engagement", "consent_basis", "owner",
    "handed_off_at", "website", "note",
)  # fmt: skip
DAYS = 20

_FIRST = ("Zoé", "Marc", "Anaïs", "Benoît", "Chloé", "Grace", "Hélène", "Owen", "François", "Priya", "Jérôme", "Noémie")
_LAST = (
    "Lefèvre",
    "Müller",
    "O’Connor",
    "Benhamou",
    "Œuvrard",
    "García",
    "Tennant",
    "Nguyễn",
    "Carpentier",
    "Söderberg",
)
_COMPANY = ("Forges", "Cartonnages", "Verrerie", "Transports", "Laiteries", "Northbeam", "Ateliers", "Ashdown")
_PLACE = ("d’Ardèche", "du Ponant", "de l’Odet", "Saint-Étienne", "of York", "Nîmes", "du Jura", "Évreux")
_TITLE = ("Directrice d’usine", "Supply chain manager", "Gérant", "Responsable achats", "Chief Operating Officer")
_NOTE = ("", "", "", "Rappeler plutôt avant 12 h", "Asked for the case study; call after the trade fair")
_TRIGGER = ("demo", "pricing", "event", "whitepaper", "webinar")


def write(path: Path, count: int, now: datetime) -> None:
    """Write `count` rows handed off within the last 20 days, to the minute, in Paris time; a tenth have no phone."""
    rng = random.Random(20)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_rows(rng, count, now.astimezone(ZoneInfo("Europe/Paris"))))


def records(count: int, now: datetime) -> Iterator[dict[str, str]]:
    """The same people as a CRM gives them: each a mapping of text."""
    rng = random.Random(20)
    for row in _rows(rng, count, now.astimezone(ZoneInfo("Europe/Paris"))):
        yield dict(zip(HEADER, map(str, row), strict=True))


def _rows(rng: random.Random, count: int, now: datetime) -> Iterator[tuple[object, ...]]:
    for number in range(count):
        first, last = rng.choice(_FIRST), rng.choice(_LAST)
        company = f"{rng.choice(_COMPANY)} {rng.choice(_PLACE)} {number % (count // 4 or 1)}"
        trigger = rng.choice(_TRIGGER)
        moment = now - timedelta(minutes=1 + rng.randrange(DAYS * 24 * 60))
        phone = "" if rng.random() < 0.1 else f"+33 1 99 00 {number // 100 % 100:02} {number % 100:02}"
        fit, engagement = rng.randrange(10, 45), rng.randrange(5, 45)
        yield (
            f"L{number}", first, f"{last}-{number % 997}", company, f"lead{number}@company{number % 25_000}.example",
            phone, rng.choice(_TITLE), rng.choice(("decision", "prescriber", "user")),
            rng.choice(("FR", "FR", "BE", "GB")), rng.choice(("fr", "fr", "en")),
            rng.choice(("industry", "logistics", "software")), rng.randrange(5, 900),
            "event" if trigger == "event" else "web", f"campagne-{number % 12}", trigger, fit + engagement, fit,
            engagement, rng.choice(("consent", "legitimate_interest")), rng.choice(("zoe", "")),
            f"{moment:%Y-%m-%d %H:%M}", f"https://company{number % 25_000}.example", rng.choice(_NOTE),
        )  # fmt: skip
