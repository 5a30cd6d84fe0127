"""Contracts as a team publishes them: signed or not, for one day or another."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from leadq.domain.contract import Contract, Signature
from leadq.domain.contract_file import read_contract
from leadq.domain.signing import sign
from leadq.rulebook import template_text


@lru_cache
def read(text: str) -> Contract:
    """The contract that a text is."""
    contract = read_contract(text.encode(), "team.toml", check_holidays=False).contract
    assert contract is not None
    return contract


@lru_cache
def draft(version: str, day: str) -> str:
    """A contract for `day` on that nobody has signed."""
    text = re.sub(r"(?m)^version = .*", f'version = "{version}"', template_text("pme-fr"), count=1)
    return re.sub(r"(?m)^effective_from = .*", f"effective_from = {day}", text, count=1)


@lru_cache
def signed(version: str, day: str, *roles: str, on: str = "2026-03-01") -> str:
    """The same, signed by `roles`, else by both teams."""
    text = draft(version, day)
    for role in roles or ("marketing", "sales"):
        text = sign(text, Signature(role, "Ana", date.fromisoformat(on), read(draft(version, day)).hash))
    return text
