"""The coded taxonomy of verdicts, touches and missing information, in English and French (field.md 9).

Codes are stable; a contract may switch reasons off or add its own, never change the meaning of these. Each
reason is something that marketing can act on, which is Forrester's test for a rejection reason.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from leadq.domain.label import Label, spoken

if TYPE_CHECKING:
    from collections.abc import Mapping

Class = Literal["rejected", "disqualified", "recycled", "returned", "other"]
Need = Literal["missing", "criterion", "into", "note"]

CLASSES: Final[Mapping[Class, str]] = {
    "rejected": "rej.",
    "disqualified": "dq.",
    "recycled": "rec.",
    "returned": "ret.",
    "other": "other",
}
"""Class -> how its codes begin."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a lead ended or came back.

    `klass` says which verdict may give it ("other": all of them); `next` is what happens to the
    lead by default, in words; `needs` names what the verdict must carry beside the reason.
    """

    code: str
    klass: Class
    en: str
    fr: str
    next: str = ""
    needs: frozenset[Need] = frozenset()

    def say(self, language: str) -> str:
        """Its label in `language` ("fr"; anything else is English)."""
        return spoken(self.en, self.fr, language)


_MISSING: Final = frozenset[Need]({"missing"})
_CRITERION: Final = frozenset[Need]({"criterion"})
_INTO: Final = frozenset[Need]({"into"})
_NOTE: Final = frozenset[Need]({"note"})

_REJECTED: Final = (
    Reason("rej.routing", "rejected", "Wrong owner/territory", "Mauvais routage / territoire", "reroute"),
    Reason("rej.duplicate", "rejected", "Duplicate", "Doublon", "merge", _INTO),
    Reason("rej.open_opp", "rejected", "Already in an open deal", "Affaire déjà en cours", "link"),
    Reason("rej.customer", "rejected", "Existing customer", "Déjà client", "to CS"),
    Reason(
        "rej.incomplete",
        "rejected",
        "Missing required info",
        "Informations manquantes",
        "fix_resubmit",
        _MISSING,
    ),
    Reason(
        "rej.bad_data",
        "rejected",
        "Invalid contact data",
        "Coordonnées invalides",
        "fix or archive",
        _MISSING,
    ),
    Reason(
        "rej.off_icp",
        "rejected",
        "Outside ICP (sector/size/role/geo)",
        "Hors cible (secteur/taille/fonction/zone)",
        "archive",
        _CRITERION,
    ),
    Reason(
        "rej.below_threshold",
        "rejected",
        "Score/action below agreed level",
        "Sous le seuil convenu",
        "recycle",
        _CRITERION,
    ),
    Reason(
        "rej.competitor",
        "rejected",
        "Competitor/student/supplier/job seeker",
        "Concurrent/étudiant/fournisseur/candidat",
        "archive",
    ),
    Reason("rej.spam", "rejected", "Spam/test", "Spam/test", "archive"),
    Reason(
        "rej.no_consent",
        "rejected",
        "No lawful basis / opt-out",
        "Absence de base légale / opposition",
        "suppress",
    ),
)
_DISQUALIFIED: Final = (
    Reason(
        "dq.bad_contact",
        "disqualified",
        "Contact data wrong, found by trying",
        "Coordonnées fausses, constaté à l’appel",
        "fix_resubmit",
        _MISSING,
    ),
    Reason(
        "dq.unreachable",
        "disqualified",
        "Unable to reach (cadence done)",
        "Injoignable (cadence terminée)",
        "recycle 90 d",
    ),
    Reason("dq.no_need", "disqualified", "No need/interest", "Pas de besoin / d’intérêt", "archive or nurture"),
    Reason("dq.no_budget", "disqualified", "No budget", "Pas de budget", "recycle at budget date"),
    Reason(
        "dq.no_authority",
        "disqualified",
        "No decision power/sponsor",
        "Pas de pouvoir de décision",
        "find contact",
    ),
    Reason(
        "dq.no_fit",
        "disqualified",
        "Product does not fit (field: gap)",
        "Offre inadaptée (préciser)",
        "product insight",
    ),
    Reason(
        "dq.lost_to_comp",
        "disqualified",
        "Chose/bound to competitor",
        "Choisi / engagé chez un concurrent",
        "recycle at renewal",
    ),
    Reason("dq.price", "disqualified", "Price", "Prix", "insight"),
    Reason("dq.left_company", "disqualified", "Contact left", "Contact parti", "new contact"),
    Reason("dq.opt_out", "disqualified", "Asked to stop", "Demande d’arrêt", "suppress"),
    Reason("dq.closed_company", "disqualified", "Company closed", "Société fermée", "archive"),
)
_RECYCLED: Final = (
    Reason("rec.too_early", "recycled", "Researching, no project", "Trop tôt, en veille", "nurture"),
    Reason("rec.timing", "recycled", "Project later (date)", "Projet plus tard (date)", "wake"),
    Reason("rec.reorg", "recycled", "Frozen/reorganisation", "Gel / réorganisation", "90 d"),
    Reason("rec.went_silent", "recycled", "Silent after connect", "Silence après échange", "60 d"),
    Reason(
        "rec.sdr_capacity",
        "recycled",
        "Not worked for lack of capacity",
        "Non traité faute de capacité",
        "counts as breach, not lead quality",
    ),
)
_RETURNED: Final = (
    Reason("ret.not_qualified", "returned", "Not qualified", "Non qualifié", "back to connected"),
    Reason("ret.no_show", "returned", "No-show", "Absent au rendez-vous", "back to connected"),
)
_OTHER: Final = Reason("other", "other", "Other", "Autre", needs=_NOTE)

REASONS: Final[tuple[Reason, ...]] = (*_REJECTED, *_DISQUALIFIED, *_RECYCLED, *_RETURNED, _OTHER)
"""The standard reasons, in the order in which people choose them."""

_BY_CODE: Final[Mapping[str, Reason]] = {reason.code: reason for reason in REASONS}

OUTCOMES: Final[Mapping[str, Label]] = {
    "no_answer": Label("No answer", "Pas de réponse"),
    "voicemail": Label("Voicemail", "Messagerie"),
    "gatekeeper": Label("Gatekeeper", "Barrage (standard, assistant)"),
    "wrong_number": Label("Wrong number", "Mauvais numéro"),
    "connected": Label("Connected", "Contact établi"),
    "callback_set": Label("Callback set", "Rappel convenu"),
    "replied": Label("Replied", "A répondu"),
    "bounced": Label("Bounced", "Adresse en erreur"),
    "meeting_set": Label("Meeting set", "Rendez-vous pris"),
    "refused": Label("Refused", "Refus d’échanger"),
}
"""How a touch ended."""

MISSING: Final[Mapping[str, Label]] = {
    "phone": Label("Phone", "Téléphone"),
    "email": Label("E-mail", "E-mail"),
    "role": Label("Role", "Fonction"),
    "size": Label("Company size", "Taille de l’entreprise"),
    "need": Label("Need", "Besoin"),
    "budget": Label("Budget", "Budget"),
    "timing": Label("Timing", "Échéance"),
    "consent": Label("Consent", "Consentement"),
    "trigger": Label("Trigger context", "Contexte du déclencheur"),
}
"""What a rep may report as missing; a contract adds the names of its `handoff.required`."""

QUALITY: Final[Mapping[int, Label]] = {
    1: Label("Unusable", "Inexploitable"),
    2: Label("Off target", "Hors cible"),
    3: Label("Plausible", "Plausible"),
    4: Label("Good", "Bon"),
    5: Label("Ready", "Prêt"),
}
"""The anchors of the quality mark, so that a 3 means the same to two people."""

TRACKS: Final[Mapping[str, Label]] = {
    "awareness": Label("Awareness", "Sensibilisation"),
    "interest": Label("Interest", "Intérêt"),
    "consideration": Label("Consideration", "Considération"),
}
"""Where marketing takes a recycled lead up again."""


def by_code(code: str) -> Reason | None:
    """The standard reason of this code, or None."""
    return _BY_CODE.get(code)


def of_class(klass: str) -> tuple[Reason, ...]:
    """The standard reasons that a verdict of this class may give; "other", always legal, comes last."""
    return (*(reason for reason in REASONS if reason.klass == klass != "other"), _OTHER)


def nearest(code: str) -> str:
    """The standard code most like `code`, or "" when none resembles it."""
    found = difflib.get_close_matches(code.strip().lower(), _BY_CODE, n=1, cutoff=0.5)
    return found[0] if found else ""
