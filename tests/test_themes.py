"""Which themes there are, and how the one that is chosen is remembered."""

from __future__ import annotations

import pytest

from leadq import config, themes
from leadq.config_edit import set_key
from leadq.errors import LeadqError
from leadq.paths import Home


def test_the_choice_changes_its_own_line_and_nothing_else(home: Home) -> None:
    before = '# mine\n[me]\nmember = "zoe"  # that is me\n\n[screen]\nbell = false\n'
    config.save(home.settings, before)
    set_key(home, ("screen",), "theme", "light")
    assert home.settings.read_text("utf-8") == f'{before}theme = "light"\n'
    set_key(home, ("screen",), "theme", "dusk")
    assert home.settings.read_text("utf-8") == f'{before}theme = "dusk"\n'
    assert config.load(home).theme == "dusk"


@pytest.mark.parametrize(
    "text",
    ['screen = { bell = false }\n[me]\nmember = "zoe"\n', "[me", "[screen]\nbell = 3\n"],
    ids=["inline", "broken", "wrong"],
)
def test_a_file_that_a_program_cannot_change_is_left_alone(home: Home, text: str) -> None:
    config.save(home.settings, text)
    with pytest.raises(LeadqError) as refused:
        set_key(home, ("screen",), "theme", "light")
    assert refused.value.code == "config"
    assert home.settings.read_text("utf-8") == text


def test_the_themes_are_those_of_leadq_and_the_users_files(home: Home) -> None:
    assert themes.names(home) == themes.BUILT_IN
    themes.folder(home).mkdir(parents=True)
    for name in ("dusk.toml", "Été.toml", "light.toml", ".hidden.toml", "notes.txt"):
        (themes.folder(home) / name).write_text("", "utf-8")
    assert themes.names(home) == (*themes.BUILT_IN, "dusk", "Été")
    assert themes.load(home, "dusk") == themes.KNOWN["default"]


@pytest.mark.parametrize("name", ["../leadq", "/etc/passwd", "", ".."], ids=repr)
def test_a_name_never_leads_out_of_the_folder(home: Home, name: str) -> None:
    assert themes.file_of(home, name) is None
    assert themes.load(home, name) is None
    assert len(themes.problems(home, name)) == 1
