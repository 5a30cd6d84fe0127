"""A record as it came: it stays the text that it is, and can be looked into."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq.plugins.sdk import Found, Page, RemoteLead
from leadq.raw import Raw, as_text
from leadq.sync.hearing import Hearing
from leadq.sync.protocol import APART, Message, ProtocolError, decode, encode

JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.dictionaries(st.text(), JSON, max_size=4)


def heard(message: Message) -> Message:
    return Hearing(["pat-of-the-service"]).message(encode(message))


@given(records=st.lists(RECORDS, max_size=4))
def test_a_page_brings_each_record_as_it_came_whatever_is_in_it(records: list[dict[str, Any]]) -> None:
    leads = tuple(RemoteLead(str(number), raw=record) for number, record in enumerate(records))
    page = decode(encode(Page(leads, "next", True)))
    assert isinstance(page, Page)
    assert [dict(lead.raw) for lead in page.leads] == records
    assert [json.loads(as_text(lead.raw)) for lead in page.leads] == records


def test_what_was_looked_up_brings_its_record_too() -> None:
    found = Found("42", "open", lead=RemoteLead("42", raw={"name": "Zoé"}))
    assert decode(encode(found)) == found
    assert decode(encode(Found("42", "deleted"))) == Found("42", "deleted")


def test_a_secret_in_a_record_is_hidden_on_its_way() -> None:
    page = heard(Page((RemoteLead("42", raw={"echo": "Bearer pat-of-the-service"}),), None, False))
    assert isinstance(page, Page)
    assert page.leads[0].raw["echo"] == "Bearer ***"


def test_half_a_character_in_a_record_is_mended_before_it_is_kept() -> None:
    page = heard(
        Page((RemoteLead("42", fields={"name": "\ud83d"}, raw={"name": "\ud83d", "whole": "😀"}),), None, False)
    )
    assert isinstance(page, Page)
    assert dict(page.leads[0].raw) == {"name": "?", "whole": "😀"}
    as_text(page.leads[0].raw).encode()


@pytest.mark.parametrize("text", ["", "[1]", '{"a"', "[" * 100_000], ids=["nothing", "a list", "cut off", "too deep"])
def test_a_record_that_says_none_is_empty(text: str) -> None:
    assert dict(Raw(text)) == {}


def test_a_line_with_a_record_too_many_is_no_message() -> None:
    line = encode(Page((RemoteLead("42"),), None, False)).rstrip(b"\n")
    with pytest.raises(ProtocolError):
        decode(line + APART + b"{}")
