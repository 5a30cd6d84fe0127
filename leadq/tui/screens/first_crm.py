"""Leads from a CRM: which adapter, its login, the mapping, the first leads, and go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual import on
from textual.content import Content
from textual.widgets import Input, Static

from leadq.actions import say_key
from leadq.connecting import usable
from leadq.connecting_map import Mapped, explained, understood
from leadq.connecting_told import SHOWN, connected, owners, rows, steps
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _
from leadq.plugins import disabled
from leadq.plugins.manager import installed
from leadq.text import clean, fit, pad
from leadq.tui.screens.first import Step
from leadq.tui.screens.first_file import made_text
from leadq.tui.telling import tell_sync
from leadq.tui.tones import TONES
from leadq.tui.widgets.choice import Choice, Option
from leadq.tui.widgets.form import Field
from leadq.tui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from textual.widget import Widget

    from leadq.connecting import Draft
    from leadq.plugins.sdk import Option as Asked
    from leadq.plugins.sdk import RemoteLead
    from leadq.tui.first import Plan, Visited
    from leadq.tui.screens.first import FirstScreen

_HEADS: Final = (N_("Name"), N_("Company"), N_("E-mail"), N_("State"), N_("Owner"))
_LINES: Final = 12


class AdapterStep(Step):
    """Which of the installed adapters; none is imported to be listed."""

    def __init__(self, host: FirstScreen) -> None:
        super().__init__(host)
        off = disabled.names(self.plan.home)
        found = {one.name: f"{one.name} · {one.distribution} {one.version}" for one in installed()}
        self.only = Choice([Option(name, said) for name, said in found.items() if name not in off], typing=True)

    def title_text(self) -> str:
        """What is asked."""
        return _("Which CRM?")

    def parts(self) -> Iterator[Widget]:
        """The adapters, and where others come from."""
        yield self.only
        text = _(
            "csv is no CRM: outcomes go to a file. Others come with `leadq plugin install PACKAGE`, or you write one."
        )
        yield Static(Content.assemble((text, TONES["muted"])), classes="gap")

    def begin(self) -> None:
        """A digit or some letters, and on."""
        self.only.values = ()
        self.host.set_focus(self.only)

    def enter(self) -> None:
        """Ask the adapter what it wants to be given, in a process of its own."""
        name = self.only.value
        self.host.work(_("Looking at the adapter…"), lambda: _asked(self.plan, name), self._on)

    def _on(self, found: tuple[Draft, Sequence[Asked]]) -> None:
        self.host.go_to(LoginStep(self.host, *found))


def _asked(plan: Plan, name: str) -> tuple[Draft, Sequence[Asked]]:
    draft = plan.draft(name)
    return draft, [*draft.missing_options(), *draft.missing_secrets()]


class LoginStep(Step):
    """The settings and secrets that the adapter cannot do without; Enter on the last one tries them."""

    def __init__(self, host: FirstScreen, draft: Draft, asked: Sequence[Asked]) -> None:
        super().__init__(host)
        self._draft, self._asked = draft, asked
        self._texts = [Text() for _each in asked]
        for text, option in zip(self._texts, asked, strict=True):
            text.password = option.secret

    def title_text(self) -> str:
        """What is asked."""
        return _("{adapter}: how does leadq log in?").format(adapter=clean(self._draft.name))

    def keys(self) -> str:
        """What to press."""
        return _("Enter goes on, at the end it tries  Esc back  ctrl+q leaves")

    def parts(self) -> Iterator[Widget]:
        """A field for each; a secret is not shown."""
        for number, (text, option) in enumerate(zip(self._texts, self._asked, strict=True)):
            yield Static(Content.assemble((clean(_(option.help) or option.name, 200), TONES["muted"])), classes="gap")
            yield Field(f"login-{number}", clean(option.name, 14), text)
        if any(option.secret for option in self._asked):
            said = _("A secret goes to the system’s keyring, and to no file.")
        elif not self._asked:
            said = _("There is nothing to give: Enter tries it.")
        else:
            said = ""
        yield Static(Content.assemble((said, TONES["muted"])), classes="gap")

    def begin(self) -> None:
        """The first field that is empty."""
        self.host.set_focus(next((text for text in self._texts if not text.value), (*self._texts, None)[0]))

    @on(Input.Changed)
    def _changed(self) -> None:
        for field in self.query(Field):
            field.refuse("")

    def enter(self) -> None:
        """The next field that lacks a value, or the service."""
        for number, (text, option) in enumerate(zip(self._texts, self._asked, strict=True)):
            if not text.value.strip():
                if self.host.focused is text:
                    self._refuse(number, _("This cannot be left out."))
                self.host.set_focus(text)
                return
            try:
                self._take(option, text.value)
            except LeadqError as error:
                self._refuse(number, error.message)
                return
        self.host.work(
            _("Asking the service…"), lambda: self.plan.visit(self._draft), self._visited, refused=self._refused
        )

    def _take(self, option: Asked, value: str) -> None:
        if option.secret:
            self._draft.typed[option.name] = usable(value)
        else:
            self._draft.table[option.name] = value.strip()

    def _visited(self, visited: Visited) -> None:
        if visited.seen and visited.seen.description:
            self.host.go_to(MappingStep(self.host, self._draft, visited))
        elif visited.seen:
            to_preview(self.host, self._draft, visited)
        else:
            self.host.go_to(KeepStep(self.host, self._draft, visited, []))

    def _refused(self, error: LeadqError) -> bool:
        """A login that is refused is shown at the secret; anything else under the question."""
        secret = next((number for number, option in enumerate(self._asked) if option.secret), None)
        if error.exit_status is not Exit.AUTH or secret is None:
            return False
        self._refuse(secret, f"{error.message} {error.hint}".strip())
        return True

    def _refuse(self, number: int, sentence: str) -> None:
        self.query_one(f"#field-login-{number}", Field).refuse(clean(sentence, 400))
        self.host.set_focus(self._texts[number])


class MappingStep(Step):
    """What the CRM calls things, and who its people are; a line maps or searches, an empty one goes on."""

    def __init__(self, host: FirstScreen, draft: Draft, visited: Visited) -> None:
        super().__init__(host)
        self._draft, self._visited = draft, visited
        self._line = Text(placeholder=_("score = hs_score, or a word to search"))
        self._said = Static(Content(""), classes="gap")

    def title_text(self) -> str:
        """What is asked."""
        return _("Does the mapping hold?")

    def keys(self) -> str:
        """What to press."""
        return _("Enter maps or searches, empty: goes on  Esc back  ctrl+q leaves")

    def parts(self) -> Iterator[Widget]:
        """What was found, and a line to say more."""
        seen = self._visited.seen
        assert seen is not None
        assert seen.description is not None
        lines = [
            connected(seen),
            *explained(self._draft.connection, seen.description),
            *owners(self._visited.owners, self._draft.name),
        ]
        yield Static(Content("\n".join(clean(line, 600) for line in lines)), classes="gap")
        yield Field("mapping", _("mapping"), self._line)
        yield self._said

    def begin(self) -> None:
        """Typing begins at once."""
        self.host.set_focus(self._line)
        self._tell([str(each) for each in self._visited.problems])

    def enter(self) -> None:
        """Understand the line; an empty one goes on, when nothing is wrong."""
        seen = self._visited.seen
        assert seen is not None
        if answer := self._line.value.strip():
            self._map(answer)
        elif wrong := self._draft.problems(seen):
            self._tell([str(each) for each in wrong])
        else:
            to_preview(self.host, self._draft, self._visited)

    def _map(self, answer: str) -> None:
        seen = self._visited.seen
        assert seen is not None
        assert seen.description is not None
        found = understood(answer, self._draft.connection, seen.description)
        if isinstance(found, Mapped):
            self._draft.map({found.part: {found.key: found.value}})
            self._line.value = ""
            self._tell([str(found)])
        else:
            self._tell(found)

    def _tell(self, lines: Sequence[str]) -> None:
        self._said.update(Content("\n".join(clean(line, 300) for line in lines[:_LINES])))


def to_preview(host: FirstScreen, draft: Draft, visited: Visited) -> None:
    """Fetch the first leads to show them."""

    def then(leads: list[RemoteLead]) -> None:
        host.go_to(KeepStep(host, draft, visited, leads))

    host.work(_("Fetching the first leads, to show them…"), lambda: host.plan.preview(draft), then)


class KeepStep(Step):
    """The first leads, what would be created in the CRM, what is made here; Enter does it."""

    def __init__(self, host: FirstScreen, draft: Draft, visited: Visited, leads: Sequence[RemoteLead]) -> None:
        super().__init__(host)
        self._draft, self._visited, self._leads = draft, visited, leads
        self._create = Choice([Option("yes", _("yes")), Option("no", _("no"))], value="no", row=True)

    def title_text(self) -> str:
        """What is asked."""
        return _("Keep this connection?")

    def keys(self) -> str:
        """What to press."""
        return _("Enter keeps it, fetches  Esc back  q leaves: nothing was written yet")

    def parts(self) -> Iterator[Widget]:
        """One part after the other."""
        seen = self._visited.seen
        if seen is None:
            name = self._draft.name
            why = _("“{name}” is kept, not verified: {why}").format(name=name, why=self._visited.why_not)
            later = _("`leadq auth test {name}` tries again; `leadq sync` fetches the leads then.").format(name=name)
            yield Static(Content.assemble((clean(why, 400), TONES["soon"]), "\n", later), classes="gap")
        else:
            yield Static(Content(clean(connected(seen))), classes="gap")
            yield Static(Content("\n".join(self._table_lines())), classes="gap", id="leads")
        if seen and seen.steps:
            yield Static(Content("\n".join(clean(line, 300) for line in steps(seen.steps))), classes="gap")
            yield Field("create", _("create it"), self._create)
        yield Static(Content("\n".join(made_text(self))), classes="gap")

    def begin(self) -> None:
        """What is to be created is asked; else Enter is the answer."""
        self.host.set_focus(self._create if self._visited.seen and self._visited.seen.steps else None)

    def enter(self) -> None:
        """Make the home, keep the connection, fetch."""
        create = self._create.value == "yes"
        self.host.work(
            _("Keeping the connection, and fetching its leads…"),
            lambda: self.plan.connect(self._draft, self._visited, create=create),
            self._done,
        )

    def _done(self, came: tuple[str, Mapping[str, Any] | None]) -> None:
        unkept, outcome = came
        told = []
        if unkept:
            told.append((clean(_("The secret is not kept: {why}").format(why=unkept), 400), False))
        if outcome is not None:
            told.append(tell_sync(outcome))
        else:
            name = self._draft.name
            told.append(
                (_("“{name}” is kept, not verified: {key} tries it.").format(name=name, key=say_key("sync")), False)
            )
        self.host.open_queue(told)

    def _table_lines(self) -> Iterator[str]:
        if not self._leads:
            yield _("No lead to show yet.")
            return
        width = max(8, (self.host.size.width - 12) // len(SHOWN))
        yield "  ".join(pad(fit(_(head), width), width) for head in _HEADS)
        for row in rows(self._leads, self._visited.owners):
            yield "  ".join(pad(fit(clean(row[name], 100), width), width) for name in SHOWN)
