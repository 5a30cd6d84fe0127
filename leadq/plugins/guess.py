"""Where in an answer the leads are, and which of their values is which field: guessed from names and shapes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from leadq.headers import meaning
from leadq.plugins.described import at
from leadq.plugins.place import millis

_DEPTH: Final = 4
_LOOKED_AT: Final = 50
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE: Final = re.compile(r"\+\d[\d .()-]{6,18}\d")
_LINKEDIN: Final = re.compile(r"https?://([a-z]+\.)?linkedin\.com/.+", re.IGNORECASE)
_IDS: Final = ("id", "uuid", "_id", "lead_id", "leadid", "record_id", "uid", "guid", "key", "code", "number")
_UPDATED: Final = re.compile(r"(updat|modif|chang|write_?date|last_?edit|mis_?a_?jour|maj)", re.IGNORECASE)
_OWNER: Final = re.compile(r"owner|assigned|proprietaire|attribue", re.IGNORECASE)
_STATUS: Final = ("status", "stage", "state", "statut", "etat", "etape", "lead_status", "lifecycle", "phase", "step")
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "handed_off": ("new", "nouveau", "nouvelle", "open", "ouvert", "todo", "mql", "fresh", "incoming"),
    "accepted": ("accepted", "accepte", "assigned", "attribue", "sal"),
    "working": ("working", "contacted", "contacte", "inprogress", "encours", "attempted", "opened", "doing"),
    "connected": ("connected", "joint", "reached", "engaged", "replied"),
    "qualified": ("qualified", "qualifie", "won", "gagne", "sql", "converted", "converti", "customer", "client"),
    "disqualified": ("disqualified", "disqualifie", "unqualified", "nonqualifie", "lost", "perdu", "dead", "closed"),
    "recycled": ("recycled", "recycle", "nurture", "nurturing", "later", "plustard", "paused", "onhold"),
    "rejected": ("rejected", "rejete", "refused", "refuse", "invalid", "spam", "junk"),
}
_TOKENS: Final = ("next_cursor", "nextcursor", "next_page_token", "nextpagetoken", "cursor", "after", "next", "token")
_LASTS: Final = ("total_pages", "totalpages", "last_page", "lastpage", "pages", "page_count", "pagecount")
_MORES: Final = ("has_more", "hasmore", "more", "more_items_in_collection", "has_next", "hasnext")


@dataclass(frozen=True, slots=True)
class Guess:
    """What a sample shows. `sure` are the fields that its values bear out; the other ones are assumed."""

    items: str
    records: tuple[Mapping[str, Any], ...]
    id: str
    updated_at: str
    fields: Mapping[str, str]
    states: Mapping[str, str]
    paging: str
    sure: frozenset[str] = field(default_factory=frozenset)

    @property
    def paging_kind(self) -> str:
        """The class that the way of paging is one of."""
        return self.paging.partition("(")[0]


def guess(sample: Any) -> Guess | None:
    """What can be told from one answer of the list; None when there is no list of records in it."""
    found = max(_lists(sample), key=lambda each: len(each[1]), default=None)
    if found is None:
        return None
    items, rows = found
    records = tuple(rows)
    values = _values(records[:_LOOKED_AT])
    fields = _fields(values)
    status = _status(values)
    sure = frozenset({*fields, *(["status"] if status else [])})
    fields["status"] = status or "status"
    return Guess(
        items=items,
        records=records,
        id=_id(values, records),
        updated_at=_updated(values),
        fields={name: fields[name] for name in sorted(fields, key=lambda name: (name == "status", name))},
        states=_states([str(value) for value in values.get(status, ())]),
        paging=_paging(sample, items),
        sure=sure,
    )


def _lists(data: Any, place: str = "", depth: int = 0) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """Every list of objects, with its place; not those inside records."""
    if isinstance(data, list) and data and all(isinstance(each, Mapping) for each in data):
        yield place, data
    elif isinstance(data, Mapping) and depth < _DEPTH:
        for name, value in data.items():
            yield from _lists(value, f"{place}.{name}".lstrip("."), depth + 1)


def _values(records: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Each place of a plain value in the records, with the values that are there."""
    found: dict[str, list[Any]] = {}
    for record in records:
        for place, value in _leaves(record):
            found.setdefault(place, [])
            if value not in (None, ""):
                found[place].append(value)
    return {place: there for place, there in found.items() if there or not _has_below(place, found)}


def _has_below(place: str, found: Mapping[str, list[Any]]) -> bool:
    """Whether what is null here is an object elsewhere."""
    return any(other.startswith(f"{place}.") for other in found)


