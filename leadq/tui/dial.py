"""A phone number as other programs take it, as a QR code for a telephone's camera; and any address, handed on.

Only what `values.tel` or `leadq.links` made of it is handed on, never what somebody typed into a web form.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Final

_OPEN: Final = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))"
_PATIENCE_S: Final = 10
"""What has not ended by then was started, and stays."""
_QUIET: Final = 4
"""Empty modules around a QR code (ISO/IEC 18004)."""
_HALVES: Final = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
"""Upper and lower module (1 is dark) -> the light part of both: right on a dark terminal also without colours."""


def opened(address: str) -> bool:
    """Hand a URI to whatever this machine opens it with; whether anything took it.

    In a process without our terminal: where there is no desktop, `webbrowser` knows programs that would take the whole
    terminal over.
    """
    process = subprocess.Popen(  # noqa: S603 - our own interpreter; `address` is one word that begins with its scheme
        [sys.executable, "-c", _OPEN, address],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(_PATIENCE_S) == 0
    except subprocess.TimeoutExpired:
        return True


def qr(text: str) -> list[str]:
    """A QR code in half blocks, two modules a character."""
    import segno  # only for who wants one: a telephone program or the clipboard is what most take

    modules = [[int(dark) for dark in row] for row in segno.make_qr(text, error="l").matrix_iter(border=_QUIET)]
    light = [0] * len(modules[0])
    pairs = zip(modules[::2], [*modules[1::2], light], strict=False)
    return ["".join(_HALVES[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]
