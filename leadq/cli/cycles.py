"""What happens to a lead as a whole: taken back, begun again, sent elsewhere, merged, corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadq.cli.base import Session, argument, command, option
from leadq.cli.gestures import perform, show_done, show_taken_back
from leadq.domain import verbs
from leadq.domain.situation import Refused
from leadq.i18n import N_
from leadq.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

_note = option("--note", default="", help=N_("A few words."))


@command("undo", help=N_("Take back your last gesture, whole."))
def undo(session: Session) -> None:
    """Undo; what has already left is followed by a compensation, and said."""
    if not session.home.exists:
        raise refusal(Refused("nothing_to_undo"))
    done = session.queue().undo()
    show_taken_back(session, done, N_("{id}  {who}: taken back, {state} again"))


@command("redo", help=N_("Do again what you have just taken back, if nothing came between."))
def redo(session: Session) -> None:
    """Redo the last undo."""
    if not session.home.exists:
        raise refusal(Refused("nothing_to_redo"))
    done = session.queue().redo()
    show_taken_back(session, done, N_("{id}  {who}: done again, {state}"))


@command("reopen", help=N_("Begin a new cycle of closed leads."))
@argument("LEAD", many=True)
@option("--reason", "why", default="", help=N_("Why, in a few words."))
def reopen(session: Session, lead: Sequence[str], why: str) -> None:
    """Reopen the leads named."""
    perform(session, lead, lambda when: verbs.Reopen(why))


@command("reroute", help=N_("Send a rejected lead to whom it should have gone. Its clocks have not stopped."))
@argument("LEAD", many=True)
@option("--to", default="", metavar="MEMBER", help=N_("The member: id, name or e-mail; else nobody yet."))
@_note
def reroute(session: Session, lead: Sequence[str], to: str, note: str) -> None:
    """Reroute the leads named."""
    perform(session, lead, lambda when: verbs.Reroute(to, note))


@command("resubmit", help=N_("Hand a refused lead over again, after what was wrong with it is fixed."))
@argument("LEAD", many=True)
@option("--fixed", default="", metavar="TEXT", help=N_("What was fixed."))
def resubmit(session: Session, lead: Sequence[str], fixed: str) -> None:
    """Resubmit the leads named."""
    perform(session, lead, lambda when: verbs.Resubmit(fixed))


@command("dispute", help=N_("Say that marketing does not agree with a verdict; whoever owns the contract decides."))
@argument("LEAD", many=True)
@_note
def dispute(session: Session, lead: Sequence[str], note: str) -> None:
    """Dispute the verdicts on the leads named."""
    perform(session, lead, lambda when: verbs.Dispute(note))


@command("ae-accept", help=N_("Take qualified leads on, as the account executive."))
@argument("LEAD", many=True)
def ae_accept(session: Session, lead: Sequence[str]) -> None:
    """Accept the qualified leads named."""
    perform(session, lead, lambda when: verbs.AeAccept())


@command("ae-return", help=N_("Give qualified leads back to the rep, as the account executive."))
@argument("LEAD", many=True)
@option("--reason", default="", metavar="CODE", help=N_("Why, as a code of the contract."))
@_note
def ae_return(session: Session, lead: Sequence[str], reason: str, note: str) -> None:
    """Return the qualified leads named."""
    perform(session, lead, lambda when: verbs.AeReturn(reason, note))


@command("merge", help=N_("Make leads one: the one named by --into goes on with all that happened to the others."))
@argument("LEAD", many=True)
@option("--into", default="", metavar="LEAD", help=N_("The lead that goes on."))
def merge(session: Session, lead: Sequence[str], into: str) -> None:
    """Merge the leads named into another one."""
    if not into:
        raise refusal(Refused("needs_into"))
    perform(session, lead, lambda when: verbs.Merge(into))


@command("correct", help=N_("Take back one event that did not happen, however long ago. Nothing is edited or deleted."))
@argument("EVENT")
@option("--why", default="", help=N_("Why, in a few words."))
def correct(session: Session, event: str, why: str) -> None:
    """Correct one event, by its uid."""
    show_done(session, session.queue().correct(event, why))
