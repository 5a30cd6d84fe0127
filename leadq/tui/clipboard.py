"""The clipboard: by a program of this machine where there is one, else by asking the terminal (OSC 52).

A terminal never says whether it did what it was asked, and some do not know how (Terminal.app, older GNOME ones). A
program does say; but over ssh it would fill the clipboard of the other machine.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from leadq.i18n import _
from leadq.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.screen import Screen

_PATIENCE_S: Final = 2.0
_SHOWN: Final = 120
_WAYS: Final = (
    (("wl-copy",), "WAYLAND_DISPLAY"),
    (("xclip", "-selection", "clipboard"), "DISPLAY"),
    (("xsel", "--clipboard", "--input"), "DISPLAY"),
    (("pbcopy",), ""),
    (("clip.exe",), ""),
)
"""Programs with their words, and the variable without which they have nowhere to go."""


def program(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The program of this machine that fills its clipboard, as words; () when there is none, or we sit elsewhere."""
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return ()
    for words, variable in _WAYS:
        if (not variable or environ.get(variable)) and (found := shutil.which(words[0])):
            return (found, *words[1:])
    return ()


def hand_over(words: tuple[str, ...], text: str) -> bool:
    """Whether that program took the text. xclip stays to serve it: its output must not be waited for."""
    encoding = "utf-16-le" if words[0].lower().endswith("clip.exe") else "utf-8"
    try:
        done = subprocess.run(  # noqa: S603 - a program of `_WAYS`, found on PATH; the text is its standard input
            words,
            input=text.encode(encoding),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE_S,
            check=False,
            start_new_session=sys.platform != "win32",
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def copy(screen: Screen[Any], text: str) -> None:
    """Put `text` on the clipboard, and say by which door; no key waits for a program that fills it."""
    words = program()
    if words:
        screen.run_worker(_copy(screen, words, text), exit_on_error=False)
    else:
        _ask_terminal(screen, text)


async def _copy(screen: Screen[Any], words: tuple[str, ...], text: str) -> None:
    if not await asyncio.to_thread(hand_over, words, text):
        _ask_terminal(screen, text)
        return
    told = _("Copied with {program}: {text}").format(program=Path(words[0]).name, text=_shown(text))
    screen.notify(told, markup=False)


def _ask_terminal(screen: Screen[Any], text: str) -> None:
    screen.app.copy_to_clipboard(text)
    screen.notify(_("Sent to the terminal's clipboard: {text}").format(text=_shown(text)), markup=False)


def _shown(text: str) -> str:
    return clean(text.replace("\t", ", ").replace("\n", ", "), _SHOWN)
