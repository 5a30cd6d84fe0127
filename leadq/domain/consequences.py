"""What a reason does by itself: a reason whose next step is only displayed is a step that nobody takes (field.md 9).

The rest of the next steps (to reroute, to fix, to pass on) is somebody's decision: it waits on marketing's list until
they answer.
"""

from __future__ import annotations

import re
from typing import Any, Final

from leadq.domain import events as ev
from leadq.domain.events import Draft
from leadq.domain.lead import Lead
from leadq.domain.reasons import Reason
from leadq.domain.situation import Situation

_DAY_MS: Final = 86_400_000
_DATED: Final = re.compile(r"(\d+) d\b")

ON_ANSWER: Final = {"archive": "archived", "fix or archive": "archived", "recycle": "recycled"}
"""Where a rejection goes once marketing has taken note of it, by the next step of its reason."""


def consequences(lead: Lead, reason: Reason, at: Situation) -> tuple[Draft, ...]:
    """What happens together with a verdict of this reason."""
    if reason.next == "suppress":
        return (Draft(ev.OPPOSED, at.now_ms),)
    if reason.next == "merge" and at.into is not None:
        return (absorbed(lead, at.into, at),)
    return ()


def wakes(reason: Reason, at: Situation) -> int | None:
    """When a lead closed for this reason comes back by itself, where the taxonomy says after how many days."""
    days = _DATED.search(reason.next)
    return at.now_ms + int(days[1]) * _DAY_MS if days else None


def contradicts(lead: Lead, into: Lead) -> bool:
    """Whether a contact would become part of a lead that was rejected before any (field.md, I13)."""
    contacted = any(touch.human and not touch.inbound for touch in (*lead.touches, *into.touches))
    return contacted and into.verdict is not None and into.verdict.verb == "reject"


def absorbed(lead: Lead, into: Lead, at: Situation) -> Draft:
    """All of `lead` that goes on in `into`: when it was handed off, its touches, its live deadlines (field.md, I11)."""
    data: dict[str, Any] = {
        "from": lead.uid,
        "state": lead.state,
        "handed_off_ms": lead.handoff.at_ms,
        "touches": [[t.uid, t.at_ms, t.channel, t.outcome, t.inbound, t.human] for t in lead.touches],
        "deadlines": dict(at.deadlines),
    }
    for name in ("owner", "accepted_ms", "promise_ms", "reply_ms", "opposed_ms", "wake_ms"):
        if getattr(lead, name):
            data[name] = getattr(lead, name)
    if lead.invalid:
        data["invalid"] = list(lead.invalid)
    return Draft(ev.ABSORBED, at.now_ms, data, on=into.uid)
