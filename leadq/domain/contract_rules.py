"""How a cycle is paused, closed and recomputed, from a contract file: effort, pauses, feedback, reasons."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from leadq.domain.contract import Cadence, FeedbackRules, PauseRules, Recompute
from leadq.domain.contract_messages import Hint, M
from leadq.domain.reasons import CLASSES, REASONS, Class, Need, Reason, by_code

if TYPE_CHECKING:
    from leadq.domain.contract_read import Section

_MISSING: Final = frozenset[Need]({"missing"})
_OWN_CLASSES: Final = tuple(klass for klass in CLASSES if klass != "other")
_FEEDBACK: Final = ("quality", "reason", "missing")


def read_cadence(root: Section) -> Cadence:
    """[cadence]: the effort before a lead may be called unreachable."""
    table = root.section("cadence")
    if not table.present:
        root.remarks.warn(table.path, M.NO_CADENCE)
    least = table.section("minimum", required=True)
    return Cadence(
        attempts=least.whole("attempts", least=1, required=True) or 0,
        channels=least.whole("channels", least=1) or 1,
        span=least.business_days("span"),
    )


def read_pause(root: Section) -> PauseRules:
    """[pause]: why and how long."""
    table = root.section("pause")
    return PauseRules(
        reasons=table.texts("reasons", required=True),
        max_each=table.business_days("max_each", required=True),
        max_total=table.business_days("max_total", required=True),
        first_touch=table.flag("first_touch", default=False),
        needs_evidence=table.flag("needs_evidence", default=False),
    )


def read_feedback(root: Section) -> tuple[FeedbackRules, tuple[Reason, ...]]:
    """[feedback], and the reasons in use: the standard ones less those switched off, plus own ones."""
    table = root.section("feedback")
    off = table.choices("reasons_off", M.UNKNOWN_REASON, [reason.code for reason in REASONS])
    own = _own_reasons(table)
    reasons = (*(reason for reason in REASONS if reason.code not in off), *own)
    rules = FeedbackRules(
        required=table.choices("required", M.NOT_FEEDBACK, _FEEDBACK, ("quality", "reason")),
        missing_required_for=table.choices(
            "missing_required_for", M.REASON_NOT_USED, [reason.code for reason in reasons]
        ),
    )
    return rules, tuple(_with_missing(reason, rules) for reason in reasons)


def _with_missing(reason: Reason, rules: FeedbackRules) -> Reason:
    """A contract may ask for the missing information in more cases than the standard, never in fewer."""
    asked = reason.code in rules.missing_required_for
    return replace(reason, needs=reason.needs | _MISSING) if asked else reason


def _own_reasons(feedback: Section) -> tuple[Reason, ...]:
    tables = feedback.sections("reason")
    reasons = tuple(_own_reason(table) for table in tables)
    feedback.remarks.duplicates((table.at("code"), table.text("code")) for table in tables)
    return reasons


def _own_reason(table: Section) -> Reason:
    code = table.text("code", required=True)
    klass = cast("Class", table.choice("class", _OWN_CLASSES, required=True))
    prefix = CLASSES.get(klass, "")
    if by_code(code):
        table.remarks.error(table.at("code"), M.REASON_SHADOWS, Hint.OWN_CODE, code=code)
    elif prefix and code and not (code.startswith(prefix) and code != prefix):
        table.remarks.error(table.at("code"), M.REASON_CLASS, Hint.CODE, code=code, klass=klass, prefix=prefix)
    label = table.label()
    return Reason(code, klass, label.en, label.fr, table.text("next"), _inherited(code))


def _inherited(code: str) -> frozenset[Need]:
    """An own reason below a standard one (dq.bad_contact.siret) asks for what that one asks for."""
    above = by_code(code.rpartition(".")[0])
    return above.needs if above else frozenset()


def read_recompute(root: Section) -> Recompute:
    """[recompute]: what a new version does to clocks that run."""
    table = root.section("recompute")
    scopes = ("new_handoffs_only", "open_clocks")
    return Recompute(
        on_policy_change=table.choice("on_policy_change", scopes, "new_handoffs_only"),
        on_calendar_change=table.choice("on_calendar_change", scopes, "open_clocks"),
        on_match_change=table.choice("on_match_change", ("keep", "rematch_shorter_only"), "keep"),
    )
