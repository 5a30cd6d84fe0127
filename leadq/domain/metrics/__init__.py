"""The figures that both teams believe: M1 to M15 and M17 to M19 of field.md 10, from events and stored instants only.

How to use it, from the outside in:

1. `leadq.facts.read_facts(db, as_of_ms, progress=)` reads a home as known at an instant and gives
   `cycle.Facts`: one slotted `cycle.Cycle` for each handoff, a `cycle.Column` for each kind of clock, the contract in
   force then, late arrivals, devices, contract versions. Nothing else here touches a database, a clock or a zone.
2. `scope.scope(facts, from_ms, to_ms, keep=False)` chooses a period. `Scope.cut(dimension)` gives the same by each
   value of a dimension (`scope.DIMENSIONS`); `Scope.of(cycles)` that of any other choice. `keep=True` keeps the cycles
   behind each number, for `--explain`.
3. A metric is a function of a `Scope` that gives a `figures.Metric`: `catalogue.METRICS["M1"](scope)`. So any metric
   can be cut by any dimension, and a report of a campaign or of a pilot is the same functions over other cycles.
4. A `figures.Metric` has named `figures.Figure`s (a share with its hits, its base and its Wilson interval; a count, a
   duration in milliseconds, money in one currency, a number), the same broken down in `rows`, and what the cohort holds
   (`counted`: n, open, excluded). None is "n/a", never 0 %; `small` marks fewer than 30; `needs` says what to provide.
5. Beside the numbered metrics: `leak.leaks` (stage x reason x source), `leak.crossed` (conversion by two dimensions),
   `forward.forward` (what is still to come), `pilot.pilots` (pilot against rest), `trust.trust` (how far the figures
   can be trusted) give their own small values.

Inputs that leadq cannot know come as `cycle.Spend` and `cycle.CustomerValue` (leadq/inputs/kept.py); None means that
nobody has given any.

`leadq.metric_shapes` turns all of it into JSON, `leadq.metric_words` into words; no number is worked out there.

Import the modules themselves: this one imports none, because `statistics.wilson` is wanted on the way to the first
paint.
"""
