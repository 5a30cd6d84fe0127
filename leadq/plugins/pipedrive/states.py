"""How a lead's state shows at Pipedrive: by one of several labels, and archived when it is disqualified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from leadq.plugins.sdk import N_, Rejected, Transient

if TYPE_CHECKING:
    from leadq.plugins.pipedrive.names import Names

WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "accepted": ("Accepted",),
    "working": ("Working",),
    "connected": ("Connected",),
    "qualified": ("Qualified",),
    "recycled": ("Recycled",),
    "rejected": ("Rejected",),
    "disqualified": ("Disqualified",),
}
"""From the first to the last: of two labels on one lead the later one holds. A lead that was handed off and no more has
none of them."""

ARCHIVED: Final = frozenset({"disqualified"})
"""States of leads that leave the inbox. A rejected or recycled one stays: marketing has to see it there."""

_MISSING: Final = N_(
    "Pipedrive has no lead label “{label}” for leads that are {status}, so outcomes wait: create it there, let "
    "`leadq connect` do it, or name another one in the connection’s table `states`."
)
_UNKNOWN: Final = N_(
    "Pipedrive has no lead label “{label}”: correct `{where}` of the connection in leadq.toml. Its labels are: {known}."
)


class Labels:
    """Reads and writes states as labels; `words` are the user's, which go before ours."""

    def __init__(self, words: Mapping[str, Sequence[str]]) -> None:
        self.given = words
        self._words = {**WORDS, **{state: tuple(said) for state, said in words.items()}}

    def wanted(self) -> list[str]:
        """The labels that are written, each once."""
        return list(dict.fromkeys(said[0] for said in self._words.values()))

    def check(self, names: Names) -> None:
        """Raises Rejected for a word of the user's that no label has."""
        for said in self.given.values():
            for word in said:
                known_label(names, word, "states")

    def ids(self, names: Names) -> dict[str, str]:
        """The state that each label says, by the label's id, in the order of the states."""
        words = ((word, state) for state, said in self._words.items() for word in said)
        return {label: state for word, state in words for label in names.called(word)}

    def can_say(self, status: str, names: Names) -> bool:
        """Whether the label of a state is there; a state that no label says needs none."""
        return status not in self._words or bool(names.label(self._words[status][0]))

    def require(self, status: str, names: Names) -> None:
        """Raises Transient when the label of a state is not there: nothing of this can be written yet."""
        if not self.can_say(status, names):
            raise Transient(_MISSING, label=self._words[status][0], status=status)

    def written(self, status: str, label_ids: object, names: Names) -> list[str] | None:
        """A lead's labels with that of `status` in the place of the other states'; those that say no state stay.

        None for a state that no label says, such as merged: then all stay.
        """
        if status not in self._words and status != "handed_off":
            return None
        ours = self.ids(names)
        kept = [str(each) for each in label_ids if str(each) not in ours] if isinstance(label_ids, list) else []
        label = names.label(self._words[status][0]) if status in self._words else ""
        return [*kept, *([label] if label else [])]


def status_of(label_ids: object, ids: Mapping[str, str]) -> str:
    """The state that a lead's labels say, by what `Labels.ids` gave; "" when they say none."""
    on = set(map(str, label_ids)) if isinstance(label_ids, list) else set()
    said = [state for label, state in ids.items() if label in on]
    return said[-1] if said else ""


def known_label(names: Names, word: str, where: str) -> str:
    """The id of the label `word`. Raises Rejected."""
    found = names.label(word)
    if not found:
        known = ", ".join(sorted(names.labels.values())) or "-"
        raise Rejected("labels", _UNKNOWN, label=word, where=where, known=known)
    return found


def words_in(option: Any) -> list[str]:
    """The words of an option that is a list, or one text with commas."""
    given = option.split(",") if isinstance(option, str) else option if isinstance(option, list) else []
    return [text for each in given if (text := str(each).strip())]
