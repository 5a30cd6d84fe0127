"""The user's own keys, chords and themes on the screen, and what the mouse can do there."""

from __future__ import annotations

import pytest
from textual.events import MouseScrollDown

from leadq import config, keymap, themes
from leadq.actions import BY_ID
from leadq.paths import Home
from leadq.queue import Queue
from leadq.tui import taste
from leadq.tui.screens.call import CallDialog
from leadq.tui.screens.card import CardScreen
from leadq.tui.screens.help import HelpScreen
from leadq.tui.screens.log import LogScreen
from leadq.tui.screens.note import NoteDialog
from leadq.tui.screens.outbox import OutboxScreen
from leadq.tui.screens.page import PageScreen
from leadq.tui.screens.palette import Palette
from leadq.tui.screens.queue import QueueScreen
from leadq.tui.screens.themes import ThemeScreen
from leadq.tui.telling import tell_problems
from leadq.tui.themes import made
from leadq.tui.tones import TONES
from leadq.tui.widgets.footer import Footer
from tests.tui.conftest import ME, Sit


def own_keys(home: Home, text: str) -> None:
    """The user's file of keys."""
    home.keys.write_text(text, "utf-8")


def last_line(painted: str) -> str:
    return painted.splitlines()[-1]


async def test_the_users_key_does_it_and_is_shown_wherever_keys_are(three: Queue, home: Home, sit: Sit) -> None:
    own_keys(home, 'accept = ["x", "f2"]\nsync = ""\nsearch = "ctrl+g"\n')
    async with sit(100, 40) as seat:
        await seat.press("a", "s", "/")
        assert seat.toasts == []
        assert not seat.queue.typing
        assert last_line(await seat.painted()).startswith("x Accept  c Call")
        assert "ctrl+g Search" in last_line(await seat.painted())
        await seat.press("x")
        assert any(told.startswith("Accepted: Hot Hélène · u takes it back") for told in seat.toasts)
        await seat.press("?")
        assert "            x f2  Accept" in await seat.painted()
        await seat.press("escape")
        await seat.press("ctrl+p", "s", "y", "n", "c")
        assert next(line for line in (await seat.painted()).splitlines() if "Sync" in line).rstrip(" │").endswith(".")


async def test_a_sentence_that_names_a_key_names_the_users(three: Queue, home: Home, sit: Sit) -> None:
    own_keys(home, 'undo = "U"\nnext_view = "w"\nquit = "ctrl+q"\nleave = "x"\ndiscard = ""\n')
    async with sit(80, 24) as seat:
        await seat.press("a")
        assert seat.toasts == ["Accepted: Hot Hélène · U takes it back"]
        await seat.press("ctrl+c")
        assert "Press ctrl+q to leave leadq." in seat.toasts
        await seat.press("/", *"zzz", "enter")
        assert "x shows all of them again" in await seat.painted()


async def test_a_chord_waits_for_its_second_key_and_says_which_there_are(three: Queue, home: Home, sit: Sit) -> None:
    own_keys(home, 'note = ",n"\naccept = ["a", ",A"]\n')
    async with sit(80, 24) as seat:
        await seat.press(",")
        assert {*last_line(await seat.painted()).split("  ")} >= {",", "t Theme", "A Accept", "n Note", "Esc"}
        await seat.press("n")
        assert isinstance(seat.app.screen, NoteDialog)
        await seat.press(",", "t")
        await seat.settle()
        assert isinstance(seat.app.screen, NoteDialog)  # there a comma is a comma
        await seat.press("escape")
        await seat.press("/", ",", "t")
        assert seat.queue.searched == ",t"
        await seat.press("escape")
        assert last_line(await seat.painted()).startswith("a Accept")
        await seat.press(",", "A")
        assert any(told.startswith("Accepted") for told in seat.toasts)


async def test_while_a_chord_is_pending_nothing_else_fires(three: Queue, sit: Sit) -> None:
    async with sit(80, 24) as seat:
        before = seat.selected
        await seat.press("comma", "escape")
        assert seat.toasts == []
        for second in ("j", "a", "q", "z", "ctrl+c", "comma"):
            seat.app.clear_notifications()
            await seat.press("comma", second)
            assert seat.selected == before
            assert seat.app.screen is seat.queue
            assert [told.startswith("No action is on these two keys") for told in seat.toasts] == [True]
            assert last_line(await seat.painted()).startswith("a Accept")
        await seat.press(",")
        await seat.pilot.click("#list", offset=(5, 5))  # something else was done: the comma is forgotten
        await seat.press("t")
        assert not isinstance(seat.app.screen, ThemeScreen)


