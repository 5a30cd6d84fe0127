"""`feedback list` and `feedback answer`: what sales said of marketing's leads, and what marketing says to that."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from leadq import feedback as said
from leadq import read
from leadq.cli.base import Group, Session, argument, command, option
from leadq.cli.gestures import perform
from leadq.cli.output import emit, say
from leadq.cli.progress import of_known, written
from leadq.cli.versions import in_force
from leadq.clock import iso
from leadq.domain import verbs
from leadq.domain.reasons import QUALITY
from leadq.i18n import N_, _, current
from leadq.saying import say_when
from leadq.views import answer_shape
from leadq.words import ANSWERS, EVENTS, in_words, labelled, missing_word, person

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadq.domain.contract import Contract
    from leadq.feedback import Entry

_ANSWER: Final = "leadq feedback answer {id} ack"
_NEXT: Final[Mapping[str, tuple[str, str]]] = {
    "reroute": (N_("Send it to whom it should have gone."), "leadq reroute {id} --to MEMBER"),
    "merge": (N_("It goes on in its original; take note."), _ANSWER),
    "link": (N_("Link it to the open deal in the CRM, then take note."), _ANSWER),
    "to CS": (N_("Pass it on to who looks after customers, then take note."), _ANSWER),
    "fix_resubmit": (N_("Fix what is wrong, then hand it over again."), "leadq resubmit {id} --fixed TEXT"),
    "fix or archive": (
        N_("Fix it and hand it over again, or take note and it is archived."),
        "leadq resubmit {id} --fixed TEXT",
    ),
    "archive": (N_("Take note: nothing more comes of it."), _ANSWER),
    "archive or nurture": (N_("Take note, and nurture it if it is worth it."), _ANSWER),
    "recycle": (N_("Take note, and it is nurtured until it reaches the threshold."), _ANSWER),
    "suppress": (N_("Stop every mailing to this person, then take note."), _ANSWER),
    "find contact": (N_("Find who decides there, and hand that person over."), _ANSWER),
    "new contact": (N_("Find who took over there, and hand that person over."), _ANSWER),
    "product insight": (N_("Tell the product team what is missing."), _ANSWER),
    "insight": (N_("Use it: it is on `leadq insight list`."), _ANSWER),
    "nurture": (N_("Nurture it until there is a project."), _ANSWER),
    "back to connected": (N_("The rep has it again; look at what made it look ready."), _ANSWER),
}
"""What a reason asks for, by its next step -> in words, and the command that does it."""

_DISPUTED: Final = (N_("The two teams disagree: answer again once it is decided."), _ANSWER)
_ELSE: Final = (N_("Take note, or say what you change."), _ANSWER)


@command(
    "list",
    help=N_("List what sales said of the leads, oldest first.\n\nOnly what waits for somebody, unless --all is given."),
)
@option("--open/--all", "waiting", default=True, help=N_("What waits for an answer; or everything."))
@option("--campaign", default="", metavar="C", help=N_("Only leads of this campaign."))
@option("--reason", default="", metavar="CODE", help=N_("Only this reason."))
def list_(session: Session, waiting: bool, campaign: str, reason: str) -> None:
    """Print the feedback that matches."""
    agreed = in_force(session)
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        with of_known(_("events"), quiet=session.quiet) as progress:
            entries = said.listing(db, waiting=waiting, campaign=campaign, reason=reason, progress=progress)
        each = written(entries, _("leads"), quiet=session.quiet)
        told = (line for entry in each for line in _told(entry, agreed, at))
        lines = told if entries else [_("Nothing waits for an answer.") if waiting else _("Nobody said anything yet.")]
        emit((_shape(entry, agreed) for entry in each), lines, as_json=session.as_json)


@command(
    "answer",
    help=N_(
        "Answer what sales said of a lead: ack, changed or declined.\n\n"
        "To decline takes a note; whoever owns the contract then decides."
    ),
)
@argument("LEAD")
@argument("ANSWER")
@option("--note", default="", help=N_("A few words."))
def answer_(session: Session, lead: str, answer: str, note: str) -> None:
    """Answer the feedback on one lead."""
    done = perform(session, [lead], lambda when: verbs.Answer(answer, note))
    if not (done.events or session.quiet):
        say(_("It was answered so already: nothing was written."))


feedback: Final = Group(
    "feedback",
    help=N_("What sales said of marketing's leads, and marketing's answers."),
    lazy={
        "list": "leadq.cli.feedback:list_",
        "answer": "leadq.cli.feedback:answer_",
        "export": "leadq.cli.feedback_file:export",
        "import": "leadq.cli.feedback_file:import_",
    },
)


def _shape(entry: Entry, agreed: Contract) -> dict[str, Any]:
    one, data = entry.feedback, entry.feedback.said.data
    reason = data.get("reason", "")
    return {
        "lead": entry.lead.id,
        "name": entry.lead.name,
        "company": entry.lead.company,
        "source": entry.lead.source,
        "campaign": entry.lead.campaign,
        "state": entry.lead.state,
        "verb": one.verb,
        "quality": data.get("quality"),
        "reason": reason,
        "reason_text": _reason_text(reason, agreed),
        "missing": list(data.get("missing", ())),
        "criterion": data.get("criterion") or None,
        "note": entry.note,
        "by": one.said.actor,
        "at": iso(one.said.occurred_ms),
        "answer": answer_shape(one.answer, entry.answer_texts) if one.answer else None,
        "disputed": one.objection is not None,
        "dispute": _dispute(entry, agreed),
        "waits_for": one.waits_for or None,
        "next": _next(entry, agreed) if one.waits_for else None,
    }


def _dispute(entry: Entry, agreed: Contract) -> dict[str, Any] | None:
    event = entry.feedback.objection
    if event is None:
        return None
    decides = agreed.governance.owner or None
    return {"note": entry.objection_note, "by": event.actor, "at": iso(event.occurred_ms), "decides": decides}


def _next(entry: Entry, agreed: Contract) -> dict[str, str]:
    """What the reason asks for; on a dispute that is a matter for whoever owns the contract."""
    code = entry.feedback.said.data.get("reason", "")
    step = next((reason.next for reason in agreed.reasons if reason.code == code), "")
    how, line = _DISPUTED if entry.feedback.objection else _NEXT.get(step, _ELSE)
    return {"step": step, "how": _(how), "command": line.format(id=entry.lead.id)}


def _reason_text(code: str, agreed: Contract) -> str:
    """The reason in the user's language; a code that the contract no longer has stands for itself."""
    return next((reason.say(current()) for reason in agreed.reasons if reason.code == code), code)


