"""The themes by name: the screen wears the one pointed at, Enter keeps it for good, Esc brings the old one back."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from leadq import config_edit, themes
from leadq.actions import BY_ID
from leadq.errors import LeadqError
from leadq.i18n import _
from leadq.tui.keys import bindings_of
from leadq.tui.tones import TONES
from leadq.tui.widgets.picker import Picker

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from leadq.paths import Home
    from leadq.tui.program import LeadqApp


class ThemeScreen(ModalScreen[None]):
    """A short list; what is chosen is written into the settings, so that every window begins with it."""

    CSS_PATH = "../css/dialog.tcss"
    QUIET = True
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of(BY_ID[name] for name in ("down", "up", "leave")),
        Binding("enter", "keep", show=False, priority=True),
    ]

    def __init__(self, home: Home) -> None:
        super().__init__()
        self._home = home
        self._names = themes.names(home)
        self._before = ""
        self._list = Picker(self._row, self._try)

    def compose(self) -> ComposeResult:
        """The names, and what to press."""
        with Vertical(id="dialog"):
            yield Static(Content.assemble((_("Theme"), TONES["title"])), id="about")
            yield self._list
            yield Static(Content.assemble((_("Enter keeps it, Esc goes back"), TONES["muted"])), id="keys")

    def on_mount(self) -> None:
        """Begin with the one that is worn."""
        self._before = self._leadq.worn
        self._list.styles.height = len(self._names)
        at = self._names.index(self._before) if self._before in self._names else 0
        self._list.show(len(self._names), at, "")
        self.set_focus(self._list)

    def action_down(self) -> None:
        """Try the next one."""
        self._list.go(self._list.at + 1)

    def action_up(self) -> None:
        """Try the one before."""
        self._list.go(self._list.at - 1)

    def action_leave(self) -> None:
        """As it was."""
        self._leadq.wear(self._before)
        self.dismiss()

    def action_keep(self) -> None:
        """This one, from now on."""
        name = self._names[self._list.at]
        self.dismiss()
        if not self._leadq.wear(name):
            self._tell(_("NO_COLOR is set: there are no colours to choose."), well=False)
        elif wrong := themes.problems(self._home, name):
            from leadq.tui.telling import tell_problems

            self._tell(tell_problems(wrong), well=False)
        else:
            self._remember(name)

    def _remember(self, name: str) -> None:
        try:
            if self._home.exists or self._home.settings.exists():  # a home is not begun for a colour
                config_edit.set_key(self._home, ("screen",), "theme", name)
        except (LeadqError, OSError) as error:
            why = error.message if isinstance(error, LeadqError) else str(error)
            self._tell(_("Theme {name}, until you leave: {why}").format(name=name, why=why), well=False)
        else:
            self._tell(_("Theme: {name}").format(name=name))

    def _try(self) -> None:
        self._leadq.wear(self._names[self._list.at])

    def _row(self, place: int, width: int) -> Content:
        return Content(self._names[place])

    def _tell(self, text: str, *, well: bool = True) -> None:
        self.app.notify(text, severity="information" if well else "warning", markup=False)

    @property
    def _leadq(self) -> LeadqApp:
        return cast("LeadqApp", self.app)
