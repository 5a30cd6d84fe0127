"""The same script in DuckDB, which is made for such questions: reported beside ours, with no bar.

Its tables are loaded from files of comma-separated values, which is not timed; it may use two processors.
Run as a program: `python -m benchmarks.in_duckdb HOME` prints the seconds that the questions took.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import duckdb

from benchmarks import by_hand
from benchmarks.homes import home_at
from leadq.facts.hours import Hours
from leadq.sqlite import Store

_TABLES: Final = {
    "event": "uid,lead_uid,type,occurred_ms,recorded_ms,actor_kind,data",
    "lead": "id,uid,source,owner,state,reason,handed_off_ms,accepted_ms,first_touch_ms,closed_ms,quality,score,"
    "date_only,flags,missing,answer",
    "clock": "lead_id,kind,due_ms,stopped_ms,cancelled",
    "event_text": "event_uid,kind",
    "outbox": "event_uid,state",
}
_NUMBERS: Final = ("id", "lead_id", "quality", "date_only", "cancelled", "score")
_TEXTS: Final = ("source", "owner", "reason", "answer")
_DIALECT: Final = (
    ("max(0, ", "greatest(0, "),
    ("max(1e-300, ", "greatest(1e-300, "),
    ("min(p.until_ms,", "least(p.until_ms::BIGINT,"),
    ("temp.", ""),
    ("AS SELECT value AS uid FROM event, json_each(data, '$.events')\n    WHERE event.type IN ('undone', 'corrected')",
     "AS SELECT '' AS uid WHERE false"),
    ("(SELECT min(value) FROM json_each(data, '$.criteria')) AS met",
     "NOT contains(json_extract_string(data, '$.criteria'), 'false') AS met"),
    ("coalesce(e.data ->> 'inbound', 0) AS inbound", "coalesce(e.data ->> 'inbound', 'false') = 'true' AS inbound"),
    ("NOT c.cancelled", "c.cancelled = 0"),
    ("NOT date_only", "date_only = 0"),
    ("NOT IN gone", "NOT IN (SELECT uid FROM gone)"),
    ("NOT IN early", "NOT IN (SELECT uid FROM early)"),
    ("sum(evidenced AND sent)", "sum((evidenced AND sent)::INT)"),
    ("sum(late OR NOT evidenced)", "sum((late OR NOT evidenced)::INT)"),
    ("json_array_length(data, ", "json_array_length(data::JSON, "),
)  # fmt: skip
"""What SQLite says -> what DuckDB says; the home of the benchmark holds no undos."""


def main() -> int:
    """Load, ask, print."""
    with tempfile.TemporaryDirectory() as folder, Store(home_at(Path(sys.argv[1]))).read() as source:
        there = duckdb.connect(str(Path(folder) / "quarter.duckdb"))
        there.execute("SET threads = 2")
        for table, columns in _TABLES.items():
            _load(there, source, Path(folder), table, columns.split(","))
        _load_hours(there, source)
        (now_ms,) = source.execute("SELECT max(recorded_ms) FROM event").fetchone()
        params = {"from": now_ms - 90 * 86_400_000, "to": now_ms + 1, "now": now_ms}
        begun = time.perf_counter()
        for statement in (*filter(str.strip, by_hand.PREPARE.split(";\n")), *by_hand.FIGURES):
            there.execute(_ported(statement, params)).fetchall()
        print(json.dumps(time.perf_counter() - begun))
    return 0


def _load(there: Any, source: Any, folder: Path, table: str, columns: list[str]) -> None:
    file = folder / f"{table}.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([columns, *source.execute(f"SELECT {', '.join(columns)} FROM {table}")])
    shown = ", ".join(_column(name) for name in columns)
    there.execute(f"CREATE TABLE {table} AS SELECT {shown} FROM read_csv('{file}', all_varchar = true)")


def _column(name: str) -> str:
    if name in _TEXTS:
        return f"coalesce({name}, '') AS {name}"
    kind = "DOUBLE" if name == "score" else "BIGINT" if name.endswith("_ms") or name in _NUMBERS else "VARCHAR"
    return f"{name}::{kind} AS {name}"


def _load_hours(there: Any, source: Any) -> None:
    hours = Hours(source)
    hours.index(*source.execute("SELECT contract_id, calendar FROM clock LIMIT 1").fetchone())
    calendar = hours.found[0]
    there.execute("CREATE TABLE hours (opens BIGINT, closes BIGINT, before BIGINT)")
    rows = zip(calendar._opens, calendar._closes, calendar._before, strict=False)
    there.executemany("INSERT INTO hours VALUES (?, ?, ?)", list(rows))


def _ported(statement: str, params: dict[str, int]) -> str:
    for ours, theirs in _DIALECT:
        statement = statement.replace(ours, theirs)
    return re.sub(r":(from|to|now)\b", lambda found: str(params[found[1]]), statement)


if __name__ == "__main__":
    sys.exit(main())
