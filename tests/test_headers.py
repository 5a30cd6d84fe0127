"""Which column is which field: the exports people really have, and what they write by hand."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq.headers import FIELDS, BadMapping, map_columns
from leadq.tabular import read_table
from leadq.values import normal_email, normal_phone, parse_date, parse_number

EXAMPLES = Path(__file__).parent.parent / "examples"


def fields_of(*header, forced=None):
    """Field to the header's name, which reads better than an index."""
    return {field: header[index] for field, index in map_columns(header, forced or {}).items()}


def test_a_hubspot_export_in_english():
    mapped = fields_of(
        "Record ID", "First Name", "Last Name", "Job Title", "Company Name", "Email", "Phone Number",
        "Contact owner", "Lead Status", "Original Source", "HubSpot Score", "Create Date", "Country/Region",
    )  # fmt: skip
    assert mapped == {
        "id": "Record ID",
        "first_name": "First Name",
        "last_name": "Last Name",
        "title": "Job Title",
        "company": "Company Name",
        "email": "Email",
        "phone": "Phone Number",
        "owner": "Contact owner",
        "source": "Original Source",
        "score": "HubSpot Score",
        "handed_off_at": "Create Date",
        "country": "Country/Region",
    }


def test_a_hubspot_export_in_french():
    mapped = fields_of(
        "ID de fiche d'informations", "Prénom", "Nom", "Intitulé du poste", "Nom de l'entreprise", "E-mail",
        "Numéro de téléphone", "Propriétaire du contact", "Statut du lead", "Source d'origine",
        "Score HubSpot", "Date de création", "Pays/Région",
    )  # fmt: skip
    assert mapped == {
        "id": "ID de fiche d'informations",
        "first_name": "Prénom",
        "last_name": "Nom",
        "title": "Intitulé du poste",
        "company": "Nom de l'entreprise",
        "email": "E-mail",
        "phone": "Numéro de téléphone",
        "owner": "Propriétaire du contact",
        "source": "Source d'origine",
        "score": "Score HubSpot",
        "handed_off_at": "Date de création",
        "country": "Pays/Région",
    }


def test_a_pipedrive_export_in_english():
    mapped = fields_of(
        "Lead - ID", "Lead - Title", "Person - Name", "Person - Email - Other", "Person - Email - Work",
        "Person - Phone - Mobile", "Person - Phone - Work", "Organization - Name", "Lead - Owner",
        "Lead - Source", "Lead - Lead created",
    )  # fmt: skip
    assert mapped == {
        "id": "Lead - ID",
        "note": "Lead - Title",
        "name": "Person - Name",
        "email": "Person - Email - Work",
        "phone": "Person - Phone - Work",
        "company": "Organization - Name",
        "owner": "Lead - Owner",
        "source": "Lead - Source",
    }


def test_a_pipedrive_export_in_french():
    mapped = fields_of(
        "Prospect - ID", "Prospect - Titre", "Personne - Nom", "Personne - E-mail - Travail",
        "Personne - Téléphone - Travail", "Organisation - Nom", "Prospect - Propriétaire",
        "Prospect - Source",
    )  # fmt: skip
    assert mapped == {
        "id": "Prospect - ID",
        "note": "Prospect - Titre",
        "name": "Personne - Nom",
        "email": "Personne - E-mail - Travail",
        "phone": "Personne - Téléphone - Travail",
        "company": "Organisation - Nom",
        "owner": "Prospect - Propriétaire",
        "source": "Prospect - Source",
    }


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ("Société", "company"),
        ("Raison sociale", "company"),
        ("Courriel", "email"),
        ("E-mail pro", "email"),
        ("Adresse mail", "email"),
        ("Tél", "phone"),
        ("Tél.", "phone"),
        ("Téléphone portable", "phone"),
        ("N° de téléphone", "phone"),
        ("Fonction", "title"),
        ("Poste", "title"),
        ("Effectif", "company_size"),
        ("Nb de salariés", "company_size"),
        ("Secteur", "sector"),
        ("Secteur d’activité", "sector"),
        ("Origine", "source"),
        ("Campagne", "campaign"),
        ("Salon", "campaign"),
        ("Déclencheur", "trigger"),
        ("Date de transmission", "handed_off_at"),
        ("Horodateur", "handed_off_at"),
        ("Commercial", "owner"),
        ("Rôle", "role"),
        ("Base légale", "consent_basis"),
        ("Besoin", "need"),
        ("Échéance", "timing"),
        ("Site web", "website"),
        ("Langue", "language"),
        ("Commentaire", "note"),
    ],
)
def test_what_people_in_france_write_by_hand(written, field):
    assert fields_of(written) == {field: written}


