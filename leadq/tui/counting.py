"""The week's figures, worked out by a process of its own so that no key waits for them."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING, Any, Final

from leadq.errors import LeadqError
from leadq.i18n import _, current

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadq.paths import Home

_LAST: Final = 2000


async def counted(home: Home, now_ms: int) -> Mapping[str, Any]:
    """What `leadq.week` prints. Whoever stops waiting for it (a page that is left) ends it.

    Raises LeadqError `bug` with the last that it said, when it ends otherwise than well.
    """
    words = (*map(str, home), str(now_ms), current())
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "leadq.week", *words, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )
    try:
        out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        lines = err.decode("utf-8", "replace").strip()[-_LAST:].splitlines()
        message = _("The figures could not be counted: {why}").format(why=(lines or [str(process.returncode)])[-1])
        raise LeadqError("bug", message)
    found: Mapping[str, Any] = json.loads(out)
    return found
