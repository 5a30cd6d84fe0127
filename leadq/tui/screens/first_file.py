"""Leads from a file: which one, what its columns are, what taking it would do, and go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual import on
from textual.content import Content
from textual.widgets import Input, Static

from leadq.headers import FIELDS
from leadq.i18n import _, ngettext, number
from leadq.importing import told
from leadq.text import cell_width, clean, fit, pad
from leadq.tui.completing import complete, path_of
from leadq.tui.screens.first import Step
from leadq.tui.tones import TONES
from leadq.tui.widgets.form import Field
from leadq.tui.widgets.picker import Picker
from leadq.tui.widgets.text import Text
from leadq.words import missing_word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual import events
    from textual.widget import Widget

    from leadq.errors import LeadqError
    from leadq.intake import Report
    from leadq.tui.first import Peek
    from leadq.tui.screens.first import FirstScreen

_WHO: Final = frozenset({"name", "first_name", "last_name", "company", "email", "phone"})
_CANDIDATES: Final = 12
_REJECTED: Final = 8


class PathText(Text):
    """A path; Tab completes it, in its own turn among the keys, so that letters typed before it count.

    `offer` hears how it may go on.
    """

    def __init__(self, value: str, offer: Callable[[tuple[str, ...]], None]) -> None:
        super().__init__(value, placeholder=_("leads.csv; a file dropped on the terminal works too"))
        self._offer = offer

    def on_key(self, event: events.Key) -> None:
        """Complete, or let the input have the key."""
        if event.key == "tab":
            event.stop()
            event.prevent_default()
            self.value, found = complete(self.value)
            self.cursor_position = len(self.value)
            self._offer(found)


class FileStep(Step):
    """The path of a file."""

    def __init__(self, host: FirstScreen) -> None:
        super().__init__(host)
        self._path = PathText(self.plan.typed.get("path", ""), self.offer)
        self._found = Static(Content(""), classes="gap")

    def title_text(self) -> str:
        """What is asked."""
        return _("Which file?")

    def keys(self) -> str:
        """What to press."""
        return _("Tab completes  Enter reads it  Esc back  ctrl+q leaves")

    def parts(self) -> Iterator[Widget]:
        """The path, and how it may go on."""
        yield Field("path", _("file"), self._path)
        yield self._found

    def begin(self) -> None:
        """Typing begins at once."""
        self.host.set_focus(self._path)

    def offer(self, names: tuple[str, ...]) -> None:
        """Show how the path may go on, where there are several ways or none."""
        more = len(names) - _CANDIDATES
        lines = [clean(name, 200) for name in names[:_CANDIDATES]] if len(names) != 1 else []
        if more > 0:
            lines.append(ngettext("and {n} more", "and {n} more", more).format(n=number(more)))
        if not names:
            lines = [_("No folder or table begins like that.")]
        self._found.update(Content.assemble(("\n".join(lines), TONES["muted"])))

    @on(Input.Changed)
    def _changed(self) -> None:
        self.query_one(Field).refuse("")

    def enter(self) -> None:
        """Read its beginning; a folder is completed."""
        self.plan.typed["path"] = self._path.value
        path = path_of(self._path.value)
        if not self._path.value.strip():
            self.query_one(Field).refuse(_("Give a CSV, TSV or XLSX file."))
        elif path.is_dir():
            self.query_one(Field).refuse(_("That is a folder: go on to a file in it."))
            self.offer(complete(f"{self._path.value.rstrip('/')}/")[1])
        else:
            self.host.work(_("Reading…"), lambda: self.plan.peek(path), self._read, refused=self._refused)

    def _read(self, peek: Peek) -> None:
        if not self.plan.columns.keys() <= set(peek.header):
            self.plan.columns.clear()  # of another file
        self.host.go_to(MapStep(self.host, peek))

    def _refused(self, error: LeadqError) -> bool:
        self.query_one(Field).refuse(error.message)
        return True


class MapStep(Step):
    """Which column is which field of a lead, with the first rows to judge it by."""

    def __init__(self, host: FirstScreen, peek: Peek) -> None:
        super().__init__(host)
        self._peek = peek
        self._fields: dict[int, str] = {}
        self._columns = Picker(self._row, lambda: None)
        self._missing = Static(Content(""))

    def title_text(self) -> str:
        """What is asked."""
        return _("{file}: is each column what it should be?").format(file=clean(self._peek.path.name, 60))

    def keys(self) -> str:
        """What to press."""
        return _("j k move  m changes the field  Enter goes on  Esc back  q leaves")

    def parts(self) -> Iterator[Widget]:
        """The columns, and what none of them has."""
        yield self._columns
        yield self._missing

    def begin(self) -> None:
        """The first column."""
        self.host.set_focus(self._columns)
        self._show(0)

    def press(self, key: str) -> bool:
        """Move, or say what a column is."""
        steps = {"j": 1, "down": 1, "k": -1, "up": -1, "pagedown": self._columns.page, "pageup": -self._columns.page}
        if key in steps:
            self._columns.go(self._columns.at + steps[key])
        elif key in ("m", "space"):
            self._ask()
        else:
            return False
        return True

    def enter(self) -> None:
        """Rehearse it."""
        if not _WHO & set(self._fields.values()):
            self._show(self._columns.at)
            return
        self.host.work(
            _("Rehearsing: nothing is written yet…"),
            lambda: self.plan.rehearse(self._peek),
            lambda report: self.host.go_to(TakeStep(self.host, self._peek, report)),
        )

    def _ask(self) -> None:
        from leadq.tui.screens.chooser import Chooser

        place = self._columns.at
        column = self._peek.header[place]

        def answered(meaning: str | None) -> None:
            if meaning is not None:
                self.plan.say(self._peek, column, meaning)
                self._show(place)

        options = [("", _("nothing: it stays with the lead as it is")), *((name, _named(name)) for name in FIELDS)]
        if column:
            title = _("What is “{column}”?").format(column=clean(column, 60))
            self.app.push_screen(Chooser(title, options, self._fields.get(place, "")), answered)

    def _show(self, at: int) -> None:
        self._fields = {index: name for name, index in self.plan.fields(self._peek).items()}
        self._columns.show(len(self._peek.header), at, "")
        missing = [missing_word(name) for name in self.plan.missing(self._peek)]
        if not _WHO & set(self._fields.values()):
            told = (_("! No column says who the leads are: give one with m."), TONES["late"])
        elif missing:
            said = _("Not in the file: {names}. Leads come in all the same, marked so.")
            told = (said.format(names=", ".join(missing)), TONES["soon"])
        else:
            told = (_("The contract asks for nothing else."), TONES["good"])
        self._missing.update(Content.assemble(told))

    def _row(self, place: int, width: int) -> Content:
        third = max(10, width // 3)
        name = self._fields.get(place, "")
        samples = " · ".join(clean(row[place], 60) for row in self._peek.rows if row[place].strip())
        return Content.assemble(
            pad(fit(clean(self._peek.header[place], 200) or _("(no name)"), third), third),
            " → ",
            (pad(fit(_named(name) if name else "-", third - 4), third - 4), "" if name else TONES["muted"]),
            (f"  {fit(samples, max(1, width - 2 * third - 1))}", TONES["muted"]),
        )


class TakeStep(Step):
    """What taking the file would do; Enter does it."""

    def __init__(self, host: FirstScreen, peek: Peek, report: Report) -> None:
        super().__init__(host)
        self._peek, self._report = peek, report

    def title_text(self) -> str:
        """What is asked."""
        return _("Bring them in?")

    def keys(self) -> str:
        """What to press."""
        if not self._report.created:
            return _("Esc back  q leaves: nothing was written")
        return _("Enter brings them in  Esc back  q leaves: nothing was written yet")

    def parts(self) -> Iterator[Widget]:
        """The rehearsal's figures, and what is made."""
        lines = list(told(self._report))
        kept = len(lines) - max(0, len(self._report.rejected) - _REJECTED)
        more = len(lines) - kept
        if more:
            lines = [*lines[:kept], ngettext("and {n} more", "and {n} more", more).format(n=number(more))]
        yield Static(Content("\n".join(clean(line, 400) for line in lines)), classes="gap")
        yield Static(Content("\n".join(made_text(self))), classes="gap")

    def begin(self) -> None:
        """Enter is the answer."""
        self.host.set_focus(None)

    def enter(self) -> None:
        """Make the home, and take the file."""
        if not self._report.created:
            return

        def hear(count: int) -> None:
            self.host.heard(_("{count} rows").format(count=number(count)))

        self.host.work(_("Bringing them in…"), lambda: self.plan.bring_in(self._peek, hear), self._done)

    def _done(self, report: Report) -> None:
        rejected = len(report.rejected)
        lines = [ngettext("{n} lead is here", "{n} leads are here", report.created).format(n=number(report.created))]
        if rejected:
            lines.append(ngettext("{n} row was refused", "{n} rows were refused", rejected).format(n=number(rejected)))
        self.host.open_queue([(" · ".join(lines), not rejected)])


def made_text(step: Step) -> Iterator[str]:
    """What comes with the first leads: the home, its contract, and whose it is."""
    plan = step.plan
    contract = plan.contract
    yield _("Everything is kept in {path}.").format(path=clean(str(plan.home.data.parent)))
    yield _("Contract: {name} {version} ({path})").format(
        name=clean(contract.name), version=clean(contract.version), path=clean(str(plan.home.contract))
    )
    known = contract.members.get(plan.member)
    who = plan.newcomer or (known.name if known else _("nobody yet"))
    yield _("You are: {member}").format(member=clean(who, 60))


def _named(name: str) -> str:
    """A field's word, with the name that `--map` calls it by when that is another."""
    word = missing_word(name)
    return word if cell_width(word) == cell_width(name) and word == name else f"{word} ({name})"
