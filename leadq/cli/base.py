"""Commands that take the global options on either side, speak the user's language, and are imported when named.

click does the parsing; what it would say itself in English is said here or in `usage`. Help texts are declared with
`N_` and translated when they are shown, so that `leadq --lang fr --help` is French.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial, update_wrapper
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from leadq import __version__, drawing, i18n
from leadq.clock import Clock, choose_clock
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _
from leadq.paths import Home, find_home
from leadq.sqlite import Store

if TYPE_CHECKING:
    from leadq.queue import Queue
    from leadq.sync.visit import Visitor

_HOUR_MS: Final = 3_600_000
_UNITS_MS: Final = {"m": 60_000, "h": _HOUR_MS, "d": 24 * _HOUR_MS, "j": 24 * _HOUR_MS}
_SPAN: Final = re.compile(r"([0-9]{1,6}) ?([mhdj])")
_LONGEST_MS: Final = 366 * 24 * _HOUR_MS

OpenScreen = Callable[[Home, Clock], int]


@dataclass
class Session:
    """What one command line carries to its command: where, when, and how to answer."""

    open_screen: OpenScreen
    words: Sequence[str] = ()
    as_json: bool = False
    verbose: bool = False
    quiet: bool = False
    places: dict[str, str] = field(default_factory=dict)

    @property
    def json_somewhere(self) -> bool:
        """Whether `--json` was typed at all: what answers before the options are read has only that to go by."""
        return self.as_json or "--json" in self.words

    @cached_property
    def home(self) -> Home:
        """The home asked for."""
        return find_home(self.places.get("home"))

    @cached_property
    def clock(self) -> Clock:
        """The clock asked for. Raises LeadqError `bad_now`."""
        return choose_clock(self.places.get("now"))

    @cached_property
    def store(self) -> Store:
        """The database of that home."""
        return Store(self.home)

    def visitor(self) -> Visitor:
        """Who asks the adapters of that home something outside of a sync; for tests, `visit.open_any` is replaced."""
        from leadq.sync import visit
        from leadq.sync.ports import SystemTicks

        return visit.Visitor(self.store, SystemTicks(), visit.open_any)

    def queue(self, store: Store | None = None) -> Queue:
        """The gestures of that home, or of another one; who waits for a new contract to move its clocks is told."""
        from leadq.cli.progress import of_known
        from leadq.queue import Queue  # reads do without it

        return Queue(store or self.store, self.clock, partial(of_known, _("leads"), quiet=self.quiet))


class OneOf(click.Choice[str]):
    """One of a few words; the refusal lists them in the user's language."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word itself. Raises click.BadParameter."""
        if value in self.choices:
            return str(value)
        known = ", ".join(self.choices)
        raise click.BadParameter(_("“{value}” is not one of: {known}.").format(value=value, known=known), ctx, param)


class Whole(click.IntRange):
    """A whole number that is at least `least`."""

    def __init__(self, least: int) -> None:
        super().__init__(min=least)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number. Raises click.BadParameter."""
        try:
            return int(super().convert(value, param, ctx))
        except click.BadParameter:
            message = _("“{value}” is not a whole number from {least} on.").format(value=value, least=self.min)
            raise click.BadParameter(message, ctx, param) from None


class Span(click.ParamType[int]):
    """A length of time as people type it, in milliseconds: `30m`, `24h`, `7d` (or `7j`), at most a year."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The milliseconds. Raises click.BadParameter."""
        if isinstance(value, int):
            return value
        found = _SPAN.fullmatch(value.strip().lower())
        ms = int(found[1]) * _UNITS_MS[found[2]] if found else 0
        if not 0 < ms <= _LONGEST_MS:
            message = _("“{value}” is not a length of time: type for example 30m, 24h or 7d, at most a year.")
            raise click.BadParameter(message.format(value=value), ctx, param)
        return ms


class Option(click.Option):
    """An option whose help is translated when it is shown."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The two columns of the help."""
        names = ", ".join((*self.opts, *self.secondary_opts))
        return f"{names} {self.word}".rstrip(), _(self.help or "")

    @property
    def word(self) -> str:
        """What stands for the value: its choices, or a word in capitals; "" for a flag."""
        if self.is_flag:
            return ""
        if self.metavar is None and isinstance(self.type, click.Choice):
            return "|".join(self.type.choices)
        return self.metavar or "TEXT"


def option(*names: str, help: str, **attributes: Any) -> Callable[[Any], Any]:  # noqa: A002 - click's own word
    """A decorator: an option with its help."""
    return click.option(*names, cls=Option, help=help, **attributes)


def argument(
    name: str, *, required: bool = True, many: bool = False, kind: click.ParamType[Any] | None = None
) -> Callable[[Any], Any]:  # fmt: skip
    """A decorator: a positional word of a kind, or several."""
    return click.argument(name.lower(), metavar=name, required=required, nargs=-1 if many else 1, type=kind)


