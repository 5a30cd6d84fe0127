"""Which contract is meant: a file, the one in force, or a version that was in force once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from leadq import rulebook
from leadq.domain.contract_file import Reading, read_contract
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.rulebook import DEFAULT_TEMPLATE, broken, template_text

if TYPE_CHECKING:
    from leadq.cli.base import Session
    from leadq.domain.contract import Contract

_SHORTEST: Final = 4
"""Characters of a hash that name a version."""


def read_file(file: str) -> Reading:
    """A contract file and what is wrong with it. Raises LeadqError `no_file` (2)."""
    return read_contract(there(file).read_bytes(), file)


def there(file: str) -> Path:
    """The path of a file that is there. Raises LeadqError `no_file` (2)."""
    if not Path(file).is_file():
        raise LeadqError("no_file", _("There is no file {file}.").format(file=file), exit_status=Exit.USAGE)
    return Path(file)


def home_file(session: Session) -> tuple[str, Reading]:
    """The file of this home that people edit, else the template which a new home would start with; with its name."""
    if session.home.contract.exists():
        name, raw = str(session.home.contract), session.home.contract.read_bytes()
    else:
        name, raw = f"{DEFAULT_TEMPLATE}.toml", template_text(DEFAULT_TEMPLATE).encode()
    return name, read_contract(raw, name)


def in_force(session: Session) -> Contract:
    """The contract in force, else the one that this home would start with. Raises LeadqError `contract` (78)."""
    with session.store.read() as db:
        found = rulebook.in_force(db)
    return found[0] if found else valid(home_file(session)[1])


def asked_for(session: Session, file: str | None) -> Contract:
    """The contract of `file`, for which no home is looked at; without one, the contract in force."""
    return in_force(session) if file is None else valid(read_file(file))


def named(session: Session, word: str) -> Contract:
    """A contract by file, by `.` or `current` for the one in force, or a stored one by version or hash.

    Raises LeadqError `unknown_version` (2) with those that are stored.
    """
    if word in (".", "current"):
        return in_force(session)
    if Path(word).is_file():
        return valid(read_file(word))
    with session.store.read() as db:
        stored = db.execute("SELECT version, hash, text FROM contract ORDER BY applied_ms DESC, id DESC").fetchall()
    for version, digest, text in stored:
        if version == word or (len(word) >= _SHORTEST and digest.startswith(word.lower())):
            return valid(read_contract(text.encode(), "contract", check_holidays=False))
    raise LeadqError(
        "unknown_version",
        _("“{name}” is neither a file nor a version that was in force here.").format(name=word),
        hint=_("Stored: {known}.").format(known=", ".join(f"{v} ({h[:12]})" for v, h, _text in stored) or "-"),
        exit_status=Exit.USAGE,
        candidates=[{"version": version, "hash": digest} for version, digest, _text in stored],
    )


def valid(reading: Reading) -> Contract:
    """The contract that was read. Raises LeadqError `contract` (78) with the first error and its place."""
    if reading.contract is None:
        raise broken(reading)
    return reading.contract
