"""A mapping finds what it names in a record, and leaves out what is not there."""

from __future__ import annotations

import pytest

from leadq.plugins.sdk import mapped

RECORD = {
    "contact": {"mail": "ada@forges.example", "phones": ["+33 1 02 03 04 05", "+33 6"]},
    "utm.campaign": "spring",
    "score": 0,
    "empty": None,
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("contact.mail", {"field": "ada@forges.example"}),
        ("contact.phones.0", {"field": "+33 1 02 03 04 05"}),
        ("contact.phones.7", {}),
        ("contact.mail.0", {}),
        ("utm.campaign", {"field": "spring"}),
        ("score", {"field": 0}),
        ("empty", {}),
        ("nothing.there", {}),
    ],
)
def test_a_path_leads_to_a_value_or_to_nothing(path: str, found: dict[str, object]) -> None:
    assert mapped(RECORD, {"field": path}) == found
