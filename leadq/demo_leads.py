"""Who is in the demo and what happened to them: fictional people on reserved domains, one group a band of the queue.

`t` gives the instants. The delays that the numbers play with are those of its contract: a hot lead (demo, pricing,
contact) has 15 open minutes to be accepted and 30 to be touched, one from an event 4 open hours and a working day, any
other a working day and 24 hours of the wall clock; an open day has 7.5 hours, Friday 6.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadq.domain.verbs import Accept, Disqualify, Note, Qualify, Recycle, Reject, Touch, Verb

if TYPE_CHECKING:
    from leadq.demo import Instants


@dataclass(frozen=True, slots=True)
class Gesture:
    """Something that the rep did, and when (milliseconds UTC)."""

    at_ms: int
    verb: Verb


@dataclass(frozen=True, slots=True)
class Story:
    """A lead: the cells of its row by field, when it was handed off, and what was done since, in order."""

    key: str
    at_ms: int
    cells: Mapping[str, str]
    then: tuple[Gesture, ...] = ()


_FRENCH: Final = {"country": "FR", "language": "fr", "owner": "zoe", "consent_basis": "legitimate_interest"}
_BRITISH: Final = _FRENCH | {"country": "GB", "language": "en"}
_AMERICAN: Final = _BRITISH | {"country": "US", "timezone": "America/New_York"}

_FROM: Final = {
    "demo": ("web", "demo-request", 44),
    "pricing": ("web", "pricing-page", 40),
    "contact": ("web", "contact-form", 37),
    "event": ("event", "salon-industrie-lyon", 28),
    "whitepaper": ("web", "livre-blanc-stocks", 19),
    "webinar": ("webinar", "webinar-otif", 23),
}
"""Trigger -> source, campaign and points of engagement."""


def _lead(
    at_ms: int, who: str, trigger: str, size: int, *then: Gesture, base: Mapping[str, str] = _FRENCH, **more: str
) -> Story:
    """A story; `who` is "name | company | title"."""
    name, company, title = (part.strip(" ") for part in who.split(" | "))
    source, campaign, interest = _FROM[trigger]
    cells = {
        **base, "name": name, "company": company, "title": title, "trigger": trigger, "source": source,
        "campaign": campaign, "engagement": str(interest), "fit": str(18 + size % 27), "company_size": str(size),
        "sector": "industry", "role": "decision", **more,
    }  # fmt: skip
    return Story(company, at_ms, cells, then)


def stories(t: Instants) -> tuple[Story, ...]:
    """Every lead of the demo, seen from the instant of `t`."""
    groups = (_waiting, _fresh, _at_risk, _breached, _due_today, _promised, _forgotten, _calm, _closed, _hostile)
    return tuple(story for group in groups for story in group(t))


def _call(at_ms: int, outcome: str, note: str = "", next_ms: int | None = None) -> Gesture:
    return Gesture(at_ms, Touch("call", outcome, next_ms=next_ms, note=note))


def _mail(at_ms: int, note: str = "", next_ms: int | None = None) -> Gesture:
    return Gesture(at_ms, Touch("email", "no_answer", next_ms=next_ms, note=note))


def _waiting(t: Instants) -> tuple[Story, ...]:
    """B0: a reply to answer, a promise within minutes, a promise that was missed."""
    replied, soon, missed = t.worked(400), t.worked(800), t.worked(1000)
    reply = Touch(
        "email", "replied", inbound=True, note="Oui, jeudi me va. Pouvez-vous m’envoyer une fiche technique ?"
    )
    return (
        _lead(replied, "Hélène Lefebvre | Fonderies du Vercors | Directrice industrielle", "demo", 180,
              _mail(t.after(replied, 11), "Proposé jeudi 10 h"), Gesture(t.ago(12), reply)),
        _lead(soon, "Benoît Chauvin | Transports Chauvin & Fils | Gérant", "pricing", 64,
              _call(t.after(soon, 14), "callback_set", "En rendez-vous, rappeler à l’heure dite", t.ago(-6)),
              sector="logistics"),
        _lead(missed, "Imogen Fairclough | Lantern Packaging | Operations Director", "contact", 95,
              _call(t.after(missed, 9), "callback_set", "Asked for a call back after her stand-up", t.ago(25)),
              base=_BRITISH),
    )  # fmt: skip


def _fresh(t: Instants) -> tuple[Story, ...]:
    """B1: hot, and still in time for the first touch."""
    accepted = t.worked(21)
    return (
        _lead(t.ago(3), "Chloé Delmas | Cartonnages Delmas | Directrice des opérations", "demo", 210),
        _lead(t.ago(8), "Grace Whitfield | Northbeam Instruments | VP Operations", "pricing", 420,
              base=_AMERICAN, owner=""),
        _lead(t.worked(12), "Maël Kerbrat | Conserveries d’Armor | Responsable supply chain", "contact", 130,
              role="prescriber", note="A laissé un message : « urgent, inventaire bloqué depuis lundi »"),
        _lead(t.worked(17), "Marcus Oyelaran | Harbour Cold Chain | Head of Logistics", "demo", 180,
              base=_BRITISH, sector="logistics", owner="", phone=""),
        _lead(accepted, "Anaïs Le Goff | Biscuiterie de l’Odet | Directrice générale", "demo", 75,
              Gesture(t.after(accepted, 4), Accept())),
    )  # fmt: skip


def _at_risk(t: Instants) -> tuple[Story, ...]:
    """B2: late soon, and nothing else that is more urgent."""
    paper, webinar, long_open = t.ago(20 * 60), t.ago(22 * 60 + 30), t.worked(2800)
    return (
        _lead(paper, "Julien Ferrand | Ateliers Ferrand | Directeur d’usine", "whitepaper", 55,
              Gesture(t.after(paper, 20), Accept())),
        _lead(webinar, "Sofia Marchetti | Marchetti Thermique | Responsable achats", "webinar", 240,
              Gesture(t.after(webinar, 9), Accept()), role="prescriber"),
        _lead(t.worked(200), "Théo Vasseur | Emballages Vasseur | Directeur technique", "event", 90),
        _lead(t.worked(225), "Priya Raman | Quillstone Pumps | Plant Manager", "event", 310, base=_BRITISH, owner=""),
        _lead(long_open, "Laurent Pichon | Scierie Pichon | Président", "demo", 48,
              Gesture(t.after(long_open, 5), Accept()), _call(t.after(long_open, 12), "connected", "Devis demandé"),
              _call(t.after(long_open, 1400), "voicemail")),
    )  # fmt: skip


def _breached(t: Instants) -> tuple[Story, ...]:
    """B3: late since less than a working day."""
    accepted = t.worked(260)
    return (
        _lead(t.worked(45), "Nadia Benhamou | Verrerie Saint-Clair | Directrice de site", "pricing", 160),
        _lead(t.worked(95), "Oliver Tennant | Tennant Forge | Managing Director", "demo", 70, base=_BRITISH, owner=""),
        _lead(accepted, "Camille Roussel | Roussel Logistique | Directrice transport", "contact", 120,
              Gesture(t.after(accepted, 6), Accept()), sector="logistics"),
        _lead(t.worked(130), "Hugo Sabatier | Plasturgie Sabatier | Responsable production", "demo", 85, owner="karim"),
        _lead(t.worked(255), "Elsa Morvan | Chaudronnerie Morvan | Gérante", "event", 32, email="", role=""),
    )  # fmt: skip


def _due_today(t: Instants) -> tuple[Story, ...]:
    """B4: due before midnight, not at risk yet."""
    early, noon, late = (t.due_today(share) for share in (0.2, 0.5, 0.8))
    return (
        _lead(early, "Margaux Teissier | Câbleries du Rhône | Directrice supply chain", "whitepaper", 390,
              Gesture(t.after(early, 15), Accept())),
        _lead(noon, "Daniel Okafor | Fenland Grain | Operations Manager", "webinar", 140,
              Gesture(t.after(noon, 25), Accept()), base=_BRITISH, role="prescriber"),
        _lead(late, "Pierre-Yves Cadic | Chantiers Cadic | Directeur des achats", "whitepaper", 260,
              Gesture(t.after(late, 10), Accept())),
        _lead(t.worked(60), "Inès Carpentier | Menuiseries Carpentier | Directrice", "event", 45),
    )  # fmt: skip


def _promised(t: Instants) -> tuple[Story, ...]:
    """B5: a call promised for later today."""
    first, second = t.worked(700), t.worked(1100)
    return (
        _lead(first, "Rachel Dunmore | Dunmore Textiles | COO", "demo", 230,
              _call(t.after(first, 13), "callback_set", "Wants the numbers for two sites", t.later_today(95)),
              base=_BRITISH),
        _lead(second, "Sébastien Noël | Fromageries du Jura réunies | Directeur industriel", "pricing", 340,
              _call(t.after(second, 8), "gatekeeper"),
              _call(t.after(second, 440), "callback_set", "Rappeler après le comité", t.later_today(190))),
    )  # fmt: skip


def _forgotten(t: Instants) -> tuple[Story, ...]:
    """B6: late since more than a working day."""
    accepted = t.worked(1500)
    return (
        _lead(accepted, "Aurélie Blanchet | Papeteries Blanchet | Directrice", "demo", 115,
              Gesture(t.after(accepted, 10), Accept())),
        _lead(t.worked(2250), "Gilles Roca | Sud Palettes | Responsable exploitation", "webinar", 38,
              owner="", sector="logistics", consent_basis=""),
        _lead(t.worked(3100), "Fiona Abernethy | Abernethy Glass | Production Director", "whitepaper", 150,
              base=_BRITISH, owner="karim"),
        _lead(t.worked(12_000), "Mme Perrin | Établissements Perrin | ", "webinar", 25,
              email="", phone="", role="", consent_basis="", note="Fiche papier du salon, à moitié remplie"),
    )  # fmt: skip


def _calm(t: Instants) -> tuple[Story, ...]:
    """B7: in hand, or nothing due today."""
    called, mailed, talked = t.worked(600), t.worked(1300), t.worked(900)
    return (
        _lead(called, "Yann Guillou | Chantier naval Guillou | Directeur", "demo", 58,
              _call(t.after(called, 16), "no_answer", next_ms=t.in_days(1))),
        _lead(mailed, "Vera Lindqvist | Ashdown Bearings | Procurement Lead", "event", 480,
              _mail(t.after(mailed, 30), "Sent the case study"), _call(t.after(mailed, 500), "voicemail"),
              base=_BRITISH, role="prescriber"),
        _lead(talked, "Lucie Barthe | Distillerie Barthe | Directrice générale", "contact", 66,
              _call(t.after(talked, 7), "connected", "Projet réel, budget au prochain semestre"),
              Gesture(t.after(talked, 20), Note("Envoyer l’étude de cas agroalimentaire")),
              _mail(t.after(talked, 70), next_ms=t.in_days(3))),
        _lead(t.ago(35), "Owen Priddy | Priddy Quarries | Site Manager", "whitepaper", 110, base=_BRITISH, role="user"),
    )  # fmt: skip


def _closed(t: Instants) -> tuple[Story, ...]:
    """Ended, each with its feedback; one recycled lead has woken up by now."""
    won, no_budget, later, woken = t.worked(3000), t.worked(3500), t.worked(2600), t.worked(7000)
    incomplete, off_target = t.worked(1700), t.worked(950)
    budget = Disqualify("dq.no_budget", 3, note="Investissements gelés jusqu’à l’an prochain")
    wake = Recycle("rec.timing", 4, wake_ms=t.in_days(40), track="consideration", note="Contract ends next quarter")
    return (
        _lead(won, "Isabelle Quémeneur | Laiteries du Ponant | Directrice supply chain", "demo", 320,
              _call(t.after(won, 10), "meeting_set", "Trois sites, remplacement du tableur"),
              Gesture(t.after(won, 30), Qualify(5, "yes", "yes", "yes", 3, "karim", meeting_ms=t.in_days(2)))),
        _lead(no_budget, "Franck Delaunay | Tôlerie Delaunay | Gérant", "pricing", 40,
              _call(t.after(no_budget, 12), "connected"), Gesture(t.after(no_budget, 25), budget)),
        _lead(later, "Martha Heywood | Heywood Paints | Operations Director", "contact", 175,
              _call(t.after(later, 18), "connected"), Gesture(t.after(later, 40), wake), base=_BRITISH),
        _lead(woken, "Didier Castan | Castan Irrigation | Directeur", "webinar", 52,
              _call(t.after(woken, 300), "connected", "Rappeler après l’inventaire"),
              Gesture(t.after(woken, 320), Recycle("rec.too_early", 3, wake_ms=t.worked(500)))),
        _lead(incomplete, "Contact site | Mécanique de précision du Léman | ", "webinar", 60,
              Gesture(t.after(incomplete, 90), Reject("rej.incomplete", 1, missing=("phone", "email", "role"))),
              email="", phone="", role=""),
        _lead(off_target, "Emma Sorel | Atelier Sorel | Fondatrice", "demo", 4,
              Gesture(t.after(off_target, 9), Reject("rej.off_icp", 2, criterion="size", note="Quatre personnes"))),
    )  # fmt: skip


def _hostile(t: Instants) -> tuple[Story, ...]:
    """What anybody can type into a web form; it must look odd and do nothing."""
    promised = t.worked(850)
    long_name = "Compagnie générale des établissements réunis " * 5
    family = "\u200d".join("\U0001f469\U0001f469\U0001f467\U0001f466")
    return (
        _lead(t.ago(5), "[@click=app.quit]Bob[/] | [/] ACME | [red]CEO", "demo", 21, owner=""),
        _lead(t.worked(190), f"Jean-Baptiste Poquelin | {long_name[:200].strip()} | Directeur", "event", 500),
        _lead(t.worked(120), "Jane \x1b]52;c;cHduZWQ=\x07 Doe | \x1b[2JClear Ltd | CTO", "contact", 33, base=_BRITISH),
        _lead(promised, f"Noor {family} | Kids & Co \U0001f9f8 | Founder", "pricing", 24,
              _call(t.after(promised, 6), "callback_set", next_ms=t.later_today(320)), base=_BRITISH),
        _lead(t.worked(2000), "山田 太郎 | 東京精密株式会社 | 工場長", "whitepaper", 200,
              base=_BRITISH, timezone="Asia/Tokyo"),
        _lead(t.ago(50), "Sam \u202etxt.eciovni\u202c | Invoice\u200b Partners | Buyer", "webinar", 28, base=_BRITISH),
    )  # fmt: skip
