"""A signature is written into the text of a contract, and nothing else of it changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from leadq.domain.contract import Contract, Signature
from leadq.domain.contract_file import read_contract
from leadq.domain.signatures import standing
from leadq.domain.signing import sign
from leadq.rulebook import TEMPLATES, template_text

INLINE = 'contract = { name = "C", version = "1", effective_from = 2026-01-01, zone = "Europe/Paris" }\n'
DOTTED = """contract.name = "C"  # ours
contract.version = "1"
contract.effective_from = 2026-01-01
contract.zone = "Europe/Paris"
"""
HEADED = """[contract]  # the agreement
# its name
name = "C"
version = "1"
effective_from = 2026-01-01
zone = "Europe/Paris"
"""
ONE = '  { role = "marketing", by = "M", on = 2026-01-02 }  # first\n'
LISTED = f"{HEADED}signed = [  # who\n{ONE}]  # end\n"
TRAILING = f'{HEADED}signed = [{{ role = "marketing", by = "M", on = 2026-01-02, hash = "x" }}, ]\n'
TABLES = f"""{HEADED}
[[contract.signed]]   # theirs
role = "marketing"
by = "M"   # M for Marketing
on = 2026-01-02
"""
REST = """
[calendar.s]
zone = "Europe/Paris"
week = { all = "09:00-18:00" }
[[policy]]
id = "any"
match = "true"
calendar = "s"
clock.accept = { target = "2h", unit = "business" }
"""
WAYS = {
    "inline": "schema = 1\n" + INLINE + REST,
    "dotted": "schema = 1\n" + DOTTED + REST,
    "headed": "schema = 1\n" + HEADED + REST,
    "listed": "schema = 1\n" + LISTED + REST,
    "trailing": "schema = 1\n" + TRAILING + REST,
    "tables": "schema = 1\n" + TABLES + REST,
    "tables at the end": "schema = 1\n" + REST + TABLES.rstrip("\n"),
    "empty": f"schema = 1\n{HEADED}signed = []   # by hand? no\n{REST}",
    "windows": ("schema = 1\n" + LISTED + REST).replace("\n", "\r\n"),
    **{name: template_text(name) for name in TEMPLATES},
}


def read(text: str) -> Contract:
    reading = read_contract(text.encode(), "c.toml", check_holidays=False)
    assert reading.contract is not None, reading.errors
    return reading.contract


def signed(text: str, role: str = "sales", by: str = 'Zoé "Z" Ünal\\') -> str:
    return sign(text, Signature(role, by, date(2026, 5, 13), read(text).hash))


@pytest.mark.parametrize("text", WAYS.values(), ids=WAYS)
def test_a_signature_is_added_and_the_contract_stays_the_same(text: str) -> None:
    before, after = read(text), read(signed(text))
    assert after.hash == before.hash
    assert after.signatures[-1] == Signature("sales", 'Zoé "Z" Ünal\\', date(2026, 5, 13), before.hash)
    assert standing(after, after.signatures[-1]) == "valid"
    assert after.signatures[:-1] == before.signatures


@pytest.mark.parametrize("text", WAYS.values(), ids=WAYS)
def test_every_line_and_comment_that_was_there_still_is(text: str) -> None:
    after = signed(text)
    for comment in (line.partition("#")[2] for line in text.splitlines() if "#" in line):
        assert f"#{comment}" in after
    assert after.count("\r\n") in (0, after.count("\n"))


@pytest.mark.parametrize("text", WAYS.values(), ids=WAYS)
def test_an_older_signature_of_the_same_role_is_replaced(text: str) -> None:
    both = signed(signed(text), "marketing", "New")
    again = signed(both, "marketing", "Newer")
    assert sorted(one.by for one in read(again).signatures) == ["Newer", 'Zoé "Z" Ünal\\']
    assert all(standing(read(again), one) == "valid" for one in read(again).signatures)


def test_an_edited_contract_is_one_that_nobody_has_signed() -> None:
    text = signed(WAYS["headed"])
    edited = read(text.replace('"2h"', '"3h"'))
    assert standing(edited, edited.signatures[0]) == "edited"
    assert standing(edited, replace(edited.signatures[0], hash="")) == "unrecorded"