def _leaves(data: Any, place: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    if isinstance(data, Mapping) and depth < _DEPTH:
        for name, value in data.items():
            if name and "." not in name:
                yield from _leaves(value, f"{place}.{name}".lstrip("."), depth + 1)
    elif isinstance(data, list) and data and depth < _DEPTH:
        yield from _leaves(data[0], f"{place}.0", depth + 1)
    elif not isinstance(data, list | Mapping):
        yield place, data


def _fields(values: Mapping[str, list[Any]]) -> dict[str, str]:
    """The best place for each field: what a value looks like counts for more than what it is called."""
    ranked: dict[str, tuple[tuple[int, int, int], str]] = {}
    for place, there in values.items():
        for name, rank in _candidates(place, there):
            best = (rank, place.count("."), len(place))
            if name not in ranked or best < ranked[name][0]:
                ranked[name] = (best, place)
    taken: dict[str, str] = {}
    for name, (_rank, place) in sorted(ranked.items(), key=lambda each: each[1]):
        if place not in taken.values():
            taken[name] = place
    if "name" in taken and "first_name" in taken and "last_name" not in taken:
        taken["last_name"] = taken.pop("name")
    return taken


def _candidates(place: str, there: Sequence[Any]) -> Iterator[tuple[str, int]]:
    texts = [value for value in there if isinstance(value, str)]
    for name, shape in (("email", _EMAIL), ("phone", _PHONE), ("linkedin", _LINKEDIN)):
        if texts and all(shape.fullmatch(text.strip()) for text in texts):
            yield name, -1
            return
    parts = [part for part in place.split(".") if not part.isdecimal()]
    if parts[-1].casefold() in _STATUS or _UPDATED.search(parts[-1]):
        return
    if any(map(_OWNER.search, parts)):
        if _OWNER.search(parts[-1]) or parts[-1].casefold() == "id":
            yield "owner", 0
        return
    known = meaning(" ".join(parts)) or meaning(" ".join(parts[-2:])) or meaning(parts[-1])
    if known and known[0] != "id" and _suits(known[0], there):
        yield known


def _suits(name: str, there: Sequence[Any]) -> bool:
    """Whether such values can be that field; numbers are no names."""
    if name in ("email", "linkedin"):
        return not there  # their shape would have been known
    if name == "handed_off_at":
        return all(millis(value) for value in there)
    if name in ("score", "fit", "engagement", "company_size", "owner", "phone"):
        return True
    return all(isinstance(value, str) for value in there)


def _status(values: Mapping[str, list[Any]]) -> str:
    places = [place for place in values if place.rpartition(".")[2].casefold() in _STATUS]
    texts = [place for place in places if all(isinstance(value, str) for value in values[place])]
    return min(
        texts, key=lambda place: (place.count("."), _STATUS.index(place.rpartition(".")[2].casefold())), default=""
    )


def _id(values: Mapping[str, list[Any]], records: Sequence[Mapping[str, Any]]) -> str:
    """The first usual name whose values all differ."""
    top = {place.casefold(): place for place in values if "." not in place}
    for name in _IDS:
        place = top.get(name)
        if place and len({str(at(record, place)) for record in records}) == len(records):
            return place
    return "id"


def _updated(values: Mapping[str, list[Any]]) -> str:
    places = [p for p, there in values.items() if _UPDATED.search(p) and there and all(map(millis, there))]
    return min(places, key=lambda place: (place.count("."), len(place)), default="updated_at")


def _states(words: Sequence[str]) -> dict[str, str]:
    """A word for each state: one that the sample uses where it is known, else leadq's own."""
    seen = {re.sub(r"[^a-z]", "", word.casefold()): word for word in words}
    return {
        state: next((seen[known] for known in said if known in seen), state.replace("handed_off", "new"))
        for state, said in _WORDS.items()
    }


def _paging(sample: Any, items: str) -> str:
    """How the answer says that it goes on, as the adapter's source says it."""
    beside = {name.casefold(): place for place, name in _beside(sample, items)}
    last = next((beside[name] for name in _LASTS if name in beside), "")
    if last:
        return f'ByPage("page", last="{last}")'
    for name in _TOKENS:
        place = beside.get(name, "")
        if place:
            value = at(sample, place)
            is_link = isinstance(value, str) and (value.startswith(("http", "/")) or "links" in place)
            return f'ByLink("{place}")' if is_link else f'ByToken("cursor", "{place}")'
    more = next((beside[name] for name in _MORES if name in beside), "")
    return f'ByOffset("offset", "limit", more="{more}")' if more else 'ByPage("page")'


def _beside(data: Any, items: str, place: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Places and names beside the list of records."""
    if isinstance(data, Mapping) and depth < _DEPTH:
        for name, value in data.items():
            below = f"{place}.{name}".lstrip(".")
            if below != items and not isinstance(value, list):
                yield from _beside(value, items, below, depth + 1)
    elif place:
        yield place, place.rpartition(".")[2]
