"""`plugin install`: a plugin beside this leadq, by the tool that installed it."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from leadq.cli.base import Session, argument, command
from leadq.cli.output import emit
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _

if TYPE_CHECKING:
    from leadq.plugins.install import Way


_HELP: Final = N_(
    "Install a plugin beside this leadq; those that are there stay.\n\nSPEC is a package, or the folder of a project."
)


@command("install", help=_HELP)
@argument("SPEC")
def install(session: Session, spec: str) -> Exit:
    """Run the tool that installed leadq, or print its command where running it would be a risk."""
    from leadq.plugins.install import way

    if spec.startswith("-"):
        raise LeadqError("usage", _("“{spec}” is no package.").format(spec=spec), exit_status=Exit.USAGE)
    chosen = way(str(Path(spec).absolute()) if Path(spec).is_dir() else spec)
    shown = shlex.join(chosen.command)
    value = {"ok": True, "tool": chosen.tool, "command": list(chosen.command), "installed": chosen.may_run}
    if not chosen.may_run:
        said = [_("leadq does not change this installation by itself. Run:"), f"  {shown}"]
        emit(value | {"ok": False}, said, as_json=session.as_json)
        return Exit.NEEDS_PERSON
    _run(chosen, shown)
    emit(value, [_("Installed. `leadq plugin list` shows it.")], as_json=session.as_json)
    return Exit.DONE


def _run(chosen: Way, shown: str) -> None:
    """What the tool says goes to standard error. Raises LeadqError `install_failed` (75)."""
    try:
        subprocess.run(chosen.command, check=True, stdin=subprocess.DEVNULL, stdout=_errors(), stderr=_errors())  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        message = _("It could not be installed; nothing was changed.")
        hint = _("Try the command yourself: {command}").format(command=shown)
        raise LeadqError("install_failed", message, hint=hint, exit_status=Exit.TEMPORARY) from None


def _errors() -> int | None:
    """Our standard error where it is a real one; what a test catches is none."""
    try:
        return sys.stderr.fileno()
    except (OSError, ValueError):
        return subprocess.DEVNULL
