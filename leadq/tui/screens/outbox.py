"""What waits to go out, and what needs a person: two lists of one screen, decided one by one or all alike at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.content import Content

from leadq.actions import BY_ID, say_key
from leadq.errors import Exit, LeadqError
from leadq.feedback import Answered
from leadq.i18n import _, ngettext, number
from leadq.opundo import TAKEN_BACK
from leadq.text import clean
from leadq.tui import outgoing, telling
from leadq.tui.keys import bindings, bindings_of
from leadq.tui.legal import allows
from leadq.tui.messages import Decided, Done, Moved, Trouble
from leadq.tui.screens.listing import MOVES, ListingScreen
from leadq.tui.tones import TONES
from leadq.tui.widgets.op_text import row_text, whole_text
from leadq.words import SETTLED

if TYPE_CHECKING:
    from textual.binding import BindingType

    from leadq.outbox import Entry
    from leadq.tui.card import Card
    from leadq.tui.data import Data
    from leadq.tui.gaze import Gesture
    from leadq.tui.outgoing import Outgoing
    from leadq.tui.screens.decide import DecideDialog
    from leadq.tui.screens.opening import OpeningScreen

_VERBS: Final = ("dispute", "answer", "reroute", "resubmit", "note")
"""What can be done here to a lead: closed ones are in no other list."""
_OTHERS: Final = ("leave", "quit", "next_view", "previous_view", "sync", "needs_you", "outbox")


class OutboxScreen(ListingScreen):
    """`needs_you`: begin with what needs a person, not with all that waits. The queue under it goes on looking."""

    LIVE = True
    SCOPE = "outbox"
    KEYS = ("take_mine", "take_theirs", "retry", "resolve", "discard", "similar", "take_back", "leave")
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("outbox", "everywhere"),
        *bindings_of(BY_ID[name] for name in (*MOVES, *_VERBS, *_OTHERS)),
    ]

    def __init__(self, data: Data, host: OpeningScreen, found: Outgoing, *, needs_you: bool) -> None:
        super().__init__(data)
        self._host, self._found, self._needs_you = host, found, needs_you
        self._together = ""  # the change whose decision holds for all similar ones
        self._sync = ""
        self._noted: DecideDialog | None = None  # whose note goes with what is being decided

    def on_mount(self) -> None:
        """What was found before the screen came up."""
        self.set_focus(self._list)
        self._show(None)

    def look_again(self, sync: str) -> None:
        """The queue has looked: `sync` is how sync stands; the lists may be others."""
        self._sync = sync
        self.post_message(Moved())

    @property
    def items(self) -> tuple[Entry | Answered, ...]:
        """The list that is shown."""
        return self._found.needs_you if self._needs_you else self._found.entries

    @property
    def pointed(self) -> Entry | Answered | None:
        """The item that the pointer is on."""
        return self.items[self._list.at] if self._list.at < len(self.items) else None

    @property
    def _entry(self) -> Entry | None:
        """The change that the pointer is on; an answer of marketing's is none."""
        return None if isinstance(self.pointed, Answered) else self.pointed

    @on(Moved)
    async def _moved(self) -> None:
        me, home = self._data.me, self._data.home
        try:
            found = await asyncio.wrap_future(self._data.read_now(lambda db, at: outgoing.look(db, at, me, home)))
        except LeadqError as error:
            self.say(telling.tell_trouble(error), well=False)
            return
        before, self._found = self.pointed, found  # the pointer may have moved meanwhile
        self._show(before)

    @on(Decided)
    def _decided(self, message: Decided) -> None:
        self._together = ""
        if self._noted:
            self._noted.drop(self)
        decision, count = message.decision, len(message.decision.ops)
        how = _(SETTLED[TAKEN_BACK if message.back else decision.how])
        told = ngettext("{n} change: {how}", "{n} changes: {how}", count).format(n=number(count), how=how)
        if not message.back:
            self._host.decisions.append(decision)
            told = f"{told} · {_('{key} takes it back').format(key=say_key('take_back'))}"
        self.say(told)
        self.post_message(Moved())  # the next key is about what is left, whenever the queue has looked again
        self._host.ask_for_order()

    @on(Trouble)
    def _in_trouble(self, message: Trouble) -> None:
        self.say(telling.tell_trouble(message.error), well=message.error.exit_status == Exit.REFUSED)

    def action_take_mine(self) -> None:
        """Ours goes out over what is there."""
        self._decide("mine")

    def action_take_theirs(self) -> None:
        """What is there stands."""
        self._decide("theirs")

    def action_retry(self) -> None:
        """Let it go out after all."""
        self._decide("retried")

    async def action_resolve(self) -> None:
        """A person has seen to it: what was done is asked."""
        await self._decide_with_note("handled")

    async def action_discard(self) -> None:
        """Keep it here for good, once somebody has said so."""
        await self._decide_with_note("discarded")

    def action_similar(self) -> None:
        """The next decision holds for all that are stuck for the same, or again for one."""
        if self._entry and self._alike:
            self._together = "" if self._all else self._entry.op.op_id
            self.pointed_at()

    def action_take_back(self) -> None:
        """Undo what was done last here, if nobody has gone on from it."""
        if not self._host.decisions:
            self.say(_("There is no decision of yours to take back here."), well=False)
            return
        self._noted, last = None, self._host.decisions.pop()
        if last:
            outgoing.take_back(self._data, self, last)
        else:
            self._data.undo(self)

    async def action_open(self) -> None:
        """The lead's card, to read."""
        if item := self.pointed:
            await self.open_card(_lead_of(item))

    async def action_dispute(self) -> None:
        """Disagree with the verdict."""
        await self._work("dispute")

    async def action_answer(self) -> None:
        """Answer the verdict for marketing."""
        await self._work("answer")

    async def action_reroute(self) -> None:
        """Send the lead to whom it should have gone."""
        await self._work("reroute")

    async def action_resubmit(self) -> None:
        """Hand the lead over again."""
        await self._work("resubmit")

    async def action_note(self) -> None:
        """Write something down."""
        await self._work("note")

    async def _work(self, action: str) -> None:
        """Do a verb to the lead that the item is about."""
        from leadq.tui.screens.forms import FORMS

        if (card := await self._card()) is None:
            return
        form, label = FORMS[action], card.shape["label"]
        possible = allows(card.shape["state"], action)
        if why := form.pointless(card) if possible else _("not while it is {state}").format(state=label):
            self.say(_("Not possible: {why}.").format(why=why), well=False)
            return
        await self.app.push_screen(form(self._data, card), self._worked)

    @on(Done)
    def _undone(self, message: Done) -> None:
        self._worked(message.gesture)

    def _worked(self, gesture: Gesture | None) -> None:
        if gesture:
            self._host.decisions += [] if gesture.name == "undo" else [None]
            lead_id = next(iter(gesture.lead_ids), "-")
            self.say(telling.tell_done(gesture, _("lead {id}").format(id=lead_id)))
            self._host.ask_for_order()

    async def _card(self) -> Card | None:
        """The lead of the item whole."""
        return await self.read_card(_lead_of(self.pointed)) if self.pointed else None

    def action_sync(self) -> None:
        """Sync, as on the queue."""
        self._host.action_sync()

    def action_next_view(self) -> None:
        """The other list."""
        self._go_to(needs_you=not self._needs_you)

    action_previous_view = action_next_view

    def action_needs_you(self) -> None:
        """What needs a person."""
        self._go_to(needs_you=True)

    def action_outbox(self) -> None:
        """All that waits."""
        self._go_to(needs_you=False)

    def decide(self, how: str, ops: list[str], note: str = "") -> None:
        """Send a decision; the answer comes as a message."""
        outgoing.decide(self._data, self, how, ops, note)

    def _decide(self, how: str) -> None:
        if chosen := self._chosen():
            self._noted = None
            self.decide(how, [entry.op.op_id for entry in chosen])

    async def _decide_with_note(self, how: str) -> None:
        from leadq.tui.screens.decide import DecideDialog

        if chosen := self._chosen():
            await self.app.push_screen(DecideDialog(self._data, how, chosen, self._found, self._decide_noted))

    def _decide_noted(self, dialog: DecideDialog, how: str, ops: list[str], note: str) -> None:
        self._noted = dialog
        self.decide(how, ops, note)

    def _chosen(self) -> list[Entry]:
        """The changes that a decision is about; none is said."""
        entry = self._entry
        if entry is None:
            self.say(_("There is no change to decide here."), well=False)
            return []
        return outgoing.similar(self._found.entries, entry) if self._all else [entry]

    @property
    def _alike(self) -> int:
        """How many others are stuck for the same; of what only waits none is alike, because each will go by itself."""
        entry = self._entry
        if entry is None or entry.op.state not in ("conflict", "dead"):
            return 0
        return len(outgoing.similar(self._found.entries, entry)) - 1

    @property
    def _all(self) -> bool:
        """Whether the next decision is about all similar ones."""
        return self._entry is not None and self._entry.op.op_id == self._together

    def _go_to(self, *, needs_you: bool) -> None:
        self._needs_you = needs_you
        self._show(None)

    def _show(self, before: Entry | Answered | None) -> None:
        """Paint the lists; the pointer stays on `before`, or on its place when that is gone."""
        places = (place for place, item in enumerate(self.items) if before and _name(item) == _name(before))
        at = next(places, self._list.at if before else 0)
        if self._needs_you:
            empty = _("Nothing needs you. {tab} shows what waits to go out, {leave} goes back.")
        else:
            empty = _("Nothing waits to go out. {sync} syncs, {tab} shows what needs you, {leave} goes back.")
        tab, leave, sync = (say_key(action) for action in ("next_view", "leave", "sync"))
        self._list.show(len(self.items), at, empty.format(tab=tab, leave=leave, sync=sync))
        self._show_head()

    def _show_head(self) -> None:
        names = (
            (_("Needs you"), len(self._found.needs_you), self._needs_you),
            (_("Outbox"), len(self._found.entries), not self._needs_you),
        )
        tabs = [(f" {name} {number(count)} ", "bold reverse" if on else "bold") for name, count, on in names]
        self._head.update(Content.assemble(*tabs, "  ", (clean(self._sync), TONES["muted"])))

    def pointed_at(self) -> None:
        item = self.pointed
        text = whole_text(item, self._found.at, self._alike, together=self._all) if item else Content("")
        self._whole.update(text)

    def row(self, place: int, width: int) -> Content:
        return row_text(self.items[place], self._found.at, width)


def _name(item: Entry | Answered) -> str:
    """What tells an item again in a later look."""
    return f"answer {item.lead.id}" if isinstance(item, Answered) else item.op.op_id


def _lead_of(item: Entry | Answered) -> int:
    return item.lead.id if isinstance(item, Answered) else item.lead_id