def _place(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    if value is not None and (session := ctx.find_object(Session)):
        session.places[str(param.name)] = value


def _manner(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and (session := ctx.find_object(Session)):
        setattr(session, str(param.name), True)


def _speak(ctx: click.Context, param: click.Parameter, value: i18n.Language | None) -> None:
    if value is not None:
        i18n.use(value)


def _draw(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        drawing.use_ascii(True)


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        _say(ctx, {"version": __version__}, f"leadq {__version__}")


def _show_help(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        _say(ctx, {"help": ctx.get_help()}, ctx.get_help())


def _say(ctx: click.Context, value: Mapping[str, str], text: str) -> None:
    from leadq.cli.output import emit

    emit(value, text.splitlines(), as_json=ctx.ensure_object(Session).json_somewhere)
    ctx.exit()


def _flag(*names: str, callback: Callable[..., None], help: str, is_eager: bool = False) -> Option:  # noqa: A002
    return Option(names, is_flag=True, expose_value=False, callback=callback, help=help, is_eager=is_eager)


def _globals() -> list[click.Parameter]:
    """The options that every command takes, before or after its name; the last one given wins."""
    return [
        Option(["--home"], metavar="DIR", expose_value=False, callback=_place,
               help=N_("Where everything is kept (else LEADQ_HOME, else the system's folders).")),
        Option(["--lang"], type=OneOf(i18n.LANGUAGES), expose_value=False, callback=_speak,
               help=N_("Language (else LEADQ_LANG, else the locale).")),
        Option(["--now"], metavar="ISO", expose_value=False, callback=_place,
               help=N_("The instant to take for now (else LEADQ_NOW, else the clock).")),
        _flag("--json", "as_json", callback=_manner, help=N_("Answer with one JSON document.")),
        _flag("--ascii", callback=_draw, help=N_("Draw and say everything in ASCII (else LEADQ_ASCII).")),
        _flag("-v", "verbose", callback=_manner, help=N_("Say more when something goes wrong.")),
        _flag("-q", "quiet", callback=_manner, help=N_("Say nothing beside the answer.")),
        _flag("--version", callback=_show_version, help=N_("Show the version."), is_eager=True),
        _flag("--help", callback=_show_help, help=N_("Show this help."), is_eager=True),
    ]  # fmt: skip


GLOBALS: Final = _globals()


class Command(click.Command):
    """A command with the global options."""

    def __init__(self, *args: Any, **attributes: Any) -> None:
        attributes["add_help_option"] = False  # ours is one of the global options, and translated
        super().__init__(*args, **attributes)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Its own parameters, then the global ones."""
        return [*super().get_params(ctx), *GLOBALS]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, but a word too many is refused in the user's language."""
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if rest and not isinstance(self, click.Group) and not ctx.resilient_parsing:
            raise click.UsageError(_("“{word}” is one word too many.").format(word=rest[0]), ctx)
        return rest

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first line of the help, whole: it is written to be short, and the page wraps it."""
        return _(self.help or "").partition("\n")[0]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The usage line."""
        pieces = " ".join(self.collect_usage_pieces(ctx)).replace("[OPTIONS]", _("[OPTIONS]"))
        formatter.write_usage(ctx.command_path, pieces, prefix=_("Usage: "))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help's sentences."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_(self.help or ""))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The command's own options, then the global ones."""
        own = [param for param in self.get_params(ctx) if param not in GLOBALS]
        for title, params in (
            (_("Options"), own),
            (_("Global options, here or before the command"), GLOBALS),
        ):
            records = [record for param in params if (record := param.get_help_record(ctx)) and record[0][0] == "-"]
            if records:
                with formatter.section(_heading(title)):
                    formatter.write_dl(records)


class Group(Command, click.Group):
    """Commands under one name, each `"name": "module:attribute"`, imported when it is called or listed."""

    def __init__(self, name: str, *, help: str, lazy: Mapping[str, str], **attributes: Any) -> None:  # noqa: A002
        attributes.setdefault("callback", _needs_command)
        super().__init__(name, help=help, invoke_without_command=True, **attributes)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of a day's work."""
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        place = self._lazy.get(cmd_name)
        if place is None:
            return None
        module, _colon, attribute = place.partition(":")
        found = getattr(import_module(module), attribute)
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command to run. Raises LeadqError `unknown_command` (2) that names the nearest."""
        if args[0] not in self._lazy and not ctx.resilient_parsing:
            raise self._unknown(ctx, args[0])
        return super().resolve_command(ctx, args)

    def _unknown(self, ctx: click.Context, word: str) -> LeadqError:
        near = difflib.get_close_matches(word, self._lazy, n=3, cutoff=0.6)
        hint = _("Did you mean {nearest}?").format(nearest=", ".join(near)) if near else see_help(ctx)
        message = _("There is no command “{word}”.").format(word=f"{ctx.command_path} {word}".partition(" ")[2])
        candidates = [{"command": name} for name in near]
        return LeadqError("unknown_command", message, hint=hint, exit_status=Exit.USAGE, candidates=candidates)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Commands first: they are what people look for."""
        self.format_commands(ctx, formatter)
        Command.format_options(self, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each command with the first line of its help."""
        commands = ((name, self.get_command(ctx, name)) for name in self._lazy)
        with formatter.section(_heading(_("Commands"))):
            formatter.write_dl([(name, command.get_short_help_str()) for name, command in commands if command])


@click.pass_context
def _needs_command(ctx: click.Context) -> None:
    if ctx.invoked_subcommand is None:
        names = ", ".join(ctx.command.list_commands(ctx)) if isinstance(ctx.command, Group) else ""
        raise click.UsageError(_("Say which: {names}.").format(names=names), ctx)


def _heading(title: str) -> str:
    """A title before the colon that click adds: French has a space there."""
    return f"{title}\u00a0" if i18n.current() == "fr" and not drawing.in_ascii() else title


def see_help(ctx: click.Context) -> str:
    """Where to read more."""
    return _("See `{command} --help`.").format(command=ctx.command_path)


def command(name: str, *, help: str) -> Callable[[Callable[..., int | None]], Command]:  # noqa: A002
    """A decorator: a command whose function takes the session first, and may return an exit status."""

    def decorate(function: Callable[..., int | None]) -> Command:
        @click.pass_obj
        def with_session(session: Session, /, *args: Any, **values: Any) -> int | None:
            return function(session, *args, **values)

        made = click.command(name, cls=Command, help=help)(update_wrapper(with_session, function))
        assert isinstance(made, Command)
        return made

    return decorate
