"""Typed reading of a parsed TOML tree: a wrong value is noted and replaced, so one run finds them all."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from leadq.domain.contract import MATCH_FIELDS, Duration
from leadq.domain.contract_durations import parse_duration
from leadq.domain.contract_messages import Hint, M
from leadq.domain.label import Label
from leadq.domain.match import Match, MatchError, compile_match
from leadq.domain.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leadq.domain.toml_positions import Path

_LIST_AT_MOST = 20
_NUMBER_AT_MOST = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Remark:
    """A problem not yet placed in the text; `column` counts within the value, from 1; 0 is the value."""

    path: Path
    template: M
    hint: Hint
    params: Mapping[str, object]
    at: Literal["key", "value"]
    column: int
    warning: bool


@dataclass(slots=True)
class Remarks:
    """What one reading has found, and the tables it has opened."""

    found: list[Remark] = field(default_factory=list)
    opened: list[Section] = field(default_factory=list)

    def error(
        self,
        path: Path,
        template: M,
        hint: Hint = Hint.NONE,
        *,
        at: Literal["key", "value"] = "value",
        column: int = 0,
        **params: object,
    ) -> None:
        """Refuse what stands at `path`."""
        self.found.append(Remark(path, template, hint, params, at, column, warning=False))

    def warn(self, path: Path, template: M, hint: Hint = Hint.NONE, **params: object) -> None:
        """Point at what is legal and probably not meant."""
        self.found.append(Remark(path, template, hint, params, "key", 0, warning=True))

    def unknown(
        self,
        path: Path,
        template: M,
        wrong: str,
        known: Iterable[str],
        *,
        at: Literal["key", "value"] = "value",
        otherwise: Hint = Hint.NONE,
        **params: object,
    ) -> None:
        """Refuse what is not among `known`; the hint is the nearest one, else the list, else `otherwise`."""
        hint, more = _advice(wrong, list(known), otherwise)
        self.found.append(Remark(path, template, hint, {**params, **more}, at, 0, warning=False))

    def duplicates(self, named: Iterable[tuple[Path, str]]) -> None:
        """Refuse the second use of a name."""
        seen: set[str] = set()
        for path, name in named:
            if name and name in seen:
                self.error(path, M.DUPLICATE, Hint.JOIN, name=name)
            seen.add(name)

    def close(self) -> None:
        """Note the keys that nothing asked for and those that were asked for in vain."""
        for section in self.opened:
            section.close()

    @property
    def refused(self) -> bool:
        """Whether there is an error among the remarks."""
        return any(not remark.warning for remark in self.found)


def _advice(wrong: str, known: Sequence[str], otherwise: Hint) -> tuple[Hint, Mapping[str, object]]:
    near = nearest(wrong, known)
    if near:
        return Hint.DID_YOU_MEAN, {"nearest": near}
    if 0 < len(known) <= _LIST_AT_MOST:
        return Hint.ONE_OF, {"options": ", ".join(known)}
    return otherwise, {}


def nearest(name: str, known: Sequence[str]) -> str:
    """The one of `known` most like `name`, whatever its case, or ""."""
    folded = {option.casefold(): option for option in known}
    found = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


class Section:
    """One table of the file. A table that is absent reads as an empty one that misses nothing."""

    def __init__(self, data: Mapping[str, Any], path: Path, remarks: Remarks, *, present: bool = True) -> None:
        self.path = path
        self.present = present
        self.remarks = remarks
        self._data = data
        self._asked: dict[str, bool] = {}
        remarks.opened.append(self)

    def at(self, *keys: str | int) -> Path:
        """The path of something in this table."""
        return (*self.path, *keys)

    def has(self, key: str) -> bool:
        """Whether the table has `key`."""
        self._asked.setdefault(key, False)
        return key in self._data

    def names(self) -> tuple[str, ...]:
        """Every key that is there, for tables whose keys are names; none of them is then unknown."""
        self._asked.update(dict.fromkeys(self._data, False))
        return tuple(self._data)

    def close(self) -> None:
        """Note unknown and missing keys; a missing key that an unknown one resembles is noted once."""
        missing = [key for key, required in self._asked.items() if required and key not in self._data]
        for key in self._data:
            if key in self._asked:
                continue
            self.remarks.unknown(self.at(key), M.UNKNOWN_KEY, key, self._asked, at="key", name=key)
            near = nearest(key, list(self._asked))
            missing = [other for other in missing if other != near]
        if self.present:
            for key in missing:
                self.remarks.error(self.path, M.MISSING_KEY, at="key", name=key)

    def _get(self, key: str, kinds: tuple[type, ...], template: M, hint: Hint, *, required: bool) -> Any:
        """The value when it is exactly of one of `kinds` (so that `true` is no number), else None."""
        self._asked[key] = self._asked.get(key, False) or required
        value = self._data.get(key)
        if value is None or type(value) in kinds:
            return value
        self.remarks.error(self.at(key), template, hint)
        return None

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        """A text; one that is required may not be blank."""
        value = self._get(key, (str,), M.NOT_TEXT, Hint.QUOTES, required=required)
        if value is not None and required and not value.strip():
            self.remarks.error(self.at(key), M.EMPTY)
        return default if value is None else str(value)

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self._get(key, (bool,), M.NOT_FLAG, Hint.FLAG, required=False)
        return default if value is None else bool(value)

    def whole(self, key: str, *, least: int | None = None, required: bool = False) -> int | None:
        """A whole number, at least `least`."""
        value = self._get(key, (int,), M.NOT_WHOLE, Hint.NUMBER, required=required)
        if value is None:
            return None
        if least is not None and value < least:
            self.remarks.error(self.at(key), M.TOO_SMALL, value=value, least=least)
        if abs(value) > _NUMBER_AT_MOST:
            self.remarks.error(self.at(key), M.TOO_LARGE, value=value, most=_NUMBER_AT_MOST)
        return int(value)

    def share(self, key: str, *, required: bool = False) -> float | None:
        """A number from 0 to 1."""
        value: float | None = self._get(key, (int, float), M.NOT_NUMBER, Hint.NUMBER, required=required)
        if value is None or 0 <= value <= 1:
            return value
        self.remarks.error(self.at(key), M.OUT_OF_RANGE, value=value)
        return None

    def day(self, key: str, *, required: bool = False) -> date | None:
        """A date without a time."""
        value = self._get(key, (date,), M.NOT_DATE, Hint.DATE, required=required)
        return value if isinstance(value, date) else None

    def choice(self, key: str, options: Sequence[str], default: str = "", *, required: bool = False) -> str:
        """One of `options`."""
        value = self.text(key, default, required=required)
        if value == default or value in options:
            return value
        self.remarks.unknown(self.at(key), M.NOT_ONE_OF, value, options, value=value)
        return default

    def _list(
        self, key: str, kinds: tuple[type, ...], template: M, hint: Hint, *, required: bool = False
    ) -> list[tuple[int, Any]]:
        """The good values of a list, each with its place in it; a required list may not be empty."""
        values = self._get(key, (list,), M.NOT_LIST, Hint.LIST, required=required)
        if required and values == []:
            self.remarks.error(self.at(key), M.EMPTY)
        good = []
        for index, value in enumerate(values or ()):
            if type(value) in kinds:
                good.append((index, value))
            else:
                self.remarks.error(self.at(key, index), template, hint)
        return good

    def texts(self, key: str, default: tuple[str, ...] = (), *, required: bool = False) -> tuple[str, ...]:
        """A list of texts."""
        found = self._list(key, (str,), M.NOT_TEXT, Hint.QUOTES, required=required)
        return tuple(value for _, value in found) if self.has(key) else default

    def choices(
        self,
        key: str,
        template: M,
        options: Iterable[str],
        default: tuple[str, ...] = (),
        *,
        required: bool = False,
    ) -> tuple[str, ...]:
        """A list of texts that are all among `options`; `template` gets a wrong one as `name`."""
        found = self._list(key, (str,), M.NOT_TEXT, Hint.QUOTES, required=required)
        known = list(options)
        for index, value in found:
            if value not in known:
                self.remarks.unknown(self.at(key, index), template, value, known, name=value)
        return tuple(value for _, value in found) if self.has(key) else default

    def days(self, key: str) -> tuple[date, ...]:
        """A list of dates."""
        return tuple(value for _, value in self._list(key, (date,), M.NOT_DATE, Hint.DATE))

    def shares(self, key: str, default: tuple[float, ...]) -> tuple[float, ...]:
        """A list of numbers between 0 and 1, both excluded, sorted."""
        found = self._list(key, (int, float), M.NOT_NUMBER, Hint.NUMBER)
        for index, value in found:
            if not 0 < value < 1:
                self.remarks.error(self.at(key, index), M.OUT_OF_RANGE, value=value)
        return tuple(sorted({value for _, value in found})) if self.has(key) else default

    def label(self) -> Label:
        """The keys `en` and `fr` of this table; one may stand for both."""
        en, fr = self.text("en", required=not self.has("fr")), self.text("fr")
        return Label(en or fr, fr or en)

    def condition(self, key: str) -> Match | None:
        """A condition on the fields of a lead, required; None when it is absent or wrong."""
        text = self.text(key, required=True)
        if not text.strip():
            return None
        try:
            return compile_match(text, MATCH_FIELDS)
        except MatchError as refused:
            self.remarks.error(
                self.at(key),
                M.MATCH,
                Hint.ADVICE,
                column=refused.column,
                reason=Sentence(refused.template, refused.params),
                advice=Sentence(refused.advice, refused.params),
            )
            return None

    def duration(self, key: str, *, required: bool = False) -> Duration | None:
        """A length of time, more than zero."""
        value = self._get(key, (str,), M.NOT_DURATION, Hint.DURATION, required=required)
        return None if value is None else parse_duration(value, self.at(key), self.remarks)

    def durations(self, key: str) -> tuple[tuple[int, Duration], ...]:
        """A list of lengths of time, each with its place in it; not empty."""
        found = self._list(key, (str,), M.NOT_TEXT, Hint.QUOTES, required=True)
        parsed = ((at, parse_duration(text, self.at(key, at), self.remarks)) for at, text in found)
        return tuple((at, duration) for at, duration in parsed if duration)

    def business_days(self, key: str, *, required: bool = False) -> Duration | None:
        """A length of time in business days, because nothing here says on which clock hours would run."""
        duration = self.duration(key, required=required)
        if duration and duration.days is None:
            self.remarks.error(self.at(key), M.ONLY_BD, Hint.BD, value=duration.text)
        return duration

    def section(self, key: str, *, required: bool = False) -> Section:
        """The table at `key`; an absent one reads as empty."""
        value = self._get(key, (dict,), M.NOT_TABLE, Hint.TABLE, required=required)
        return Section(value or {}, self.at(key), self.remarks, present=value is not None)

    def sections(self, key: str) -> tuple[Section, ...]:
        """The tables of the array at `key`."""
        values = self._get(key, (list,), M.NOT_LIST, Hint.LIST, required=False)
        return tuple(self._elements(key, values or ()))

    def _elements(self, key: str, values: Iterable[object]) -> Iterator[Section]:
        for index, value in enumerate(values):
            if isinstance(value, dict):
                yield Section(value, self.at(key, index), self.remarks)
            else:
                self.remarks.error(self.at(key, index), M.NOT_TABLE, Hint.TABLE)

    def named(self, key: str) -> dict[str, Section]:
        """The tables under `key`, by name."""
        parent = self.section(key)
        return {name: parent.section(name) for name in parent.names()}
