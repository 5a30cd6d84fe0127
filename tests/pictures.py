"""Export the pictures of the README from the app itself: `make pictures`. With `--check`, say which are behind."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from leadq import demo, i18n
from leadq.paths import find_home
from leadq.tui.app import home_view
from leadq.tui.data import Data
from leadq.tui.program import LeadqApp
from leadq.tui.screens import queue
from tests.moving import Frame, animated
from tests.tui.conftest import MovingClock, Seat

DOCS: Final = Path(__file__).parent.parent / "docs"
NOW_MS: Final = int(datetime(2026, 5, 13, 9, 2, tzinfo=UTC).timestamp() * 1000)
SIZE: Final = (120, 36)
SMALL: Final = (110, 28)

PICTURES: Final[dict[str, tuple[i18n.Language, tuple[str, ...]]]] = {
    "screen.svg": ("en", ("j", "j", "j")),
    "screen.fr.svg": ("fr", ("j", "j", "j")),
}
"""File -> language, and the keys pressed before the picture is taken."""

MOVING: Final[dict[str, i18n.Language]] = {"minute.svg": "en", "minute.fr.svg": "fr"}
"""File -> language of the minute of work."""

MINUTE: Final[tuple[tuple[tuple[str, ...], str, int, float], ...]] = (
    ((), "", 0, 2.5),
    (("j", "j", "j"), "j j j", 3, 1.5),
    (("c",), "c", 1, 3.0),
    ((), "c", 9, 1.5),
    (("1",), "1", 2, 1.5),
    (("enter",), "⏎", 1, 2.5),
    (("a",), "a", 3, 2.0),
    (("v",), "v", 2, 1.5),
    (("5", "1", "1"), "5 1 1", 4, 2.5),
    (("enter",), "⏎", 1, 2.5),
    (("u",), "u", 3, 2.5),
    (("R",), "R", 4, 3.0),
    (("R",), "R", 2, 1.0),
)
"""Keys, what is written above them, how many seconds pass before they are pressed, how many the picture stands: a call,
an acceptance, a rejection with its reason and its undo, and the radar."""


async def _still(folder: Path, language: i18n.Language, keys: tuple[str, ...]) -> str:
    async with _Camera(folder, language, SIZE) as camera:
        await camera.seat.press(*keys)
        return await camera.shot()


async def _moving(folder: Path, language: i18n.Language) -> str:
    frames = []
    async with _Camera(folder, language, SMALL) as camera:
        for keys, written, passed_s, seconds in MINUTE:
            camera.seat.clock.forward(passed_s * 1000)
            camera.seat.queue.tick()
            for key in keys:
                await camera.seat.press(key)
            frames.append(Frame(await camera.shot(), seconds, written))
    return animated(frames)


class _Camera:
    """The app over a new demo, at 11:02 in Paris."""

    def __init__(self, folder: Path, language: i18n.Language, size: tuple[int, int]) -> None:
        i18n.use(language)
        home, clock = find_home(str(folder)), MovingClock(NOW_MS)
        demo.build(home, NOW_MS)
        self._data = Data(home, clock)
        queue.monotonic = lambda: clock.now_ms() / 1000  # type: ignore[attr-defined]  # how long sending takes, too
        app = LeadqApp(self._data, self._data.first(home_view(self._data.me), size[1]), size[0])
        self._app, self._clock, self._test = app, clock, app.run_test(size=size, notifications=True)
        app.NOTIFICATION_TIMEOUT = 600  # by the machine's clock, which stands for nothing here

    async def __aenter__(self) -> _Camera:
        self._pilot = await self._test.__aenter__()
        self.seat = Seat(self._app, self._pilot, self._clock)
        await self._pilot.pause()
        await self.seat.settle()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._test.__aexit__(None, None, None)
        self._data.close()

    async def shot(self) -> str:
        """The screen, once everything on it has come to rest."""
        for _settling in range(5):
            await self._pilot.pause(0.02)
            await self.seat.settle()
        return self._app.export_screenshot(title="leadq")


def pictures() -> dict[str, str]:
    """Every picture as the app draws it today, by its file in docs/."""
    drawn = {}
    for name, (language, keys) in PICTURES.items():
        with tempfile.TemporaryDirectory() as folder:
            drawn[name] = asyncio.run(_still(Path(folder), language, keys))
    for name, language in MOVING.items():
        with tempfile.TemporaryDirectory() as folder:
            drawn[name] = asyncio.run(_moving(Path(folder), language))
    return drawn


def main() -> int:
    """Write them into docs/; or, to check, 1 when one there is another."""
    drawn = pictures()
    if "--check" not in sys.argv:
        for name, svg in drawn.items():
            (DOCS / name).write_text(svg, "utf-8")
        return 0
    behind = [name for name, svg in drawn.items() if not _is(DOCS / name, svg)]
    if behind:
        print(f"not what the app draws today: {', '.join(behind)} (make pictures)", file=sys.stderr)
    return 1 if behind else 0


def _is(file: Path, svg: str) -> bool:
    return file.exists() and file.read_text("utf-8") == svg


if __name__ == "__main__":
    sys.exit(main())
