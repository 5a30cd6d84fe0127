"""`brief`: one page for the account executive, and a calendar file that is the same each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.cli.runner import Leadq

QUALIFY = ("qualify", "1", "--quality", "4", "--need", "yes", "--budget", "unknown", "--intent", "yes")


def qualified(leadq: Leadq, *words: str) -> None:
    words_of_touch = (
        "--note",
        "asked for *prices*",
        "--insight",
        "question:delivery <2 d",
        "--evidence",
        "https://r.example/1",
    )
    leadq("touch", "1", "--channel", "call", "--outcome", "connected", *words_of_touch)
    assert leadq(*QUALIFY, "--horizon", "3", "--next-step", "demo", *words).status == 0


def test_the_page_says_who_why_now_what_was_said_and_what_comes_next(leadq: Leadq) -> None:
    qualified(leadq, "--meeting", "2026-05-19T14:30")
    page = leadq("brief", "1").out
    for line in (
        "# Jeanne Martin · Forges d’Ardèche", "- Phone: none", "- E-mail: jeanne@forges.example", "- Trigger: demo",
        "- Need: yes", "- Budget: unknown", "- Horizon: 3 months", "- Next step: demo", "- Meeting: 2026-05-19 14:30",
        "  - question: delivery \\<2 d", "  - note: asked for \\*prices\\*", "  - evidence: <https://r.example/1>",
    ):  # fmt: skip
        assert line in page.splitlines()
    assert "missing" in page.lower()


def test_a_number_that_proved_wrong_is_said_to_be(leadq: Leadq) -> None:
    leadq("touch", "1", "--channel", "email", "--outcome", "bounced")
    assert "- E-mail: jeanne@forges.example (wrong, found by trying)" in leadq("brief", "1").out


def test_the_talk_track_is_that_of_the_leads_segment(leadq: Leadq) -> None:
    text = leadq.home.contract.read_text("utf-8")
    segment = (
        '[segment.demo]\nwhen = "trigger == \'demo\'"\ntalk_track = { en = "Downtime first.", fr = "Les arrêts." }\n'
        'assets = [{ title = "Case", url = "https://example.test/case" }]\n\n'
    )
    at = text.index("[cadence]")
    leadq.home.contract.write_text(text[:at] + segment + text[at:], "utf-8")
    leadq("add", "--name", "Eva", "--company", "E", "--trigger", "demo")
    leadq("add", "--name", "Ivo", "--company", "I", "--trigger", "event")
    page = leadq("brief", "5").out
    assert "- Downtime first." in page
    assert "- Case: <https://example.test/case>" in page
    assert "- Les arrêts." in leadq("brief", "5", "--lang", "fr").out
    assert "Downtime" not in leadq("brief", "6").out


def test_what_was_said_before_a_lead_came_back_is_there_too(leadq: Leadq) -> None:
    leadq("touch", "1", "--channel", "call", "--outcome", "connected", "--note", "years ago")
    leadq("disqualify", "1", "--reason", "dq.no_need", "--quality", "3")
    leadq("reopen", "1", "--reason", "called back")
    assert "note: years ago" in leadq("brief", "jeanne@forges.example").out


def test_the_meeting_is_the_same_file_whenever_it_is_written(leadq: Leadq) -> None:
    qualified(leadq, "--meeting", "2026-05-19T14:30")
    one, two = leadq.folder.parent / "one.ics", leadq.folder.parent / "two.ics"
    done = leadq("brief", "1", "--ics", str(one), "--json").json
    replace(leadq, now="2026-05-18T08:00:00Z")("brief", "1", "--ics", str(two))
    content = one.read_bytes()
    assert done == {"ok": True, "meeting_at": "2026-05-19T12:30:00Z", "ics": str(one)}
    assert content == two.read_bytes()
    assert b"DTSTART:20260519T123000Z\r\n" in content
    assert b"DTSTAMP:20260513T130000Z\r\n" in content


def test_a_touch_that_set_a_meeting_is_enough(leadq: Leadq) -> None:
    leadq("touch", "1", "--channel", "call", "--outcome", "meeting_set", "--next", "2026-05-15T10:00")
    assert leadq("brief", "1", "--json").json["meeting_at"] == "2026-05-15T08:00:00Z"


def test_without_a_meeting_nothing_is_written(leadq: Leadq) -> None:
    page, file = leadq.folder.parent / "page.md", leadq.folder.parent / "meeting.ics"
    refused = leadq("brief", "1", "-o", str(page), "--ics", str(file))
    assert refused.status == 5
    assert "No meeting with lead 1 was written down." in refused.err
    assert not page.exists()
    assert not file.exists()


def test_the_page_goes_into_a_file(leadq: Leadq) -> None:
    file = Path(leadq.folder.parent / "page.md")
    assert leadq("brief", "1", "-o", str(file), "--json").json["file"] == str(file)
    assert file.read_text("utf-8") == leadq("brief", "1").out


def test_hostile_names_are_only_text(leadq: Leadq) -> None:
    first = leadq("brief", "4").out.splitlines()[0]
    assert first == "# \\[/\\] ACME · \\[@click=app.quit\\]x"
