"""What follows from a class of `RestAdapter`: its options and capabilities, or why it cannot work. For `rest`.

The sentences are for the person who writes the adapter, and in English as Python's own are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.plugins.errors import N_
from leadq.plugins.shapes import Option

if TYPE_CHECKING:
    from leadq.plugins.rest import RestAdapter

_PARTS: Final = (
    "status", "reason", "quality", "missing", "note", "op_id", "stamp", "actor", "occurred_at", "owner",
)  # fmt: skip
_URL: Final = Option("url", N_("Address of the CRM"), required=True)
_TOKEN: Final = Option("token", N_("Token of the CRM"), required=True, secret=True)
_USER: Final = Option("user", N_("User name at the CRM"))


def options_of(kind: type[RestAdapter]) -> tuple[Option, ...]:
    """What the login needs, then what the class asks for itself; of two with one name the class's own."""
    own = kind.__dict__.get("options", ())
    needed = (*(() if kind.base_url else (_URL,)), _TOKEN, *((_USER,) if kind.auth == "basic" else ()))
    named = {option.name for option in own}
    return (*(option for option in needed if option.name not in named), *own)


def capabilities_of(kind: type[RestAdapter]) -> frozenset[str]:
    """What the class says, and what follows from the places that it names and the methods that it has."""
    follows = {
        "pull": bool(kind.leads),
        "push": bool(kind.writes),
        "lookup": bool(kind.record),
        "tidy": bool(kind.note),
        "describe": hasattr(kind, "describe"),
        "prepare": hasattr(kind, "prepare"),
    }
    said: frozenset[str] = kind.__dict__.get("capabilities", frozenset())
    return said | {word for word, true in follows.items() if true}


def wrong_in(kind: type[RestAdapter]) -> str:
    """The first thing that cannot work; "" when there is none."""
    checks = (
        (not kind.name, "`name` is missing: it is the name of the entry point"),
        (kind.auth.startswith("query"), "a token in the address would end up in logs; send it in a header"),
        (not _is_auth(kind.auth), f"auth is {kind.auth!r}; it may be bearer, basic, or header NAME"),
        (bool(kind.leads) and not kind.leads.startswith("/"), f"leads is {kind.leads!r}; a path begins with /"),
        (bool(kind.record) and "{id}" not in kind.record, f"record is {kind.record!r}; it needs {{id}}"),
        (bool(kind.writes) and not kind.record, "`writes` is there, but no `record` to write to"),
        (_is_mute(kind), "what people write would be lost: name `notes`, or a place for `note` in `writes`"),
        (bool(kind.notes) and not kind.writes, "`notes` is there, but no `writes`: say where the outcome goes"),
        (bool(kind.notes) and "{id}" not in kind.notes, f"notes is {kind.notes!r}; it needs {{id}}"),
        (
            _is_homeless(kind),
            f"notes_add is {kind.notes_add!r}; it needs {{id}}, or say in `note_lead` where the lead goes",
        ),
        (bool(kind.note) and not kind.notes, "`note` is there, but no `notes` to find doubles in"),
        (bool(kind.note) and "{note}" not in kind.note, f"note is {kind.note!r}; it needs {{note}}"),
        (bool(set(kind.writes) - set(_PARTS)), f"writes may name {', '.join(_PARTS)}"),
        (bool(kind.since) and not kind.leads, "`since` is there, but no `leads` to list"),
    )
    return next((sentence for is_wrong, sentence in checks if is_wrong), "")


def _is_mute(kind: type[RestAdapter]) -> bool:
    return bool(kind.writes) and not kind.notes and "note" not in kind.writes


def _is_homeless(kind: type[RestAdapter]) -> bool:
    return bool(kind.notes_add) and "{id}" not in kind.notes_add and not kind.note_lead


def _is_auth(auth: str) -> bool:
    style, _, rest = auth.partition(" ")
    return auth in ("bearer", "basic") or (style == "header" and bool(rest.partition(":")[0].strip()))
