"""Who one is, and under which contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.widgets import Input, Static

from leadq.errors import LeadqError
from leadq.founding import suggested_template
from leadq.i18n import _
from leadq.rulebook import TEMPLATES
from leadq.text import clean
from leadq.tui.screens.first import Step
from leadq.tui.tones import TONES
from leadq.tui.widgets.choice import Choice, Option
from leadq.tui.widgets.form import Field
from leadq.tui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.widget import Widget

    from leadq.tui.screens.first import FirstScreen


class WhoStep(Step):
    """A name, and a contract where the home has none; `way` is where the leads come from."""

    def __init__(self, host: FirstScreen, way: str) -> None:
        super().__init__(host)
        self._way = way
        self._named = Text(self.plan.typed.get("name", ""))
        self._meaning = Static(Content(""), classes="problem")
        self._template = Choice([Option(name, name) for name in TEMPLATES], value=suggested_template(), row=True)
        self._known = Static(Content(""), classes="gap")

    def title_text(self) -> str:
        """What is asked."""
        return _("Who are you?")

    def keys(self) -> str:
        """What to press."""
        return _("Enter goes on  Tab contract  Esc back  ctrl+q leaves")

    def parts(self) -> Iterator[Widget]:
        """The name, how it is understood, and the contract."""
        yield Field("name", _("your name"), self._named)
        yield self._meaning
        if not self.plan.home.contract.exists():
            yield Field("template", _("contract"), self._template)
        yield self._known

    def begin(self) -> None:
        """Typing begins at once."""
        self._understand()
        self.host.set_focus(self._named)

    def answered(self, choice: Widget | None) -> None:
        """Another contract has other members."""
        self._understand()

    @on(Input.Changed)
    def _understand(self) -> None:
        """Say at every key who that is."""
        self.query_one("#field-name", Field).refuse("")
        error = self._take()
        if error and error.code == "contract":  # somebody has broken it
            self.host.refuse(error)
        else:
            self._say()

    def _say(self) -> None:
        members = ", ".join(clean(each.name, 60) for each in self.plan.contract.members.values())
        self._known.update(Content.assemble((_("In the contract: {names}.").format(names=members), TONES["muted"])))
        self._meaning.update(Content.assemble((self._said(), TONES["muted"])))
        self._meaning.display = True

    def _said(self) -> str:
        plan = self.plan
        if plan.newcomer:
            return _("= {name}, who is entered into the contract").format(name=clean(plan.newcomer, 60))
        if plan.member:
            return f"= {clean(plan.contract.members[plan.member].name, 60)}"
        return _("nobody yet: `leadq init --me NAME` says it later") if not self._named.value.strip() else ""

    def _take(self) -> LeadqError | None:
        self.plan.typed["name"] = self._named.value
        self.plan.template = "" if self.plan.home.contract.exists() else self._template.value
        try:
            self.plan.name(self._named.value)
        except LeadqError as error:
            return error
        return None

    def enter(self) -> None:
        """On to the file, or to the CRM."""
        if error := self._take():
            self.query_one("#field-name", Field).refuse(f"{error.message} {error.hint}".strip())
            self.host.set_focus(self._named)
            return
        if self._way == "file":
            from leadq.tui.screens.first_file import FileStep

            self.host.go_to(FileStep(self.host))
        else:
            from leadq.tui.screens.first_crm import AdapterStep

            self.host.go_to(AdapterStep(self.host))