@pytest.mark.parametrize("written", ["EMAIL", "e-mail", " E mail ", "é-mail", "E_Mail:", "email *"])
def test_case_accents_punctuation_and_spaces_do_not_count(written):
    assert fields_of(written) == {"email": written}


@pytest.mark.parametrize("field", FIELDS)
def test_the_fields_own_ids_are_understood(field):
    assert fields_of("x", field) == {field: field}


def test_the_more_specific_name_wins_wherever_it_is():
    assert fields_of("E-mail", "E-mail pro")["email"] == "E-mail pro"
    assert fields_of("E-mail pro", "E-mail")["email"] == "E-mail pro"


def test_of_two_columns_with_equal_names_the_first_is_taken():
    assert map_columns(["Email", "E-MAIL"], {}) == {"email": 0}


def test_nom_is_the_whole_name_unless_there_is_a_prenom():
    assert fields_of("Nom", "Société")["name"] == "Nom"
    assert fields_of("Nom", "Prénom") == {"first_name": "Prénom", "last_name": "Nom"}
    both = fields_of("Nom complet", "Nom", "Prénom")
    assert both == {"name": "Nom complet", "last_name": "Nom", "first_name": "Prénom"}


def test_unknown_columns_and_empty_names_are_left_out():
    assert fields_of("Couleur préférée", "", "!!!", "Email (2)") == {}


def test_a_forced_column_wins_and_is_used_once():
    mapped = fields_of("Email", "Contact pro", "Société", forced={"contact PRO": "email", "Société": "source"})
    assert mapped == {"email": "Contact pro", "source": "Société"}


def test_the_second_of_two_equal_names_can_be_forced():
    assert fields_of("Date", "Date (2)", forced={"Date (2)": "handed_off_at"})["handed_off_at"] == "Date (2)"


@pytest.mark.parametrize(("given_", "nearest"), [("emial", "email"), ("société", "company"), ("Compagny", "company")])
def test_an_unknown_field_is_refused_with_the_nearest(given_, nearest):
    with pytest.raises(ValueError, match="there is no field") as refused:
        map_columns(["Colonne"], {"Colonne": given_})
    assert nearest in refused.value.nearest
    assert nearest in str(refused.value)


def test_an_unknown_column_is_refused_with_the_nearest():
    with pytest.raises(BadMapping, match="no column") as refused:
        map_columns(["Prénom", "Société"], {"Societe SA": "company"})
    assert refused.value.nearest == ("Société",)


def test_when_nothing_is_near_all_is_named():
    with pytest.raises(BadMapping) as refused:
        map_columns(["a"], {"a": "zzzzzz"})
    assert refused.value.nearest == FIELDS


@given(st.lists(st.text(max_size=20)))
def test_any_header_is_read_and_every_index_is_one_of_its_columns(header):
    mapped = map_columns(header, {})
    assert all(0 <= index < len(header) for index in mapped.values())
    assert len(set(mapped.values())) == len(mapped)
    assert set(mapped) <= set(FIELDS)


@pytest.mark.parametrize(
    ("name", "encoding", "delimiter", "count"),
    [("leads-fr.csv", "cp1252", ";", 25), ("leads-en.csv", "utf-8", ",", 15)],
)
def test_every_column_and_value_of_the_shipped_examples_is_understood(name, encoding, delimiter, count):
    with read_table(EXAMPLES / name, name=name) as table:
        columns = map_columns(table.header, {})
        leads = [{field: row.cells[index] for field, index in columns.items()} for row in table.rows]
    assert (table.encoding, table.delimiter, table.warnings) == (encoding, delimiter, ())
    assert (len(columns), len(leads)) == (len(table.header), count)
    for lead in leads:
        assert lead["email"] or lead["phone"]
        assert lead["email"] == (normal_email(lead["email"]) or "")
        assert bool(lead["phone"]) == bool(normal_phone(lead["phone"], lead["country"]))
        assert parse_number(lead["score"]) is not None
        assert parse_date(lead["handed_off_at"], ZoneInfo("Europe/Paris"))


def test_a_column_that_is_forced_to_nothing_is_no_field_and_leaves_it_to_another() -> None:
    assert map_columns(["Email pro", "Email"], {}) == {"email": 0}
    assert map_columns(["Email pro", "Email"], {"Email pro": ""}) == {"email": 1}
    assert map_columns(["Email pro", "Email"], {"Email pro": "", "Email": "company"}) == {"company": 1}
