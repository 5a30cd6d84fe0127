"""The contract that adapters are written against: what it exports, imports and hides."""

from __future__ import annotations

import subprocess
import sys

import pytest

from leadq.plugins import sdk
from leadq.plugins.sdk import Context, RateLimited, Rejected, Transient
from tests.plugins.signatures import FILE, lines


def test_what_it_exports_is_what_it_promises() -> None:
    assert [name for name in sdk.__all__ if not hasattr(sdk, name)] == []
    assert sdk.api_version == 1


@pytest.mark.parametrize("module", ["leadq.plugins.sdk", "leadq.plugins.manager"])
def test_reading_the_shapes_and_listing_adapters_bring_nothing_heavy(module: str) -> None:
    code = (
        f"import sys, {module}; heavy = ['pluggy', 'sqlalchemy', 'sqlmodel', 'textual', 'click', 'openpyxl',"
        " 'leadq.db', 'leadq.sqlite', 'leadq.queue']; sys.exit(', '.join(set(heavy) & set(sys.modules)) or 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr == ""


def test_no_repr_shows_a_secret() -> None:
    assert "s3cret" not in repr(Context({"url": "https://crm.example"}, {"token": "s3cret"}))


def test_an_error_is_a_sentence_with_its_values_apart() -> None:
    error = Transient("{path} is locked.", path="outcomes.csv")
    assert (error.message, error.params) == ("{path} is locked.", {"path": "outcomes.csv"})
    assert str(error) == "outcomes.csv is locked."
    assert str(Transient("50 % {of what}")) == "50 % {of what}"


def test_the_errors_that_carry_more() -> None:
    assert RateLimited(retry_after=30).retry_after == 30
    assert RateLimited().retry_after is None
    rejected = Rejected("email", "“{value}” is no address.", value="x")
    assert (rejected.field, str(rejected)) == ("email", "“x” is no address.")


def test_what_it_promises_stays_as_it_is() -> None:
    """Read the promise of `api_version` first: a line may be added (`python -m tests.plugins.signatures`)."""
    kept, now = FILE.read_text("utf-8").splitlines(), lines()
    assert [line for line in kept if line not in now] == []
    assert now == kept
