"""Makes docs/sdk.md, the reference of what an adapter imports and of the hooks, from the code's own docstrings.

`python -m tests.reference` after a change of leadq/plugins; a test fails while the page says something else.
"""

from __future__ import annotations

import ast
import dataclasses
import enum
import inspect
import itertools
import textwrap
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from leadq.plugins import sdk
from leadq.plugins.hooks import Hooks

PAGE: Final = Path(__file__).parents[1] / "docs" / "sdk.md"

_HEAD: Final = """# What an adapter imports

This page is generated from `leadq.plugins.sdk` by `python -m tests.reference`.
How to begin: [your-crm.md](your-crm.md).

{module}
"""
_WITH: Final = (sdk.Context, sdk.Http, sdk.Answer, sdk.Login, sdk.Limit, sdk.Option)
_GROUPS: Final = (
    ("What an adapter is", lambda thing: _is_protocol(thing) and hasattr(thing, "check")),
    (
        "What it works with",
        lambda thing: thing in _WITH,
    ),
    ("What it raises", lambda thing: inspect.isclass(thing) and issubclass(thing, Exception)),
    ("What it is given and gives back", dataclasses.is_dataclass),
    ("Functions", inspect.isroutine),
    ("Base classes", inspect.isclass),
    ("Words and constants", lambda thing: True),
)


def page() -> str:
    """The whole page."""
    left = {name: getattr(sdk, name) for name in sorted(sdk.__all__, key=str.lower)}
    parts = [_HEAD.format(module=_indented_code(inspect.getdoc(sdk) or ""))]
    for title, belongs in _GROUPS:
        chosen = {name: thing for name, thing in left.items() if belongs(thing)}
        left = {name: thing for name, thing in left.items() if name not in chosen}
        if chosen:
            parts.append(f"## {title}\n")
            parts += [_entry(name, thing) for name, thing in chosen.items()]
    parts += ["## Hooks\n", *_hooks()]
    return "\n".join(parts).rstrip() + "\n"


def _entry(name: str, thing: Any) -> str:
    if not (inspect.isclass(thing) or inspect.isroutine(thing)):
        return f"### `{name}`\n\n`{_words(thing)}`\n"
    lines = [f"### `{name}`\n", f"{_indented_code(inspect.getdoc(thing) or '')}\n"]
    if inspect.isroutine(thing):
        return "\n".join([lines[0], f"```python\n{name}{_signature(thing)}\n```\n", *lines[1:]])
    fields = _fields(thing)
    if fields:
        lines += ["```python", *fields, "```", ""]
    lines += [f"- `{name}`: {_one_line(said)}" for name, said in _said_of_data(thing)]
    for method, function in _methods(thing):
        said = _one_line(function.__doc__ or "")
        lines += [f"- `{method}{_signature(function)}`{': ' if said else ''}{said}"]
    return "\n".join(lines).rstrip() + "\n"


def _fields(kind: type) -> list[str]:
    """The data of a class as one writes it."""
    if dataclasses.is_dataclass(kind):
        return [f"{one.name}: {one.type}{_default(one)}" for one in dataclasses.fields(kind)]
    own = [f"{name}: {hint}" for name, hint in inspect.get_annotations(kind).items() if not name.startswith("_")]
    told = {name: thing.fget for name, thing in vars(kind).items() if isinstance(thing, property)}
    return [*own, *(f"{name}: {inspect.signature(get).return_annotation}" for name, get in told.items())]


def _said_of_data(kind: type) -> Iterator[tuple[str, str]]:
    """The names of a class's data that have a sentence below them, with that."""
    if dataclasses.is_dataclass(kind) or not inspect.get_annotations(kind):
        return
    (found,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(found, ast.ClassDef)
    for above, below in itertools.pairwise(found.body):
        said = below.value if isinstance(below, ast.Expr) else None
        if isinstance(above, ast.AnnAssign) and isinstance(said, ast.Constant) and isinstance(said.value, str):
            yield ast.unparse(above.target), said.value


def _default(one: dataclasses.Field[Any]) -> str:
    if one.default_factory is not dataclasses.MISSING:
        return f" = {one.default_factory.__name__}()"
    return "" if one.default is dataclasses.MISSING else f" = {one.default!r}"


def _methods(kind: type) -> list[tuple[str, Any]]:
    """What is to be called or written of it; of an error also how it is made."""
    own = {name: getattr(kind, name) for name in vars(kind) if not name.startswith("_")}
    made = {"__init__": vars(kind)["__init__"]} if issubclass(kind, Exception) and "__init__" in vars(kind) else {}
    return [(name, thing) for name, thing in (made | own).items() if inspect.isroutine(thing)]


def _signature(function: Any) -> str:
    return str(inspect.signature(function)).replace("'", "").replace("collections.abc.", "").replace("typing.", "")


def _hooks() -> list[str]:
    specs = [thing for name, thing in sorted(vars(Hooks).items()) if name.startswith("leadq_")]
    return [f"### `{each.__name__}{_signature(each)}`\n\n{_one_line(inspect.getdoc(each) or '')}\n" for each in specs]


def _words(thing: Any) -> str:
    if typing.get_origin(thing) is typing.Literal:
        return " | ".join(f'"{word}"' for word in typing.get_args(thing))
    return thing.__name__ if isinstance(thing, enum.EnumType) else repr(thing)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _indented_code(text: str) -> str:
    """A docstring's indented example as a block of Python."""
    out: list[str] = []
    inside = False
    for line in [*text.splitlines(), ""]:
        begins = line.startswith("    ") and (inside or not out or not out[-1])
        if begins and not inside:
            out.append("```python")
            inside = True
        elif inside and line and not line.startswith("    "):
            while out and not out[-1]:
                out.pop()
            out += ["```", ""]
            inside = False
        out.append(line.removeprefix("    ") if inside else line)
    if inside:
        while out and not out[-1]:
            out.pop()
        out.append("```")
    return "\n".join(out).rstrip()


def _is_protocol(thing: object) -> bool:
    return bool(getattr(thing, "_is_protocol", False))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
