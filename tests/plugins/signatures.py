"""What `leadq.plugins.sdk` promises, a line for each name, field and method: `sdk_signatures.txt`.

`python -m tests.plugins.signatures` writes the file anew, for what the promise of `api_version` allows: a line more.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from leadq.plugins import sdk

FILE: Final = Path(__file__).with_name("sdk_signatures.txt")


def lines() -> list[str]:
    """Every line, in the order of the names."""
    return [line for name in sorted(sdk.__all__) for line in _of(name, getattr(sdk, name))]


def _of(name: str, thing: Any) -> Iterator[str]:
    if inspect.isclass(thing):
        bases = [base.__name__ for base in thing.__bases__ if base is not object]
        yield f"{name}({', '.join(bases)})"
        yield from (f"{name}.{line}" for line in _members(thing))
    elif inspect.isroutine(thing):
        yield f"{name}{inspect.signature(thing)}"
    elif typing.get_origin(thing) is not None:
        yield f"{name} = {' | '.join(map(str, typing.get_args(thing)))}"
    else:
        yield f"{name} = {thing!r}"


def _members(kind: type) -> Iterator[str]:
    if dataclasses.is_dataclass(kind):
        yield from (
            f"{one.name}: {one.type}{' = ...' if _is_optional(one) else ''}" for one in dataclasses.fields(kind)
        )
    else:
        yield from (f"{name}: {kind_of}" for name, kind_of in inspect.get_annotations(kind).items() if name[0] != "_")
    for name in vars(kind):
        thing = inspect.getattr_static(kind, name)
        if isinstance(thing, property):
            yield f"{name}: property"
        elif inspect.isroutine(thing) and _is_promised(kind, name):
            yield f"{name}{inspect.signature(getattr(kind, name))}"


def _is_promised(kind: type, name: str) -> bool:
    """Whether it is written there, and not made by a library."""
    written = getattr(getattr(kind, name), "__qualname__", "").startswith(f"{kind.__name__}.")
    return not name.startswith("_") or (name == "__init__" and written and not dataclasses.is_dataclass(kind))


def _is_optional(one: dataclasses.Field[Any]) -> bool:
    return one.default is not dataclasses.MISSING or one.default_factory is not dataclasses.MISSING


if __name__ == "__main__":
    FILE.write_text("\n".join(lines()) + "\n", "utf-8")