async def test_a_broken_file_of_keys_is_said_and_stops_nothing(three: Queue, home: Home, sit: Sit) -> None:
    own_keys(home, 'accept = "x')
    async with sit() as seat:
        assert "keys.toml:1: A quote, bracket or brace" in " ".join(seat.toasts)
        await seat.press("a")
        assert any(said.startswith("Accepted") for said in seat.toasts)


def test_many_mistakes_are_three_sentences_and_a_count(zoes: Queue, home: Home) -> None:
    own_keys(home, "\n".join(f'no{n} = "x"' for n in range(5)))
    assert not taste.read(home).sound
    told = tell_problems(list(taste.troubles(home)))
    assert len(told.splitlines()) == 4
    assert told.endswith("2 more: `leadq config validate`")


def test_the_file_of_keys_is_held_to_what_the_screens_bind() -> None:
    places = {scope: {action.id for action in actions} for scope, actions in keymap.places().items()}
    for screen in (QueueScreen, OutboxScreen, LogScreen, CardScreen, PageScreen):
        bound = screen._merge_bindings().key_to_bindings
        for key, several in bound.items():
            assert len({one.action for one in several if one.id is not None}) <= 1, (screen, key)
        ids = {one.id for several in bound.values() for one in several if one.id in BY_ID}
        assert ids <= places.get(getattr(screen, "SCOPE", "queue"), places["queue"]), screen


async def test_a_footers_keys_can_be_clicked(three: Queue, sit: Sit) -> None:
    async with sit(80, 24) as seat:
        at = last_line(await seat.painted()).index("Search")
        await seat.pilot.click(Footer, offset=(at, 0))
        await seat.settle()
        assert seat.queue.typing
        await seat.press("escape")
        await seat.pilot.click(Footer, offset=(0, 0))
        await seat.settle()
        assert any(told.startswith("Accepted") for told in seat.toasts)


async def test_the_wheel_scrolls_the_help_and_moves_through_the_palette(three: Queue, sit: Sit) -> None:
    async with sit(80, 24) as seat:
        await seat.press("?")
        before = await seat.painted()
        await seat.pilot._post_mouse_events([MouseScrollDown], "#dialog")
        assert await seat.painted() != before
        await seat.press("escape")
        await seat.press("ctrl+p")
        palette = seat.app.screen
        assert isinstance(palette, Palette)
        await seat.pilot._post_mouse_events([MouseScrollDown], "#dialog")
        assert palette._at == 1
        await seat.pilot.click("#commands", offset=(4, 0))
        await seat.settle()
        assert any(told.startswith("Accepted") for told in seat.toasts)


async def test_the_help_begins_with_the_screen_in_front(three: Queue, sit: Sit) -> None:
    async with sit(90, 24) as seat:
        for keys, first in (
            ("?", "Showed interest through a marketing action"),
            ("O?", "In the outbox, and in what needs you"),
            ("D?", "Move"),
        ):
            for key in keys:
                await seat.press(key)
            assert isinstance(seat.app.screen, HelpScreen)
            lines = [line.strip(" │╭╮─") for line in (await seat.painted()).splitlines()]
            assert first in [line for line in lines if line and line != "On this screen"][:2]
            await seat.press("escape")
            await seat.press("escape")


async def test_the_palette_of_another_screen_does_its_actions_there_and_others_on_the_queue(
    three: Queue, sit: Sit
) -> None:
    async with sit() as seat:
        await seat.press("O")
        await seat.press("ctrl+p")
        await seat.press(*"needs", "enter")
        assert isinstance(seat.app.screen, OutboxScreen)
        assert " Needs you 0 " in (await seat.painted()).splitlines()[0]
        await seat.press("ctrl+p")
        await seat.press(*"accept", "enter")
        assert seat.app.screen is seat.queue
        assert any(told.startswith("Accepted") for told in seat.toasts)


async def test_a_theme_is_tried_kept_and_remembered(three: Queue, home: Home, sit: Sit) -> None:
    async with sit() as seat:
        await seat.press(",", "t")
        await seat.press("j")
        assert seat.app.worn == "light"
        await seat.press("escape")
        assert seat.app.worn == "default"
        await seat.press(",", "t")
        await seat.press("j", "j", "enter")
        assert seat.app.theme == "leadq-high-contrast"
        assert "Theme: high-contrast" in seat.toasts
    assert config.load(home).theme == "high-contrast"
    assert config.load(home).me == ME
    async with sit() as seat:
        assert seat.app.theme == "leadq-high-contrast"


