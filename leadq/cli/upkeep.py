"""`doctor`, `keys`, `completion` and `prompt`: house-keeping."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import click

from leadq.cli.base import OneOf, Session, command
from leadq.cli.contract import place_of
from leadq.cli.output import emit, say
from leadq.cli.progress import Progress
from leadq.cli.tables import Column, table
from leadq.errors import Exit
from leadq.i18n import N_, _
from leadq.words import labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadq.doctor import Check


@command("doctor", help=N_("Check this home: the file, the rules, and every lead against its events."))
def doctor(session: Session) -> Exit:
    """Print each check; 3 when one finds something."""
    from leadq.doctor import Examination

    examination = Examination(session.home, session.clock.now_ms())
    with Progress(_("leads"), lambda: examination.share, quiet=session.quiet) as progress:
        checks = examination.checks(progress)
    fine = all(check.ok for check in checks)
    value = {"ok": fine, "checks": [check.as_shape() for check in checks]}
    emit(value, _told(checks), as_json=session.as_json)
    return Exit.DONE if fine else Exit.NEEDS_PERSON


def _told(checks: Sequence[Check]) -> Iterator[str]:
    for check in checks:
        yield f"{_('+ ok') if check.ok else _('! look')}  {labelled(check.id, check.message)}"
        if check.fix:
            yield f"        {check.fix}"


@command("keys", help=N_("List the keys of the screen."))
def keys(session: Session) -> None:
    """Print the actions with their keys, as the user has them."""
    from leadq import actions, keymap

    actions.use_keys(keymap.load(session.home.keys).keys)
    for problem in () if session.quiet else keymap.problems(session.home.keys):
        say(place_of(problem))

    def place(action: actions.Action) -> int:
        return (*actions.GROUPS, actions.LINE).index(action.group)

    def _shown(action: actions.Action) -> str:
        return " ".join(actions.keys_of(action))

    columns = (Column(_("Keys"), 16), Column(_("Action"), 22), Column(_("What it does"), 20, share=1))
    lines = (
        line
        for group, members in groupby(sorted(actions.EVERY, key=place), key=lambda action: action.group)
        for line in ("", _(group), *table(columns, ((_shown(a), _(a.title), _(a.help)) for a in members)))
    )
    emit(actions.as_json(), lines, as_json=session.as_json)


@command("prompt", help=N_("Say in one short line how the queue stands, for a shell prompt or tmux."))
def prompt(session: Session) -> int:
    """Print the line; the launcher answers without coming here whenever it can."""
    from leadq.prompt import show

    return show(session.home, session.clock, as_json=session.as_json)


@command("completion", help=N_('Print the completion script of a shell.\n\nFor bash: eval "$(leadq completion bash)"'))
@click.argument("shell", metavar="bash|zsh|fish", type=OneOf(("bash", "zsh", "fish")))
def completion(session: Session, shell: str) -> None:
    """Print the script that click gives for that shell."""
    from click.shell_completion import get_completion_class

    from leadq.cli.main import COMPLETE

    root = click.get_current_context().find_root().command
    complete = get_completion_class(shell)
    assert complete is not None
    script = complete(root, {}, "leadq", COMPLETE).source()
    emit({"shell": shell, "script": script}, script.splitlines(), as_json=session.as_json)
