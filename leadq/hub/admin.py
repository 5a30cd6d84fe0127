"""What a person with rights does to a hub: make it, let members in and out, and look at it."""

from __future__ import annotations

import re
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leadq.errors import Exit, LeadqError
from leadq.hub.address import driver, opened, said, settings_of
from leadq.hub.steps import SCHEMA, step
from leadq.i18n import _
from leadq.plugins.errors import AdapterError, AuthFailed, Transient

if TYPE_CHECKING:
    from collections.abc import Iterator


ROLES: Final = ("rep", "manager", "ops")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,50}")
_LOCK: Final = "SELECT pg_advisory_xact_lock(7326583, 0)"


@dataclass(frozen=True, slots=True)
class Made:
    """What `init` did: the version before (0: there was none), and the one that it is at now."""

    before: int
    now: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a hub is: its version, its members as (name, role, removed), its devices as (id, member, events, last seen,
    contract that it runs) and how much it holds. `published`: the version of the contract put there last, or "".
    `runner`: who acted for the team last, and when (milliseconds UTC; None: nobody ever did)."""

    schema: int
    members: tuple[tuple[str, str, bool], ...]
    devices: tuple[tuple[str, str, int, int, str], ...]
    counts: dict[str, int]
    published: str = ""
    runner: tuple[str, int] | None = None


class Hub:
    """An opened hub, for a role with rights. A context manager; what goes wrong is a LeadqError (75, 77, 78)."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> Hub:
        with _in_our_words():
            self._db: Any = opened(settings_of(self._url, kept=False))
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def init(self) -> Made:
        """Make the schema, or bring it up to date; a second call changes nothing. Raises `newer_hub` (78)."""
        with _in_our_words(), self._db.transaction():
            self._db.execute(_LOCK)
            self._db.execute("CREATE SCHEMA IF NOT EXISTS leadq")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS leadq.schema_version"
                " (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
            )
            before = self._version()
            if before > SCHEMA:
                raise _newer(before)
            group = self._group()
            for number in range(before + 1, SCHEMA + 1):
                self._db.execute(step(number).replace("{group}", group))
                self._db.execute("INSERT INTO leadq.schema_version (version) VALUES (%s)", (number,))
            return Made(before, SCHEMA)

    def add(self, name: str, role: str) -> str:
        """Let a member in, or in again, and give them a new password: it is kept nowhere else.

        Raises `usage` (2) for a name that cannot be one, and `role_there` (78) for a role of PostgreSQL that is not
        of this hub.
        """
        if not _NAME.fullmatch(name):
            raise LeadqError(
                "usage",
                _("“{name}” cannot be a member: letters, digits, dots, dashes and underscores only.").format(name=name),
                hint=_("Write the member as the contract does."),
                exit_status=Exit.USAGE,
            )
        password = secrets.token_urlsafe(24)
        with _in_our_words(), self._ready():
            self._login(name, password)
            self._db.execute(_ENTER, (name, name, role))
        return password

    def remove(self, name: str) -> None:
        """Let a member in no more; what they wrote stays. Raises `no_member` (6)."""
        with _in_our_words(), self._ready():
            self._known(name)
            self._db.execute("UPDATE leadq.member SET removed = true WHERE id = %s", (name,))
            self._db.execute(self._worded("ALTER ROLE {} NOLOGIN", name))
            self._db.execute(self._worded(f"REVOKE {self._group()} FROM {{}}", name))
            self._db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", (name,))

    def moved(self, device: str) -> None:
        """A device goes on at another place: its next exchange says where. Raises `no_device` (6)."""
        with _in_our_words(), self._ready():
            if not self._db.execute("UPDATE leadq.device SET place = '' WHERE id = %s", (device,)).rowcount:
                raise LeadqError(
                    "no_device",
                    _("The hub knows no device {device}.").format(device=device),
                    hint=_("`leadq hub status URL` lists them."),
                    exit_status=Exit.NOT_FOUND,
                )

    def status(self) -> Standing:
        """What is there now."""
        with _in_our_words(), self._ready():
            members = self._db.execute("SELECT id, role, removed FROM leadq.member ORDER BY id").fetchall()
            devices = self._db.execute(_DEVICES).fetchall()
            counts = {table: self._count(table) for table in ("event", "lead", "person", "contract")}
            row = self._db.execute("SELECT version FROM leadq.agreement ORDER BY number DESC LIMIT 1").fetchone()
            published, runner = str(row[0]) if row else "", self._db.execute(_RUNNER).fetchone()
            return Standing(self._version(), tuple(members), tuple(devices), counts, published, runner)

    @contextmanager
    def _ready(self) -> Iterator[None]:
        """A transaction in a hub of our version. Raises `no_hub`, `older_hub` or `newer_hub` (78)."""
        with self._db.transaction():
            there = self._db.execute("SELECT to_regclass('leadq.schema_version') IS NOT NULL").fetchone()
            if there is None or not there[0]:
                raise LeadqError(
                    "no_hub",
                    _("There is no hub in this database."),
                    hint=_("Run `leadq hub init URL`."),
                    exit_status=Exit.CONFIG,
                )
            version = self._version()
            if version > SCHEMA:
                raise _newer(version)
            if version < SCHEMA:
                raise LeadqError(
                    "older_hub",
                    _("The hub is older than this leadq (version {found}, needed is {known}).").format(
                        found=version, known=SCHEMA
                    ),
                    hint=_("Run `leadq hub init URL`."),
                    exit_status=Exit.CONFIG,
                )
            yield

    def _version(self) -> int:
        row = self._db.execute("SELECT coalesce(max(version), 0) FROM leadq.schema_version").fetchone()
        return int(row[0]) if row else 0

    def _count(self, table: str) -> int:
        row = self._db.execute(f"SELECT count(*) FROM leadq.{table}").fetchone()
        return int(row[0]) if row else 0

    def _group(self) -> str:
        """The role that all members are in, made if it is not there: one for each database, as roles are shared."""
        row = self._db.execute("SELECT left('leadq:' || current_database(), 63)").fetchone()
        name = str(row[0]) if row else ""
        if not self._is_role(name):
            self._db.execute(self._worded("CREATE ROLE {} NOLOGIN", name))
        return str(driver_sql().Identifier(name).as_string(self._db))

    def _login(self, name: str, password: str) -> None:
        ours = self._db.execute("SELECT 1 FROM leadq.member WHERE id = %s", (name,)).fetchone()
        if not ours and self._is_role(name):
            raise LeadqError(
                "role_there",
                _("PostgreSQL has a role called “{name}” already, and it is not of this hub.").format(name=name),
                hint=_("Choose another name."),
                exit_status=Exit.CONFIG,
            )
        sql = driver_sql()
        if not self._is_role(name):
            self._db.execute(self._worded("CREATE ROLE {} NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS", name))
        kept = self._db.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()  # logs
        words = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), sql.Literal(kept))
        self._db.execute(words)
        self._db.execute(self._worded(f"GRANT {self._group()} TO {{}}", name))
        for setting in ("lock_timeout = '20s'", "idle_in_transaction_session_timeout = '30s'"):
            self._db.execute(self._worded(f"ALTER ROLE {{}} SET {setting}", name))

    def _known(self, name: str) -> None:
        if not self._db.execute("SELECT 1 FROM leadq.member WHERE id = %s", (name,)).fetchone():
            raise LeadqError(
                "no_member",
                _("The hub has no member called “{name}”.").format(name=name),
                hint=_("`leadq hub status URL` lists them."),
                exit_status=Exit.NOT_FOUND,
            )

    def _is_role(self, name: str) -> bool:
        return self._db.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is not None

    def _worded(self, statement: str, name: str) -> Any:
        sql = driver_sql()
        return sql.SQL(statement).format(sql.Identifier(name))


