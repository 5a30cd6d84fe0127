"""`leadq COMMAND`: the commands by name, and how one ends."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import click

from leadq.cli.base import Group, OpenScreen, Session
from leadq.cli.output import report
from leadq.cli.usage import usage_error
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Sequence

COMPLETE: Final = "_LEADQ_COMPLETE"
"""Where a shell asks for completions; set by the script that `leadq completion` prints."""

COMMANDS: Final = {
    "demo": "leadq.cli.demo:demo",
    "init": "leadq.cli.home:init",
    "whoami": "leadq.cli.home:whoami",
    "import": "leadq.cli.intake:import_",
    "add": "leadq.cli.intake:add",
    "list": "leadq.cli.leads:list_",
    "next": "leadq.cli.leads:next_",
    "show": "leadq.cli.leads:show",
    "explain": "leadq.cli.leads:explain",
    "accept": "leadq.cli.verbs:accept",
    "touch": "leadq.cli.verbs:touch",
    "reject": "leadq.cli.verbs:reject",
    "disqualify": "leadq.cli.verbs:disqualify",
    "recycle": "leadq.cli.verbs:recycle",
    "qualify": "leadq.cli.verbs:qualify",
    "note": "leadq.cli.verbs:note",
    "pause": "leadq.cli.verbs:pause",
    "resume": "leadq.cli.verbs:resume",
    "assign": "leadq.cli.verbs:assign",
    "leave": "leadq.cli.leave:leave",
    "snooze": "leadq.cli.verbs:snooze",
    "undo": "leadq.cli.cycles:undo",
    "redo": "leadq.cli.cycles:redo",
    "reopen": "leadq.cli.cycles:reopen",
    "merge": "leadq.cli.cycles:merge",
    "reroute": "leadq.cli.cycles:reroute",
    "resubmit": "leadq.cli.cycles:resubmit",
    "dispute": "leadq.cli.cycles:dispute",
    "feedback": "leadq.cli.feedback:feedback",
    "insight": "leadq.cli.insights:insight",
    "debrief": "leadq.cli.insights:debrief",
    "listen-list": "leadq.cli.insights:listen_list",
    "brief": "leadq.cli.brief:brief",
    "ae-accept": "leadq.cli.cycles:ae_accept",
    "ae-return": "leadq.cli.cycles:ae_return",
    "correct": "leadq.cli.cycles:correct",
    "day": "leadq.cli.day:day",
    "radar": "leadq.cli.radar:radar",
    "route": "leadq.cli.route:route",
    "metrics": "leadq.cli.metrics:metrics",
    "report": "leadq.cli.report:report",
    "publish": "leadq.cli.publish:publish",
    "inputs": "leadq.cli.inputs:inputs",
    "ritual": "leadq.cli.ritual:ritual",
    "action": "leadq.cli.meetings:action",
    "decision": "leadq.cli.meetings:decision",
    "survey": "leadq.cli.survey:survey_",
    "work": "leadq.cli.work:work",
    "connect": "leadq.cli.connect:connect",
    "auth": "leadq.cli.auth:auth",
    "map": "leadq.cli.mapping:map_",
    "sync": "leadq.cli.sync:sync",
    "status": "leadq.cli.sync:status",
    "outbox": "leadq.cli.outbox:outbox",
    "conflicts": "leadq.cli.conflicts:conflicts",
    "hub": "leadq.cli.hub:hub",
    "plugin": "leadq.cli.plugin:plugin",
    "contract": "leadq.cli.contract:contract",
    "sla": "leadq.cli.sla:sla",
    "dict": "leadq.cli.glossary:dict_",
    "roles": "leadq.cli.glossary:roles",
    "prompt": "leadq.cli.upkeep:prompt",
    "keys": "leadq.cli.upkeep:keys",
    "completion": "leadq.cli.upkeep:completion",
    "config": "leadq.cli.settings:config",
    "doctor": "leadq.cli.upkeep:doctor",
    "backup": "leadq.cli.backup:backup",
    "restore": "leadq.cli.backup:restore",
    "events": "leadq.cli.events:events",
    "export": "leadq.cli.whole:export",
    "privacy": "leadq.cli.privacy:privacy",
}
"""In the order of a day's work; the help shows them so."""


@click.pass_context
def _no_command(ctx: click.Context) -> int | None:
    if ctx.invoked_subcommand is not None:
        return None
    session = ctx.find_object(Session)
    assert session is not None
    if session.as_json:
        message = _("The screen cannot be a JSON document.")
        raise LeadqError("usage", message, hint=_("Use `leadq list --json`."), exit_status=Exit.USAGE)
    return session.open_screen(session.home, session.clock)


ROOT: Final = Group(
    "leadq",
    help=N_(
        "The lead queue that sales development reps live in.\n\n"
        "Without a command it opens the queue. LEAD is a number, CONNECTION:ID, a uid or an e-mail address."
    ),
    lazy=COMMANDS,
    callback=_no_command,
)


def run(words: Sequence[str], open_screen: OpenScreen) -> int:
    """Run one command line and return its exit status; every error is reported, only a closed pipe goes up."""
    session = Session(open_screen, tuple(words))
    try:
        return _run(list(words), session)
    except BrokenPipeError:
        raise
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.UsageError as error:
        return report(usage_error(error), as_json=session.json_somewhere)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - nothing leaves as a traceback
        return report(error, as_json=session.as_json or _too_early(error, session), verbose=session.verbose)


def _run(words: list[str], session: Session) -> int:
    """What click's own `main` does, less its handling of errors: it answers a closed pipe with 1."""
    if instruction := os.environ.get(COMPLETE):
        from click.shell_completion import shell_complete

        return shell_complete(ROOT, {}, "leadq", COMPLETE, instruction)
    with ROOT.make_context("leadq", words, obj=session) as ctx:
        return int(ROOT.invoke(ctx) or Exit.DONE)


def _too_early(error: BaseException, session: Session) -> bool:
    """Whether the command's own options were not read yet when it failed."""
    return isinstance(error, LeadqError) and error.code == "unknown_command" and session.json_somewhere
