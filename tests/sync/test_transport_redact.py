"""No form of a secret gets past, and what is no secret stays readable."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq.sync.redact import HIDDEN, Redactor

SECRET = st.text(min_size=6, max_size=40).filter(lambda text: not set(text) <= set(HIDDEN))
AROUND = st.text(max_size=12)


@given(SECRET, AROUND, AROUND)
def test_a_secret_is_found_as_it_is_in_a_url_and_in_json(secret: str, before: str, after: str) -> None:
    raw = secret.encode("utf-8", "surrogatepass")
    redactor = Redactor([secret])
    forms = (secret, quote(raw), quote(raw, safe=""), quote_plus(raw), json.dumps(secret)[1:-1])
    for form in forms:
        assert form not in redactor.text(f"{before} {form} {after}")


@given(st.binary(min_size=9, max_size=40), st.binary(max_size=9), st.binary(max_size=9))
def test_a_secret_after_a_user_name_is_found_in_base64(raw: bytes, before: bytes, after: bytes) -> None:
    secret = base64.b32encode(raw).decode()
    told = base64.b64encode(before + secret.encode() + after).decode()
    shown = Redactor([secret]).text(f"Basic {told}")
    assert HIDDEN in shown
    assert len(shown.replace(HIDDEN, "")) <= len("Basic ") + 4 * (len(before) + len(after) + 9) // 3


def test_a_query_is_hidden_because_the_service_may_have_put_a_secret_there() -> None:
    assert (
        Redactor([]).text("GET https://a.example/x?sig=abc&b=1 failed? Yes.")
        == "GET https://a.example/x?*** failed? Yes."
    )


def test_headers_are_shown_only_where_they_never_hold_a_secret() -> None:
    shown = Redactor(["s3cret!"]).headers(
        {"Date": "today", "X-RateLimit-Remaining": "3", "Set-Cookie": "a=b", "X-New": "v", "Retry-After": "s3cret!"}
    )
    assert shown == {
        "Date": "today", "X-RateLimit-Remaining": "3", "Set-Cookie": HIDDEN, "X-New": HIDDEN, "Retry-After": HIDDEN,
    }  # fmt: skip


def test_a_document_loses_what_is_called_a_secret_and_keeps_the_rest() -> None:
    document = {
        "api_key": "a",
        "nested": [{"refreshToken": {"x": 1}, "status": "new", "n": 3, "none": None}],
        "k-s3cret!": True,
    }
    assert Redactor(["s3cret!"]).document(document) == {
        "api_key": HIDDEN,
        "nested": [{"refreshToken": HIDDEN, "status": "new", "n": 3, "none": None}],
        f"k-{HIDDEN}": True,
    }


@pytest.mark.parametrize("short", ["", "a", "abc"])
def test_a_secret_too_short_to_hide_does_not_black_out_everything(short: str) -> None:
    assert Redactor([short]).text("a banana, abc") == "a banana, abc"


def test_the_longest_secret_goes_first() -> None:
    assert Redactor(["token", "token-and-more"]).text("token-and-more") == HIDDEN
