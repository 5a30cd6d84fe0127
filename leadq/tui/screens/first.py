"""The screen of a first start: one question after the other, and nothing written before the last one says go."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static

from leadq.actions import say_key
from leadq.errors import LeadqError
from leadq.i18n import N_, _
from leadq.text import clean
from leadq.tui import telling
from leadq.tui.attempt import tried
from leadq.tui.first import Demo, Plan
from leadq.tui.tones import TONES
from leadq.tui.widgets.choice import Choice, Option, Pressed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

    from leadq.paths import Home
    from leadq.tui.data import Data
    from leadq.tui.program import LeadqApp

T = TypeVar("T")

_WAYS: Final = (
    ("demo", N_("Look at a demo: made-up leads, and nothing is kept")),
    ("file", N_("Bring in leads from a file (CSV, TSV or XLSX)")),
    ("crm", N_("Connect a CRM")),
)


class _Told(Message, bubble=False):
    """What a thread found, or the LeadqError that ended it; `serial` says which question it answers."""

    def __init__(self, serial: int, found: Any) -> None:
        super().__init__()
        self.serial, self.found = serial, found


class _Heard(Message, bubble=False):
    """How far a thread is."""

    def __init__(self, serial: int, words: str) -> None:
        super().__init__()
        self.serial, self.words = serial, words


class Step(Vertical):
    """One question. It puts its answer into the plan, and says which question is next."""

    def __init__(self, host: FirstScreen) -> None:
        super().__init__(classes="step")
        self.host, self.plan = host, host.plan

    def title_text(self) -> str:
        """What is asked."""
        raise NotImplementedError

    def parts(self) -> Iterator[Widget]:
        """Its widgets."""
        raise NotImplementedError

    def keys(self) -> str:
        """What to press."""
        return _("Enter goes on  Esc back  ctrl+q leaves")

    def begin(self) -> None:
        """Somebody has come to it, or back to it."""

    def enter(self) -> None:
        """Enter: take the answer, and go on."""
        raise NotImplementedError

    def answered(self, choice: Widget | None) -> None:
        """An answer of several was chosen: a step that has only one question goes on with it."""
        if getattr(self, "only", None) is choice:
            self.enter()

    def press(self, key: str) -> bool:
        """Any other key outside of a text; whether it meant something."""
        return False

    def compose(self) -> ComposeResult:
        """Its widgets."""
        yield from self.parts()


class FirstScreen(Screen[None]):
    """The steps, one on top of the other: Esc goes back to the one below."""

    AUTO_FOCUS = ""

    def __init__(self, data: Data) -> None:
        super().__init__()
        self.data = data
        self.plan = Plan(data.home, data.clock)
        self.steps: list[Step] = []
        self.jobs: list[threading.Thread] = []
        self._serial = 0
        self._waiting = False
        self._head = Static(Content(""), id="header")
        self._body = Vertical(id="steps")
        self._trouble = Static(Content(""), id="trouble")
        self._foot = Static(Content(""), id="footer")

    def compose(self) -> ComposeResult:
        """What is asked, the question, what is wrong, the keys."""
        yield self._head
        yield self._body
        yield self._trouble
        yield self._foot

    async def on_mount(self) -> None:
        """The first question."""
        await self._go_to(WaysStep(self))

    def go_to(self, step: Step) -> None:
        """Ask the next question."""
        self.set_focus(None)
        self.call_next(self._go_to, step)

    async def _go_to(self, step: Step) -> None:
        if self.steps:
            self.steps[-1].display = False
        self.steps.append(step)
        await self._body.mount(step)
        self._show()

    def work(
        self,
        waiting: str,
        job: Callable[[], T],
        then: Callable[[T], None],
        *,
        refused: Callable[[LeadqError], bool] | None = None,
    ) -> None:
        """Do `job` in a thread, then `then` here; a failure is told where `refused` takes none of it.

        Who goes back meanwhile hears nothing of it.
        """
        self._serial += 1
        self._waiting, serial = True, self._serial
        self._then, self._refused = then, refused
        self.say(waiting)

        def do() -> None:
            self.post_message(_Told(serial, tried("first", job, self.data.home)))

        self.jobs = [job for job in self.jobs if job.is_alive()]
        self.jobs.append(threading.Thread(target=do, name="leadq-first", daemon=True))
        self.jobs[-1].start()

    def heard(self, words: str) -> None:
        """How far the job is; from its thread."""
        self.post_message(_Heard(self._serial, words))

    @on(_Heard)
    def _told_how_far(self, message: _Heard) -> None:
        if self._waiting and message.serial == self._serial:
            self.say(message.words)

    @on(_Told)
    def _told(self, message: _Told) -> None:
        if message.serial != self._serial or not self._waiting:
            return
        self._waiting = False
        self.say("")
        if not isinstance(message.found, LeadqError):
            self._then(message.found)
        elif self._refused is None or not self._refused(message.found):
            self.refuse(message.found)

    def say(self, text: str) -> None:
        """What is under way; "" for nothing."""
        self._trouble.update(Content.assemble((clean(text, 600), TONES["muted"])))
        self._trouble.display = bool(text)

    def refuse(self, error: LeadqError) -> None:
        """What is wrong, under the question."""
        self._trouble.update(Content.assemble((f"! {telling.tell_trouble(error)}", TONES["late"])))
        self._trouble.display = True

    def open_queue(self, told: Iterable[tuple[str, bool]] = ()) -> None:
        """All is written: on to the queue, and what came of it (`True`: all is well)."""
        app = self._app
        app.enter(self.data.home)
        for text, well in told:
            app.notify(text, severity="information" if well else "warning", timeout=12, markup=False)

    def open_demo(self) -> None:
        """The queue of made-up leads."""
        demo = self._app.demo = Demo()
        now_ms = self.data.clock.now_ms()

        def then(home: Home) -> None:
            self._app.enter(home)
            self._app.notify(
                _(
                    "This is a demo: nothing of it is kept. {key} leaves it, and then `leadq` asks again as before."
                ).format(key=say_key("quit")),
                timeout=12,
                markup=False,
            )  # fmt: skip

        self.work(_("Making up leads…"), lambda: demo.build(now_ms), then)

    @property
    def _app(self) -> LeadqApp:
        from leadq.tui.program import LeadqApp

        assert isinstance(self.app, LeadqApp)
        return self.app

    def take_key(self, event: events.Key) -> bool:
        """Treat a key to its end, before the next one is looked at; a text takes its own."""
        key = event.character if event.is_printable and event.character else event.key
        if key == "escape":
            self._back()
        elif key == "ctrl+q" or (key in ("q", "ctrl+c") and not isinstance(self.focused, Input)):
            self.app.exit()
        elif self._waiting:
            return True
        elif isinstance(self.focused, Input):
            return False
        elif key in ("tab", "shift+tab"):
            (self.focus_next if key == "tab" else self.focus_previous)()
        else:
            return self._press("space" if key == " " else key)
        return True

    def _press(self, key: str) -> bool:
        pressed = self.focused.press(key) if isinstance(self.focused, Choice) else Pressed.UNUSED
        if pressed is Pressed.PICKED:
            self.steps[-1].answered(self.focused)
        elif pressed is Pressed.ENTERED or (pressed is Pressed.UNUSED and key == "enter"):
            self.steps[-1].enter()
        elif pressed is Pressed.UNUSED:
            return self.steps[-1].press(key)
        return True

    @on(Choice.Clicked)
    def _clicked(self, message: Choice.Clicked) -> None:
        self.steps[-1].answered(message.choice)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        if not self._waiting:
            self.steps[-1].enter()

    def _back(self) -> None:
        """Give up waiting; else back to the question before."""
        if self._waiting:
            self._waiting = False
            self.say("")
        elif len(self.steps) > 1:
            self.call_next(self.steps.pop().remove)
            self.steps[-1].display = True
            self._show()

    def _show(self) -> None:
        step = self.steps[-1]
        self.say("")
        self._head.update(Content.assemble((" leadq ", "bold reverse"), "  ", (step.title_text(), TONES["title"])))
        self._foot.update(Content.assemble((step.keys(), TONES["muted"])))
        step.begin()


class WaysStep(Step):
    """What to begin with."""

    def __init__(self, host: FirstScreen) -> None:
        super().__init__(host)
        self.only = Choice([Option(way, _(label)) for way, label in _WAYS])

    def title_text(self) -> str:
        """What is asked."""
        return _("Where do the leads come from?")

    def keys(self) -> str:
        """What to press."""
        return _("1-3 choose  Enter takes the marked one  q leaves: nothing was written")

    def parts(self) -> Iterator[Widget]:
        """What leadq is, in two sentences, and the ways in."""
        text = _(
            "leadq is the queue of the leads that marketing hands over: each has a clock, and on top stands what can"
            " still be saved. There is none here yet."
        )
        yield Static(Content(text), classes="gap")
        where = _("Nothing is written before you say go; then everything is kept in {path}.")
        yield Static(Content(where.format(path=clean(str(self.plan.home.data.parent)))), classes="gap")
        yield Static(Content(""))
        yield self.only

    def begin(self) -> None:
        """A digit goes on at once."""
        self.only.values = ()
        self.host.set_focus(self.only)

    def enter(self) -> None:
        """Demo, or who one is."""
        if self.only.value == "demo":
            self.host.open_demo()
        else:
            from leadq.tui.screens.first_who import WhoStep

            self.host.go_to(WhoStep(self.host, self.only.value))
