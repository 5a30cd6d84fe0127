"""The services of our own adapters, as the suite wants them: the outcomes file, and the CRM of the crash lab."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadq.testing.conformance import TOKEN
from leadq.testing.crm import ORDERED, FakeCRM

if TYPE_CHECKING:
    from leadq.sync.wire import Reply, Request
    from leadq.testing.time import VirtualTime


class CsvFile:
    """A file in a folder of its own; leads are not kept in it, so every one is there."""

    def __init__(self, time: VirtualTime) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.options = {"outcomes": str(Path(self._folder.name, "outcomes.csv"))}

    def close(self) -> None:
        self._folder.cleanup()

    def add(self, lead: str, **fields: Any) -> None:
        """Nothing to do."""

    def notes(self, lead: str) -> list[str]:
        path = Path(self.options["outcomes"])
        if not path.exists():
            return []
        before = csv.field_size_limit(1 << 24)
        try:
            with path.open(encoding="utf-8", newline="") as file:
                return [row["note"].removeprefix("'") for row in csv.DictReader(file) if row["external_id"] == lead]
        finally:
            csv.field_size_limit(before)


class Crm:
    """`FakeCRM` with what people do there."""

    text_ids = True
    can_lag = True
    account = "rep-1"

    def __init__(self, time: VirtualTime) -> None:
        self._crm = FakeCRM(ORDERED, time, token=TOKEN, page=3)
        self._book = self._crm.book
        self.page = 3

    @property
    def lag_s(self) -> int:
        return 0

    @lag_s.setter
    def lag_s(self, seconds: int) -> None:
        from dataclasses import replace

        self._crm.personality = replace(self._crm.personality, index_lag_s=float(seconds))

    def __call__(self, request: Request) -> Reply:
        return self._crm(request)

    def add(self, lead: str, **fields: Any) -> None:
        if self._book.get(lead):
            self._book.set(lead, fields)
        else:
            self._book.create(lead, **fields)

    def remove(self, lead: str) -> None:
        self._book.delete(lead)

    def write_note(self, lead: str, text: str) -> None:
        self._book.append(lead, text)

    def notes(self, lead: str) -> list[str]:
        record = self._book.get(lead)
        return [note.text for note in record.notes] if record else []

    def status(self, lead: str) -> str:
        record = self._book.get(lead)
        return str(record.properties.get("status", "")) if record else ""
