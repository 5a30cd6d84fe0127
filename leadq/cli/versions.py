"""Which contract is meant: a file, the one in force, or a version that was in force once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from leadq.domain.contract_file import Reading, read_contract
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.rulebook import DEFAULT_TEMPLATE, broken, template_text

if TYPE_CHECKING:
    from leadq.cli.base import Session
    from leadq.domain.contract import Contract

_IN_FORCE = "SELECT text FROM contract WHERE id = (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'contract')"


def read_file(file: str) -> Reading:
    """A contract file and what is wrong with it. Raises LeadqError `no_file` (2)."""
    if not Path(file).is_file():
        raise LeadqError("no_file", _("There is no file {file}.").format(file=file), exit_status=Exit.USAGE)
    return read_contract(Path(file).read_bytes(), file)


def home_file(session: Session) -> Reading:
    """The file of this home that people edit, else the template which a new home would start with."""
    if session.home.contract.exists():
        return read_contract(session.home.contract.read_bytes(), str(session.home.contract))
    return read_contract(template_text(DEFAULT_TEMPLATE).encode(), f"{DEFAULT_TEMPLATE}.toml")


def in_force(session: Session) -> Contract:
    """The contract in force, else the one that this home would start with. Raises LeadqError `contract` (78)."""
    with session.store.read() as db:
        row = db.execute(_IN_FORCE).fetchone()
    return valid(read_contract(row[0].encode(), "contract", check_holidays=False) if row else home_file(session))


def asked_for(session: Session, file: str | None) -> Contract:
    """The contract of `file`, for which no home is looked at; without one, the contract in force."""
    return in_force(session) if file is None else valid(read_file(file))


def valid(reading: Reading) -> Contract:
    """The contract that was read. Raises LeadqError `contract` (78) with the first error and its place."""
    if reading.contract is None:
        raise broken(reading)
    return reading.contract
