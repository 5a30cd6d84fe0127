"""The rules' refusals in words: why not, and what can be done instead."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from leadq.domain.decide import Refused
from leadq.domain.dictionary import CUSTOM, DICTIONARIES
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _, current
from leadq.saying import say_when
from leadq.words import EVENTS

_ALLOWED: Final = {
    "handed_off": N_("Now it can be accepted, touched or rejected."),
    "accepted": N_("Now it can be touched, rejected, recycled or qualified."),
    "working": N_("Now it can be touched, disqualified, recycled or qualified."),
    "connected": N_("Now it can be touched, disqualified, recycled or qualified."),
    "qualified": N_("The account executive can take it on or give it back; touches and notes can still be added."),
    "disqualified": N_(
        "It is closed: it can be reopened; a note can be added, and what the prospect does (--inbound)."
    ),
    "recycled": N_("It is closed: it can be reopened; a note can be added, and what the prospect does (--inbound)."),
    "rejected": N_("It is closed: it can be rerouted, resubmitted, disputed or reopened, and answered by marketing."),
    "archived": N_("It is closed: it can be reopened; a note can be added, and what the prospect does (--inbound)."),
    "merged": N_("It was merged into lead {into}; work on that one."),
}

ABOUT: Final = {
    "needs_channel": "channel",
    "unknown_channel": "channel",
    "needs_outcome": "outcome",
    "unknown_outcome": "outcome",
    "needs_next": "next",
    "next_in_the_past": "next",
    "in_the_future": "at",
    "before_handoff": "at",
    "needs_reason": "reason",
    "unknown_reason": "reason",
    "wrong_class": "reason",
    "cadence_short": "reason",
    "needs_pause_reason": "reason",
    "unknown_pause_reason": "reason",
    "needs_quality": "quality",
    "needs_missing": "missing",
    "unknown_missing": "missing",
    "needs_criterion": "criterion",
    "unknown_criterion": "criterion",
    "needs_into": "into",
    "bad_lead": "into",
    "no_such_lead": "into",
    "ambiguous": "into",
    "into_itself": "into",
    "into_a_merged_one": "into",
    "into_a_closed_one": "into",
    "other_line": "into",
    "needs_note": "note",
    "empty_note": "note",
    "needs_wake": "wake",
    "wake_in_the_past": "wake",
    "needs_until": "until",
    "until_in_the_past": "until",
    "pause_too_long": "until",
    "needs_evidence": "evidence",
    "needs_why": "why",
    "needs_fixed": "fixed",
    "unknown_answer": "answer",
    "no_such_event": "event",
    "not_correctable": "event",
    "still_needed": "event",
    "needs_member": "to",
    "not_a_member": "to",
}
"""Code of a refusal -> the answer that it is about, as both line mode and the dialogs name their questions."""

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "wrong_state": (N_("Lead {id} cannot take “{verb}”: it is {state}."), ""),
    "someone_elses": (
        N_("Lead {id} belongs to {owner}."),
        N_("Add --take to take it over."),
    ),
    "has_touch": (
        N_("Lead {id} was already contacted, so it cannot be rejected."),
        N_("Use disqualify: it is the verdict after a contact."),
    ),
    "no_touch": (
        N_("Nobody has contacted lead {id} yet, so it cannot be disqualified."),
        N_("Use reject: it is the verdict before any contact."),
    ),
    "unknown_reason": (N_("There is no reason “{reason}”."), N_("For this verdict there is: {known}.")),
    "needs_reason": (N_("A verdict carries a reason that marketing can use."), N_("Add --reason: {known}.")),
    "needs_channel": (N_("A touch has a channel."), N_("Add --channel: {known}.")),
    "needs_outcome": (N_("A touch has an outcome."), N_("Add --outcome: {known}.")),
    "wrong_class": (N_("“{reason}” is not a reason for this verdict."), N_("Choose a reason of the class {wanted}.")),
    "needs_quality": (N_("A verdict carries the lead's quality."), N_("Add --quality 1 to 5 (1 unusable, 5 ready).")),
    "needs_missing": (N_("“{reason}” says that something is missing."), N_("Say what with --missing: {known}.")),
    "needs_criterion": (N_("“{reason}” cites a criterion of the contract."), N_("Add --criterion: {known}.")),
    "needs_into": (N_("A duplicate has an original."), N_("Name it with --into LEAD.")),
    "needs_note": (N_("“{reason}” needs a few words."), N_("Add --note TEXT.")),
    "unknown_criterion": (N_("The contract has no criterion “{criterion}”."), N_("It has: {known}.")),
    "unknown_missing": (N_("“{info}” is not one of the things that can be missing."), N_("They are: {known}.")),
    "unknown_channel": (N_("There is no channel “{channel}”."), N_("There is: {known}.")),
    "unknown_outcome": (N_("There is no outcome “{outcome}”."), N_("There is: {known}.")),
    "unknown_insight": (N_("An insight is KIND:TEXT."), N_("The kinds are: {known}.")),
    "unknown_track": (N_("There is no track “{track}”."), N_("There is: {known}.")),
    "unknown_fact": (N_("--{name} takes one of three answers."), N_("They are: {known}.")),
    "in_the_future": (N_("{at} has not come yet: a touch is something that happened."), N_("Correct --at.")),
    "before_handoff": (
        N_("{at} is before the handoff of lead {id} ({handed_off})."),
        N_("Correct --at; what came before the handoff is not a touch of this cycle."),
    ),
    "needs_next": (N_("A callback has a time."), N_("Add --next WHEN, for example --next 14h30.")),
    "next_in_the_past": (N_("{at} is already past, so it cannot be the next step."), N_("Give a time to come.")),
    "needs_wake": (N_("A recycled lead wakes up some day."), N_("Add --wake WHEN, or --trigger TEXT.")),
    "wake_in_the_past": (N_("{at} is already past, so the lead cannot wake then."), N_("Give a date to come.")),
    "cadence_short": (
        N_("“Unreachable” is a promise of effort: {attempts} of {min_attempts} attempts, {channels} of {min_channels}"
           " channels so far, over {span} at least."),
        N_("Go on trying, or recycle the lead."),
    ),
    "no_pause": (N_("This contract lets no lead wait."), N_("Add the reasons under [pause] in the contract.")),
    "needs_pause_reason": (N_("A pause has a reason that both teams accept."), N_("Add --reason: {known}.")),
    "unknown_pause_reason": (N_("“{reason}” is not a reason to let a lead wait."), N_("There is: {known}.")),
    "needs_until": (N_("A pause has an end."), N_("Add --until WHEN, for example --until lundi.")),
    "until_in_the_past": (N_("{at} is already past, so a pause cannot end then."), N_("Give a time to come.")),
    "needs_evidence": (
        N_("The contract asks where the reason for a pause can be seen."),
        N_("Add --evidence URL."),
    ),
    "pause_too_long": (
        N_("The contract does not let lead {id} wait that long."),
        N_("The last day allowed is {last}, until {time}."),
    ),
    "pauses_used_up": (
        N_("Lead {id} has already waited for all the {cap} that the contract allows."),
        N_("Work it, or give a verdict: recycle it with --wake."),
    ),
    "not_paused": (N_("Lead {id} is not paused."), N_("Go on working it: its clocks run.")),
    "needs_member": (N_("A lead is given to somebody."), N_("Add --to: {known}.")),
    "not_a_member": (N_("“{member}” is not a member of the contract."), N_("The members are: {known}.")),
    "empty_note": (N_("The note is empty."), N_("Add --text TEXT.")),
    "nothing_to_undo": (
        N_("There is nothing of yours to undo."),
        N_("`leadq correct` takes back one thing that did not happen."),
    ),
    "nothing_to_redo": (
        N_("There is nothing to do again: your last gesture was not an undo."),
        N_("Take something back with `leadq undo` first."),
    ),
    "came_between": (
        N_("Something has happened to the lead since you took that back."),
        N_("Do it anew, as it stands now."),
    ),
    "somebody_went_on": (
        N_("The lead has gone on since through somebody else, so this cannot be taken back as if it had never been."),
        N_("Go on from how it stands now; `leadq correct` takes back one thing that did not happen."),
    ),
    "open_elsewhere": (
        N_("This person already has an open lead: {other}."),
        N_("Work on lead {other}, or merge the two."),
    ),
    "opposed": (
        N_("The person of lead {id} does not want to be contacted."),
        N_("Reject it with rej.no_consent; only what they do by themselves can be recorded."),
    ),
    "needs_why": (N_("This is said with a reason."), N_("Add it in a few words: --reason TEXT, or --why TEXT.")),
    "needs_fixed": (N_("A lead is handed over again after something was fixed."), N_("Say what with --fixed TEXT.")),
    "unknown_answer": (N_("“{answer}” is not an answer to feedback."), N_("There is: {known}.")),
    "needs_deal": (N_("A debrief is about a deal that was won or lost."), N_("Add --outcome won or --outcome lost.")),
    "needs_partner": (N_("A debrief takes two."), N_("Name the other one with --with MEMBER.")),
    "needs_lesson": (N_("A debrief leaves a lesson and something to do."), N_("Add --lesson TEXT and --action TEXT.")),
    "no_meeting": (
        N_("No meeting with lead {id} was written down."),
        N_("`leadq qualify --meeting WHEN` writes one down."),
    ),
    "already_taken": (
        N_("The account executive has already taken lead {id} on."),
        N_("They can give it back: `leadq ae-return`."),
    ),
    "into_itself": (N_("Lead {id} cannot be merged into itself."), N_("Name another lead with --into.")),
    "into_a_merged_one": (
        N_("The other lead was itself merged, into lead {into}."),
        N_("Name lead {into} with --into."),
    ),
    "into_a_closed_one": (
        N_("Lead {id} is open and the other one is {state}: merging would end it without a verdict."),
        N_("Merge the other way round, or reopen the other one first."),
    ),
    "into_a_rejected_one": (
        N_("Lead {id} was contacted, and the other one was rejected before any contact: one verdict would be untrue."),
        N_("Merge the other way round."),
    ),
    "other_line": (
        N_("The two leads are about different product lines (“{line}” and “{other}”), so they stay apart."),
        N_("Each of them ends with a verdict of its own."),
    ),
    "no_such_event": (N_("There is no event “{event}” to correct."), N_("`leadq show LEAD --json` lists the events.")),
    "not_correctable": (
        N_("An event of this kind ({kind}) cannot be taken back by a correction."),
        N_("Undo it if it is your last gesture; after a verdict, reopen the lead."),
    ),
    "needs_cover": (N_("Somebody stands in for who is away."), N_("Add --cover: {known}.")),
    "covers_themselves": (N_("Nobody stands in for themselves."), N_("Name somebody else with --cover: {known}.")),
    "leave_reversed": (
        N_("That leave would end before it begins: {span}."),
        N_("Give the first day, then the last one."),
    ),
    "leave_past": (N_("That leave is over already: {span}."), N_("Give a last day to come.")),
    "leave_twice": (
        N_("{member} is away already, {span}."),
        N_("`leadq leave end` ends that leave; then say it anew."),
    ),
    "cover_away": (N_("{member} is away too, {span}."), N_("Name somebody else with --cover: {known}.")),
    "too_many_leads": (
        N_("{member} has {count} open leads, and one gesture hands over {most} at most."),
        N_("Give some of them to somebody with `leadq assign` first."),
    ),
    "no_leave": (N_("{member} is on no leave that could end."), N_("`leadq leave list` shows who is away.")),
    "leave_of_another": (
        N_("The hub lets nobody but {member}, a manager or ops give {member}’s leads away."),
        N_("Ask one of them to say it from their home."),
    ),
    "still_needed": (
        N_("Lead {id} was disqualified after this touch, the only one: without it the verdict would not hold."),
        N_("Reopen the lead instead."),
    ),
}  # fmt: skip
"""Code -> sentence and way out. The codes are documented in docs/cli.md."""


def refusal(refused: Refused, lead_id: int | None = None) -> LeadqError:
    """A refusal as the error that every command shows (exit 5); one about an instant has `zone` and `now_ms` too."""
    sentence, hint = SENTENCES[refused.code]
    params = _spoken(refused.params) | {"id": lead_id}
    if refused.code == "wrong_state":
        hint = _ALLOWED[str(refused.params["state"])]
    said = _(sentence).format(**params)
    return LeadqError(
        refused.code, said[:1].upper() + said[1:], hint=_(hint).format(**params), exit_status=Exit.REFUSED
    )


def _spoken(params: Any) -> dict[str, Any]:
    spoken = dict(params)
    for name in ("at", "handed_off"):
        if f"{name}_ms" in spoken:
            spoken[name] = say_when(spoken[f"{name}_ms"], spoken["zone"], spoken["now_ms"])
    if "last_ms" in spoken:
        last = datetime.fromtimestamp(spoken["last_ms"] // 1000, spoken["zone"])
        spoken |= {"last": f"{last:%Y-%m-%d}", "time": f"{last:%H:%M}"}
    if "state" in spoken:
        spoken["state"] = DICTIONARIES[CUSTOM][spoken["state"]].say(current()).lower()
    if "type" in spoken:
        spoken["kind"] = _(EVENTS[spoken["type"]])
    if "wanted" in spoken:
        spoken["wanted"] = _(EVENTS[spoken["wanted"]])
    return spoken
