"""The coded taxonomy: complete, in both languages, and each reason says what it needs."""

from __future__ import annotations

import pytest

from leadq.domain import reasons
from leadq.domain.reasons import REASONS, by_code, nearest, of_class

CODES = {
    "rejected": "routing duplicate open_opp customer incomplete bad_data off_icp below_threshold competitor "
    "spam no_consent",
    "disqualified": "bad_contact unreachable no_need no_budget no_authority no_fit lost_to_comp price "
    "left_company opt_out closed_company",
    "recycled": "too_early timing reorg went_silent sdr_capacity",
    "returned": "not_qualified no_show",
}
PREFIX = {"rejected": "rej.", "disqualified": "dq.", "recycled": "rec.", "returned": "ret."}


@pytest.mark.parametrize("klass", CODES)
def test_every_class_has_the_agreed_codes_and_other(klass: str) -> None:
    wanted = [PREFIX[klass] + name for name in CODES[klass].split()]
    assert [reason.code for reason in of_class(klass)] == [*wanted, "other"]


def test_other_alone_is_of_the_class_other() -> None:
    assert [reason.code for reason in of_class("other")] == ["other"]


def test_a_code_is_used_once() -> None:
    assert len({reason.code for reason in REASONS}) == len(REASONS) == 30


@pytest.mark.parametrize(
    ("need", "codes"),
    [
        ("missing", {"rej.incomplete", "rej.bad_data", "dq.bad_contact"}),
        ("criterion", {"rej.off_icp", "rej.below_threshold"}),
        ("into", {"rej.duplicate"}),
        ("note", {"other"}),
    ],
)
def test_a_reason_needs_what_the_verb_table_says(need: str, codes: set[str]) -> None:
    assert {reason.code for reason in REASONS if need in reason.needs} == codes


def test_every_label_has_both_languages() -> None:
    tables = (reasons.OUTCOMES, reasons.MISSING, reasons.QUALITY, reasons.TRACKS)
    labels = [label for table in tables for label in table.values()]
    assert all(label.en and label.fr for label in labels)
    assert all(reason.en and reason.fr for reason in REASONS)


def test_french_labels_use_the_typographic_apostrophe() -> None:
    tables = (reasons.OUTCOMES, reasons.MISSING, reasons.QUALITY, reasons.TRACKS)
    french = [label.fr for table in tables for label in table.values()] + [reason.fr for reason in REASONS]
    assert not [text for text in french if "'" in text]
    bad_contact = by_code("dq.bad_contact")
    assert bad_contact is not None
    assert bad_contact.say("fr") == "Coordonnées fausses, constaté à l’appel"
    assert bad_contact.say("en") == "Contact data wrong, found by trying"


def test_the_fixed_lists_are_complete() -> None:
    assert " ".join(reasons.OUTCOMES) == (
        "no_answer voicemail gatekeeper wrong_number connected callback_set replied bounced meeting_set refused"
    )
    assert " ".join(reasons.MISSING) == "phone email role size need budget timing consent trigger"
    assert list(reasons.QUALITY) == [1, 2, 3, 4, 5]
    assert list(reasons.TRACKS) == ["awareness", "interest", "consideration"]
    assert reasons.MISSING["trigger"].en == "Trigger context"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("rej.duplicat", "rej.duplicate"),
        ("duplicate", "rej.duplicate"),
        ("DQ.no_ned", "dq.no_need"),
        ("@@", ""),
    ],
)
def test_a_misspelt_code_finds_the_nearest(typed: str, meant: str) -> None:
    assert by_code(typed) is None
    assert nearest(typed) == meant
