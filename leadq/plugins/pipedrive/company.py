"""Where a company’s Pipedrive is: the settings name the company only, and the token goes nowhere else."""

from __future__ import annotations

import re
from typing import Final

from leadq.plugins.sdk import N_, Rejected

_HOST: Final = ".pipedrive.com"
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NO_COMPANY: Final = frozenset({"api", "app", "developers", "oauth", "www"})
"""Names under the same host that are the vendor's own."""

NOT_A_COMPANY: Final = N_(
    "The domain of Pipedrive is the company’s name alone, as in its address before .pipedrive.com: write domain = "
    '"acme", without https://, a path or another host.'
)


def address_of(given: object) -> str:
    """`https://acme.pipedrive.com` for `acme` or `acme.pipedrive.com`. Raises Rejected, which repeats nothing of a
    pasted address: it may hold a token."""
    name = given.strip().lower().removesuffix(_HOST) if isinstance(given, str) else ""
    if not _NAME.fullmatch(name) or name in _NO_COMPANY:
        raise Rejected("domain", NOT_A_COMPANY)
    return f"https://{name}{_HOST}"
