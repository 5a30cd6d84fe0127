"""The reference says of each thing that an adapter imports what the code says, and leaves none out."""

from __future__ import annotations

import inspect

from leadq.plugins import sdk
from leadq.plugins.hooks import Hooks
from tests.reference import PAGE, page


def test_the_reference_is_what_the_code_says() -> None:
    assert page() == PAGE.read_text("utf-8"), "run `python -m tests.reference`"


def test_whatever_is_exported_and_each_hook_is_in_the_reference() -> None:
    text = page()
    hooks = [name for name in vars(Hooks) if name.startswith("leadq_")]
    assert [name for name in (*sdk.__all__, *hooks) if f"### `{name}" not in text] == []


def test_whatever_is_exported_says_what_it_is() -> None:
    things = {name: getattr(sdk, name) for name in sdk.__all__}
    said = {name: thing for name, thing in things.items() if inspect.isclass(thing) or inspect.isroutine(thing)}
    assert [name for name, thing in said.items() if not (thing.__doc__ or "").strip()] == []
