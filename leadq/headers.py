"""Which column of a file is which field of a lead.

Names come from the exports of HubSpot, Pipedrive, Salesforce and form tools in English and French, and from
what people write by hand. Case, accents, punctuation and spaces do not count. The most specific name of a
field comes first: where a file has both `E-mail pro` and `E-mail`, `E-mail pro` is taken.
"""

from __future__ import annotations

import functools
import unicodedata
from typing import TYPE_CHECKING

from leadq.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Names between bars, the most specific first.
_SYNONYMS: dict[str, str] = {
    "id": (
        "lead id|record id|record id contact|contact id|lead uid|external id|crm id|person id|hs object id"
        "|prospect id|personne id|id de fiche d'informations|id de la fiche d'informations|id de fiche"
        "|id du contact|id contact|id du lead|id prospect|identifiant crm|identifiant|référence|réf"
        "|n° de lead|numéro de lead|id"
    ),
    "name": (
        "full name|person name|contact name|lead name|contact person|personne nom|contact nom|nom complet"
        "|nom et prénom|prénom et nom|nom prénom|prénom nom|nom du contact|nom du lead|nom du prospect"
        "|interlocuteur|personne de contact|contact|name|nom"
    ),
    "first_name": ("first name|given name|forename|person first name|personne prénom|prénom du contact|prénom"),
    "last_name": "last name|surname|family name|person last name|personne nom de famille|nom de famille",
    "company": (
        "company name|company|company account|account name|account|organization name|organisation name"
        "|organization|organisation nom|organisation|nom de l'entreprise|nom de la société|nom entreprise"
        "|nom société|raison sociale|entreprise|société|compte|nom du compte|employer|structure"
    ),
    "title": (
        "job title|title|person job title|job|intitulé du poste|intitulé de poste|titre du poste|poste occupé"
        "|personne intitulé du poste|personne fonction|fonction|poste|titre|profession|métier|position"
    ),
    "email": (
        "person email work|personne email travail|personne email professionnel|personne email bureau"
        "|work email|business email|professional email|company email|email pro|email professionnel"
        "|adresse email professionnelle|mail pro|mail professionnel|courriel professionnel|email address"
        "|adresse email|adresse mail|adresse électronique|adresse de courriel|person email|personne email"
        "|primary email|email principal|contact email|email du contact|mail du contact|email|mail|courriel"
        "|mél|person email other|personne email autre|person email home|personne email domicile"
    ),
    "phone": (
        "person phone work|personne téléphone travail|personne téléphone bureau|direct phone|direct line"
        "|ligne directe|téléphone direct|phone number|numéro de téléphone|n° de téléphone|n° téléphone|phone"
        "|téléphone professionnel|téléphone pro|tél pro|work phone|business phone|téléphone fixe|tél fixe"
        "|fixe|téléphone|tél|n° tél|person phone|personne téléphone|telephone number|contact phone"
        "|person phone mobile|personne téléphone mobile|personne téléphone portable|mobile phone number"
        "|numéro de téléphone mobile|numéro de téléphone portable|mobile phone|mobile number|téléphone mobile"
        "|téléphone portable|tél portable|tél mobile|numéro de portable|numéro de mobile|n° de portable"
        "|mobile|portable|gsm|cell phone|cell|natel"
    ),
    "country": (
        "country region|pays région|country|pays|country code|code pays|organization country"
        "|organisation pays|pays de l'entreprise|company country"
    ),
    "language": "preferred language|langue préférée|langue de préférence|language|langue|locale",
    "timezone": "time zone|fuseau horaire|tz|fuseau",
    "source": (
        "lead source|original source|latest source|source d'origine|source originale"
        "|source d'origine du trafic|original traffic source|source du lead|source du prospect"
        "|lead source origin|prospect source|dernière source|origine du lead|origine du contact"
        "|origine du prospect|source|origine|provenance|canal d'acquisition|canal|channel|utm source"
    ),
    "campaign": (
        "campaign name|nom de la campagne|campaign|campagne|campagne marketing|marketing campaign"
        "|utm campaign|first touch converting campaign|last touch converting campaign|event name"
        "|nom de l'événement|salon|événement|opération"
    ),
    "trigger": (
        "trigger|déclencheur|élément déclencheur|trigger event|recent conversion|conversion récente"
        "|dernière conversion|first conversion|première conversion|conversion|form name|nom du formulaire"
        "|formulaire|type de demande|demande|request type|intention|action|signal"
    ),
    "score": (
        "lead score|hubspot score|score hubspot|score du lead|score global|score total|total score|score"
        "|scoring|note du lead|notation|points"
    ),
    "fit": "fit score|fit|score d'adéquation|score de fit|adéquation|score de profil",
    "engagement": (
        "engagement score|engagement|score d'engagement|score d'intérêt|score comportemental|behaviour score"
        "|behavior score"
    ),
    "owner": (
        "lead owner|contact owner|prospect propriétaire|propriétaire du contact|propriétaire du lead"
        "|propriétaire du prospect|propriétaire de la fiche|record owner|owner name|owner email|hubspot owner"
        "|hubspot owner id|owner|propriétaire|person owner|personne propriétaire|assigned to|attribué à"
        "|assigné à|affecté à|sdr|bdr|commercial|commercial en charge|commercial affecté|nom du commercial"
        "|vendeur|sales rep|responsable commercial|suivi par"
    ),
    "handed_off_at": (
        "handed off at|handoff date|date handed off|handed off on|handed off|date de transmission|transmis le"
        "|date de transmission aux ventes|date de transfert|transféré le"
        "|became a marketing qualified lead date|date mql|mql date|mql le|date de passage en mql"
        "|date à laquelle le contact est devenu un lead qualifié marketing|date de la demande|date de demande"
        "|demande reçue le|reçu le|date de réception|recent conversion date|date de conversion récente"
        "|date de conversion|submitted at|submission date|date de soumission|timestamp|horodateur|horodatage"
        "|lead created|lead creation date|prospect création|prospect date de création|create date"
        "|created date|created at|created time|creation date|date de création|créé le|date et heure|date"
    ),
    "role": (
        "buying role|decision role|rôle d'achat|rôle dans la décision|rôle décisionnel|niveau de décision"
        "|decision level|role|persona|décideur"
    ),
    "sector": (
        "industry|company industry|sector|secteur d'activité|secteur|industrie|branche|activité"
        "|domaine d'activité|vertical|organization industry|organisation secteur"
    ),
    "company_size": (
        "number of employees|no of employees|employees|company size|headcount|nombre d'employés"
        "|nombre de salariés|nb de salariés|nb salariés|nombre de collaborateurs|effectif de l'entreprise"
        "|tranche d'effectif|effectifs|effectif|salariés|taille de l'entreprise|taille de la société"
        "|taille entreprise|taille|size|organization number of employees"
    ),
    "consent_basis": (
        "consent basis|legal basis|legal basis for processing contact's data|lawful basis|base légale"
        "|base légale de traitement des données du contact|fondement juridique|base juridique"
        "|consentement rgpd|consentement|consent|opt in|rgpd|gdpr"
    ),
    "product_line": "product line|ligne de produits|ligne de produit|gamme de produits|gamme",
    "linkedin": (
        "linkedin profile url|linkedin url|linkedin profile|profil linkedin|url linkedin|lien linkedin"
        "|linkedin bio|person linkedin|personne linkedin|linkedin"
    ),
    "website": (
        "website url|company website|url du site web|site web de l'entreprise|site internet|site web|website"
        "|company domain name|nom de domaine de l'entreprise|nom de domaine|domain|site|web|url"
    ),
    "note": (
        "notes|note|comments|comment|commentaires|commentaire|remarques|remarque|observations|observation"
        "|message|description|informations complémentaires|infos|lead note|prospect note|lead title"
        "|prospect titre"
    ),
    "need": "need|needs|besoin|besoins|besoin exprimé|pain point|problématique|projet|project",
    "budget": "budget|budget estimé|budget range|enveloppe|annual budget",
    "timing": (
        "timing|timeline|timeframe|échéance|délai|délai du projet|horizon|calendrier|purchase timeframe|date du projet"
    ),
}
FIELDS: tuple[str, ...] = tuple(_SYNONYMS)
_WHOLE_OR_LAST = frozenset({"nom", "name", "nomducontact"})


