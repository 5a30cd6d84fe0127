"""How fast leadq is, as ratios of one run: `python -m benchmarks`, or `make bench`. One file a question."""
