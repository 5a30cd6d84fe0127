"""Reading a contract file: one pass finds every problem, with its line, column, key and what to do.

The sentences are English templates with parameters, so that the command line and the screen say them in the
user's language. Nothing here raises on bad input: a contract is edited by people.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from leadq.domain.contract import Contract
from leadq.domain.contract_calendars import read_calendars, read_zone
from leadq.domain.contract_messages import MESSAGES, Hint, M
from leadq.domain.contract_people import (
    check_dates,
    read_escalation,
    read_governance,
    read_members,
    read_raci,
    read_routing,
)
from leadq.domain.contract_policies import read_policies
from leadq.domain.contract_read import Remark, Remarks, Section
from leadq.domain.contract_rules import read_cadence, read_feedback, read_pause, read_recompute
from leadq.domain.contract_terms import (
    read_criteria,
    read_definitions,
    read_handoff,
    read_icp,
    read_marketing,
    read_pilots,
    read_sales,
    read_score,
    read_segments,
    read_signatures,
)
from leadq.domain.dictionary import DICTIONARIES
from leadq.domain.sentence import Sentence
from leadq.domain.toml_positions import Path, Positions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["MESSAGES", "Problem", "Reading", "read_contract"]

SCHEMA: Final = 1
_PLACE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_SYNTAX: Final[tuple[tuple[str, M, Hint], ...]] = (
    ("Invalid date or datetime", M.NO_SUCH_DATE, Hint.DATE),
    ("Invalid value", M.BAD_VALUE, Hint.QUOTES),
    ("Cannot declare", M.TWICE, Hint.JOIN),
    ("Cannot overwrite", M.KEY_TWICE, Hint.JOIN),
    ("Duplicate inline table key", M.KEY_TWICE, Hint.JOIN),
    ("Unclosed", M.UNCLOSED, Hint.CLOSE),
    ("Unterminated", M.UNCLOSED, Hint.CLOSE),
    ("Exceeds the limit", M.NUMBER_TOO_LONG, Hint.NONE),
)
"""How tomllib's sentences begin, and ours for the slips that people make; the others are quoted."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong, or doubtful, in a contract file.

    `line` and `column` count from 1, in characters; `key` is the path of the key, such as
    `policy[0].clock.accept.unit`, "" for the file as a whole. `template` and `advice` are English templates
    of `MESSAGES` (`advice` may be ""), both formatted with `params`.
    """

    file: str
    line: int
    column: int
    key: str
    template: str
    params: Mapping[str, object]
    advice: str

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return self.worded(str)[0]

    @property
    def hint(self) -> str:
        """What to do, in English; "" when there is nothing to add."""
        return self.worded(str)[1]

    def worded(self, translate: Callable[[str], str]) -> tuple[str, str]:
        """Message and hint in the language of `translate`, which maps an English template to its own."""
        said, advised = Sentence(self.template, self.params), Sentence(self.advice, self.params)
        return said.worded(translate), advised.worded(translate)


@dataclass(frozen=True, slots=True)
class Reading:
    """A contract, or why there is none; both lists are in the order of the file."""

    contract: Contract | None
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def read_contract(raw: bytes, file: str, *, check_holidays: bool = True) -> Reading:
    """The contract in `raw`, or its problems; never raises on bad input. `file` only names it in the
    problems.

    `check_holidays=False` spares the import of the `holidays` library (100 ms) for a text that was accepted
    before, such as a stored version.
    """
    found = read_toml(raw, file)
    if isinstance(found, Problem):
        return _unreadable(found)
    data, text = found
    remarks = Remarks()
    try:
        contract = _contract(data, text, remarks, check_holidays=check_holidays)
    except RecursionError:
        return _unreadable(_problem(file, (1, 1), M.TOO_DEEP))
    return Reading(contract, *located(remarks, text, file))


def read_toml(raw: bytes, file: str) -> tuple[dict[str, Any], str] | Problem:
    """A TOML file and its text, or why it is none."""
    try:
        text = raw.decode("utf-8-sig")
        return tomllib.loads(text), text
    except UnicodeDecodeError as refused:
        return _encoding_problem(raw, refused.start, file)
    except RecursionError:
        return _problem(file, (1, 1), M.TOO_DEEP)
    except ValueError as refused:
        return _syntax_problem(text, str(refused), file)


def located(remarks: Remarks, text: str, file: str) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Errors and warnings, each with its place in the text, in the order of the file."""
    if not remarks.found:
        return (), ()
    positions = Positions(text)
    placed = [(_placed(remark, positions, file), remark.warning) for remark in remarks.found]
    placed.sort(key=lambda pair: (pair[0].line, pair[0].column))
    errors = tuple(problem for problem, warning in placed if not warning)
    return errors, tuple(problem for problem, warning in placed if warning)