class BadMapping(ValueError):
    """A `--map COLUMN=FIELD` that names no column or no field; `nearest` is what it may have meant."""

    def __init__(self, message: str, nearest: Sequence[str]) -> None:
        super().__init__(message)
        self.nearest = tuple(nearest)


class Fields:
    """The fields of one kind of file, and the names that their columns go by: between bars, the most specific first."""

    def __init__(self, synonyms: Mapping[str, str]) -> None:
        self.ids = tuple(synonyms)
        self._synonyms = synonyms

    @functools.cached_property
    def known(self) -> Mapping[str, tuple[str, int]]:
        """Every known name, to its field and how specific it is (0 is best)."""
        return {
            _key(name): (field, rank)
            for field, names in self._synonyms.items()
            for rank, name in reversed(list(enumerate([*names.split("|"), field])))
        }


_LEAD = Fields(_SYNONYMS)


def map_columns(header: Sequence[str], forced: Mapping[str, str], fields: Fields = _LEAD) -> dict[str, int]:
    """Field to column index, for every field that the header has; `forced` (column to field) goes first.

    A column that is forced to "" is no field. Of several columns for one field the one with the most specific name is
    taken, else the first. `Nom` is the whole name, or the last name when there is a `Prénom`. Raises `BadMapping`.
    """
    mapped = {
        _field(column, field, fields): _column(header, column, field) for column, field in forced.items() if field
    }
    taken = {*mapped.values(), *(_column(header, column, "") for column, field in forced.items() if not field)}
    free = {index: _key(cell) for index, cell in enumerate(header) if index not in taken}
    ranked: dict[str, tuple[int, int]] = {}
    for index, key in free.items():
        field, rank = fields.known.get(key, ("", 0))
        if field and field not in mapped:
            ranked[field] = min(ranked.get(field, (rank, index)), (rank, index))
    mapped.update({field: index for field, (_rank, index) in ranked.items()})
    _take_last_name(mapped, [index for index, key in free.items() if key in _WHOLE_OR_LAST])
    return mapped


