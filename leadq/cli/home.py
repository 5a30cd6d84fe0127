"""`init` and `whoami`: whose home this is, and under which contract."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from leadq import config
from leadq.cli.base import OneOf, Session, command, option
from leadq.cli.output import emit, say
from leadq.errors import LeadqError
from leadq.founding import contract_of, found, member_of, suggested_template
from leadq.i18n import N_, _
from leadq.rulebook import TEMPLATES, template_text
from leadq.terminal import interactive

if TYPE_CHECKING:
    from leadq.domain.contract import Contract


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
    text = None if template is None else template_text(template)
    contract = contract_of(home, text)
    if me is None and ask and not known:
        me = _ask_member(contract)
    member = None if me is None else member_of(contract, me)
    done = found(home, session.queue(), text, member, _say_aside)
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


def _say_aside(name: str) -> None:
    say(_("The contract that was there is now {name}.").format(name=name))


def _who(contract: Contract, member_id: str) -> str:
    member = contract.members.get(member_id)
    return f"{member.name} ({member.id})" if member else member_id


def _ask_template() -> str:
    answer = _ask(_("Contract to start from ({known})").format(known=", ".join(TEMPLATES)), suggested_template())
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
        return member_of(contract, answer)
    except LeadqError as error:
        say(f"{error.message} {error.hint}")
        return _ask_member(contract)


def _ask(question: str, suggested: str) -> str:
    sys.stderr.write(f"{question}{f' [{suggested}]' if suggested else ''}: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip() or suggested
