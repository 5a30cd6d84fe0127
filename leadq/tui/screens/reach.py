"""Out of the program: a lead's links opened elsewhere, and what is known of it on the clipboard."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from leadq import config
from leadq.i18n import _
from leadq.links import WORDS, Link, links
from leadq.text import clean
from leadq.tui import clipboard, dial
from leadq.tui.screens.pick import PickScreen
from leadq.tui.widgets.card_text import card_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadq.config import Connection
    from leadq.tui.card import Card
    from leadq.tui.data import Data
    from leadq.tui.screens.working import WorkingScreen

_CARD_WIDTH = 80


async def show_links(screen: WorkingScreen, data: Data, card: Card) -> None:
    """Ask which of its links to open. Each shows its host first; nothing opens without Enter."""
    shape = card.shape
    connection = config.load(data.home).connections.get(shape["connection"])
    found = await asyncio.wrap_future(data.read_now(lambda db, at: links(db, shape, connection)))
    note = "" if any(link.kind == "crm" for link in found) else no_record(shape, connection)
    if not found:
        screen.tell(note)
        return

    def opened(at: int | None) -> None:
        if at is not None:
            screen.run_worker(_open(screen, found[at]), exit_on_error=False)

    lines = [_line(link) for link in found]
    await screen.app.push_screen(PickScreen(_("Open"), _who(shape), lines, note), opened)


async def show_copies(screen: WorkingScreen, data: Data, card: Card) -> None:
    """Ask what to put on the clipboard."""
    copies = things(card, data.clock.now_ms())

    def chosen(at: int | None) -> None:
        if at is not None:
            clipboard.copy(screen, copies[at][1])

    lines = [(name, text.partition("\n")[0]) for name, text in copies]
    await screen.app.push_screen(PickScreen(_("Copy"), _who(card.shape), lines, at_once=True), chosen)


def things(card: Card, now_ms: int) -> Sequence[tuple[str, str]]:
    """What can be copied of a lead: name and text."""
    shape = card.shape
    known = [
        (_("e-mail"), clean(shape["email"])),
        (_("phone"), clean(shape["phone"])),
        (_("name"), clean(shape["name"])),
        (_("company"), clean(shape["company"])),
    ]
    whole = card_text(card, now_ms, _CARD_WIDTH).plain
    return [*((name, text) for name, text in known if text), (_("card"), whole)]


def no_record(shape: Any, connection: Connection | None) -> str:
    """Why there is no way into the CRM."""
    if not shape["external_id"] or (connection and connection.adapter == "csv"):
        return _("This lead is in no CRM.")
    told = _("Nobody has said where {connection} shows a record: link in [connection.{connection}] of leadq.toml does.")
    return told.format(connection=clean(shape["connection"], 30))


def _line(link: Link) -> tuple[str, str]:
    said = f" ({link.said})" if link.said and link.said != link.host else ""
    return _(WORDS[link.kind]), f"{link.host}{said}"


async def _open(screen: WorkingScreen, link: Link) -> None:
    if not await asyncio.to_thread(dial.opened, link.address):
        told = _("Nothing on this machine opens {address}.").format(address=clean(link.address, 80))
        screen.tell(told, "warning")


def _who(shape: Any) -> str:
    return " · ".join(part for part in (shape["name"], shape["company"]) if part)
