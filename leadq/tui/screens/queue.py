"""The main screen: header, queue, card, footer; what keys do, and what comes back from the threads."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on

from leadq.errors import Exit, LeadqError
from leadq.i18n import _, ngettext, number
from leadq.text import fold
from leadq.tui import resume, telling
from leadq.tui.drain import Drain
from leadq.tui.gaze import Asked
from leadq.tui.keys import bindings
from leadq.tui.messages import CardRead, Done, Heard, Looked, Moved, RowsRead, Synced, Trouble, Unwatched
from leadq.tui.narrow import NarrowCompositor
from leadq.tui.resume import NEW, Left
from leadq.tui.ringing import Ringer
from leadq.tui.screens.living import LivingScreen
from leadq.tui.widgets.header import Header, Shows
from leadq.tui.widgets.lead_list import LeadList
from leadq.tui.widgets.order import Order

if TYPE_CHECKING:
    from concurrent.futures import Future

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from leadq.tui.card import Card
    from leadq.tui.data import Data
    from leadq.tui.gaze import Gesture, Look
    from leadq.tui.widgets.lead_card import LeadCard

_TICK_S: Final = 1.0
_RECHECK_MS: Final = 60_000
_WATCH_AFTER_S: Final = 1.0  # the first keys are not to share the machine with a program that starts
_WHILE_TYPING: Final = frozenset({"open", "leave", "up", "down", "page_up", "page_down"})
_MOVES_ON: Final = frozenset(
    {"touch", "reject", "disqualify", "recycle", "qualify", "pause", "snooze", "assign", "merge"}
)
"""Verbs after which the pointer keeps its place, so that the next lead comes by itself. After the others (accept, note)
it follows the lead: a rep who accepts calls that lead next."""
_FOLLOWED: Final = frozenset({"undo", "redo", "reopen", "reroute", "resubmit"})
"""Verbs that bring a lead back: the pointer goes to it."""


@dataclass(frozen=True, slots=True)
class _Stay:
    """Keep the pointer on this place once the look `serial` is there, if it is still on this lead."""

    lead_id: int
    place: int
    serial: int


class QueueScreen(LivingScreen):
    """One home's queue, alive."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("queue", "everywhere")

    def __init__(self, data: Data, first: Future[Look], shape: str, left: Left = NEW) -> None:
        super().__init__(data, shape)  # else the first paint is done twice
        self._compositor = NarrowCompositor()
        self._first = first
        self._look: Look | None = None
        self._serial = 0
        self._stay: _Stay | None = None
        self._follow = left.lead
        self.searched, self.back_to = left.search, left.view
        self._rechecked_ms = 0
        self._syncing = False
        self._watching = True
        self._alone = left.alone
        self._timer: Timer | None = None
        self._header = Header()
        self._lead_card: LeadCard | None = None
        self._ringer = Ringer(self, data)
        self._drain, self._sending = Drain(), False

    def compose(self) -> ComposeResult:
        """What the first page needs; the card comes after it, the search when it is asked for."""
        yield self._header
        yield self.list
        yield self.footer

    def on_mount(self) -> None:
        """Paint the first page; the figures and the rest of the order come after it."""
        self.set_focus(self.list)
        self.set_class(self._alone, "-alone")
        try:
            first = self._first.result()
        except LeadqError as error:
            self.tell(telling.tell_trouble(error), "error")
        else:
            self.shown.name = first.asked.wanted.view
            self._take(first)
        self.call_after_refresh(self._start)

    async def _start(self) -> None:
        from leadq.tui.widgets.lead_card import LeadCard

        self._lead_card = LeadCard(short=not self._wide, id="card")
        await self.mount(self._lead_card)
        self.ask_for_order()
        self._timer = self.set_interval(_TICK_S, self.tick)
        self.watch(self.app, "app_focus", self._looked_at, init=False)

    def on_resize(self) -> None:
        """The card is beside the list, or short and under it."""
        short = not (self._wide or self._alone)
        if self._lead_card and self._lead_card.short is not short:
            self._lead_card.short = short
            self._show_card(self._card)

    def _looked_at(self, focused: bool) -> None:
        """Nobody looks: the clock may rest. Somebody looks again: catch up at once."""
        if self._timer is None:
            return
        if focused:
            self._ringer.wake()
            self._timer.resume()
            self.tick()
        else:
            self._timer.pause()
            self._ringer.doze()

    def on_unmount(self) -> None:
        """The next session begins where this one ends."""
        resume.keep(self._data.home, Left(self.shown.name, self.list.selected, self.searched, self._alone))

    def tick(self) -> None:
        """Once a second: times, and a look for whether the order is still the order.

        A row says by itself that it is at risk or late; for its place in the order it may wait up to a minute, because
        ranking 100,000 leads costs a quarter of a second. A promise that comes up does not wait.
        """
        now_ms = self._data.clock.now_ms()
        self.feel_pulse(now_ms)
        self._ringer.tick(now_ms)
        if self._look is None or not (self.is_current or self.live):
            return
        instant = self.list.next_promise()
        by_time = now_ms - self._rechecked_ms >= _RECHECK_MS or (instant is not None and instant <= now_ms)
        self.list.tick(now_ms)
        if self._lead_card:
            self._lead_card.tick(now_ms)
        if self._sending and not self._drain.told(monotonic()):  # it stands still, and no look says so
            self.header_shown()
        if by_time:
            self._rechecked_ms = now_ms
        if self._watching:
            self._data.watch(self, self._asked(), by_time=by_time)

    def ask_for_order(self) -> None:
        """Ask for the order of the view as it is now."""
        self._serial += 1
        self._data.look(self, self._asked())

    def _asked(self) -> Asked:
        wanted = self.shown.wanted(self._data.me, self.searched)
        around = self._follow or self.list.selected
        return Asked(wanted, self._serial, around, self.list.place, 2 * self.list.page, fold(self.searched))

    @on(Looked)
    def _looked(self, message: Looked) -> None:
        if message.look.asked.serial == self._serial:  # else a newer one is on its way
            self._take(message.look)

    @on(Moved)
    def _moved(self) -> None:
        self.ask_for_order()

    @on(Heard)
    def _heard(self, message: Heard) -> None:
        self._ringer.hear(message.seen)

    @on(RowsRead)
    def _rows_read(self, message: RowsRead) -> None:
        self.list.add(message.lines)

    @on(LeadList.Wanted)
    def _rows_wanted(self, message: LeadList.Wanted) -> None:
        self._data.rows(self, message.lead_ids)

    @on(LeadList.Selected)
    def _selected(self, message: LeadList.Selected) -> None:
        if message.lead_id is None:
            self._show_card(None)
        else:
            self._data.card(self, message.lead_id)

    @on(LeadList.Opened)
    async def _opened(self) -> None:
        await self.action_open()

    @on(CardRead)
    def _card_read(self, message: CardRead) -> None:
        if message.card is None or message.card.id == self.list.selected:
            self._show_card(message.card)

    @on(Done)
    def _verb_done(self, message: Done) -> None:
        self.after(message.gesture)

    @on(Trouble)
    def _in_trouble(self, message: Trouble) -> None:
        self._syncing = self._syncing and message.kind != "sync"
        if message.kind == "alerts" and not self._ringer.give_up():
            return
        if message.kind.startswith("watch"):
            self._watching = False  # the same words every second would help nobody; a look that succeeds goes on
        refused = message.error.exit_status == Exit.REFUSED
        told = telling.tell_trouble(message.error)
        if refused and message.kind not in ("undo", "redo"):
            told = " ".join(filter(None, (told, telling.tell_none_done(len(self.chosen_for(message.kind))))))
        self.tell(told, "warning" if refused else "error")

    @on(Synced)
    def _synced(self, message: Synced) -> None:
        self._syncing = False
        told, well = telling.tell_sync(message.outcome)
        self._data.journal.said(told, well=well)
        self.tell(told, "information" if well else "error")
        self.ask_for_order()

    @on(Unwatched)
    def _unwatched(self, message: Unwatched) -> None:
        if message.status not in (Exit.DONE, Exit.TEMPORARY):  # temporary: another watcher has this home
            told = telling.tell_unwatched(message.status)
            self._data.journal.said(told, well=False)
            self.tell(told, "warning")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a search is typed, keys are letters."""
        return not self.typing or action in _WHILE_TYPING

    async def action_open(self) -> None:
        """The card as a screen; while a search is typed, Enter ends it."""
        if self.typing:
            self.end_typing()
            self.drop_strangers()
        elif card := await self._card_of_selected():
            from leadq.tui.screens.card import CardScreen

            await self.app.push_screen(CardScreen(card, self._data), self._run_for_one)

    async def _run_for_one(self, action: str | None) -> None:
        """What a card’s key does is done to that lead, whichever others are marked in the list."""
        self.one_only = True
        try:
            await self.run_chosen(action)
        finally:
            self.one_only = self._alone

    def action_leave(self) -> None:
        """Out of the search that is typed, the selection, the search, the focus: one at a time."""
        if self.typing:
            self.clear_search()
        elif self.clear_marks():
            return
        elif self.searched:
            self.clear_search()
        elif self._alone:
            self.action_focus_mode()

    def search_changed(self) -> None:
        """The list follows every letter."""
        self.ask_for_order()

    def action_focus_mode(self) -> None:
        """One lead at a time, whole, and back to the list."""
        self._alone = self.one_only = not self._alone
        self.marks_changed()
        self.set_class(self._alone, "-alone")
        self.on_resize()

    def turn(self, pages: float) -> None:
        """Pages of the list, or of the card when it stands alone."""
        if self._alone and self._lead_card:
            self._lead_card.scroll_relative(y=self._lead_card.size.height * pages, animate=False)
        else:
            super().turn(pages)

    def action_sync(self) -> None:
        """Sync beside the screen, one at a time."""
        if self._syncing:
            self.tell(_("A sync is already running."))
            return
        self._syncing = True
        self.header_shown()
        self._data.sync(self)

    def action_quit(self) -> None:
        """Leave."""
        self.app.exit()

    async def run_chosen(self, action: str | None) -> None:
        """Do what the palette or the card screen chose."""
        if action in ("reject", "disqualify", "recycle", "qualify"):
            await self.action_verdict(action)
        elif action is not None:
            await self.run_action(action)

    def after(self, gesture: Gesture | None) -> None:
        """A verb is on disk: say so, and show the queue as it is now."""
        if gesture is None:
            return
        lead_id = gesture.lead_ids[0] if gesture.lead_ids else None
        self.app.clear_notifications()
        self._ringer.say_again()
        self.tell(telling.tell_done(gesture, self._who(gesture)))
        self._follow = lead_id if gesture.name in _FOLLOWED else None
        if gesture.leads > 1 and gesture.name in _MOVES_ON:
            self._follow = self.next_after(gesture.lead_ids)
        elif gesture.name in _MOVES_ON and lead_id is not None and lead_id == self.list.selected:
            self._stay = _Stay(lead_id, self.list.place, self._serial + 1)
        self.unmark(frozenset(gesture.lead_ids))
        self.ask_for_order()

    def _who(self, gesture: Gesture) -> str:
        if gesture.leads > 1 or not gesture.lead_ids:  # a leave may be of no lead
            count = gesture.leads if gesture.lead_ids else 0
            return ngettext("{n} lead", "{n} leads", count).format(n=number(count))
        known = self.list.line(gesture.lead_ids[0])
        return (known and (known.name or known.company)) or _("lead {id}").format(id=gesture.lead_ids[0])

    def _take(self, look: Look) -> None:
        """Show a look; the pointer stays on its lead, or on its place after a verb that moves on."""
        self._look, self._watching = look, True
        self._rechecked_ms = look.at.now_ms
        if look.counts is not None:
            self._drain.note(look.sent, look.counts.waiting - look.counts.needs_you, monotonic())
            self.keep_views(look)
        height = 2 if self._data.roomy else 1
        order = Order(
            look.ranked.ids, look.ranked.bands, counted=look.counts is not None, since=look.since, height=height
        )
        if look.counts is not None:  # else it is not known yet whether there is anything
            shown = self.shown
            self.list.empty = telling.tell_empty(shown.name, shown.title, self.searched, any_lead=look.anybody)
        self.list.show(order, look.lines, look.at, self._place_in(order, look))
        self.drop_strangers()
        self.header_shown()
        self.footer.searching(self.searched, order.found)
        if look.counts is not None:  # the first page comes without, and nothing is to be in its way
            self._ringer.zone = look.at.zone
            self._ringer.ask()
            if self._data.lacks_watcher:
                self.set_timer(_WATCH_AFTER_S, lambda: self._data.keep_syncing(self))

    def _place_in(self, order: Order, look: Look) -> int:
        stay, follow = self._stay, self._follow
        if stay and look.asked.serial >= stay.serial:
            self._stay = None
            if self.list.selected == stay.lead_id:
                place = stay.place + (order.place_of(stay.lead_id) == stay.place)  # a lead that stays first is not next
                return place if place < len(order.ids) else 0  # nor does the last one end the day
        if look.counts is not None or order.place_of(follow) is not None:
            self._follow = None  # else it is further down than the first page
        found = order.place_of(follow if follow is not None else self.list.selected)
        return self.list.place if found is None else found

    def _show_card(self, card: Card | None) -> None:
        self._card = card
        if self._lead_card:
            self._lead_card.show(card, self._data.clock.now_ms())

    def header_shown(self) -> None:
        """Show the figures, and how sync stands."""
        look = self._look
        if look is None:
            return
        shows = Shows(self.shown.titles, self.shown.number - 1, self._data.me)
        if look.counts is None:
            self._header.show(shows)
            return
        under_way = self._drain.told(monotonic())
        self._sending = bool(under_way)
        sync, terse = (
            telling.tell_sync_state(look.sync, look.at, running=self._syncing, under_way=under_way, terse=terse)
            for terse in (False, True)
        )
        self._header.show(shows._replace(counts=look.counts, sync=sync, terse=terse, now_ms=look.at.now_ms))
        if self.live:
            self.live.look_again(sync)

    @property
    def _wide(self) -> bool:
        return not self.has_class("-narrow")
