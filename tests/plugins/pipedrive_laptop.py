"""A home and a Pipedrive in one process: the whole engine over the real client, without child or network."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadq.plugins.pipedrive import PipedriveAdapter
from leadq.rulebook import DEFAULT_TEMPLATE, template_text
from leadq.sqlite import Store
from leadq.testing.inside import Inside
from leadq.testing.straight import Straight
from tests.plugins.pipedrive_fake import TOKEN, FakePipedrive
from tests.sync.laptop import Desktop

if TYPE_CHECKING:
    from leadq.paths import Home
    from leadq.sync.ports import Ticks
    from leadq.sync.protocol import Open


@dataclass
class Laptop(Desktop):
    """One rep's home, connected to `crm` as `crm`; `sync` runs one cycle and waits a minute."""

    home: Home
    crm: FakePipedrive = field(default_factory=FakePipedrive)
    settings: str = ""
    domain: str = "acme"
    token: str = TOKEN
    prepared: bool = True

    def __post_init__(self) -> None:
        self.time = self.crm.time
        self.store = Store(self.home)
        self.home.config.mkdir(parents=True, exist_ok=True)
        self.home.contract.write_text(template_text(DEFAULT_TEMPLATE), "utf-8")
        self.configure(self.settings)
        with self.queue.desk():
            """The contract is in force, and its members are known."""
        if self.prepared:
            prepare(self.crm)

    def configure(self, settings: str) -> None:
        """Write leadq.toml, with these lines below the connection's own."""
        head = '[me]\nmember = "zoe"\n\n[connection.crm]\nadapter = "pipedrive"\n'
        self.home.settings.write_text(f'{head}domain = "{self.domain}"\n{settings}\n', "utf-8")

    def open(self, order: Open, ticks: Ticks) -> Inside:
        told = replace(order, secrets={"token": self.token})
        return Inside(told, PipedriveAdapter, Straight(self.crm, self.time), ticks)

    def ops(self) -> list[str]:
        return [op for (op,) in self.rows("SELECT op_id FROM outbox ORDER BY rowid")]


def prepare(crm: FakePipedrive) -> None:
    """What `leadq connect` creates there once a person agreed."""
    for name in ("Accepted", "Working", "Connected", "Qualified", "Recycled", "Rejected", "Disqualified"):
        crm.add_label(name)
    for name in ("outcome", "reason", "answer", "stamp", "op"):
        crm.add_field(f"leadq {name}")
    crm.add_field("leadq quality", "double")
