"""Marketing's door without a terminal: the verdicts that wait for an answer go out as a table and come back filled in.

`columns.py` is what both ways agree on, `rows.py` and `writing.py` the way out, `reading.py` and `taking.py` the way
back.
"""
