"""Views that people save: a part of the queue and what to look for in it, under a name, in `leadq.toml`.

    [view."Salon Lyon"]
    view = "mine"
    search = "acme"

The keys are the options of `leadq list`. Nothing about a lead is stored in it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leadq import config
from leadq.domain.bands import BANDS
from leadq.domain.states import STATES
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.order import Filter
from leadq.text import clean, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadq.paths import Home

BUILT_IN: Final = ("mine", "all", "radar", "needs-you")
"""The parts of the queue that are always there, in the order in which Tab goes through them."""

TEXTS: Final = ("owner", "search", "source", "campaign")
KEYS: Final = ("view", "states", "band", *TEXTS)
_NAME: Final = re.compile(r"\w[\w '’-]{0,29}")
_LISTED: Final = 30


@dataclass(frozen=True, slots=True)
class SavedView:
    """A name, and what it shows; the owner in it is as somebody wrote it, and `me` is empty."""

    name: str
    wanted: Filter


def saved(home: Home) -> tuple[SavedView, ...]:
    """The views of `home` as the file has them. Raises LeadqError `config` (78) for one that cannot be understood."""
    return tuple(_view(home, name, table) for name, table in config.load(home).views.items())


def named(home: Home, name: str, me: str) -> Filter:
    """What `leadq list --view NAME` shows; case and accents do not matter.

    Raises LeadqError `no_such_view` (2), or `config` (78).
    """
    if name in BUILT_IN:
        return Filter(view=name, me=me)
    views = saved(home)
    found = next((view for view in views if fold(view.name) == fold(name)), None)
    if found is not None:
        return found.wanted._replace(me=me)
    known = ", ".join([*BUILT_IN, *(view.name for view in views)])
    raise LeadqError(
        "no_such_view",
        _("There is no view “{name}”.").format(name=clean(name, _LISTED)),
        hint=_("There are: {known}.").format(known=known),
        exit_status=Exit.USAGE,
    )


def why_not(name: str) -> str:
    """Why a view cannot be called that, in one sentence; "" when it can."""
    if not _NAME.fullmatch(normal(name)):
        return _("A view’s name is 1 to 30 letters, digits, spaces or hyphens.")
    if fold(normal(name)) in BUILT_IN:
        return _("“{name}” is the name of a view that is always there.").format(name=normal(name))
    return ""


def normal(name: str) -> str:
    """A name as it is stored: without spaces around it, letters with their accents in one."""
    return unicodedata.normalize("NFC", name).strip()


def known_as(name: str, views: Iterable[SavedView]) -> SavedView | None:
    """The one of `views` with that name."""
    return next((view for view in views if fold(view.name) == fold(normal(name))), None)


def save(home: Home, name: str, wanted: Filter) -> str:
    """Write a view into the settings in the place of one of the same name, if there is one; the name it has there.

    Every other line stays as it is. Raises LeadqError `bad_view` (2), or `config` (78).
    """
    why = why_not(name)
    if why:
        raise LeadqError("bad_view", why, exit_status=Exit.USAGE)
    from leadq import config_edit

    before = known_as(name, saved(home))
    name = before.name if before else normal(name)
    config_edit.put(home, ("view", name), as_table(wanted))
    return name


def as_table(wanted: Filter) -> dict[str, Any]:
    """A view as its table says it: only what is asked of a lead."""
    said: dict[str, Any] = {"view": wanted.view}
    if wanted.states:
        said["states"] = list(wanted.states)
    if wanted.owner is not None:
        said["owner"] = wanted.owner
    others = {name: getattr(wanted, name) for name in ("band", "search", "source", "campaign")}
    return said | {name: value for name, value in others.items() if value}


def _view(home: Home, name: str, table: object) -> SavedView:
    why = why_not(name) or _wrong(table)
    if why or not isinstance(table, dict):
        raise config.broken(home, f"[view.{clean(name, _LISTED)}]: {why}")
    texts = {key: table[key] for key in TEXTS if key in table} | {"search": fold(table.get("search", ""))}
    states = tuple(table.get("states", ()))
    return SavedView(name, Filter(table.get("view", "all"), "", states, table.get("band", ""), **texts))


def _wrong(table: object) -> str:
    """What is wrong with a view's table, in one sentence without its end; "" when nothing is."""
    if not isinstance(table, dict):
        return _("a view is a table")
    for key, value in table.items():
        if key not in KEYS:
            return _("“{key}” is none of: {known}").format(key=clean(str(key), _LISTED), known=", ".join(KEYS))
        if key == "states":
            if not isinstance(value, list) or not all(one in STATES for one in value):
                return _("states is a list of: {known}").format(known=", ".join(STATES))
        elif not isinstance(value, str):
            return _("{key} is a text in quotes").format(key=key)
    return _out_of(table, "view", BUILT_IN) or _out_of(table, "band", BANDS)


def _out_of(table: Mapping[str, Any], key: str, known: Iterable[str]) -> str:
    if table.get(key) in (None, *known):
        return ""
    return _("{key} is one of: {known}").format(key=key, known=", ".join(known))
