"""What the card says of the handoff and of the two teams: package, points, verdicts, what goes out. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual.content import Content

from leadq.domain import insights
from leadq.domain.events import TOUCHED
from leadq.domain.feedback import feedbacks
from leadq.happening import found_out, missing_words, quality_word, reason_word, touch
from leadq.i18n import N_, _, current, ngettext, number
from leadq.saying import say_day, say_minutes, say_when
from leadq.text import clean
from leadq.tui.tones import TONES
from leadq.tui.widgets.blocks import WHEN, beside, fact, line, padded
from leadq.words import ANSWERS, EVENTS, FLAGS, INSIGHTS, OP_STATES, RADAR, channel, in_words, labelled, missing_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.outbox import Entry
    from leadq.tui.card import Card
    from leadq.views import Row

_TOUCHES: Final = 5
_OPS: Final = 5
_FIELDS: Final = (
    ("sector", N_("sector")),
    ("company_size", N_("employees")),
    ("role", N_("role")),
    ("consent_basis", N_("consent")),
    ("product_line", N_("product")),
)
"""What policies look at -> its label."""


def package(card: Card, now_ms: int) -> list[Content]:
    """When and by which rules it came, and what came with it; flags are what spoke against it."""
    handoff, shape = card.handoff, card.shape
    fields = handoff.fields or {}
    when = (say_day if shape["date_only"] else say_when)(handoff.at_ms, card.zone, now_ms)
    policy = _("{policy}, contract {version}").format(policy=handoff.policy, version=card.rules.version)
    facts = [
        (_("came"), f"{when} · {shape['connection']}"),
        (_("cycle"), number(shape["cycle"]) if shape["cycle"] > 1 else ""),
        (_("policy"), policy),
        *((_(title), _said(fields.get(name))) for name, title in _FIELDS),
        (_("speaks"), ", ".join(filter(None, (shape["language"], shape["country"], shape["timezone"])))),
    ]
    rows = [fact(label, clean(text)) for label, text in facts if text]
    flags = [labelled(_("! flagged"), ", ".join(in_words(FLAGS, flag) for flag in shape["flags"]))]
    return rows + [Content.assemble((clean(text), TONES["soon"])) for text in flags if shape["flags"]]


def _said(value: object) -> str:
    return number(value) if isinstance(value, int | float) else str(value or "")


def criteria(card: Card) -> list[Content]:
    """Each criterion of the contract in words, with whether the lead met it when it was handed off."""
    lines = []
    texts = dict(card.rules.criteria)
    for name, holds in card.criteria.items():
        words = texts[name].say(current()) if name in texts else ""
        sign, tone = ("+", "good") if holds else ("x", "soon")
        lines.append(Content.assemble((f"{sign} {clean(labelled(name, words) if words else name)}", TONES[tone])))
    return lines


def points(card: Card) -> list[Content]:
    """The score point by point: what each rule of the contract gave, and what it asks for."""
    shape = card.shape
    lines = []
    for point in card.points:
        rule = point.rule
        given, tone = (f"{rule.points:+d}", "good") if point.holds else ("-", "muted")
        asked = clean(labelled(f"{rule.kind} {rule.id}", rule.when.text))
        lines.append(Content.assemble((f"{given:>5} {asked}", TONES[tone])))
    total = sum(point.rule.points for point in card.points if point.holds)
    if card.points and shape["score"] not in (None, total):
        told = _("It was handed off with a score of {score}: that one counts.").format(score=number(shape["score"]))
        lines.append(Content.assemble((told, TONES["muted"])))
    return lines


def score_text(shape: Mapping[str, Any]) -> str:
    """The score with its two parts, where both are known."""
    parts = [number(shape["score"])]
    if shape["fit"] is not None and shape["engagement"] is not None:
        parts.append(_("fit {fit}, engagement {engagement}").format(**shape))
    return "  ".join(parts)


def verdicts(card: Card, width: int) -> list[Content]:
    """What marketing thought of it beside what sales found; nothing before sales has given a verdict."""
    sales = list(_sales(card))
    if not sales:
        return []
    return beside([_("Marketing"), *_marketing(card)], [_("Sales"), *sales], width)


def _marketing(card: Card) -> Iterator[str]:
    shape, met = card.shape, card.criteria
    if shape["score"] is not None:
        yield labelled(_("score"), clean(score_text(shape)))
    if shape["tier"]:
        yield labelled(_("tier"), clean(shape["tier"]))
    if met:
        yield _("meets {n} of {of} criteria").format(n=sum(met.values()), of=len(met))
    for flag in shape["flags"]:
        yield clean(in_words(FLAGS, flag))


def _sales(card: Card) -> Iterator[str]:
    found = feedbacks(row for row in card.timeline if not row.undone)
    if not found:
        return
    said = found[-1].said
    data = said.data
    yield _(EVENTS[said.type])
    if data.get("quality"):
        yield quality_word(data["quality"])
    if data.get("reason"):
        yield clean(reason_word(data["reason"], card.rules.reasons))
    if data.get("criterion"):
        yield labelled(_("criterion"), clean(data["criterion"]))
    for asked, answered in found_out(data):
        yield labelled(asked, clean(answered))
    yield from filter(None, (clean(missing_words(data)), clean(said.texts.get("note", ""))))


def answer(card: Card, now_ms: int) -> list[Content]:
    """What marketing answered to the verdict."""
    found = feedbacks(row for row in card.timeline if not row.undone)
    said = found[-1].answer if found else None
    if said is None:
        return []
    when = say_when(said.occurred_ms, card.zone, now_ms)
    words, note = clean(in_words(ANSWERS, said.data["answer"])), clean(said.texts.get("note", ""))
    return [line(labelled(words, note) if note else words, (when, TONES["muted"]))]


def learnt(card: Card) -> list[Content]:
    """The insights of all its touches, oldest first."""
    told = (one for row in card.timeline if not row.undone for one in insights.told(row.data, row.texts))
    return [Content(clean(labelled(in_words(INSIGHTS, kind), text))) for kind, text in told if text]


def is_marketings(row: Row, card: Card) -> bool:
    """Whether a touch is one of marketing's: before the handoff, or by no human (a campaign, a form)."""
    human = row.data.get("human", row.actor_kind == "human")
    return row.type == TOUCHED and (not human or row.occurred_ms < card.handoff.at_ms)


