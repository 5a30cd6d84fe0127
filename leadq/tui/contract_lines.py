"""The contract as a page of the screen: what the words mean, who promised what, how fast, and who signed which text."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final

from leadq.agreement import (
    effort_text,
    marketing_promises,
    sales_promises,
    signature_text,
    step_texts,
    target_text,
    week_text,
)
from leadq.distribution import announced
from leadq.domain.states import STATES
from leadq.glossary import ROLES, meaning, roles_told
from leadq.i18n import _, current, number
from leadq.rulebook import in_force
from leadq.saying import say_when
from leadq.text import fold
from leadq.words import CLOCKS, labelled

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

    from leadq.distribution import Announced
    from leadq.domain.contract import Contract, Policy
    from leadq.read import Moment

_IN: Final = "  "
_DEEPER: Final = "      "


def contract_lines(db: sqlite3.Connection, at: Moment, width: int) -> tuple[str, ...]:
    """The contract in force in lines of `width` cells; what is set in belongs to the heading above it."""
    found = in_force(db)
    if found is None:
        return (_("No contract is in force yet: the first lead brings one, or `leadq init`."),)
    agreed, since_ms = found
    lines = [f"{agreed.name} {agreed.version}"]
    for title, items in (("", _about(agreed, since_ms, at, announced(db))), *_sections(agreed)):
        told = [line for item in items for line in _broken(item, width)]
        if told:
            lines += [*(("", title) if title else ()), *told]
    return tuple(lines)


def _broken(item: str, width: int) -> list[str]:
    """One item over as many lines as it needs, the later ones set in deeper."""
    words = " ".join(item.split())
    return wrap(words, max(40, width), initial_indent=_IN, subsequent_indent=_DEEPER, break_long_words=False)


def _sections(agreed: Contract) -> Iterator[tuple[str, Iterable[str]]]:
    yield _("Who signed"), _signatures(agreed)
    yield _("Words"), _words(agreed)
    yield _("Promises"), _promises(agreed)
    yield _("A valid lead"), _valid(agreed)
    yield _("Points"), _points(agreed)
    yield _("Delays"), (_policy(policy) for policy in agreed.policies)
    yield _("Opening hours"), _hours(agreed)
    yield _("Waiting and trying"), _waiting(agreed)
    yield _("What to say"), _talk(agreed)
    yield _("Who gets which lead"), (labelled(rule.when.text, ", ".join(rule.to)) for rule in agreed.routing)
    yield _("When a clock runs out"), (labelled(*step_texts(step)) for step in agreed.escalation.steps)
    yield _("People"), (f"{one.name} ({one.id}) · {_(ROLES[one.role])}" for one in agreed.members.values())
    if agreed.raci or agreed.governance.owner:
        yield _("Who leads what"), roles_told(agreed)


def _about(agreed: Contract, since_ms: int, at: Moment, coming: Announced | None) -> Iterator[str]:
    yield _("In force here since {when}; written for {day} on, in the zone {zone}.").format(
        when=say_when(since_ms, at.zone, at.now_ms), day=agreed.effective_from, zone=agreed.zone
    )
    if agreed.review_by:
        yield _("To be reviewed by {day}.").format(day=agreed.review_by)
    if coming:
        yield _("The contract {version} comes into force on {day}.").format(
            version=coming.version, day=coming.effective_from
        )


def _signatures(agreed: Contract) -> Iterator[str]:
    for signature in agreed.signatures:
        yield signature_text(agreed, signature)
    missing = [role for role in ("marketing", "sales") if role not in {one.role for one in agreed.signatures}]
    for role in missing:
        yield _("not signed for {role} yet: `leadq contract sign --as {role}`").format(role=role)


def _words(agreed: Contract) -> Iterator[str]:
    """Each state by the company's word for it, then the terms that name no state."""
    meanings = [meaning(agreed, state) for state in STATES]
    for one in meanings:
        word = one.word if fold(one.word) == fold(one.state) else f"{one.word} ({one.state})"
        yield labelled(word, one.definition or one.rule)
    told = {fold(word) for one in meanings for word in (one.state, one.word)}
    for item in agreed.definitions.values():
        if fold(item.term) not in told:
            yield labelled(item.term, item.text.say(current()))


def _promises(agreed: Contract) -> Iterator[str]:
    for title, promises in ((_("Marketing"), marketing_promises(agreed)), (_("Sales"), sales_promises(agreed))):
        yield labelled(title, ", ".join(promises) or "-")


def _valid(agreed: Contract) -> Iterator[str]:
    for criterion in agreed.criteria:
        yield labelled(criterion.id, f"{criterion.text.say(current())} ({criterion.test.text})")
    if agreed.handoff.required:
        yield labelled(_("Comes with"), ", ".join(agreed.handoff.required))
    if agreed.handoff.threshold is not None:
        yield labelled(_("Least score"), number(agreed.handoff.threshold))


def _points(agreed: Contract) -> Iterator[str]:
    for rule in agreed.score:
        yield labelled(f"{rule.points:+d} {rule.kind} {rule.id}", rule.when.text)


def _policy(policy: Policy) -> str:
    clocks = ", ".join(f"{_(CLOCKS[kind])} {target_text(target)}" for kind, target in policy.clocks.items())
    return f"{labelled(policy.id, clocks)} · {policy.calendar} · {policy.match.text}"


def _hours(agreed: Contract) -> Iterator[str]:
    for name, spec in agreed.calendars.items():
        yield labelled(f"{name} ({spec.zone})", week_text(spec))
        if spec.country:
            yield labelled(_("closed on the public holidays of"), f"{spec.country} {spec.subdivision}".strip())


def _waiting(agreed: Contract) -> Iterator[str]:
    if agreed.pause.reasons:
        yield labelled(_("A lead may wait for"), ", ".join(agreed.pause.reasons))
        lengths = (agreed.pause.max_each, agreed.pause.max_total)
        yield labelled(_("At a time, and in all"), ", ".join(length.text if length else "-" for length in lengths))
    if effort := effort_text(agreed):
        yield labelled(_("Before “unreachable”"), effort)


def _talk(agreed: Contract) -> Iterator[str]:
    for segment in agreed.segments:
        if segment.talk_track:
            yield labelled(segment.id, segment.talk_track.say(current()))
