"""The user's keys, theme and `--ascii` on the command line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

import pytest

from leadq import config, keymap, keynames, themes
from tests.cli.runner import Leadq

ROOT: Final = Path(__file__).parent.parent.parent


def test_keys_are_listed_as_the_user_has_them_and_what_is_wrong_is_said(leadq: Leadq) -> None:
    leadq.home.keys.write_text('accept = ["x", ",A"]\nsnooze = ""\nacept = "y"\n', "utf-8")
    told = leadq("keys", "--json")
    keys = {action["id"]: action["keys"] for action in told.json}
    assert keys["accept"] == ["x", ",A"]
    assert keys["snooze"] == []
    assert keys["last"] == ["G", "shift+g", "end"]
    assert told.err.startswith(f'{leadq.home.keys}:3:1: acept: "acept" is not an action, so it has no keys. (Did you')
    shown = leadq("keys", "-q")
    assert shown.err == ""
    assert "x ,A              Accept" in shown.out


def test_what_is_wrong_with_keys_and_theme_is_an_error_of_the_settings_and_stops_nothing(leadq: Leadq) -> None:
    leadq.home.keys.write_text('\nnote = "ctrl+i"\n', "utf-8")
    config.save(leadq.home.settings, f'{config.first("zoe")}\n[screen]\ntheme = "dusk"\n')
    told = leadq("config", "validate", "--json")
    assert told.status == 78
    assert [(one["file"], one["line"], one["key"]) for one in told.json["errors"]] == [
        (str(leadq.home.keys), 2, "note"),
        (str(leadq.home.settings), 8, "screen.theme"),
    ]
    found = next(one for one in leadq("doctor", "--json").json["checks"] if one["id"] == "screen")
    assert not found["ok"]
    assert f"{leadq.home.keys}:2: A terminal cannot tell" in found["message"]
    assert leadq("list", "--json").status == 0


def test_sound_keys_and_themes_are_nothing_to_talk_about(leadq: Leadq) -> None:
    leadq.home.keys.write_text('note = ",n"\n', "utf-8")
    assert leadq("config", "validate").status == 0
    assert "screen" not in {one["id"] for one in leadq("doctor", "--json").json["checks"]}


def test_a_theme_and_ascii_are_settings_like_others(leadq: Leadq) -> None:
    config.save(leadq.home.settings, f'{config.first("zoe")}\n[screen]\ntheme = "light"\nascii = true\n')
    known = {one["key"]: (one["value"], one["origin"]) for one in leadq("config", "show", "--json").json["settings"]}
    assert known["screen.theme"] == ("light", "file")
    assert known["screen.ascii"] == (True, "file")
    properties = leadq("config", "schema").json["properties"]["screen"]["properties"]
    assert set(properties) >= {"bell", "theme", "ascii"}
    for wrong in ('ascii = "yes"', "theme = 3"):
        config.save(leadq.home.settings, f"{config.first('zoe')}\n[screen]\n{wrong}\n")
        assert leadq("config", "validate").status == 78
        assert leadq("list").status == 78


def test_ascii_is_for_what_is_drawn_and_said_and_not_for_names_or_data(leadq: Leadq) -> None:
    for words in (("list",), ("show", "3"), ("day",), ("--help",), ("prompt",), ("status",)):
        for language in ("en", "fr"):
            told = leadq(*words, "--ascii", "--lang", language).out
            odd = {char for char in told if not char.isascii()} - set("éèŒ’")
            assert not odd, (words, language, odd)
            assert told.isascii() is (words not in (("list",), ("show", "3"), ("day",))), words  # people's names
    assert "Œuvres du Bois" in leadq("show", "3", "--ascii").out
    assert leadq("list", "--json", "--ascii").out == leadq("list", "--json").out
    assert leadq("status", LEADQ_ASCII="1").out == leadq("status", "--ascii").out
    assert leadq("prompt").out.replace("·", "-") == leadq("prompt", LEADQ_ASCII="1").out != leadq("prompt").out


def test_line_mode_takes_the_users_keys_and_ascii_from_the_settings(leadq: Leadq) -> None:
    leadq.home.keys.write_text('accept = "x"\n', "utf-8")
    config.save(leadq.home.settings, f"{config.first('me')}\n[screen]\nascii = true\n")
    told = leadq("work", "--lang", "fr", stdin=b"?\nx\nq\n")
    assert "x, accept" in told.out
    assert not set("·«»…") & set(told.out)
    assert leadq("show", "1", "--json").json["state"] == "accepted"


@pytest.mark.parametrize("page", ["keys-and-themes.md", "fr/keys-and-themes.md"])
def test_what_the_page_shows_can_be_used_as_it_stands(page: str) -> None:
    text = (ROOT / "docs" / page).read_text("utf-8")
    keys, chosen, theme = (tomllib.loads(block) for block in re.findall(r"(?ms)^```toml\n(.*?)^```$", text))
    assert keymap.understood(keys).fine
    assert chosen["screen"]["theme"] in themes.BUILT_IN
    assert themes._faults(theme) == {}
    assert tuple(re.findall(r"(?m)^\| `(\w+)` \| \w", text)[-len(themes.ROLES) :]) == themes.ROLES
    assert all(f"`{name}`" in text for name in (*themes.BUILT_IN, *keynames.NAMES) if name[1:].isalpha())