def marketing_touches(card: Card, now_ms: int) -> list[Content]:
    """The last five touches of marketing's, newest first, with what they said. No answer to a mail says nothing."""
    rows = [row for row in card.timeline if not row.undone and is_marketings(row, card)]
    newest = sorted(rows, key=lambda row: row.occurred_ms, reverse=True)[:_TOUCHES]
    return [_marketing_touch(row, card, now_ms) for row in newest]


def _marketing_touch(row: Row, card: Card, now_ms: int) -> Content:
    silent = row.data["outcome"] == "no_answer"
    how = channel(row.data["channel"], inbound=bool(row.data.get("inbound"))) if silent else touch(row.data)
    words = " · ".join(row.texts.values())
    return line((padded(say_when(row.occurred_ms, card.zone, now_ms), WHEN), TONES["muted"]), clean(how), clean(words))


def on_radar(card: Card, now_ms: int) -> list[Content]:
    """Why it is on the radar, and for how long it has been."""
    told = _("! {why}, for {time}")
    return [
        Content.assemble(
            (told.format(why=_(RADAR[one.group]), time=say_minutes(max(0, now_ms - one.since_ms))), TONES["late"])
        )
        for one in card.radar
    ]


def counted(sync: Mapping[str, int]) -> list[Content]:
    """How many of its changes a CRM does not have yet, by what holds them up."""
    said = {
        "pending": ngettext("{n} change to send", "{n} changes to send", sync["pending"]),
        "unknown": ngettext("{n} change to verify", "{n} changes to verify", sync["unknown"]),
        "conflicts": ngettext("! {n} conflict", "! {n} conflicts", sync["conflicts"]),
        "dead": ngettext("! {n} change refused", "! {n} changes refused", sync["dead"]),
    }
    return [Content(text.format(n=sync[name])) for name, text in said.items() if sync[name]]


def going_out(ops: Sequence[Entry], now_ms: int) -> list[Content]:
    """Each change with how it stands and for how long; of a conflict what we knew, what we set and what is there."""
    lines = [part for entry in ops[:_OPS] for part in _op(entry, now_ms)]
    if len(ops) > _OPS:
        more = len(ops) - _OPS
        lines.append(Content(ngettext("and {n} more", "and {n} more", more).format(n=more)))
    return lines


def _op(entry: Entry, now_ms: int) -> Iterator[Content]:
    from leadq.outbox import say_status  # only for a lead that has such a change

    state = entry.op.state
    tone = "late" if state in ("conflict", "dead") else "plain"
    what = labelled(f"{entry.op.verb} ({clean(entry.connection)})", _(OP_STATES[state]))
    yield line((what, TONES[tone]), (say_minutes(max(0, now_ms - entry.created_ms)), TONES["muted"]))
    if state == "conflict" and entry.theirs:
        sides = ((_("we knew"), entry.base), (_("mine"), entry.op.status), (_("the CRM’s"), entry.theirs))
        yield Content("    " + " · ".join(clean(labelled(name, say_status(value))) for name, value in sides))
    if entry.error:
        yield Content.assemble((f"    {clean(entry.error, 400)}", TONES["late"]))


def missing(names: Sequence[str]) -> Content:
    """What should have come and did not."""
    if not names:
        return Content("")
    words = ", ".join(clean(missing_word(name)) for name in names)
    return Content.assemble((_("? missing: {names}").format(names=words), TONES["soon"]))
