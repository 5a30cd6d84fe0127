"""`init` and `whoami`: whose home this is, and under which contract."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from leadq import config
from leadq.cli.base import OneOf, Session, command, option
from leadq.cli.output import emit, say
from leadq.domain.contract_file import read_contract
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _, current
from leadq.rulebook import TEMPLATES, broken, template_text, write_template
from leadq.terminal import interactive
from leadq.text import fold

if TYPE_CHECKING:
    from pathlib import Path

    from leadq.domain.contract import Contract
    from leadq.paths import Home

_BY_LANGUAGE: Final = {"en": "saas-en", "fr": "pme-fr"}


@command("init", help=N_("Make a home: its contract, who you are, the first connection."))
@option("--template", type=OneOf(TEMPLATES), help=N_("The contract to start from (else pme-fr)."))
@option("--me", metavar="MEMBER", help=N_("Who you are: a member of the contract (id, name or e-mail)."))
def init(session: Session, template: str | None, me: str | None) -> None:
    """Make the home, or change in it what was asked and nothing else."""
    home = session.home
    ask = interactive() and not session.as_json
    known = home.settings.exists() or home.exists
    if template is None and not home.contract.exists():
        template = _ask_template() if ask else TEMPLATES[0]
    contract = _read(home, template)
    if me is None and ask and not known:
        me = _ask_member(contract)
    member = None if me is None else _member(contract, me)
    done = _apply(session, template, member)
    settings = config.load(home)
    if settings.me not in contract.members and settings.me != config.NOBODY:
        say(_("{member} is not a member of this contract.").format(member=settings.me))
    value = {
        "ok": True,
        "home": str(home.data.parent),
        "member": settings.me,
        "contract": {"name": contract.name, "version": contract.version},
        "connections": list(settings.connections),
        "done": done,
    }
    lines = [
        _("Contract: {name} {version} ({path})").format(
            name=contract.name, version=contract.version, path=home.contract
        ),
        _("You are: {member}").format(member=_who(contract, settings.me)),
    ]
    emit(value, [*lines, _("This home was there already; nothing was changed.")] if not done else lines,
         as_json=session.as_json)  # fmt: skip


@command("whoami", help=N_("Say who you are here, and where here is."))
def whoami(session: Session) -> None:
    """Print the member, the device and the home."""
    me = config.load(session.home).me
    with session.store.read() as db:
        row = db.execute("SELECT name, role, email FROM member WHERE id = ?", (me,)).fetchone() or ("", "", "")
        device = db.execute("SELECT value FROM meta WHERE key = 'device'").fetchone()
    value = {
        "member": me,
        "name": row[0],
        "role": row[1],
        "email": row[2],
        "device": device[0] if device else None,
        "home": str(session.home.data.parent),
    }
    name = f"{me} · {row[0]} · {row[1]}" if row[0] else me
    unnamed = [_("Say who you are: `leadq init --me MEMBER`.")] if me == config.NOBODY else []
    emit(value, [name, *unnamed, _("home {path}").format(path=session.home.data.parent)], as_json=session.as_json)


def _read(home: Home, template: str | None) -> Contract:
    """The contract that will be in force. Raises LeadqError `contract` (78) when a person's file is broken."""
    raw = home.contract.read_bytes() if template is None else template_text(template).encode("utf-8")
    reading = read_contract(raw, str(home.contract))
    if reading.contract is None:
        raise broken(reading)
    return reading.contract


def _apply(session: Session, template: str | None, member: str | None) -> list[str]:
    """Write what was asked for; the names of what changed."""
    home, done = session.home, []
    if template is not None and _differs(home, template):
        _keep(home.contract)
        write_template(home, template)
        done.append("contract")
    if not home.settings.exists():
        config.write(home, member or config.NOBODY)
        done.append("settings")
    elif member is not None and member != config.load(home).me:
        config.name_me(home, member)
        done.append("me")
    if not home.exists:
        done.append("database")
    with session.queue().desk():
        return done  # the transaction makes the database, and puts the contract in force


def _differs(home: Home, template: str) -> bool:
    return not home.contract.exists() or home.contract.read_text("utf-8", "replace") != template_text(template)


def _keep(path: Path) -> None:
    """A contract that somebody may have worked on is put aside, never overwritten."""
    if not path.exists():
        return
    aside = next(
        name for number in range(1, 10_000) if not (name := path.with_name(f"contract.before-{number}.toml")).exists()
    )
    path.rename(aside)
    say(_("The contract that was there is now {name}.").format(name=aside.name))


def _member(contract: Contract, given: str) -> str:
    """The id of the member meant. Raises LeadqError `unknown_member` (2) with those of the contract."""
    for member in contract.members.values():
        if fold(given.strip()) in (fold(member.id), fold(member.name), fold(member.email)):
            return member.id
    raise LeadqError(
        "unknown_member",
        _("The contract has no member “{name}”.").format(name=given),
        hint=_("It has: {known}.").format(known=", ".join(contract.members) or "-"),
        exit_status=Exit.USAGE,
        candidates=[{"member": member.id, "name": member.name} for member in contract.members.values()],
    )


def _who(contract: Contract, member_id: str) -> str:
    member = contract.members.get(member_id)
    return f"{member.name} ({member.id})" if member else member_id


def _ask_template() -> str:
    suggested = _BY_LANGUAGE[current()]
    answer = _ask(_("Contract to start from ({known})").format(known=", ".join(TEMPLATES)), suggested)
    if answer in TEMPLATES:
        return answer
    say(_("“{value}” is not one of: {known}.").format(value=answer, known=", ".join(TEMPLATES)))
    return _ask_template()


def _ask_member(contract: Contract) -> str | None:
    known = ", ".join(f"{member.id} ({member.name})" for member in contract.members.values())
    answer = _ask(_("Who are you? {known}; empty for nobody yet").format(known=known), "")
    if not answer:
        return None
    try:
        return _member(contract, answer)
    except LeadqError as error:
        say(f"{error.message} {error.hint}")
        return _ask_member(contract)


def _ask(question: str, suggested: str) -> str:
    sys.stderr.write(f"{question}{f' [{suggested}]' if suggested else ''}: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip() or suggested
