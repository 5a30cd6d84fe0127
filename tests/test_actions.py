"""The registry of actions: one list, and what is made from it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from leadq import i18n
from leadq.actions import ACTIONS, BY_ID, GROUPS, as_json, as_markdown, terminal_keys

DOCS = Path(__file__).parent.parent / "docs"


def test_no_key_means_two_things_in_one_place() -> None:
    for scope in ("queue", "call", "verdict", "dialog", "outbox", "log"):
        keys = Counter(
            key for action in ACTIONS if action.scope in (scope, "everywhere") for key in terminal_keys(action)
        )
        assert [key for key, times in keys.items() if times > 1] == []


def test_a_capital_letter_is_also_its_shifted_letter() -> None:
    assert list(terminal_keys(BY_ID["last"])) == ["G", "shift+g", "end"]


def test_every_action_belongs_to_a_group_and_has_words_in_both_languages() -> None:
    assert {action.group for action in ACTIONS} == set(GROUPS)
    english = as_json()
    i18n.use("fr")
    french = as_json()
    assert [one["id"] for one in english] == [one["id"] for one in french]
    assert all(one["help"] != other["help"] for one, other in zip(english, french, strict=True))


def test_the_page_of_keys_is_made_from_the_registry() -> None:
    assert (DOCS / "keybindings.md").read_text("utf-8") == as_markdown()
    i18n.use("fr")
    assert (DOCS / "fr" / "keybindings.md").read_text("utf-8") == as_markdown()