def _take_last_name(mapped: dict[str, int], whole_or_last: list[int]) -> None:
    if not whole_or_last or "first_name" not in mapped or "last_name" in mapped:
        return
    mapped["last_name"] = whole_or_last[0]
    if mapped.get("name") == whole_or_last[0]:
        del mapped["name"]


def meaning(name: str) -> tuple[str, int] | None:
    """The field that goes by this name, and how specific the name is (0 is best); None for a name nobody knows."""
    return _LEAD.known.get(_key(name))


def _key(name: str) -> str:
    """What counts of a name: its letters and digits, without case and accents."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name.casefold())))


def _field(column: str, given: str, fields: Fields) -> str:
    if given in fields.ids:
        return given
    known = fields.known.get(_key(given))
    nearest = [known[0]] if known else _nearest(given, fields.ids)
    message = _('--map "{column}={field}": there is no field "{field}". Try: {nearest}')
    raise BadMapping(message.format(column=column, field=given, nearest=", ".join(nearest)), nearest)


def _column(header: Sequence[str], given: str, field: str) -> int:
    if given in header:
        return header.index(given)
    keys = [_key(cell) for cell in header]
    if _key(given) in keys:
        return keys.index(_key(given))
    nearest = _nearest(given, header)
    message = _('--map "{column}={field}": the file has no column "{column}". Try: {nearest}')
    raise BadMapping(message.format(column=given, field=field, nearest=", ".join(nearest)), nearest)


def _nearest(given: str, names: Sequence[str]) -> list[str]:
    """The names that look most like `given`; all of them when none does."""
    import difflib  # only when something is wrong

    keys = {_key(name): name for name in names if name}
    close = difflib.get_close_matches(_key(given), keys, n=3, cutoff=0.5)
    return [keys[key] for key in close] or list(keys.values())
