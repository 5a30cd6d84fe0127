"""A notification of the desktop, by the system's own program. Only where the settings ask for it.

The text never is part of a program: it goes as an argument, or by the environment where arguments are joined to one.
"""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from leadq.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PATIENCE_S: Final = 5.0
_LONGEST: Final = 200
_VARIABLE: Final = "LEADQ_NOTICE"
_MAC: Final = (
    ("on run argv", 'display notification (item 1 of argv) with title "leadq"', "end run")
)  # fmt: skip
_WINDOWS: Final = """
[void][Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
$xml = [Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent(0)
[void]$xml.GetElementsByTagName('text').Item(0).AppendChild($xml.CreateTextNode($env:LEADQ_NOTICE))
[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier('leadq').Show(
  [Windows.UI.Notifications.ToastNotification]::new($xml))
"""


def command(
    text: str, platform: str = sys.platform, which: Callable[[str], str | None] = shutil.which
) -> tuple[list[str], Mapping[str, str]] | None:
    """The command that shows `text`, and what its environment has beside ours; None where there is no such program."""
    text = clean(text, _LONGEST)
    if platform == "darwin":
        lines = [word for line in _MAC for word in ("-e", line)]
        return _found("osascript", [*lines, text], which)
    if platform == "win32":
        found = _found("powershell", ["-NoProfile", "-NonInteractive", "-Command", _WINDOWS], which)
        return found and (found[0], {_VARIABLE: text})
    # The body is read as markup by most desktops, and what begins with a dash is no option after `--`.
    return _found("notify-send", ["--app-name=leadq", "--", "leadq", html.escape(text, quote=False)], which)


def _found(
    program: str, words: list[str], which: Callable[[str], str | None]
) -> tuple[list[str], Mapping[str, str]] | None:
    path = which(program)
    return ([path, *words], {}) if path else None


def show(text: str) -> str:
    """Show it; why that is not possible in a word for a log, "" when it was shown. Takes `PATIENCE_S` at most."""
    found = command(text)
    if found is None:
        return "no program for notifications"
    words, more = found
    try:
        done = subprocess.run(  # noqa: S603 - the system's own program, and the text is one argument
            words,
            env={**os.environ, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE_S,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    return f"exit {done.returncode}" if done.returncode else ""
