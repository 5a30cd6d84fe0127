"""A CRM of made-up leads on this machine: `python -m benchmarks.crm COUNT...` prints its address and serves until its
standard input ends. Below `/COUNT` it has so many leads, 100 a page; each page is made once, before the first request.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any, Final

from benchmarks import rows
from leadq.sync.wire import Handler, Reply, Request
from leadq.testing.server import serve

PAGE: Final = 100
UPDATED_MS: Final = 1_778_684_400_000
"""When all of them changed last: long before any run, so that the second pull finds no news."""


def main() -> int:
    """Serve until nobody needs it."""
    homes = {word: _pages(int(word)) for word in sys.argv[1:]}
    with serve(_handler(homes)) as address:
        print(address, flush=True)
        sys.stdin.read()
    return 0


def _pages(count: int) -> dict[str, bytes]:
    """The body of each page, by the id after which it begins."""
    now = datetime.now(UTC)
    items = [_item(f"{number:08}", record) for number, record in enumerate(rows.records(count, now))] if count else []
    pages = {}
    for start in range(0, len(items) or 1, PAGE):
        after = items[start - 1]["id"] if start else ""
        more = "more" if start + PAGE < len(items) else None
        pages[after] = json.dumps({"items": items[start : start + PAGE], "next": more}).encode()
    return pages


def _item(lead: str, record: dict[str, str]) -> dict[str, Any]:
    """One lead with 25 properties."""
    properties = {name: text for name, text in record.items() if name != "id"}
    more = {"status": "new", "lifecycle": "marketing_qualified", "created": "2026-05-13T15:00:00.000Z"}
    return {
        "id": lead, "owner": "rep-1", "state": "open", "moved_to": None, "merged_ids": [], "updated_ms": UPDATED_MS,
        "properties": properties | more,
    }  # fmt: skip


def _handler(homes: dict[str, dict[str, bytes]]) -> Handler:
    me, none = json.dumps({"id": "rep-1", "name": "Zoé"}).encode(), json.dumps({"items": [], "next": None}).encode()

    def answer(request: Request) -> Reply:
        count, what = request.steps
        query = request.query
        listed = none if int(query.get("since_ms", 0)) > UPDATED_MS else homes[count].get(query.get("after", ""), none)
        told = {"date": formatdate(usegmt=True), "content-type": "application/json"}
        return Reply(200, told, [me if what == "me" else listed])

    return answer


if __name__ == "__main__":
    sys.exit(main())
