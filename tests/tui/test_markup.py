"""A `str` that reaches a widget is markup, and markup runs actions: so no widget is ever handed a bare one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import leadq.tui

WIDGETS = frozenset({"Static", "Label", "Button", "Option", "OptionList", "Checkbox", "Tooltip", "Footer", "Header"})
MARKED = frozenset({"border_title", "border_subtitle", "tooltip", "loading"})
FILES = sorted(Path(leadq.tui.__file__).parent.rglob("*.py"))


def problems(source: str) -> Iterator[int]:
    """The lines where text could be read as markup."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in WIDGETS - {"Option", "Footer", "Header"} and node.args and not _safe(node):
                yield node.lineno
            if name == "notify" and node.args and not _without_markup(node):
                yield node.lineno
            if name == "update" and node.args and _text(node.args[0]):
                yield node.lineno
            if name in ("from_markup", "escape", "from_rich_text"):
                yield node.lineno
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr in MARKED:
            yield node.lineno


def _safe(call: ast.Call) -> bool:
    """Whether the first argument is a Content, or the call switches markup off."""
    first = call.args[0]
    made = ast.unparse(first.func) if isinstance(first, ast.Call) else ""
    return made.startswith("Content") or made.endswith("_text") or _without_markup(call)


def _without_markup(call: ast.Call) -> bool:
    return any(
        word.arg == "markup" and isinstance(word.value, ast.Constant) and word.value.value is False
        for word in call.keywords
    )


def _text(node: ast.expr) -> bool:
    """Whether an expression is a bare string: a literal, an f-string, a translation or a joining of them."""
    if isinstance(node, ast.BinOp):
        return _text(node.left) or _text(node.right)
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in ("_", "str", "clean", "ngettext") or ast.unparse(node.func).endswith(".format")
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.name))
def test_no_text_can_be_read_as_markup(file: Path) -> None:
    assert list(problems(file.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "Static(name)", "Label(f'{name}')", "self.notify(text)", "self.notify(text, markup=True)",
        "widget.update(_('x'))", "widget.update('a' + name)", "Content.from_markup(name)", "list.border_title = name",
    ],
)  # fmt: skip
def test_the_check_sees_what_it_is_for(source: str) -> None:
    assert list(problems(source)) == [1]
