"""What a meeting looks at again: what the figures suggest changing, and whether what was agreed still holds."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Final

from leadq.agreement import signature_text
from leadq.domain.metrics.figures import share_of
from leadq.domain.signatures import standing
from leadq.glossary import STAGES, TEAMS
from leadq.i18n import N_, _, current
from leadq.reports import cells
from leadq.reports.document import Cell, Column, Section, table, text
from leadq.reports.learning import coded_value
from leadq.reports.period import local
from leadq.reports.sources import QUOTE
from leadq.text import clean
from leadq.words import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadq.domain.contract import Contract
    from leadq.domain.metrics.cycle import Cycle
    from leadq.reports.sources import Sources

_PROPOSED: Final = 8
_STATES: Final = {
    "ok": N_("+ holds"),
    "due": N_("! to be done"),
    "none": N_("- not agreed"),
    "undated": N_("- no day to look at it again"),
}


def proposals(sources: Sources) -> Section:
    """What the figures of the period suggest talking about: criteria that leads were ended for, and campaigns that are
    accepted less than the others. Whether anything changes is decided by people, and written down."""
    columns = (
        Column("kind", _("About")), Column("which", _("Which")), *cells.right(("figure", _("Figure"))),
        Column("proposal", _("To be talked about")),
    )  # fmt: skip
    rows = [*_criteria(sources), *_campaigns(sources)][:_PROPOSED]
    how = _("`leadq decision add TEXT --contract NEW.toml` writes one down, with what it changes.")
    return Section(
        "proposals", _("What could be changed"),
        (table("proposals", columns, rows, empty=_("Nothing stands out in this period.")),), (how,),
        (sources.command("metrics M1 --by campaign"), sources.command("metrics M6")),
    )  # fmt: skip


def _criteria(sources: Sources) -> Iterator[list[Cell]]:
    """Criteria of the handoff that leads were ended for: they should have been seen at the door."""
    ended = [one for one in sources.cohort if one.verdict in ("reject", "disqualify")]
    contract = sources.facts.contract
    known = {one.id: one for one in contract.criteria} if contract else {}
    for id_, count in sorted(Counter(one.criterion for one in ended if one.criterion).items(), key=_most):
        said = known[id_].text.say(current()) if id_ in known else id_
        yield [
            cells.coded("criterion", _("criterion")), cells.coded(id_, clean(said, QUOTE)),
            cells.brief(share_of("cited", count, len(ended))),
            text(_("Check it before the handoff, or say it more clearly.")),
        ]  # fmt: skip


def _most(one: tuple[str, int]) -> tuple[int, str]:
    return -one[1], one[0]


def _campaigns(sources: Sources) -> Iterator[list[Cell]]:
    """Campaigns of which even the upper end of the interval is below what the others reach."""
    accepted, decided = _accepted(sources.cohort)
    for value, part in sources.whole.cut("campaign").items():
        ours, of = _accepted(part.cohort.cycles)
        own, others = share_of("decided", ours, of), share_of("decided", accepted - ours, decided - of)
        if own.high is not None and others.value is not None and own.high < float(others.value):
            yield [
                cells.coded("campaign", _("campaign")), coded_value(value), cells.brief(own),
                text(_("Accepted less than the others: look at what it promises, and to whom.")),
            ]  # fmt: skip


def _accepted(cycles: Sequence[Cycle]) -> tuple[int, int]:
    """How many were accepted, of how many that were decided."""
    accepted = sum(one.accepted for one in cycles)
    return accepted, accepted + sum(one.rejected for one in cycles)


def checklist(sources: Sources) -> Section:
    """Whether the contract, the customer profile and the signatures still hold, as of the instant."""
    contract = sources.facts.contract
    columns = (Column("what", _("What")), Column("agreed", _("Agreed")), Column("state", _("State")))
    rows = list(_held(contract, local(sources.asked.as_of_ms, sources.asked.zone))) if contract else []
    nothing = _("There is no contract here yet: nothing was promised.")
    return Section(
        "review", _("Does what we agreed still hold?"), (table("review", columns, rows, empty=nothing),),
        (_("A new version is signed by both teams: `leadq contract edit`, then `leadq contract sign --as TEAM`."),),
    )  # fmt: skip


def _held(contract: Contract, today: date) -> Iterator[list[Cell]]:
    yield _row("contract", _("contract"), f"{contract.name} {contract.version}", _reviewed(contract.review_by, today))
    icp = contract.icp
    yield _row("icp", _("customer profile"), icp.version if icp else "-",
               _reviewed(icp.review_by, today) if icp else "none")  # fmt: skip
    personas = ", ".join(icp.personas) if icp else ""
    yield _row("personas", _("buyer personas"), personas or "-", "ok" if personas else "none")
    messages = [one for one in contract.segments if one.talk_track]
    yield _row("messages", _("messages by segment"), ", ".join(one.id for one in messages) or "-",
               "ok" if messages else "none")  # fmt: skip
    for team in ("marketing", "sales"):
        signed = [one for one in contract.signatures if one.role == team]
        holds = any(standing(contract, one) == "valid" for one in signed)
        said = ", ".join(signature_text(contract, one) for one in signed) or _("nobody yet")
        yield _row(f"signature_{team}", _("signed for {team}").format(team=in_words(TEAMS, team)), said,
                   "ok" if holds else "due")  # fmt: skip


def _reviewed(by: date | None, today: date) -> str:
    return "undated" if by is None else "due" if by <= today else "ok"


def _row(id_: str, what: str, agreed: str, state: str) -> list[Cell]:
    return [cells.coded(id_, what), text(clean(agreed, QUOTE)), cells.coded(state, _(_STATES[state]))]


def responsibilities(sources: Sources) -> Section:
    """Who leads and who supports each stage, to be said yes to again."""
    contract = sources.facts.contract
    columns = (Column("stage", _("Stage")), Column("lead", _("In the lead")), Column("supports", _("Supports")))
    rows = [
        [cells.coded(stage, in_words(STAGES, stage)), _teams(row.lead), _teams(row.supports)]
        for stage, row in (contract.raci.items() if contract else ())
    ]
    return Section(
        "raci", _("Who does what"),
        (table("raci", columns, rows, empty=_("The contract does not say who leads which stage.")),),
    )  # fmt: skip


def _teams(names: Sequence[str]) -> Cell:
    said = clean(", ".join(in_words(TEAMS, name) for name in names) or "-", QUOTE)
    return Cell(list(names), said, said)


def goals(sources: Sources) -> Section:
    """What both teams work for: the whole way to the deal, revenue, customer value and cost."""
    return cells.figures(sources, "goals", _("Shared goals"), ("M5", "M8", "M9", "M10"))
