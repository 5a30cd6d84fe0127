"""`insight list`, `debrief` and `listen-list`: what sales learns from the market, for marketing to use."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from leadq import insights, read, refs
from leadq.cli.base import Group, OneOf, Session, Whole, argument, command, option
from leadq.cli.gestures import perform
from leadq.cli.output import emit
from leadq.cli.progress import of_known
from leadq.cli.versions import in_force
from leadq.clock import iso
from leadq.domain import verbs
from leadq.domain.reasons import OUTCOMES
from leadq.i18n import N_, _, current
from leadq.saying import say_when
from leadq.when import parse_when
from leadq.words import DEALS, INSIGHTS, channel, in_words, labelled, person

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.domain.reasons import Reason
    from leadq.feedback import Who
    from leadq.insights import Debrief, Insight, Recording

_LEARNT: Final = ("insight", "product insight")
"""The next steps of reasons that say what should be learnt."""


@command("list", help=N_("List what was learnt from touches and verdicts, the newest first."))
@option("--kind", type=OneOf(verbs.INSIGHTS), help=N_("Only this kind."))
@option("--campaign", default="", metavar="C", help=N_("Only leads of this campaign."))
@option("--since", metavar="WHEN", help=N_("Only from then on."))
@option("--limit", type=Whole(0), metavar="N", help=N_("At most so many."))
def list_(session: Session, kind: str | None, campaign: str, since: str | None, limit: int | None) -> None:
    """Print the insights that match."""
    reasons = {reason.code: reason for reason in in_force(session).reasons if reason.next in _LEARNT}
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        since_ms = None if since is None else parse_when(since, now_ms=at.now_ms, zone=at.zone, past=True).ms
        with of_known(_("events"), quiet=session.quiet) as progress:
            found = insights.listing(
                db, reasons, kind=kind or "", campaign=campaign, since_ms=since_ms, limit=limit, progress=progress
            )
        emit(map(_insight, found), _told(found, reasons, at), as_json=session.as_json)


insight: Final = Group(
    "insight",
    help=N_("What sales learnt from the market."),
    lazy={"list": "leadq.cli.insights:list_"},
)


@command(
    "debrief",
    help=N_(
        "Write down what two people learnt from a deal won or lost.\n\n"
        "Without options it shows the debriefs of the lead."
    ),
)
@argument("LEAD")
@option("--outcome", default="", metavar="won|lost", help=N_("How the deal ended."))
@option("--with", "partner", default="", metavar="MEMBER", help=N_("The other one: id, name or e-mail."))
@option("--lesson", default="", help=N_("What was learnt."))
@option("--action", default="", help=N_("What will be done about it."))
@option("--audience", default="", help=N_("Whom it helps: product, customer success..."))
def debrief(session: Session, lead: str, outcome: str, partner: str, lesson: str, action: str, audience: str) -> None:
    """Record a debrief, or show those there are."""
    if any((outcome, partner, lesson, action, audience)):
        perform(session, [lead], lambda when: verbs.Debrief(outcome, partner, lesson, action, audience))
        return
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        found = insights.debriefs(db, refs.find(db, lead))
        lines = (line for one in found for line in _debriefed(one, at)) if found else [_("No debrief yet.")]
        emit(map(_debrief, found), lines, as_json=session.as_json)


@command("listen-list", help=N_("Name recorded touches for marketing to listen to, of several reps and outcomes."))
@option("--n", "count", type=Whole(0), default=5, metavar="N", help=N_("How many."))
def listen_list(session: Session, count: int) -> None:
    """Print the recordings, newest first."""
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        found = insights.recordings(db, count)
        nothing = [_("No touch has a recording: `leadq touch --evidence URL` adds one.")]
        lines = (line for one in found for line in _heard(one, at)) if found else nothing
        emit(map(_recording, found), lines, as_json=session.as_json)


def _of(lead: Who) -> dict[str, Any]:
    names = ("name", "company", "source", "campaign")
    return {"lead": lead.id} | {name: getattr(lead, name) for name in names}


def _insight(one: Insight) -> dict[str, Any]:
    said = {"kind": one.kind, "text": one.text, "reason": one.reason or None}
    return {**said, **_of(one.lead), "by": one.by, "at": iso(one.at_ms)}


def _told(found: Sequence[Insight], reasons: Mapping[str, Reason], at: read.Moment) -> Iterator[str]:
    """How many of each kind, the most frequent first, then each kind with its own."""
    if not found:
        yield _("Nothing was learnt yet: `leadq touch --insight KIND:TEXT` writes it down.")
        return
    counts = Counter(one.kind for one in found)
    yield " · ".join(f"{in_words(INSIGHTS, kind)} {count}" for kind, count in counts.most_common())
    for kind, _count in counts.most_common():
        yield from ("", in_words(INSIGHTS, kind))
        for one in found:
            if one.kind == kind:
                yield from _learnt(one, reasons, at)


def _learnt(one: Insight, reasons: Mapping[str, Reason], at: read.Moment) -> Iterator[str]:
    why = reasons[one.reason].say(current()) if one.reason else ""
    yield f"  {' · '.join(filter(None, (why, one.text))) or _('(erased)')}"
    when = say_when(one.at_ms, at.zone, at.now_ms)
    known = (f"{one.lead.id} {_name(one.lead)}", one.lead.source, one.lead.campaign, one.by, when)
    yield f"    {' · '.join(filter(None, known))}"


def _name(lead: Who) -> str:
    return person({"name": lead.name, "company": lead.company, "email": lead.email, "phone": lead.phone})


def _debrief(one: Debrief) -> dict[str, Any]:
    said = {"outcome": one.outcome, "lesson": one.lesson, "action": one.action, "audience": one.audience or None}
    return {"uid": one.uid, "at": iso(one.at_ms), "by": one.by, "with": one.partner, **said}


def _debriefed(one: Debrief, at: read.Moment) -> Iterator[str]:
    yield f"{say_when(one.at_ms, at.zone, at.now_ms)} · {in_words(DEALS, one.outcome)} · {one.by}, {one.partner}"
    for label, text in ((_("lesson"), one.lesson), (_("action"), one.action), (_("audience"), one.audience)):
        if text:
            yield f"    {labelled(label, text)}"


def _recording(one: Recording) -> dict[str, Any]:
    said = {"channel": one.channel, "outcome": one.outcome, "by": one.by, "at": iso(one.at_ms)}
    return {**_of(one.lead), **said, "url": one.url, "note": one.note}


def _heard(one: Recording, at: read.Moment) -> Iterator[str]:
    how = labelled(channel(one.channel), OUTCOMES[one.outcome].say(current()))
    when = say_when(one.at_ms, at.zone, at.now_ms)
    yield f"{one.lead.id}  {_name(one.lead)} · {how} · {one.by} · {when}"
    yield f"    {one.url}"
    if one.note:
        yield f"    {labelled(_('note'), one.note)}"
