"""The whole contract as Markdown: one page that both teams can read, sign and put on the wall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.agreement import (
    effort_text,
    marketing_promises,
    sales_promises,
    signed,
    step_texts,
    target_text,
    week_text,
)
from leadq.domain.states import STATES
from leadq.glossary import ROLES, roles_told
from leadq.i18n import N_, _, current, number
from leadq.words import CLOCKS, labelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leadq.domain.contract import Contract, Duration
    from leadq.domain.team import Member

_RECOMPUTE: Final[Mapping[str, str]] = {
    "new_handoffs_only": N_("only new handoffs follow it"),
    "open_clocks": N_("open clocks follow it too"),
    "keep": N_("a lead keeps its policy"),
    "rematch_shorter_only": N_("a lead changes its policy for a shorter one only"),
}


def markdown(agreed: Contract) -> Iterator[str]:
    """The lines of the page, in the user's language."""
    yield f"# {_text(agreed.name)} {_text(agreed.version)}"
    yield ""
    yield _("In force since {day}, in the zone {zone}.").format(day=agreed.effective_from, zone=agreed.zone)
    if agreed.review_by:
        yield _("To be reviewed by {day}.").format(day=agreed.review_by)
    yield signed(agreed)
    for title, lines in _sections(agreed):
        body = list(lines)
        if body:
            yield from ("", f"## {title}", "", *body)


def _sections(agreed: Contract) -> Iterator[tuple[str, Iterable[str]]]:
    yield _("Promises"), _promises(agreed)
    yield _("Words"), _words(agreed)
    yield _("A valid lead"), _valid(agreed)
    yield _("Points"), _points(agreed)
    yield _("Opening hours"), _hours(agreed)
    yield _("Delays"), _delays(agreed)
    yield _("Waiting and trying"), _waiting(agreed)
    yield _("Reasons"), _reasons(agreed)
    yield _("People"), _people(agreed)
    yield _("Who gets which lead"), (_item(rule.when.text, ", ".join(rule.to)) for rule in agreed.routing)
    yield _("When a clock runs out"), (_item(*step_texts(step)) for step in agreed.escalation.steps)
    yield _("When this contract changes"), _changes(agreed)
    yield (
        _("Who leads what"),
        (f"- {_text(line)}" for line in roles_told(agreed) if agreed.raci or agreed.governance.owner),
    )


def _promises(agreed: Contract) -> Iterator[str]:
    for title, promises in ((_("Marketing"), marketing_promises(agreed)), (_("Sales"), sales_promises(agreed))):
        yield _item(title, ", ".join(promises) or "-")


def _words(agreed: Contract) -> Iterator[str]:
    language = current()
    for definition in agreed.definitions.values():
        yield _item(f"**{_text(definition.term.upper())}**", definition.text.say(language))
    states = ", ".join(f"{agreed.label(state, language)} ({state})" for state in STATES)
    yield _item(_("States"), states)


def _valid(agreed: Contract) -> Iterator[str]:
    for criterion in agreed.criteria:
        yield _item(f"**{_text(criterion.id)}**", f"{criterion.text.say(current())} - {_code(criterion.test.text)}")
    if agreed.handoff.required:
        yield _item(_("Comes with"), ", ".join(agreed.handoff.required))
    if agreed.handoff.threshold is not None:
        yield _item(_("Least score"), number(agreed.handoff.threshold))


def _points(agreed: Contract) -> Iterator[str]:
    rows = [(rule.id, rule.kind, f"{rule.points:+d}", _code(rule.when.text)) for rule in agreed.score]
    return _table((_("Rule"), _("Kind"), _("Points"), _("When")), rows)


def _hours(agreed: Contract) -> Iterator[str]:
    for name, spec in agreed.calendars.items():
        yield _item(f"**{_text(name)}** ({spec.zone})", week_text(spec))
        if spec.country:
            where = f"{spec.country} {spec.subdivision}".strip()
            yield "  " + _item(_("closed on the public holidays of"), where)
        if spec.extra:
            yield "  " + _item(_("closed too on"), ", ".join(map(str, spec.extra)))
        if spec.except_:
            yield "  " + _item(_("open all the same on"), ", ".join(map(str, spec.except_)))


def _delays(agreed: Contract) -> Iterator[str]:
    kinds = [kind for kind in CLOCKS if any(kind in policy.clocks for policy in agreed.policies)]
    rows = [
        (policy.id, _code(policy.match.text), policy.tier, policy.calendar,
         *(target_text(policy.clocks[kind]) if kind in policy.clocks else "-" for kind in kinds))
        for policy in agreed.policies
    ]  # fmt: skip
    return _table((_("Policy"), _("When"), _("Tier"), _("Calendar"), *(_(CLOCKS[kind]) for kind in kinds)), rows)


def _waiting(agreed: Contract) -> Iterator[str]:
    pause = agreed.pause
    if pause.reasons:
        yield _item(_("A lead may wait for"), ", ".join(pause.reasons))
        yield _item(_("At a time, and in all"), f"{_length(pause.max_each)}, {_length(pause.max_total)}")
    if effort := effort_text(agreed):
        yield _item(_("Before “unreachable”"), effort)


def _length(duration: Duration | None) -> str:
    return duration.text if duration else "-"


def _reasons(agreed: Contract) -> Iterator[str]:
    rows = [
        (_code(reason.code), reason.say(current()), ", ".join(sorted(reason.needs)) or "-") for reason in agreed.reasons
    ]
    return _table((_("Code"), _("Reason"), _("Asks for")), rows)


def _people(agreed: Contract) -> Iterator[str]:
    return _table((_("Member"), _("Role"), _("Calendar"), _("Open leads")), map(_person, agreed.members.values()))


def _person(member: Member) -> Sequence[str]:
    capacity = "-" if member.capacity is None else number(member.capacity)
    return (f"{member.name} ({member.id})", _(ROLES[member.role]), member.calendar or "-", capacity)


def _changes(agreed: Contract) -> Iterator[str]:
    rules = agreed.recompute
    yield _item(_("Another delay"), _(_RECOMPUTE[rules.on_policy_change]))
    yield _item(_("Other hours"), _(_RECOMPUTE[rules.on_calendar_change]))
    yield _item(_("Another condition"), _(_RECOMPUTE[rules.on_match_change]))


def _item(label: str, text: str) -> str:
    return "- " + labelled(label, _text(text))


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    body = list(rows)
    if body:
        yield _row(titles)
        yield _row(["---"] * len(titles))
        yield from map(_row, body)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_text(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def _code(text: str) -> str:
    return f"`{text}`"


def _text(text: str) -> str:
    """One line; what a company writes stays as it is written."""
    return " ".join(text.split())
