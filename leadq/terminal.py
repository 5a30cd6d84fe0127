"""What the streams are: whether a person sits behind them, and how to speak to them without ever failing."""

from __future__ import annotations

import os
import sys
from typing import TextIO


def interactive() -> bool:
    """Whether a person can be asked something, or shown a screen."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def speak_safely(stream: TextIO) -> None:
    """Files and pipes get UTF-8; a terminal keeps its encoding; what that cannot say is escaped, never fatal."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is None:
        return
    if stream.isatty() or "PYTHONIOENCODING" in os.environ:
        reconfigure(errors="backslashreplace")
    else:
        reconfigure(encoding="utf-8", errors="backslashreplace")
