"""A home is made: its contract, whose it is. What `leadq init` does, and the screen that a first start shows."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from leadq import config
from leadq.domain.contract_file import read_contract
from leadq.errors import Exit, LeadqError
from leadq.i18n import _, current
from leadq.rulebook import DEFAULT_TEMPLATE, broken, moved_aside, template_text, write_contract
from leadq.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadq.domain.contract import Contract
    from leadq.paths import Home
    from leadq.queue import Queue

_BY_LANGUAGE: Final = {"en": "saas-en", "fr": "pme-fr"}


def suggested_template() -> str:
    """The contract that suits the user's language."""
    return _BY_LANGUAGE[current()]


def contract_of(home: Home, text: str | None = None) -> Contract:
    """The contract that `text` is; without one, that of the home, or that which a new home gets.

    Raises LeadqError `contract` (78) when it is broken.
    """
    if text is None and home.contract.exists():
        raw = home.contract.read_bytes()
    else:
        raw = (template_text(DEFAULT_TEMPLATE) if text is None else text).encode("utf-8")
    reading = read_contract(raw, str(home.contract))
    if reading.contract is None:
        raise broken(reading)
    return reading.contract


def member_of(contract: Contract, given: str) -> str:
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


def with_newcomer(text: str, contract: Contract, name: str) -> tuple[str, str]:
    """The text of a contract with one more sales development rep called `name`, and the id that they get in it."""
    words = re.findall("[a-z0-9]+", fold(name)) or ["rep"]
    ids = (words[0], "-".join(words), *(f"{words[0]}-{number}" for number in range(2, 1000)))
    member = next(each for each in ids if each not in contract.members and each != config.NOBODY)
    table = f'[member.{member}]\nname = {json.dumps(name.strip(), ensure_ascii=False)}\nrole = "sdr"\n'
    return f"{text.rstrip()}\n\n{table}", member


def found(
    home: Home, queue: Queue, text: str | None, member: str | None, put_aside: Callable[[str], None] = lambda name: None
) -> list[str]:
    """Make the home, or change in it what is asked: the contract becomes `text`, and `member` the one whose it is.

    The names of what changed. A contract that was there is kept under another name, which `put_aside` hears.
    """
    done = []
    if text is not None and _differs(home, text):
        if aside := moved_aside(home.contract):
            put_aside(aside)
        write_contract(home.contract, text.encode("utf-8"))
        done.append("contract")
    if not home.settings.exists():
        config.write(home, member or config.NOBODY)
        done.append("settings")
    elif member is not None and member != config.load(home).me:
        config.name_me(home, member)
        done.append("me")
    if not home.exists:
        done.append("database")
    with queue.desk():
        return done  # the transaction makes the database, and puts the contract in force


def _differs(home: Home, text: str) -> bool:
    return not home.contract.exists() or home.contract.read_text("utf-8", "replace") != text
