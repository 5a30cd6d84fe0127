"""The pipedrive adapter against the rules that every adapter is tried by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from leadq.plugins.pipedrive import PipedriveAdapter
from leadq.plugins.pipedrive.notes import plain
from leadq.testing.conformance import TOKEN, AdapterConformance
from tests.plugins.pipedrive_fake import FakePipedrive
from tests.plugins.pipedrive_laptop import prepare

if TYPE_CHECKING:
    from leadq.testing.time import VirtualTime


class Service(FakePipedrive):
    """The fake, as the rules speak to it: ids are any text, fields have leadq's names."""

    account = "77"
    options: ClassVar[dict[str, str]] = {"domain": "acme"}
    page = 500
    text_ids = True
    can_lag = True

    def __init__(self, time: VirtualTime) -> None:
        super().__init__(time)
        self.token = TOKEN
        prepare(self)

    def add(self, lead: str, **fields: Any) -> None:
        if lead not in self.leads:
            self.leads[lead] = self.leads.pop(self.add_lead()) | {"id": lead}
        row = self.leads[lead]
        person = self.persons[row["person_id"]]
        there = {"source": "source_name", "campaign": "channel_id", "trigger": "channel", "handed_off_at": "add_time"}
        for name, value in fields.items():
            if name == "status":
                self.label(lead, *([] if value in ("", "handed_off") else [value.capitalize()]))
            elif name in ("email", "phone"):
                person[f"{name}s"] = [{"value": value, "primary": True, "label": "work"}]
            elif name == "company":
                row["organization_id"] = self.add_organization(value)
            elif name in there:
                row[there[name]] = value
            else:
                person[{"title": "job_title"}.get(name, name)] = value
        self.edit(lead)

    def status(self, lead: str) -> str:
        names = self.labels_of(lead)
        return names[-1].lower() if names else "handed_off"

    def notes(self, lead: str) -> list[str]:
        return [plain(content) for content in self.notes_on(lead)]

    def write_note(self, lead: str, text: str) -> None:
        self.add_note(text.replace("\n", "<br>"), lead_id=lead)

    def remove(self, lead: str) -> None:
        self.delete(lead)


class TestPipedrive(AdapterConformance):
    adapter = PipedriveAdapter
    service = Service
