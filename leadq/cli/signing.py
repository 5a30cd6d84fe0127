"""`contract sign` and `contract edit`: how a contract changes, and who agrees to it."""

from __future__ import annotations

import os
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from leadq import config
from leadq.agreement import signed
from leadq.cli.base import OneOf, Session, argument, command, option
from leadq.cli.output import emit
from leadq.cli.versions import there, valid
from leadq.domain.contract import Signature
from leadq.domain.contract_file import read_contract
from leadq.domain.signing import sign as write_signature
from leadq.errors import Exit, LeadqError
from leadq.explain import contract_shape
from leadq.i18n import N_, _
from leadq.rulebook import DEFAULT_TEMPLATE, broken, template_text, write_contract
from leadq.terminal import interactive
from leadq.text import clean

if TYPE_CHECKING:
    from leadq.domain.contract import Contract

_BOM = "\ufeff"


@command(
    "sign",
    help=N_(
        "Sign the contract for one team.\n\nThe signature is about this very text: who edits it, unsigns it. With FILE"
        " that one is signed, and nothing comes into force."
    ),
)
@argument("FILE", required=False)
@option("--as", "role", type=OneOf(("marketing", "sales")), required=True, help=N_("For which team."))
@option("--by", default="", metavar="NAME", help=N_("Who signs (else the member that this home belongs to)."))
def sign(session: Session, file: str | None, role: str, by: str) -> None:
    """Write the signature into the contract file: the home's own is in force from then on."""
    place = session.home.contract if file is None else Path(file)
    text = _text(session) if file is None else _decoded(there(file))
    agreed = valid(read_contract(text.encode("utf-8"), str(place)))
    today = datetime.fromtimestamp(session.clock.now_ms() // 1000, UTC).astimezone(ZoneInfo(agreed.zone)).date()
    signature = Signature(role, _signer(session, agreed, by), today, agreed.hash)
    after = write_signature(text.removeprefix(_BOM), signature)
    now = valid(read_contract(after.encode("utf-8"), str(place), check_holidays=False))
    assert now.hash == agreed.hash, "a signature does not change what is signed"
    assert signature in now.signatures, "what was written can be read"
    mode = place.stat().st_mode if file else None
    write_contract(place, ((_BOM if text.startswith(_BOM) else "") + after).encode("utf-8"))
    if mode is not None:
        place.chmod(mode)  # a file in a team's folder stays one that the team can read
    else:
        _bring_into_force(session)
    emit({"ok": True, "contract": contract_shape(now)}, [signed(now)], as_json=session.as_json)


def _text(session: Session) -> str:
    """The contract file as it is; a home without one begins with the template. Raises LeadqError `contract`."""
    if not session.home.contract.exists():
        return template_text(DEFAULT_TEMPLATE)
    return _decoded(session.home.contract)


def _decoded(place: Path) -> str:
    raw = place.read_bytes()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise broken(read_contract(raw, str(place))) from None


def _signer(session: Session, agreed: Contract, by: str) -> str:
    me = config.load(session.home).me
    name = clean(by).strip() or (agreed.members[me].name if me in agreed.members else "")
    if name:
        return name
    message = _("A signature has a name.")
    raise LeadqError("needs_name", message, hint=_("Add --by NAME."), exit_status=Exit.USAGE)


def _bring_into_force(session: Session) -> None:
    with session.queue().desk():
        return  # any write brings an edited contract into force; this one has nothing else to do


@command(
    "edit",
    help=N_(
        "Edit the contract in $VISUAL or $EDITOR.\n\nIt is put in place only when it is valid; else your copy is kept."
    ),
)
def edit(session: Session) -> None:
    """Open a copy, check it, and put it in place."""
    editor = _editor()
    copy = session.home.contract.with_name("contract.edited.toml")
    before = _text(session)
    if not copy.exists():
        write_contract(copy, before.encode("utf-8"))
    _open(editor, copy)
    reading = read_contract(copy.read_bytes(), str(copy))
    if reading.contract is None:
        raise _kept(broken(reading), copy)
    changed = copy.read_bytes() != before.encode("utf-8")
    if changed:
        write_contract(session.home.contract, copy.read_bytes())
        _bring_into_force(session)
    copy.unlink()
    told = _("The contract {name} is in force.") if changed else _("Nothing was changed.")
    name = f"{reading.contract.name} {reading.contract.version}"
    value: dict[str, Any] = {"ok": True, "changed": changed, "contract": contract_shape(reading.contract)}
    emit(value, [told.format(name=name)], as_json=session.as_json)


def _editor() -> list[str]:
    """The command of the editor. Raises LeadqError `no_terminal` or `no_editor` (2)."""
    if not interactive():
        raise LeadqError(
            "no_terminal",
            _("An editor needs a terminal."),
            hint=_("Change the file yourself, then run `leadq contract check`."),
            exit_status=Exit.USAGE,
        )
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "", posix=os.name == "posix")
    if not words:
        message = _("Neither VISUAL nor EDITOR names an editor.")
        raise LeadqError("no_editor", message, hint=_("Set EDITOR, for example to nano."), exit_status=Exit.USAGE)
    return words


def _open(editor: list[str], copy: Path) -> None:
    """Wait until the person has closed the editor. Raises LeadqError `no_editor` (2) when it fails."""
    try:
        status = subprocess.run([*editor, str(copy)], check=False).returncode  # noqa: S603 - the user's own choice
    except OSError as error:
        status, why = 1, error.strerror or str(error)
    else:
        why = _("it ended with status {status}").format(status=status)
    if status:
        raise LeadqError(
            "no_editor",
            _("The editor {editor} failed: {why}.").format(editor=editor[0], why=why.rstrip(".")),
            hint=_("Nothing was put in place; your copy is {file}.").format(file=copy),
            exit_status=Exit.USAGE,
        )


def _kept(error: LeadqError, copy: Path) -> LeadqError:
    """What is wrong with the edited copy, and where it is."""
    hint = _("The contract in force stays; your copy is {file}, and `leadq contract edit` opens it again.")
    return LeadqError(
        "contract", error.message, hint=f"{error.hint} {hint.format(file=copy)}".strip(), exit_status=Exit.CONFIG
    )
