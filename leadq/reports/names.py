"""The words that name reports, their readers and their formats, for who imports no report: commands, settings."""

from __future__ import annotations

from typing import Final

REPORTS: Final = ("day", "weekly", "monthly", "quarterly", "exec")
AUDIENCES: Final = ("team", "marketing", "sales", "exec")
"""Who an edition is for."""

FORMATS: Final = ("md", "html", "csv", "json")