def driver_sql() -> Any:
    """psycopg's way to quote names."""
    from psycopg import sql

    return sql


@contextmanager
def _in_our_words() -> Iterator[None]:
    """What PostgreSQL refuses, as one sentence."""
    try:
        yield
    except LeadqError:
        raise
    except AdapterError as error:
        raise LeadqError(
            "auth" if isinstance(error, AuthFailed) else "unreachable" if isinstance(error, Transient) else "config",
            _(error.message).format_map(error.params),
            exit_status=_status(error),
        ) from None
    except driver().OperationalError as error:
        sentence = _("The hub cannot be reached ({why}).").format(why=said(error))
        raise LeadqError("unreachable", sentence, exit_status=Exit.TEMPORARY) from None
    except driver().Error as error:
        raise LeadqError(
            "hub_refused",
            _("PostgreSQL refuses it: {why}.").format(why=said(error)),
            hint=_("It takes a login that may create roles, and a schema in this database."),
            exit_status=Exit.CONFIG,
        ) from None


def _status(error: AdapterError) -> Exit:
    if isinstance(error, AuthFailed):
        return Exit.AUTH
    return Exit.TEMPORARY if isinstance(error, Transient) else Exit.CONFIG


def _newer(found: int) -> LeadqError:
    return LeadqError(
        "newer_hub",
        _("The hub is newer than this leadq (version {found}, this one knows {known}).").format(
            found=found, known=SCHEMA
        ),
        hint=_("Upgrade leadq."),
        exit_status=Exit.CONFIG,
    )


_ENTER: Final = """
    INSERT INTO leadq.member (id, login, role) VALUES (%s, %s, %s) ON CONFLICT (id) DO UPDATE SET removed = false,
    since_seq = CASE WHEN member.role = excluded.role AND NOT member.removed THEN member.since_seq
        ELSE nextval('leadq.news_seq') END, role = excluded.role"""
_RUNNER: Final = "SELECT member, (extract(epoch FROM seen) * 1000)::bigint FROM leadq.runner WHERE seen IS NOT NULL"
_DEVICES: Final = """
    SELECT d.id, d.member, (SELECT count(*) FROM leadq.event e WHERE e.device = d.id),
        (extract(epoch FROM last_seen) * 1000)::bigint, contract_version FROM leadq.device d ORDER BY d.id"""
