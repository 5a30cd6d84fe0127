"""The user's own keys: what counts as one, what clashes, and that nothing in the file can stop leadq."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq import keymap, keynames
from leadq.actions import ACTIONS, BY_ID, as_json, key_of, keys_of, say_key, use_keys, written_keys


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("j", "j"), ("G", "G"), ("é", "é"), ("?", "?"), ("+", "+"), ("ctrl+d", "ctrl+d"), ("Ctrl+D", "ctrl+d"),
        ("control+x", "ctrl+x"), ("shift+g", "G"), ("shift+Tab", "shift+tab"), ("Esc", "escape"), ("return", "enter"),
        ("PgDn", "pagedown"), (" ", "space"), ("f12", "f12"), ("ctrl+left", "ctrl+left"), ("alt+x", "alt+x"),
        (",r", ",r"), (",G", ",G"), (",,", ",,"), (",ctrl+d", ",ctrl+d"), (",pgup", ",pageup"),
    ],
    ids=repr,
)  # fmt: skip
def test_a_key_is_read_as_people_write_it(written: str, key: str) -> None:
    assert keynames.read(written) == key


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("ctrl+i", 'A terminal cannot tell "ctrl+i" from "tab".'),
        ("ctrl+m", 'A terminal cannot tell "ctrl+m" from "enter".'),
        ("ctrl+h", 'A terminal cannot tell "ctrl+h" from "backspace".'),
        ("ctrl+[", 'A terminal cannot tell "ctrl+[" from "escape".'),
        ("ctrl+shift+a", 'A terminal cannot tell "ctrl+shift+a" from "ctrl+a".'),
        ("shift+enter", 'A terminal cannot tell "shift+enter" from "enter".'),
        ("shift+1", 'A terminal does not send "shift+1" but the sign that it types.'),
        ("ctrl+1", 'Most terminals do not send "ctrl+1".'),
        ("ctrl+é", 'Most terminals do not send "ctrl+é".'),
        ("cmd+k", 'Most terminals do not send "cmd+k".'),
        ("pagdown", '"pagdown" is not a key.'),
        ("f13", '"f13" is not a key.'),
        ("jk", '"jk" is not a key.'),
        ("\x1b", '"\x1b" is not a key.'),
        (",", '"," only begins a chord of two keys.'),
        (",esc", '"," only begins a chord of two keys.'),
        (",,r", '"," only begins a chord of two keys.'),
    ],
    ids=repr,
)
def test_a_key_that_could_never_arrive_is_refused(written: str, why: str) -> None:
    wrong = keynames.read(written)
    assert isinstance(wrong, keynames.Wrong)
    assert wrong.template.format(**wrong.params) == why


def test_an_action_may_have_one_key_several_or_none() -> None:
    own = keymap.understood({"accept": "x", "note": ["X", "f2"], "snooze": "", "sync": []})
    assert own == keymap.Own({"accept": ("x",), "note": ("X", "f2"), "snooze": (), "sync": ()})


def test_two_actions_may_change_their_keys() -> None:
    own = keymap.understood({"accept": "t", "touch": "a"})
    assert own == keymap.Own({"accept": ("t",), "touch": ("a",)})


def test_of_two_lines_with_one_key_the_first_holds_and_the_other_action_keeps_its_own() -> None:
    own = keymap.understood({"note": "X", "copy": ["c", "X"], "call": ""})
    assert own.keys == {"note": ("X",), "call": ()}
    assert [(fault.path, fault.wrong.params) for fault in own.faults] == [(("copy",), {"value": "X", "name": "note"})]


def test_a_key_that_another_action_comes_with_is_not_taken_from_it() -> None:
    own = keymap.understood({"note": "t"})
    assert own.keys == {}
    assert own.faults[0].wrong.params == {"value": "t", "name": "touch"}


def test_a_capital_letter_clashes_with_its_shifted_letter() -> None:
    assert not keymap.understood({"note": "shift+g"}).fine


def test_a_key_may_mean_two_things_in_two_places() -> None:
    assert keymap.understood({"dial": "t", "discard": "t"}).fine
    assert not keymap.understood({"discard": "j"}).fine  # in the outbox, too, it goes down
    assert not keymap.understood({"quit": "x"}).fine  # and that is what discards there


def test_esc_always_leaves_and_there_is_always_a_way_out() -> None:
    assert keymap.understood({"leave": "X"}).keys == {"leave": ("X", "escape")}
    assert keymap.understood({"leave": "escape"}).fine
    for name, key in (("note", "escape"), ("note", "ctrl+c"), ("quit", ""), ("dial", "1"), ("dial", "enter")):
        own = keymap.understood({name: key})
        assert (own.keys, len(own.faults)) == ({}, 1), name


def test_a_chord_is_for_screens_and_not_for_dialogs() -> None:
    assert keymap.understood({"accept": ",n", "retry": ",n"}).fine
    assert not keymap.understood({"dial": ",d"}).fine


def test_what_is_done_while_a_text_is_typed_has_no_key_that_types() -> None:
    assert not keymap.understood({"empty_draft": "x"}).fine
    assert keymap.understood({"empty_draft": "ctrl+k"}).fine
    assert not keymap.understood({"dial": "ctrl+l"}).fine  # in a call, that empties the draft


_VALUES = st.one_of(
    st.sampled_from(["", "a", "t", ",t", "ctrl+i", "escape", "G", "1", "tab", "ctrl+x", "é"]),
    st.text(max_size=8),
    st.lists(st.one_of(st.text(max_size=3), st.sampled_from(["x", "r", "j"])), max_size=3),
    st.integers(),
    st.booleans(),
)


@given(st.dictionaries(st.one_of(st.sampled_from(sorted(BY_ID)), st.text(max_size=6)), _VALUES, max_size=8))
def test_whatever_a_file_says_no_key_means_two_things_and_everybody_can_leave(raw: dict[str, object]) -> None:
    own = keymap.understood(raw)
    keys = {action.id: own.keys.get(action.id, action.keys) for action in ACTIONS}
    for scope in ("queue", "outbox", "call", "verdict"):
        there = [action for action in ACTIONS if action.scope in (scope, "everywhere")]
        counted = Counter(key for action in there for key in written_keys(keys[action.id]))
        assert [key for key, times in counted.items() if times > 1] == []
    assert keys["quit"]
    assert "escape" in keys["leave"]
    refused = {fault.path[0] for fault in own.faults}
    assert set(own.keys) == set(raw) - refused  # each line holds, or is refused with a reason


def test_every_problem_has_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text('# mine\nacept = "x"\nnote = ["m", "pagdown"]\nundo = "ctrl+i"\ncopy = 3\n', "utf-8")
    told = [(one.line, " ".join(one.worded(str)).strip()) for one in keymap.problems(file)]
    assert told == [
        (2, '"acept" is not an action, so it has no keys. Did you mean "accept"?'),
        (3, '"pagdown" is not a key. Did you mean "pagedown"?'),
        (4, 'A terminal cannot tell "ctrl+i" from "tab". Write "tab", or take another key.'),
        (5, 'This must be a key in quotes, or a list of keys. Write "x", or ["x", "f2"], or "" for no key.'),
    ]


@pytest.mark.parametrize(
    "raw",
    [b'accept = "x', b"\xff\xfe", b"a = " + b"[" * 5000 + b"]" * 5000, b"accept.x = 1"],
    ids=["toml", "bytes", "deep", "table"],
)
def test_a_file_that_cannot_be_read_leaves_every_key_as_it_comes(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "keys.toml"
    file.write_bytes(raw)
    own = keymap.load(file)
    assert own.keys == {}
    assert not own.fine
    assert len(keymap.problems(file)) == 1


def test_a_folder_in_the_place_of_the_file_is_said_too(tmp_path: Path) -> None:
    assert not keymap.load(tmp_path).fine
    assert "does not let it be read" in keymap.problems(tmp_path)[0].worded(str)[0]


def test_without_a_file_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert keymap.load(tmp_path / "keys.toml") == keymap.NONE
    assert keymap.problems(tmp_path / "keys.toml") == ()


def test_an_action_without_keys_is_named_by_how_the_palette_finds_it() -> None:
    use_keys({"undo": (), "accept": ("x",)})
    assert keys_of(BY_ID["undo"]) == ()
    assert say_key("undo") == "ctrl+p Undo"
    assert say_key("leave") == "Esc"
    assert key_of(BY_ID["accept"]) == "x"
    assert next(one for one in as_json() if one["id"] == "accept")["keys"] == ["x"]
    use_keys({})
    assert say_key("undo") == "u"
