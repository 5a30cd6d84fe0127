"""Saved views: what the settings say, what is written into them, and what they may be called."""

from __future__ import annotations

import pytest

from leadq import config, config_edit, saved_views
from leadq.errors import LeadqError
from leadq.order import Filter
from leadq.paths import Home
from leadq.saved_views import SavedView

MINE = """\
# who I am
[me]
member = "zoe"  # since May

[view."Salon Lyon"]  # ask Karim
view = "all"   # everybody’s
owner = ""
states = ["accepted", "working"]

[connection.csv]
adapter = "csv"
"""


@pytest.fixture
def settings(home: Home) -> Home:
    """A home whose settings somebody wrote by hand."""
    config.save(home.settings, MINE)
    return home


def test_a_view_is_read_as_the_options_of_list(settings: Home) -> None:
    (view,) = saved_views.saved(settings)
    assert view == SavedView("Salon Lyon", Filter("all", "", ("accepted", "working"), owner=""))
    assert saved_views.named(settings, "salon lyon", "zoe") == view.wanted._replace(me="zoe")
    assert saved_views.named(settings, "radar", "zoe") == Filter(view="radar", me="zoe")


def test_an_unknown_view_names_those_that_there_are(settings: Home) -> None:
    with pytest.raises(LeadqError) as refused:
        saved_views.named(settings, "\x1b[31mnope", "zoe")
    assert (refused.value.code, int(refused.value.exit_status)) == ("no_such_view", 2)
    assert "\x1b" not in refused.value.message
    assert "radar, needs-you, Salon Lyon" in refused.value.hint


def test_saving_leaves_every_other_line_as_it_is(settings: Home) -> None:
    saved_views.save(settings, " Mes vœux ", Filter(view="mine", search="acme"))
    text = settings.settings.read_text("utf-8")
    assert text.startswith(MINE)
    assert text.endswith('[view."Mes vœux"]\nview = "mine"\nsearch = "acme"\n')
    assert [view.name for view in saved_views.saved(settings)] == ["Salon Lyon", "Mes vœux"]


def test_a_name_that_is_there_is_written_over_whole_and_keeps_its_comments(settings: Home) -> None:
    assert saved_views.save(settings, "SALON LYON", Filter(view="mine", band="B6")) == "Salon Lyon"
    text = settings.settings.read_text("utf-8")
    assert '[view."Salon Lyon"]  # ask Karim\nview = "mine"   # everybody’s\nband = "B6"\n\n[connection' in text
    assert saved_views.saved(settings) == (SavedView("Salon Lyon", Filter(view="mine", band="B6")),)


@pytest.mark.parametrize("name", ["", " ", "a.b", "a]b", 'a"b', "mine", "Needs-You", "x" * 31, "-x", "a\nb", "a\x1bb"])
def test_what_cannot_be_a_name_is_said_and_writes_nothing(settings: Home, name: str) -> None:
    with pytest.raises(LeadqError) as refused:
        saved_views.save(settings, name, Filter())
    assert refused.value.code == "bad_view"
    assert settings.settings.read_text("utf-8") == MINE


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('view = "yours"', "view is one of: mine, all"),
        ('band = "B9"', "band is one of: B0"),
        ('states = "accepted"', "states is a list of: handed_off"),
        ("search = 3", "search is a text"),
        ('colour = "red"', "“colour” is none of: view"),
    ],
    ids=["view", "band", "states", "search", "unknown"],
)
def test_a_slip_in_a_view_is_said_when_views_are_asked_for_and_stops_nothing_else(
    home: Home, table: str, told: str
) -> None:
    config.save(home.settings, f"[view.x]\n{table}\n")
    assert config.load(home).me == config.NOBODY
    with pytest.raises(LeadqError) as refused:
        saved_views.saved(home)
    assert told in refused.value.message
    assert "[view.x]" in refused.value.message


def test_settings_that_only_a_person_can_change_are_left_alone(home: Home) -> None:
    text = 'view = {x = {view = "all"}}\n'
    config.save(home.settings, text)
    with pytest.raises(LeadqError):
        saved_views.save(home, "x", Filter())
    assert home.settings.read_text("utf-8") == text


def test_one_key_is_written_where_its_table_is(settings: Home) -> None:
    config_edit.set_key(settings, ("screen",), "density", config.ROOMY)
    config_edit.set_key(settings, ("screen",), "density", config.COMPACT)
    assert settings.settings.read_text("utf-8") == f'{MINE}\n[screen]\ndensity = "compact"\n'
    assert not config.load(settings).roomy
