"""`brief`: one page for the account executive, and the meeting for their calendar."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from leadq import brief as gathered
from leadq import ics, read, refs
from leadq.cli.base import Session, argument, command, option
from leadq.cli.output import emit, safe_line
from leadq.clock import iso
from leadq.domain import insights
from leadq.domain.reasons import OUTCOMES, QUALITY
from leadq.domain.situation import Refused
from leadq.happening import found_out
from leadq.i18n import N_, _, current, ngettext
from leadq.insights import link
from leadq.refusals import refusal
from leadq.text import clean
from leadq.words import EVENTS, INSIGHTS, channel, in_words, labelled, missing_word, person

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from leadq.brief import Brief
    from leadq.views import Row

_MARKUP: Final = re.compile(r"[\\`*_\[\]<>#|]")


@command(
    "brief",
    help=N_("Write one page about a lead for the account executive, and the meeting for their calendar."),
)
@argument("LEAD")
@option("-o", "--output", "file", metavar="FILE", help=N_("Into this file (else standard output)."))
@option("--ics", "calendar", metavar="FILE", help=N_("The meeting, as a calendar file."))
def brief(session: Session, lead: str, file: str | None, calendar: str | None) -> None:
    """Print the page, or write it and the meeting to files."""
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        found = gathered.brief(db, at, refs.find(db, lead))
    lines = [safe_line(line) for line in page(found, at)]
    written: dict[str, str] = {}
    if calendar is not None:
        Path(calendar).write_bytes(_calendar(found))
        written["ics"] = calendar
    if file is not None:
        Path(file).write_text("\n".join(lines) + "\n", "utf-8")
        written["file"] = file
    if written:
        told = [_("Written to {file}.").format(file=where) for where in written.values()]
        emit({"ok": True, "meeting_at": _meeting_at(found), **written}, told, as_json=session.as_json)
    else:
        value = {"lead": found.shape["id"], "meeting_at": _meeting_at(found), "markdown": "\n".join(lines)}
        emit(value, lines, as_json=session.as_json)


def _meeting_at(found: Brief) -> str | None:
    return iso(found.meeting.at_ms) if found.meeting else None


def _calendar(found: Brief) -> bytes:
    """Raises LeadqError `no_meeting` (5)."""
    if found.meeting is None:
        raise refusal(Refused("no_meeting"), found.shape["id"])
    shape, event = found.shape, found.meeting.event
    known = (shape["title"], shape["phone"], shape["email"], event.texts.get("next_step", ""))
    return ics.meeting(
        uid=f"{shape['uid']}-{event.uid}@leadq",
        stamp_ms=event.recorded_ms,
        start_ms=found.meeting.at_ms,
        summary=person(shape),
        description="\n".join(filter(None, known)),
    )


def page(found: Brief, at: read.Moment) -> Iterator[str]:
    """The lines of the page, in Markdown."""
    yield f"# {_text(person(found.shape))}"
    for title, lines in _sections(found, at):
        body = list(lines)
        if body:
            yield from ("", f"## {title}", "", *body)


def _sections(found: Brief, at: read.Moment) -> Iterator[tuple[str, Iterable[str]]]:
    yield _("Who"), _who(found.shape)
    yield _("Why now"), _why(found.shape)
    yield _("Where it stands"), _stands(found, at)
    yield _("What was said"), (line for row in reversed(found.said) for line in _said(row, at))
    yield _("What to say"), _talk(found)


def _who(shape: Mapping[str, Any]) -> Iterator[str]:
    for label, name in ((_("Role"), "title"), (_("Company"), "company"), (_("Country"), "country")):
        if shape[name]:
            yield _item(label, shape[name])
    for label, name in ((_("Phone"), "phone"), (_("E-mail"), "email")):
        if not shape[name]:
            yield f"- {labelled(label, _('none'))}"
        elif name in shape["invalid"]:
            yield f"- {labelled(label, _('{value} (wrong, found by trying)').format(value=_text(shape[name])))}"
        else:
            yield _item(label, shape[name])
    if shape["opposed_at"]:
        yield f"- {_('Does not want to be contacted.')}"


def _why(shape: Mapping[str, Any]) -> Iterator[str]:
    for label, name in ((_("Trigger"), "trigger"), (_("Campaign"), "campaign"), (_("Source"), "source")):
        if shape[name]:
            yield _item(label, shape[name])
    if shape["score"] is not None:
        yield _item(_("Score"), str(shape["score"]))


def _stands(found: Brief, at: read.Moment) -> Iterator[str]:
    shape, data = found.shape, found.verdict.data if found.verdict else {}
    yield _item(_("State"), f"{shape['label']} · {shape['owner'] or _('nobody’s')}")
    for word, answer in found_out(data):
        yield _item(word, answer)
    if data.get("horizon") is not None:
        months = ngettext("{count} month", "{count} months", data["horizon"]).format(count=data["horizon"])
        yield _item(_("horizon"), months)
    if data.get("quality"):
        yield _item(_("quality"), f"{data['quality']} ({QUALITY[data['quality']].say(current())})")
    if found.verdict and found.verdict.texts.get("next_step"):
        yield _item(_("next step"), found.verdict.texts["next_step"])
    if found.meeting:
        yield _item(_("meeting"), _when(found.meeting.at_ms, at))
    if shape["missing"]:
        yield _item(_("missing"), ", ".join(map(missing_word, shape["missing"])))


def _said(row: Row, at: read.Moment) -> Iterator[str]:
    """One touch, note or verdict, if anybody wrote something down; a touch always says how it ended."""
    what = _(EVENTS[row.type])
    if row.type == "touched":
        outcome = OUTCOMES[row.data["outcome"]].say(current())
        what = labelled(channel(row.data["channel"], inbound=bool(row.data.get("inbound"))), outcome)
    yield f"- {_when(row.occurred_ms, at)} · {_text(what)} · {_text(row.actor)}"
    for kind, text in insights.told(row.data, row.texts):
        yield f"  - {labelled(_text(in_words(INSIGHTS, kind)), _text(text))}"
    if row.texts.get("note"):
        yield f"  - {labelled(_('note'), _text(row.texts['note']))}"
    if row.texts.get("evidence"):
        yield f"  - {labelled(_('evidence'), _address(row.texts['evidence']))}"


def _talk(found: Brief) -> Iterator[str]:
    segment = found.segment
    if segment is None:
        return
    if segment.talk_track:
        yield f"- {_text(segment.talk_track.say(current()))}"
    for asset in segment.assets:
        yield f"- {labelled(_text(asset.title), _address(asset.url))}"


def _item(label: str, text: str) -> str:
    return f"- {labelled(label[:1].upper() + label[1:], _text(text))}"


def _when(ms: int, at: read.Moment) -> str:
    """A date that means the same on the day on which the page is read."""
    return f"{datetime.fromtimestamp(ms // 1000, UTC).astimezone(at.zone):%Y-%m-%d %H:%M}"


def _address(text: str) -> str:
    """A link only for the web; anything else is text like any other."""
    url = link(text)
    return f"<{url}>" if url and not re.search(r"[<>\\]", url) else _text(text)


def _text(text: str) -> str:
    """One line in which nothing is markup."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(clean(text).split()))
