"""What the screen says happened: sentences for toasts, the sync part of the header, and an empty list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from leadq.actions import say_key
from leadq.i18n import N_, _, ngettext, number
from leadq.saying import say_lately, say_minutes, say_when
from leadq.text import clean
from leadq.words import CLOCKS, EVENTS, labelled

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from leadq.alerts import News
    from leadq.domain.contract_file import Problem
    from leadq.errors import LeadqError
    from leadq.read import Moment, SyncLine
    from leadq.tui.gaze import Gesture

_DONE: Final = {
    "accept": N_("Accepted: {who}"),
    "touch": N_("Touch logged: {who}"),
    "note": N_("Noted: {who}"),
    "reject": N_("Rejected: {who}"),
    "disqualify": N_("Disqualified: {who}"),
    "recycle": N_("Recycled: {who}"),
    "qualify": N_("Qualified: {who}"),
    "pause": N_("Paused: {who}"),
    "resume": N_("Resumed: {who}"),
    "snooze": N_("Snoozed: {who}"),
    "assign": N_("Assigned: {who}"),
    "merge": N_("Merged: {who}"),
    "reopen": N_("Reopened: {who}"),
    "correct": N_("Corrected: {who}"),
    "dispute": N_("Disputed: {who}"),
    "answer": N_("Answered: {who}"),
    "reroute": N_("Rerouted: {who}"),
    "resubmit": N_("Resubmitted: {who}"),
    "redo": N_("Done again: {who}"),
}


def tell_done(gesture: Gesture, who: str) -> str:
    """What a verb or an undo did, to whom, and how to take it back."""
    if not gesture.leads:
        return _("It was answered so already: nothing was written.")
    if gesture.name != "undo":
        done = _(_DONE[gesture.name]).format(who=clean(who))
        return f"{done} · {_('{key} takes it back').format(key=say_key('undo'))}"
    what = ", ".join(_(EVENTS.get(kind, kind)) for kind in gesture.verbs)
    told = _("Taken back: {what} ({who})").format(what=what, who=clean(who))
    if not gesture.compensated:
        return told
    after = ngettext(
        "{n} change had already left: a correction follows with the next sync.",
        "{n} changes had already left: corrections follow with the next sync.",
        gesture.compensated,
    ).format(n=gesture.compensated)
    return f"{told}\n{after}"


def tell_trouble(error: LeadqError) -> str:
    """A refusal or a failure; the way out is said as a key where the command line has an option."""
    take = _("Press {key} to take it over.").format(key=say_key("take"))
    hint = take if error.code == "someone_elses" else error.hint
    return clean(" ".join(filter(None, (error.message, hint))), 400)


def tell_none_done(count: int) -> str:
    """Whoever asked for several is told that one which cannot take it keeps the others from it; "" for one."""
    if count < 2:
        return ""
    text = ngettext("Nothing was done to the lead.", "Nothing was done to any of the {n} leads.", count)
    return text.format(n=number(count))


def tell_alerts(news: Sequence[News], zone: ZoneInfo, now_ms: int) -> str:
    """All alerts that came at once, in one line: the lead by its name when it is one, else how many there are."""
    leads = {one.lead_id for one in news}
    if len(leads) == 1:
        return clean(_tell_alert(max(news, key=lambda one: _GRAVITY.index(one.level)), zone, now_ms), 400)
    late = {one.lead_id for one in news if one.level == "breach"}
    promised = {one.lead_id for one in news if one.level == "promise"}
    soon = leads - late - promised
    parts = (
        (promised, ngettext("* {n} promise comes up", "* {n} promises come up", len(promised))),
        (late, ngettext("! {n} lead late", "! {n} leads late", len(late))),
        (soon, ngettext("~ {n} lead at risk", "~ {n} leads at risk", len(soon))),
    )
    return " · ".join(text.format(n=number(len(found))) for found, text in parts if found)


def _tell_alert(news: News, zone: ZoneInfo, now_ms: int) -> str:
    who, when = news.who or _("lead {id}").format(id=news.lead_id), say_when(news.due_ms, zone, now_ms)
    if news.level == "promise":
        return _("* Promised for {when}: {who}").format(when=when, who=who)
    said = _("! Late: {who} ({clock}, due {when})") if news.level == "breach" else _(
        "~ At risk: {who} ({clock}, due {when})"
    )  # fmt: skip
    return said.format(who=who, clock=_(CLOCKS[news.clock]), when=when)


_GRAVITY: Final = ("at_risk", "promise", "breach")


def tell_sync(outcome: Mapping[str, Any]) -> tuple[str, bool]:
    """What a sync did in one line, and whether all went well."""
    if "error" in outcome:
        error = outcome["error"]
        return clean(_("Sync: {why}").format(why=" ".join(filter(None, (error["message"], error.get("hint")))))), False
    connections = outcome.get("connections", [])
    pulled, pushed = (sum(one.get(name) or 0 for one in connections) for name in ("pulled", "pushed"))
    told = (*connections, *outcome.get("plugins", ()))
    troubles = [labelled(one["name"], _why(one["error"])) for one in told if one.get("error")]
    done = _("Synced: {pushed} sent, {pulled} fetched").format(pushed=number(pushed), pulled=number(pulled))
    return clean("\n".join([done, *troubles]), 400), not troubles


def _why(error: Any) -> str:
    return str(error.get("message", error)) if isinstance(error, dict) else str(error)


def tell_sync_state(
    lines: Sequence[SyncLine], at: Moment, *, running: bool, under_way: str = "", terse: bool = False
) -> str:
    """`synced 14:02`, `offline, last 13:40`: the header's few words; to be offline is no error.

    `under_way`: how far a wave of changes is, which is said instead. `terse`: of a trouble only what it is.
    """
    if under_way:
        return under_way
    if running:
        return _("syncing…")
    troubles = {line.trouble or ("crash" if line.last_error else "") for line in lines} - {""}
    last = max((ms for line in lines for ms in (line.last_pull_ms, line.last_push_ms) if ms is not None), default=None)
    said, never = _sync_words(troubles)
    if terse and last is not None:
        return _(never) if troubles else _("sync {when}").format(when=say_lately(last, at.zone, at.now_ms))
    return _(never) if last is None else _(said).format(when=say_lately(last, at.zone, at.now_ms))


def _sync_words(troubles: Collection[str]) -> tuple[str, str]:
    """What the worst of these says, with the last sync that went well, and before any did."""
    if "auth" in troubles:
        return N_("! login refused, last {when}"), N_("! login refused")
    if set(troubles) - {"transient", "rate_limited"}:
        return N_("! sync failed, last {when}"), N_("sync failed")
    if "transient" in troubles:
        return N_("offline, last {when}"), N_("offline")
    if troubles:
        return N_("sync pauses, last {when}"), N_("sync pauses")
    return N_("synced {when}"), N_("not synced yet")


def tell_unwatched(status: int) -> str:
    """The watcher beside the screen is gone."""
    return _(
        "Syncing by itself has stopped (status {status}): `leadq sync --watch` says why, {key} syncs once."
    ).format(status=status, key=say_key("sync"))


_SENTENCES: Final = 3


def tell_problems(problems: Sequence[Problem]) -> str:
    """What of the user's own files is not used, a sentence each, and where the rest of them can be read."""
    lines = [
        f"{Path(problem.file).name}:{problem.line}: {' '.join(problem.worded(_)).strip()}"
        for problem in problems[:_SENTENCES]
    ]
    more = len(problems) - _SENTENCES
    if more > 0:
        told = ngettext("{n} more: `leadq config validate`", "{n} more: `leadq config validate`", more)
        lines.append(told.format(n=number(more)))
    return "\n".join(clean(line, 400) for line in lines)


