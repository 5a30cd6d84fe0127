"""Whether a signature still holds: it is about one text, and an edited contract is one that nobody has signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from leadq.domain.contract import Contract, Signature

Standing = Literal["valid", "edited", "unrecorded"]


def standing(contract: Contract, signature: Signature) -> Standing:
    """`valid` for this very text, `edited` for another one, `unrecorded` when it does not say for which."""
    if not signature.hash:
        return "unrecorded"
    return "valid" if signature.hash == contract.hash else "edited"
