"""`prompt`: one short line, or nothing."""

from __future__ import annotations

import pytest

from leadq.prompt import Figures, say
from tests.cli.runner import Leadq


@pytest.mark.parametrize(
    ("figures", "line"),
    [
        (Figures(37, 2, 3, 588_000), "3! 2~ 37 · 9m48s"),
        (Figures(37, 0, 0, 600_000), "37 · 10m"),
        (Figures(37, 0, 3, None), "3! 37"),
        (Figures(1, 1, 0, 0), "1~ 1 · 0m00s"),
        (Figures(), ""),
    ],
)
def test_the_line_leaves_out_what_is_zero(figures: Figures, line: str) -> None:
    assert say(figures, 0) == line


def test_the_prompt_counts_what_is_mine_and_nobodys(leadq: Leadq) -> None:
    leadq("init", "--me", "zoe")
    leadq("accept", "1")
    assert leadq("prompt", "--json").json["open"] == 4
    leadq("init", "--me", "karim")
    figures = leadq("prompt", "--json").json
    assert set(figures) == {"open", "at_risk", "breached", "radar", "waiting", "next_due_at"}
    assert (figures["open"], figures["waiting"]) == (3, 1)


def test_the_prompt_agrees_with_the_list(leadq: Leadq) -> None:
    leads = leadq("list", "--view", "mine", "--json").json
    due = sorted(lead["next_due_at"] for lead in leads if lead["next_due_at"] >= leadq.now)
    late = [lead for lead in leads if lead["next_due_at"] < leadq.now]
    figures = leadq("prompt", "--json").json
    assert (figures["open"], figures["breached"], figures["next_due_at"]) == (len(leads), len(late), due[0])


@pytest.mark.parametrize("words", [["prompt"], ["--json", "prompt"], ["-q", "prompt", "--now", "2026-05-13T13:00:00Z"]])
def test_the_fast_way_says_what_the_command_says(leadq: Leadq, words: list[str]) -> None:
    assert leadq(*words).out == leadq(*words, "--lang=en").out != ""


@pytest.mark.parametrize("words", [["prompt", "now"], ["prompt", "--lang", "de"], ["prompt", "--home"], ["--home="]])
def test_what_is_wrong_is_refused_on_the_fast_way_too(leadq: Leadq, words: list[str]) -> None:
    assert leadq(*words).status == 2


def test_the_fast_way_leaves_the_help_to_the_command(leadq: Leadq) -> None:
    assert leadq("prompt", "--help").out.startswith("Usage: leadq prompt")


def test_broken_settings_are_said_as_everywhere(leadq: Leadq) -> None:
    leadq.home.settings.write_text("[me", "utf-8")
    assert leadq("prompt").status == 78
    assert leadq("prompt", "--json").code == "config"