def _unreadable(problem: Problem) -> Reading:
    return Reading(None, (problem,), ())


def _problem(
    file: str, place: tuple[int, int], template: M, hint: Hint = Hint.NONE, key: str = "", **params: object
) -> Problem:
    return Problem(file, *place, key, template.value, params, hint.value)


def _encoding_problem(raw: bytes, at: int, file: str) -> Problem:
    line_start = raw.rfind(b"\n", 0, at) + 1
    place = (raw.count(b"\n", 0, at) + 1, len(raw[line_start:at].decode("utf-8", "replace")) + 1)
    guess = "UTF-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "Windows-1252 (cp1252)"
    return _problem(file, place, M.ENCODING, Hint.ENCODING, byte=f"0x{raw[at]:02X}", guess=guess)


def _syntax_problem(text: str, said: str, file: str) -> Problem:
    """tomllib gives the place inside its sentence (Python 3.11 to 3.13 have no attributes for it)."""
    found = _PLACE.search(said)
    end = (text.count("\n") + 1, len(text) - text.rfind("\n"))
    place = (int(found[1]), int(found[2])) if found and found[1] else end if found else (1, 1)
    reason = _PLACE.sub("", said)
    for beginning, template, hint in _SYNTAX:
        if reason.startswith(beginning):
            key = ".".join(re.findall(r"'([^']+)'", reason)) if template is not M.BAD_VALUE else ""
            return _problem(file, place, template, hint, key, name=key)
    return _problem(file, place, M.SYNTAX, key="", reason=reason)


def _contract(data: dict[str, Any], text: str, remarks: Remarks, *, check_holidays: bool) -> Contract | None:
    """The contract, or None when there is an error among the remarks."""
    root = Section(data, (), remarks)
    schema = root.whole("schema", required=True)
    if schema not in (SCHEMA, None):
        remarks.error(root.at("schema"), M.SCHEMA, Hint.SCHEMA, value=schema)
    head = root.section("contract", required=True)
    effective_from, review_by = head.day("effective_from", required=True), head.day("review_by")
    check_dates(head, "review_by", effective_from, review_by)
    dictionary = head.choice("dictionary", tuple(DICTIONARIES), "forrester")
    calendars = read_calendars(root, check_holidays=check_holidays)
    members = read_members(root, calendars)
    feedback, reasons = read_feedback(root)
    contract = Contract(
        schema=SCHEMA,
        name=head.text("name", required=True),
        version=head.text("version", required=True),
        effective_from=effective_from or date.min,
        review_by=review_by,
        zone=read_zone(head),
        dictionary=dictionary,
        source=head.text("source"),
        signatures=read_signatures(head),
        marketing=read_marketing(head),
        sales=read_sales(head),
        definitions=read_definitions(root, dictionary),
        criteria=read_criteria(root),
        handoff=read_handoff(root),
        score=read_score(root),
        icp=read_icp(root),
        segments=read_segments(root),
        calendars=calendars,
        policies=read_policies(root, calendars),
        cadence=read_cadence(root),
        pause=read_pause(root),
        feedback=feedback,
        reasons=reasons,
        members=members,
        routing=read_routing(root, members),
        escalation=read_escalation(root, members),
        recompute=read_recompute(root),
        pilots=read_pilots(root),
        raci=read_raci(root),
        governance=read_governance(root),
        hash=_hash(data),
        text=text,
    )
    _check_signatures(contract, head)
    remarks.close()
    return None if remarks.refused else contract


def _hash(data: Mapping[str, Any]) -> str:
    """What a signature is about: the content, whatever the layout, the comments and who else has signed."""
    head = data.get("contract")
    if isinstance(head, dict):
        data = {**data, "contract": {key: value for key, value in head.items() if key != "signed"}}
    canonical = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _check_signatures(contract: Contract, head: Section) -> None:
    for index, signature in enumerate(contract.signatures):
        if signature.hash and signature.hash != contract.hash:
            head.remarks.warn(head.at("signed", index), M.SIGNED_OTHER, Hint.CHECK, by=signature.by)


def _placed(remark: Remark, positions: Positions, file: str) -> Problem:
    place = positions.find(remark.path)
    offset = place.key if remark.at == "key" else place.value
    if remark.column:
        offset = positions.inside(remark.path, remark.column)
    line_column = positions.line_column(offset)
    return _problem(file, line_column, remark.template, remark.hint, _key(remark.path), **remark.params)


def _key(path: Path) -> str:
    """`policy[0].clock.accept`: as people write it, keys with other characters in quotes."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if _BARE_KEY.fullmatch(part) else json.dumps(part, ensure_ascii=False)
            text += f".{name}" if text else name
    return text
