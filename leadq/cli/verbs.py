"""What is done to leads all day: accept, touch, the verdicts, note, pause, resume, assign, snooze."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadq.cli.base import Session, Whole, argument, command, option
from leadq.cli.gestures import perform
from leadq.domain import verbs
from leadq.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Sequence

_quality = option("--quality", default="", metavar="1..5", help=N_("How good the lead was: 1 unusable, 5 ready."))
_reason = option("--reason", default="", metavar="CODE", help=N_("Why, as a code of the contract."))
_missing = option("--missing", default="", metavar="A,B", help=N_("What information was missing."))
_criterion = option("--criterion", default="", metavar="ID", help=N_("The criterion of the contract that is not met."))
_evidence = option("--evidence", default="", metavar="URL", help=N_("Where it can be seen."))
_note = option("--note", default="", help=N_("A few words."))


@command("accept", help=N_("Take leads on."))
@argument("LEAD", many=True)
@option("--take", is_flag=True, help=N_("Also when the lead is somebody else's."))
def accept(session: Session, lead: Sequence[str], take: bool) -> None:
    """Accept the leads named."""
    perform(session, lead, lambda when: verbs.Accept(take))


@command("touch", help=N_("Record a contact, or an attempt at one.\n\nOn a lead just handed off it also accepts."))
@argument("LEAD", many=True)
@option("--channel", default="", metavar="|".join(verbs.CHANNELS), help=N_("How."))
@option("--outcome", default="", metavar="CODE", help=N_("How it ended: no_answer, connected, callback_set..."))
@option("--inbound", is_flag=True, help=N_("The prospect came to us."))
@option("--at", metavar="WHEN", help=N_("When it happened (else now)."))
@option("--next", "next_", metavar="WHEN", help=N_("The next step that was promised."))
@_note
@_evidence
@option(
    "--insight",
    "insights",
    multiple=True,
    metavar="KIND:TEXT",
    help=N_("What marketing should know: objection, question... May be repeated."),
)
def touch(
    session: Session, lead: Sequence[str], channel: str, outcome: str, inbound: bool, at: str | None,
    next_: str | None, note: str, evidence: str, insights: Sequence[str],
) -> None:  # fmt: skip
    """Record one touch on each lead named."""
    perform(session, lead, lambda when: verbs.Touch(
        channel, outcome, inbound, when(at, past=True), when(next_), note, evidence, tuple(insights)
    ))  # fmt: skip


@command("reject", help=N_("Refuse a handoff, before any contact."))
@argument("LEAD", many=True)
@_reason
@_quality
@_missing
@_criterion
@option("--into", default="", metavar="LEAD", help=N_("The original of a duplicate."))
@_note
def reject(
    session: Session,
    lead: Sequence[str],
    reason: str,
    quality: str,
    missing: str,
    criterion: str,
    into: str,
    note: str,
) -> None:
    """Reject the leads named."""
    perform(session, lead, lambda when: verbs.Reject(
        reason, _mark(quality), _names(missing), criterion, into, note
    ))  # fmt: skip


@command("disqualify", help=N_("Close a lead after a contact: it will not become business."))
@argument("LEAD", many=True)
@_reason
@_quality
@_missing
@_criterion
@_note
def disqualify(
    session: Session, lead: Sequence[str], reason: str, quality: str, missing: str, criterion: str, note: str
) -> None:
    """Disqualify the leads named."""
    perform(session, lead, lambda when: verbs.Disqualify(reason, _mark(quality), _names(missing), criterion, note))


@command("recycle", help=N_("Give a lead back to marketing, until a day or until something happens."))
@argument("LEAD", many=True)
@_reason
@_quality
@option("--wake", metavar="WHEN", help=N_("When it comes back; a bare date is the first opening of that day."))
@option("--trigger", default="", help=N_("What would bring it back."))
@option("--track", default="", metavar="TRACK", help=N_("Where marketing takes it up: awareness, interest..."))
@_note
def recycle(
    session: Session, lead: Sequence[str], reason: str, quality: str, wake: str | None, trigger: str, track: str,
    note: str,
) -> None:  # fmt: skip
    """Recycle the leads named."""
    perform(session, lead, lambda when: verbs.Recycle(
        reason, _mark(quality), when(wake, opening=True), trigger, track, note
    ))  # fmt: skip


@command("qualify", help=N_("Pass a lead on as a real opportunity."))
@argument("LEAD", many=True)
@_quality
@option("--need", default="", metavar="yes|no|unknown", help=N_("Whether there is a need."))
@option("--budget", default="", metavar="yes|no|unknown", help=N_("Whether there is a budget."))
@option("--intent", default="", metavar="yes|no|unknown", help=N_("Whether they mean to buy."))
@option("--horizon", type=Whole(0), metavar="MONTHS", help=N_("In how many months."))
@option("--to", default="", metavar="AE", help=N_("Who takes over."))
@option("--next-step", default="", help=N_("What was agreed to do next."))
@option("--meeting", metavar="WHEN", help=N_("The meeting that was set."))
@_note
def qualify(
    session: Session, lead: Sequence[str], quality: str, need: str, budget: str, intent: str, horizon: int | None,
    to: str, next_step: str, meeting: str | None, note: str,
) -> None:  # fmt: skip
    """Qualify the leads named."""
    perform(session, lead, lambda when: verbs.Qualify(
        _mark(quality), need, budget, intent, horizon, to, next_step, when(meeting), note
    ))  # fmt: skip


@command("note", help=N_("Write something down about leads."))
@argument("LEAD", many=True)
@option("--text", default="", help=N_("What to write."))
def note(session: Session, lead: Sequence[str], text: str) -> None:
    """Add a note to the leads named."""
    perform(session, lead, lambda when: verbs.Note(text))


@command("pause", help=N_("Let leads wait, for a reason that the contract accepts and until a day."))
@argument("LEAD", many=True)
@_reason
@option("--until", metavar="WHEN", help=N_("When the pause ends; a bare date is the first opening of that day."))
@_evidence
def pause(session: Session, lead: Sequence[str], reason: str, until: str | None, evidence: str) -> None:
    """Pause the leads named."""
    perform(session, lead, lambda when: verbs.Pause(reason, when(until, opening=True), evidence))


@command("resume", help=N_("Take paused leads up again before their time."))
@argument("LEAD", many=True)
def resume(session: Session, lead: Sequence[str]) -> None:
    """Resume the leads named."""
    perform(session, lead, lambda when: verbs.Resume())


@command("assign", help=N_("Give leads to a member."))
@argument("LEAD", many=True)
@option("--to", default="", metavar="MEMBER", help=N_("The member: id, name or e-mail."))
@option("--reason", "why", default="", help=N_("Why, in a few words."))
def assign(session: Session, lead: Sequence[str], to: str, why: str) -> None:
    """Assign the leads named."""
    perform(session, lead, lambda when: verbs.Assign(to, why))


@command(
    "snooze",
    help=N_("Put leads out of sight for a while.\n\nTheir clocks run on, and one at risk brings them back."),
)
@argument("LEAD", many=True)
@option("--until", metavar="WHEN", help=N_("When they come back; a bare date is the first opening of that day."))
@option("--reason", "why", default="", help=N_("Why, in a few words."))
def snooze(session: Session, lead: Sequence[str], until: str | None, why: str) -> None:
    """Snooze the leads named."""
    perform(session, lead, lambda when: verbs.Snooze(when(until, opening=True), why))


def _mark(text: str) -> int | None:
    """The quality as a number; what is not one is as good as absent, and refused so."""
    return int(text) if text.isascii() and text.isdigit() else None


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for part in text.split(",") if (name := part.strip()))