def tell_displaced(*, gone: bool) -> str:
    """The database is not the one that was open."""
    if gone:
        return _(
            "The database of this home is gone: what you see was read before, and nothing can be written. Put it back,"
            " or bring a backup in with `leadq restore`."
        )
    return _("Another database was put in the place of this one: you see what it holds.")


def tell_clock_back(by_ms: int) -> str:
    """The machine's clock was set back."""
    return _("The clock of this machine went back by {span}: the times left follow it, and nothing is lost.").format(
        span=say_minutes(by_ms)
    )


_EMPTY: Final = {
    "mine": N_("None of the open leads is yours or nobody’s. {tab} shows all of them."),
    "all": N_("No lead is open. {sync} fetches new ones from a CRM, `leadq import FILE` brings them in from a file."),
    "radar": N_("Nothing would be forgotten. {radar} goes back to your leads."),
    "needs-you": N_("No lead needs you. {tab} goes on."),
}


def tell_empty(view: str, title: str, search: str, *, any_lead: bool) -> str:
    """An empty list teaches the next key; `title` is the view's name as it is read."""
    leave, tab, sync, radar = map(say_key, ("leave", "next_view", "sync", "radar"))
    if search:
        return _("No lead in {view} has “{words}”. {leave} shows all of them again, {tab} looks elsewhere.").format(
            view=clean(title, 60), words=clean(search, 40), leave=leave, tab=tab
        )
    if any_lead:
        sentence = _EMPTY.get(view, N_("Nothing in {view}. {tab} goes to the next view."))
        return _(sentence).format(view=clean(title, 60), tab=tab, sync=sync, radar=radar)
    return _(
        "No leads yet. `leadq import FILE` brings them in from a file, {sync} fetches them from a CRM (`leadq connect`"
        " says which), `leadq demo` shows how it looks."
    ).format(sync=sync)