async def test_a_theme_of_ones_own_changes_the_colours_that_it_names(three: Queue, home: Home, sit: Sit) -> None:
    themes.folder(home).mkdir()
    (themes.folder(home) / "dusk.toml").write_text('like = "light"\nlate = "#880011"\n', "utf-8")
    config.save(home.settings, f'{config.first(ME)}\n[screen]\ntheme = "dusk"\n')
    async with sit() as seat:
        colours = seat.app.theme_variables
        assert seat.toasts == []
        assert colours["text-error"] == "#880011"
        assert colours["text-warning"] == themes.KNOWN["light"].soon


@pytest.mark.parametrize(
    ("theme", "told"),
    [
        ('late = "red"\n', 'dusk.toml:1: "red" is not a colour. Write red, green and blue as "#d17e92".'),
        ('\nlat = "#880011"\n', 'dusk.toml:2: "lat" is not a key of this table. Did you mean "late"?'),
        ('like = "dark"\n', 'dusk.toml:1: "dark" is not known here. Use one of: default, light, high-contrast.'),
        ("like = [1]\n", 'dusk.toml:1: "[1]" is not known here.'),
        ("late =", "dusk.toml:1: This value is not valid TOML. A text stands"),
        ("", "dusk.toml:1: The system does not let it be read: Is a directory."),
        (None, 'leadq.toml:8: There is no theme "dusk". Use one of: default, light'),
    ],
    ids=["colour", "role", "like", "list", "toml", "folder", "missing"],
)
def test_a_broken_theme_is_one_sentence_and_the_default_holds(
    zoes: Queue, home: Home, theme: str | None, told: str
) -> None:
    themes.folder(home).mkdir()
    if theme == "":
        (themes.folder(home) / "dusk.toml").mkdir()
    elif theme is not None:
        (themes.folder(home) / "dusk.toml").write_text(theme, "utf-8")
    config.save(home.settings, f'{config.first(ME)}\n[screen]\ntheme = "dusk"\n')
    assert taste.read(home) == taste.Taste({}, "default", sound=False)
    assert tell_problems(list(taste.troubles(home))).startswith(told)


async def test_without_colours_there_is_no_theme_to_choose(
    three: Queue, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with sit() as seat:
        await seat.press(",", "t")
        await seat.press("j", "enter")
        assert seat.app.theme == "ansi-dark"
        assert seat.toasts == ["NO_COLOR is set: there are no colours to choose."]


def _luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.2)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(("name", "least"), [("default", 4.5), ("light", 4.5), ("high-contrast", 7.0)])
def test_every_role_can_be_read_on_every_background(name: str, least: float) -> None:
    from textual.color import Color
    from textual.theme import BUILTIN_THEMES

    theme = BUILTIN_THEMES["textual-dark"] if name == "default" else made(name, themes.KNOWN[name])
    colours = theme.to_color_system().generate() | theme.variables
    base = Color.parse(colours["background"])
    backgrounds = [base + Color.parse(colours[one]) for one in ("background", "surface", "panel", "primary-muted")]
    backgrounds.append(backgrounds[1] + Color.parse(colours["boost"]))
    roles = {style.rpartition("$")[2] for style in TONES.values() if "$" in style} | {"foreground", "text-accent"}
    for role in roles:
        for behind in backgrounds:
            shown = behind + Color.parse(colours[role])
            assert contrast(shown.hex6, behind.hex6) >= least, (role, behind)


def test_the_solid_colours_of_the_default_are_no_worse_than_the_librarys() -> None:
    colours = themes.KNOWN["default"]
    for role in ("text", "muted", "title", "late", "soon", "good", "hot"):
        for behind in ("background", "dialog", "bar", "selected"):
            assert contrast(getattr(colours, role), getattr(colours, behind)) >= 4.5, (role, behind)


async def test_a_dialog_has_its_help_too_but_not_while_a_text_is_typed(three: Queue, sit: Sit) -> None:
    async with sit(90, 24) as seat:
        await seat.press("c")
        await seat.press("?")
        assert isinstance(seat.app.screen, HelpScreen)
        assert "During a call" in (await seat.painted()).splitlines()[2]
        await seat.press("escape")
        assert isinstance(seat.app.screen, CallDialog)
        await seat.press("tab", "?")
        assert isinstance(seat.app.screen, CallDialog)
        await seat.press("f1")
        assert isinstance(seat.app.screen, HelpScreen)


async def test_each_of_the_users_keys_for_views_goes_to_the_view_in_its_place(
    three: Queue, home: Home, sit: Sit
) -> None:
    own_keys(home, 'view = ["f2", "f3", "f4"]\n')
    async with sit(80, 24) as seat:
        await seat.press("f3")
        assert seat.queue.shown.name == "all"
        await seat.press("1", "4")
        assert seat.queue.shown.name == "all"
        await seat.press("f2")
        assert seat.queue.shown.name == "mine"
