"""What two teams agreed, in words: promises, delays, opening hours, and who signed which text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.domain.contract import Duration
from leadq.domain.signatures import standing
from leadq.i18n import N_, _, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadq.domain.calendar import CalendarSpec, Minutes
    from leadq.domain.contract import ClockTarget, Contract, Signature
    from leadq.domain.team import EscalationStep

DAYS: Final = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
"""Weekdays from Monday on."""


def marketing_promises(contract: Contract) -> Iterator[str]:
    """What marketing promises, one promise at a time."""
    promise = contract.marketing
    if promise.monthly_handoffs is not None:
        yield _("{count} leads a month").format(count=number(promise.monthly_handoffs))
    if promise.target_qualified_rate is not None:
        yield _("{share} % of them qualified").format(share=_percent(promise.target_qualified_rate))


def sales_promises(contract: Contract) -> Iterator[str]:
    """What sales promises, one promise at a time."""
    promise = contract.sales
    if promise.first_touch is not None:
        yield _("{share} % touched within {delay}").format(
            share=_percent(promise.first_touch.coverage), delay=promise.first_touch.within.text
        )
    if promise.documented_interactions is not None:
        yield _("{share} % of contacts written down").format(share=_percent(promise.documented_interactions))
    if promise.feedback_complete is not None:
        yield _("{share} % of verdicts complete").format(share=_percent(promise.feedback_complete))


def _percent(share: float) -> str:
    return number(round(share * 100))


def target_text(target: ClockTarget) -> str:
    """A budget as the contract writes it, `24h` of wall time told from `24h` of opening hours."""
    steps = target.cadence or (Duration(target.amount_ms, target.days),)
    text = " ".join(step.text for step in steps)
    return _("{target} (every hour counts)").format(target=text) if target.unit == "wall" else text


def signed(contract: Contract) -> str:
    """Who agreed to this very text; a signature under another one is shown for what it is."""
    names = ", ".join(signature_text(contract, signature) for signature in contract.signatures)
    return _("Signed by: {names}").format(names=names or _("nobody yet"))


def signature_text(contract: Contract, signature: Signature) -> str:
    """Who signed and when, and whether it still holds."""
    who = f"{signature.by} ({signature.role}, {signature.on})"
    return {
        "valid": who,
        "edited": _("{who} - unsigned: edited since").format(who=who),
        "unrecorded": _("{who} - unsigned: it does not say which text").format(who=who),
    }[standing(contract, signature)]


def week_text(spec: CalendarSpec) -> str:
    """The opening hours of a week: `Mon 09:00-12:30, 14:00-18:00; Tue ...`."""
    days = zip(DAYS, spec.week, strict=True)
    return "; ".join(f"{_(day)} {', '.join(map(_window, windows))}" for day, windows in days if windows)


def _window(window: Minutes) -> str:
    return "-".join(
        f"{minutes // 60 % 24 if minutes > 1440 else minutes // 60:02}:{minutes % 60:02}" for minutes in window
    )


def effort_text(contract: Contract) -> str:
    """What has to be tried before a lead is called unreachable; "" when nothing is agreed."""
    cadence = contract.cadence
    if not cadence.attempts:
        return ""
    return _("{attempts} attempts on {channels} channels over {span} at least").format(
        attempts=cadence.attempts, channels=cadence.channels, span=cadence.span_text or "-"
    )


def step_texts(step: EscalationStep) -> tuple[str, str]:
    """When a step of the escalation is taken, and who hears of it or what is done."""
    when = _("at risk") if step.at == "at_risk" else _("late")
    after = f" + {step.after.text}" if step.after else ""
    return when + after, ", ".join((*step.to, step.action) if step.action else step.to) or "-"
