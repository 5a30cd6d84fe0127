"""Which leads a person means: a number, `CONN:ID`, a uid or an e-mail address."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from leadq.domain.states import OPEN_STATES
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.order import IS_OPEN
from leadq.values import normal_email

_CANDIDATE = "SELECT l.id, l.uid, p.name, p.company, l.state FROM lead l JOIN person p ON p.id = l.person_id"


def find(connection: sqlite3.Connection, reference: str) -> int:
    """The local id of the lead meant by `reference`.

    All digits: the id; with `@`: an e-mail (its open cycle, else its latest); with `:`: a CRM's id; else a uid.
    Raises LeadqError `ambiguous` or `bad_lead` (2), `no_such_lead` (6).
    """
    text = reference.strip()
    if not text:
        raise _malformed(reference)
    if text.isascii() and text.isdigit():
        found = connection.execute("SELECT id FROM lead WHERE id = ?", (min(int(text), (1 << 63) - 1),)).fetchall()
    elif "@" in text and not text.partition(":")[2].startswith("//"):
        return _by_email(connection, text)
    elif ":" in text:
        found = _by_remote_id(connection, text)
    elif len(text) == 36 and text.count("-") == 4:
        found = connection.execute("SELECT id FROM lead WHERE uid = ?", (text.lower(),)).fetchall()
    else:
        raise _malformed(reference)
    if not found:
        raise _unknown(reference)
    return int(found[0][0])


def find_all(connection: sqlite3.Connection, references: Sequence[str]) -> list[int]:
    """Several leads, each once, in the order given; the first that cannot be found stops everything."""
    return list(dict.fromkeys(find(connection, reference) for reference in references))


def _by_remote_id(connection: sqlite3.Connection, text: str) -> list[Any]:
    name, _colon, external_id = text.partition(":")
    return connection.execute(
        "SELECT l.id FROM remote_ref r JOIN lead l ON l.id = r.lead_id"
        " WHERE r.connection = ? AND r.external_id = ? ORDER BY r.is_primary DESC, l.id DESC",
        (name, external_id),
    ).fetchall()


def _by_email(connection: sqlite3.Connection, text: str) -> int:
    email = normal_email(text)
    if email is None:
        raise _malformed(text)
    rows = connection.execute(
        f"{_CANDIDATE} WHERE p.email_key = ? ORDER BY {IS_OPEN} DESC, l.handed_off_ms DESC, l.id DESC", (email,)
    ).fetchall()
    if not rows:
        raise _unknown(text)
    open_ones = [row for row in rows if row[4] in OPEN_STATES]
    if len(open_ones) > 1:
        raise LeadqError(
            "ambiguous",
            _("“{reference}” is {count} open leads.").format(reference=text, count=len(open_ones)),
            hint=_("Name one of them by its number."),
            exit_status=Exit.USAGE,
            candidates=[dict(zip(("id", "uid", "name", "company", "state"), row, strict=True)) for row in open_ones],
        )
    return int(rows[0][0])


def _malformed(reference: str) -> LeadqError:
    return LeadqError(
        "bad_lead",
        _("“{reference}” is not a way to name a lead.").format(reference=reference),
        hint=_("Use its number, CONNECTION:ID, its uid or its e-mail; `leadq list` shows the numbers."),
        exit_status=Exit.USAGE,
    )


def _unknown(reference: str) -> LeadqError:
    return LeadqError(
        "no_such_lead",
        _("There is no lead “{reference}” here.").format(reference=reference),
        hint=_("`leadq list --search TEXT` finds one by name, company or e-mail."),
        exit_status=Exit.NOT_FOUND,
    )
