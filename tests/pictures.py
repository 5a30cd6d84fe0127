"""Export the pictures of the README from the app itself: `make pictures`."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from leadq import demo, i18n
from leadq.clock import Clock
from leadq.paths import find_home
from leadq.tui.app import home_view
from leadq.tui.data import Data
from leadq.tui.program import LeadqApp

DOCS: Final = Path(__file__).parent.parent / "docs"
NOW_MS: Final = int(datetime(2026, 5, 13, 9, 2, tzinfo=UTC).timestamp() * 1000)
SIZE: Final = (120, 36)
PICTURES: Final[dict[str, tuple[i18n.Language, tuple[str, ...]]]] = {
    "screen.svg": ("en", ("j", "j", "j")),
    "screen.fr.svg": ("fr", ("j", "j", "j")),
}
"""File -> language, and the keys pressed before the picture is taken."""


async def _take(folder: Path, language: i18n.Language, keys: tuple[str, ...]) -> str:
    i18n.use(language)
    home = find_home(str(folder))
    demo.build(home, NOW_MS)
    data = Data(home, Clock(NOW_MS))
    app = LeadqApp(data, data.first(home_view(data.me), SIZE[1]), SIZE[0])
    try:
        async with app.run_test(size=SIZE) as pilot:
            for key in (None, *keys, None):
                if key:
                    await pilot.press(key)
                for _settling in range(20):
                    await pilot.pause(0.02)
            return app.export_screenshot(title="leadq")
    finally:
        data.close()


def main() -> None:
    """Write every picture into docs/."""
    for name, (language, keys) in PICTURES.items():
        with tempfile.TemporaryDirectory() as folder:
            (DOCS / name).write_text(asyncio.run(_take(Path(folder), language, keys)), "utf-8")


if __name__ == "__main__":
    main()
