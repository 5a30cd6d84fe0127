"""The calendar file: what RFC 5545 asks for, and nothing that a text could smuggle in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leadq.ics import meeting

STAMP_MS = 1_778_677_200_000  # 2026-05-13 13:00:00 UTC
START_MS = 1_779_193_800_000  # 2026-05-19 12:30:00 UTC


def file(summary: str = "Jeanne", description: str = "") -> bytes:
    return meeting(uid="u", stamp_ms=STAMP_MS, start_ms=START_MS, summary=summary, description=description)


def unfolded(content: bytes) -> list[str]:
    return content.replace(b"\r\n ", b"").decode("utf-8").split("\r\n")


def test_the_file_is_the_one_that_the_standard_describes() -> None:
    assert unfolded(file("Jeanne; Forges, SA", "a\\b\nc")) == [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//leadq//leadq//EN", "METHOD:PUBLISH", "BEGIN:VEVENT", "UID:u",
        "DTSTAMP:20260513T130000Z", "DTSTART:20260519T123000Z", "SUMMARY:Jeanne\\; Forges\\, SA",
        "DESCRIPTION:a\\\\b\\nc", "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip


@given(st.text(), st.text())
def test_no_text_adds_a_line_or_makes_one_too_long(summary: str, description: str) -> None:
    content = file(summary, description)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert [line.partition(":")[0] for line in unfolded(content)] == [
        line.partition(":")[0] for line in unfolded(file())
    ]
    assert not set(content.replace(b"\r\n", b"")) & set(range(32))


def test_a_long_line_is_cut_between_characters() -> None:
    summary = "é€😀" * 60
    content = file(summary)
    for line in content.split(b"\r\n"):
        line.decode("utf-8")
    assert f"SUMMARY:{summary}" in unfolded(content)
