"""The verdicts that wait for marketing, as the rows of a table, by campaign."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from leadq.answers.columns import COLUMNS, key
from leadq.domain.reasons import QUALITY
from leadq.i18n import _, current
from leadq.text import clean, clean_block
from leadq.words import EVENTS, missing_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo

    from leadq.domain.contract import Contract
    from leadq.feedback import Entry

Row = tuple[str | int, ...]
"""The cells of one verdict, in the order of `COLUMNS`; the ones to fill in are empty."""

MARKETING: Final = "marketing"
"""Who is waited for. What is disputed waits for whoever owns the contract, and is no matter for a table."""


def rows(entries: Iterable[Entry], agreed: Contract, zone: ZoneInfo) -> list[Row]:
    """A row for each of them that waits for marketing, by campaign and then oldest first.

    Who the lead is, is said by name and company only: marketing knows the rest, and a file goes far.
    """
    labels = {reason.code: reason.say(current()) for reason in agreed.reasons}
    waiting = sorted(
        (entry for entry in entries if entry.feedback.waits_for == MARKETING),
        key=lambda entry: (entry.lead.campaign, entry.feedback.said.occurred_ms, entry.lead.id),
    )
    return [tuple(cells[column] for column in COLUMNS) for cells in (_cells(one, labels, zone) for one in waiting)]


def _cells(entry: Entry, labels: Mapping[str, str], zone: ZoneInfo) -> dict[str, str | int]:
    lead, said = entry.lead, entry.feedback.said
    code, quality = said.data.get("reason", ""), said.data.get("quality", 0)
    when = datetime.fromtimestamp(said.occurred_ms // 1000, UTC).astimezone(zone)
    return {
        "campaign": clean(lead.campaign),
        "lead": lead.id,
        "name": clean(lead.name),
        "company": clean(lead.company),
        "at": f"{when:%Y-%m-%d %H:%M}",
        "verdict": _(EVENTS[said.type]),
        "reason": _reason(labels.get(code, code), said.data.get("criterion", "")),
        "code": code,
        "quality": f"{quality} ({QUALITY[quality].say(current())})" if quality in QUALITY else "",
        "missing": ", ".join(map(missing_word, said.data.get("missing", ()))),
        "said": clean_block(entry.note),
        "answer": "",
        "note": "",
        "by": "",
        "key": key(said.uid, lead.id, code),
    }


def _reason(label: str, criterion: str) -> str:
    return " · ".join(filter(None, (label, criterion and _("criterion {id}").format(id=criterion))))
