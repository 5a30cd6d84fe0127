"""The lead queue that sales development reps live in, in the terminal."""

__version__ = "0.1.0"