def _told(entry: Entry, agreed: Contract, at: read.Moment) -> Iterator[str]:
    one, shape = entry.feedback, _shape(entry, agreed)
    when = say_when(one.said.occurred_ms, at.zone, at.now_ms)
    what = _(EVENTS[one.said.type])
    head = (f"{entry.lead.id}  {person(asdict(entry.lead))}", what, when, one.said.actor, entry.lead.campaign)
    yield " · ".join(filter(None, head))
    yield from (f"    {line}" for line in _said(entry, shape) if line)
    if one.answer:
        answer = in_words(ANSWERS, one.answer.data["answer"])
        yield f"    {labelled(_('marketing'), _with(answer, entry.answer_texts.get('note', '')))}"
    if one.objection:
        decides = agreed.governance.owner or _("whoever owns the contract")
        told = _("disputed: {who} decides").format(who=decides)
        yield f"    ! {told if one.objection is one.answer else _with(told, entry.objection_note)}"
    if one.waits_for:
        yield f"    > {shape['next']['how']}  {shape['next']['command']}"


def _said(entry: Entry, shape: Mapping[str, Any]) -> Iterator[str]:
    quality = shape["quality"]
    parts = [f"{shape['reason_text']} ({shape['reason']})" if shape["reason"] else ""]
    if quality:
        parts.append(_("quality {mark} ({word})").format(mark=quality, word=QUALITY[quality].say(current())))
    if shape["criterion"]:
        parts.append(_("criterion {id}").format(id=shape["criterion"]))
    if shape["missing"]:
        parts.append(labelled(_("missing"), ", ".join(map(missing_word, shape["missing"]))))
    yield " · ".join(filter(None, parts))
    if entry.note:
        yield labelled(_("note"), entry.note)


def _with(words: str, note: str) -> str:
    return f"{words} · {note}" if note else words
