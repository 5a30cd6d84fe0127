"""Where somebody left off: view, lead, search and focus of the last session of this home, in one small file."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from leadq.config import save

if TYPE_CHECKING:
    from leadq.paths import Home

_LARGEST: Final = 10_000
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Left:
    """What the screen showed last. `lead`: its local id; `view`: its name, "" for the usual one."""

    view: str = ""
    lead: int | None = None
    search: str = ""
    alone: bool = False


NEW: Final = Left()
"""Nothing was left."""


def load(home: Home) -> Left:
    """What was kept; nothing when there is none, and nothing but a line in the log when it cannot be understood."""
    try:
        with home.screen.open("rb") as file:
            return _read(json.loads(file.read(_LARGEST)))
    except FileNotFoundError:
        return Left()
    except (OSError, ValueError, TypeError, KeyError) as error:
        from leadq import faults

        faults.write(home, f"screen.json: ignored ({type(error).__name__})")
        return Left()


def _read(found: Any) -> Left:
    """Raises ValueError, TypeError or KeyError for what nobody of us wrote."""
    view, lead, search, alone = (found[name] for name in ("view", "lead", "search", "alone"))
    kinds = isinstance(view, str) and isinstance(search, str) and isinstance(alone, bool)
    if not kinds or not (lead is None or (isinstance(lead, int) and 0 < lead < 1 << 63)):
        raise ValueError("not as it was written")
    return Left(view[:_LONGEST], lead, search[:_LONGEST], alone)


def keep(home: Home, left: Left) -> None:
    """Write it down, whole or not at all, where there is a home; a disk that refuses stops nobody."""
    if home.exists:
        with suppress(OSError):
            save(home.screen, json.dumps(asdict(left)))
