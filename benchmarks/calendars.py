"""What do very many calendars take in memory: fifty, of ten years each, compiled, stored and taken up again?

No bar: the figure is to stay where it is when four times as many are used, and a test holds that it does.
"""

from __future__ import annotations

import subprocess
import sys

from benchmarks.homes import environment
from benchmarks.measure import Answer, compare, megabytes

QUESTION = "calendars in memory"
YEARS = 10
MANY = 50
MORE = 200

_USE = """
import sys, tracemalloc
from leadq.domain.calendar import Calendar, CalendarSpec, CalendarYear, compile_year, parse_windows
from leadq.recent import Recent

years, many, more = map(int, sys.argv[1:])

def spec_of(number):
    day = parse_windows(f"08:{number % many:02}-12:30,14:00-18:00")
    return CalendarSpec(f"c{number}", "Europe/Paris", (day, day, day, day, day, (), ()), country="FR")

def stored(spec):
    compiled = [compile_year(spec, 2024 + year) for year in range(years)]
    return [(one.year, one.to_bytes(), one.days_off_json) for one in compiled]

shelf = [stored(spec_of(number)) for number in range(many)]
taken_up = Recent()
tracemalloc.start()
for number in range(more):
    calendar = Calendar(spec_of(number), [CalendarYear.from_bytes(*row) for row in shelf[number % many]])
    calendar.add_days(calendar.first_ms + 100 * 86_400_000, 10)  # lays out its days too
    taken_up[number] = calendar
    if number + 1 in (many, more):
        print(tracemalloc.get_traced_memory()[1])
"""


def ask() -> list[Answer]:
    """The peak of what Python held for them, in a process of its own."""
    words = [sys.executable, "-c", _USE, *map(str, (YEARS, MANY, MORE))]
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=True)
    many, more = map(int, done.stdout.split())
    samples = {f"{MORE} of {YEARS} years": [more], f"{MANY} of {YEARS} years": [many]}
    return compare(QUESTION, samples, megabytes)
