"""Reports for the rituals of two teams: a day, a week, a month, a quarter, and one page for who pays for it all.

1. `period.span` says which time a report is about, `make.make` reads a home as known at an instant
   (`sources.Sources`) and puts a `document.Report` together: sections of tables, each cell with its value and words.
2. `markdown`, `html`, `sheet` (CSV) and `shape` (JSON) say the same document in four ways; no number is worked out
   there.

A section is a function of `Sources` that gives a `document.Section`, or None where there is nothing to say. Which ones
a report has, and in which order, is one table (`make.RITUALS`): what a ritual adds goes in there.
"""
