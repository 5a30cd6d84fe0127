"""The colours of the screen by what they mean, and themes that people write themselves: `themes/NAME.toml`.

    like = "light"
    late = "#8c0020"

Only the roles below can be given a colour, each as `#rrggbb`; the others are those of the theme that it is `like`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

from leadq.domain.contract_messages import Hint, M

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from leadq.domain.contract_file import Problem
    from leadq.paths import Home

DEFAULT: Final = "default"
BUILT_IN: Final = (DEFAULT, "light", "high-contrast", "ansi-dark", "ansi-light")
"""The ansi themes take the terminal's own sixteen colours, so they have no colours here."""

_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_NAME: Final = re.compile(r"[\w][\w .-]*")


@dataclass(frozen=True, slots=True)
class Colours:
    """What each colour is for, as `#rrggbb`. `docs/keys-and-themes.md` lists them."""

    text: str
    muted: str
    title: str
    late: str
    soon: str
    good: str
    hot: str
    background: str
    dialog: str
    bar: str
    selected: str
    line: str


KNOWN: Final = {
    DEFAULT: Colours(
        text="#e0e0e0", muted="#a8a8a8", title="#57a5e2", late="#d98a9c", soon="#ffc473", good="#8ad4a1", hot="#ffc473",
        background="#121212", dialog="#1e1e1e", bar="#242f38", selected="#0c304c", line="#3e3e3e",
    ),
    "light": Colours(
        text="#1b1b1b", muted="#505050", title="#004a80", late="#a3122c", soon="#704300", good="#1c5f31", hot="#7d3300",
        background="#fafafa", dialog="#f1f1f1", bar="#e2e6ea", selected="#cfe2f5", line="#9a9a9a",
    ),
    "high-contrast": Colours(
        text="#ffffff", muted="#d6d6d6", title="#9ad5ff", late="#ffb3b3", soon="#ffdf6b", good="#8dffa6", hot="#ffdf6b",
        background="#000000", dialog="#000000", bar="#1c1c1c", selected="#002b66", line="#d6d6d6",
    ),
}  # fmt: skip
"""Theme -> its colours. On the screen itself the default is the library's own, of which these are the solid colours."""

ROLES: Final = tuple(field.name for field in fields(Colours))


def folder(home: Home) -> Path:
    """Where the user's themes are."""
    return home.config / "themes"


def names(home: Home) -> tuple[str, ...]:
    """Every theme that can be chosen: those of leadq, then the user's."""
    own = sorted(file.stem for file in folder(home).glob("*.toml") if _NAME.fullmatch(file.stem))
    return (*BUILT_IN, *(name for name in own if name not in BUILT_IN))


def file_of(home: Home, name: str) -> Path | None:
    """The file of a theme of the user's; None for leadq's own, and for what cannot be the name of a file there."""
    return None if name in BUILT_IN or not _NAME.fullmatch(name) else folder(home) / f"{name}.toml"


def load(home: Home, name: str) -> Colours | None:
    """The colours of a theme; None when there is no such theme, or its file cannot be used as it is."""
    if name in KNOWN:
        return KNOWN[name]
    file = file_of(home, name)
    try:
        raw = tomllib.loads(file.read_bytes().decode("utf-8-sig")) if file else {"": ""}
    except (OSError, ValueError, RecursionError):
        return None
    return None if _faults(raw) else _colours(raw)


def _colours(raw: Mapping[str, Any]) -> Colours:
    given = {role: raw[role].lower() for role in ROLES if role in raw}
    return replace(KNOWN[raw.get("like", DEFAULT)], **given)


def _faults(raw: Mapping[str, Any]) -> dict[str, M]:
    """What cannot be used, by key."""
    found = {}
    for key, value in raw.items():
        if key == "like":
            if not isinstance(value, str) or value not in KNOWN:
                found[key] = M.NOT_ONE_OF
        elif key not in ROLES:
            found[key] = M.UNKNOWN_KEY
        elif not isinstance(value, str) or not _COLOUR.fullmatch(value):
            found[key] = M.NOT_A_COLOUR
    return found


def problems(home: Home, name: str) -> tuple[Problem, ...]:
    """Everything wrong with the theme that is chosen, each with its line and what to do."""
    from leadq.domain.contract_file import Problem, located, read_toml
    from leadq.domain.contract_read import Remarks

    if name in BUILT_IN:
        return ()
    file = file_of(home, name)
    remarks = Remarks()
    if file is None or not file.exists():
        remarks.unknown(("screen", "theme"), M.NO_THEME, name, names(home), name=name)
        settings = home.settings.read_text("utf-8") if home.settings.exists() else ""
        return located(remarks, settings, str(home.settings))[0]
    try:
        read = read_toml(file.read_bytes(), str(file))
    except OSError as error:
        return (Problem(str(file), 1, 1, "", M.UNREADABLE.value, {"reason": error.strerror}, ""),)
    if isinstance(read, Problem):
        return (read,)
    data, text = read
    for key, template in _faults(data).items():
        if template == M.NOT_A_COLOUR:
            remarks.error((key,), template, Hint.COLOUR, value=data[key])
        elif template == M.NOT_ONE_OF:
            remarks.unknown((key,), template, str(data[key]), KNOWN, value=data[key])
        else:
            remarks.unknown((key,), template, key, ("like", *ROLES), at="key", name=key)
    return located(remarks, text, str(file))[0]
