"""How long does a laptop's first sync with a large hub take, and how often does it ask when there is nothing new?

The hub is a PostgreSQL of its own on this machine, with twelve members: one has the leads that are taken, the others
have copies of them under other names. The laptop is the whole program, started anew with an empty home.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count as counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks import homes
from benchmarks.measure import Answer, Line, Skipped, alternate, compare, seconds
from leadq.hub.admin import Hub
from leadq.sqlite import Store
from leadq.sync.upward import batch
from tests.e2e.provision import Database, NotHereError
from tests.e2e.team import SCRAM

if TYPE_CHECKING:
    import psycopg

QUESTION: Final = "first sync with a hub"
BAR_S: Final = 5.0
MOST_WORDS: Final = 3
_MEMBERS: Final = ("zoe", *(f"rep{number}" for number in range(2, 13)))


@dataclass(slots=True)
class _Bench:
    """A hub, and what it takes to be zoe there."""

    folder: Path
    url: str
    admin: str
    password: str
    fresh: Iterator[int] = field(default_factory=counter)

    def laptop(self) -> Path:
        """A new home that is connected."""
        folder = self.folder / f"laptop-{next(self.fresh)}"
        home = homes.home_at(folder)
        home.config.mkdir(parents=True)
        shutil.copy(homes.home_at(self.folder / "source").contract, home.contract)
        text = f'[me]\nmember = "{homes.ME}"\n\n[connection.hub]\nadapter = "hub"\nurl = "{self.url}"\n'
        home.settings.write_text(text, "utf-8")
        return folder

    def sync(self, folder: Path) -> dict[str, Any]:
        """What a sync said. Raises RuntimeError when it failed."""
        env = homes.environment(folder) | {"LEADQ_HUB_PASSWORD": self.password}
        done = subprocess.run(homes.leadq("sync", "--json"), env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"sync ended with {done.returncode}: {done.stdout}{done.stderr}")
        said: dict[str, Any] = json.loads(done.stdout)["connections"][0]
        return said

    def first(self) -> float:
        """Seconds of a first sync."""
        folder = self.laptop()
        began = time.perf_counter()
        self.sync(folder)
        took = time.perf_counter() - began
        shutil.rmtree(folder)
        return took

    def copied(self) -> float:
        """Seconds that psycopg takes to read the same rows, connecting included."""
        import psycopg

        began = time.perf_counter()
        with psycopg.connect(self.admin) as db:
            for rows in _SAME_ROWS:
                with db.cursor().copy(f"COPY ({rows}) TO STDOUT") as copy:
                    for _block in copy:
                        pass
        return time.perf_counter() - began


def ask(folder: Path, own: int, leads: int, events: int, rounds: int) -> list[Answer]:
    """A first sync of `own` leads out of a hub with so many `leads` and `events`, against COPY; then syncs with
    nothing new, and with news that are none of its own."""
    try:
        with _served(folder, own, leads, events) as bench:
            samples = alternate(rounds, {f"leadq sync, {own:,} of {leads:,} leads": bench.first,
                                         "psycopg COPY of the same rows": bench.copied})  # fmt: skip
            return [*_held(compare(QUESTION, samples, seconds), samples), *_words(bench)]
    except (NotHereError, ImportError) as missing:
        return [Skipped(QUESTION, str(missing))]


def _held(lines: Sequence[Answer], samples: dict[str, list[float]]) -> list[Answer]:
    from dataclasses import replace
    from statistics import median

    first, *rest = lines
    assert isinstance(first, Line)
    took = median(next(iter(samples.values())))
    return [replace(first, bar=f"<= {BAR_S:g} s", holds=took <= BAR_S), *rest]


def _words(bench: _Bench) -> list[Answer]:
    """Round trips are counted, so once is enough."""
    import psycopg

    laptop = bench.laptop()
    taken = bench.sync(laptop)["pulled"]
    with psycopg.connect(bench.admin) as db:
        (expected,) = db.execute(f"SELECT count(*) FROM ({_SAME_ROWS[0]}) e").fetchone() or (0,)
    if taken != expected:
        raise RuntimeError(f"{taken} events were taken of {expected}")
    nothing = bench.sync(laptop)["requests"]
    with psycopg.connect(bench.admin, autocommit=True) as db:
        db.execute(_ELSEWHERE)
    others = bench.sync(laptop)["requests"]
    return [_counted("round trips with nothing new", nothing), _counted("with news of others’ leads only", others)]


def _counted(figure: str, words: int) -> Line:
    return Line("", figure, str(words), "", "1", bar=f"<= {MOST_WORDS}", holds=words <= MOST_WORDS)


@contextmanager
def _served(folder: Path, own: int, leads: int, events: int) -> Iterator[_Bench]:
    """A PostgreSQL with the hub in it, until the block ends. Raises NotHereError."""
    import psycopg

    folder.mkdir(parents=True)
    for part in (folder, *folder.parents[:1]):
        part.chmod(0o755)  # PostgreSQL's own account has to go through it
    database = Database(folder / "postgres" / "data")
    database.start()
    try:
        (database.folder / "pg_hba.conf").write_text(SCRAM, "utf-8")
        database.run("SELECT pg_reload_conf()")
        database.run("CREATE DATABASE leadq")
        admin = f"postgresql://postgres@127.0.0.1:{database.port}/leadq"
        with Hub(admin) as hub:
            hub.init()
            passwords = [hub.add(member, "rep") for member in _MEMBERS]
        bench = _Bench(folder, admin.replace("postgres@", f"{homes.ME}@"), admin, passwords[0])
        homes.build(folder / "source", own, own * events // leads)
        with psycopg.connect(admin, autocommit=True) as db:
            _fill(db, Store(homes.home_at(folder / "source")), leads // own)
        yield bench
    finally:
        database.stop()


def _fill(db: psycopg.Connection[Any], store: Store, copies: int) -> None:
    """Put the source's leads into the hub, so many times: the first ones are zoe's, the copies are dealt out."""
    from psycopg.types.json import Jsonb

    db.execute("CREATE TEMP TABLE source (what jsonb)")
    with store.read() as home:
        (device,) = home.execute("SELECT value FROM meta WHERE key = 'device'").fetchone()
        up = 0
        while found := batch(home, [device], homes.ME, up):
            db.execute("INSERT INTO source VALUES (%s)", (Jsonb(found.what),))
            up = found.up
    for statement in _COPIES:
        db.execute(statement.replace("COPIES", str(copies)))


_COPIES: Final = (
    """CREATE FUNCTION pg_temp.named(uid text, copy integer) RETURNS text LANGUAGE sql IMMUTABLE AS
    'SELECT CASE copy WHEN 0 THEN uid ELSE md5(uid || copy)::uuid::text END'""",
    """CREATE FUNCTION pg_temp.owner(copy integer) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$SELECT CASE copy WHEN 0 THEN 'zoe' ELSE 'rep' || 2 + copy % 11 END$$""",
    "CREATE TEMP TABLE one (n bigserial, e jsonb)",
    "INSERT INTO one (e) SELECT jsonb_array_elements(what->'events') FROM source",
    """CREATE TEMP TABLE about AS SELECT DISTINCT ON (l->>'uid') l
    FROM (SELECT jsonb_array_elements(what->'leads') l FROM source) s""",
    "INSERT INTO leadq.device (id, member, place) SELECT 'of-' || id, id, '' FROM leadq.member",
    """INSERT INTO leadq.contract (hash, name, version, text, years)
    SELECT c->>'hash', c->>'name', c->>'version', c->>'text', c->'years'
    FROM source, jsonb_array_elements(what->'contracts') c ON CONFLICT DO NOTHING""",
    """INSERT INTO leadq.person SELECT pg_temp.named(l->>'person_uid', c), p->>'name', p->>'company', p->>'title',
    p->>'email', p->>'phone', p->>'country', p->>'language', p->>'timezone'
    FROM (SELECT l, l->'person' p FROM about) a, generate_series(0, COPIES - 1) c""",
    """INSERT INTO leadq.lead (uid, person, owner, refs)
    SELECT pg_temp.named(l->>'uid', c), pg_temp.named(l->>'person_uid', c), pg_temp.owner(c), l->'refs'
    FROM about, generate_series(0, COPIES - 1) c ORDER BY l->>'uid', c""",
    "SET session_replication_role = replica",  # a million look-ups of a device and a member prove nothing here
    """INSERT INTO leadq.event
    (uid, device, member, lead_uid, batch, type, v, occurred_ms, recorded_ms, actor, actor_kind, data)
    SELECT pg_temp.named(e->>'uid', c), 'of-' || pg_temp.owner(c), pg_temp.owner(c), pg_temp.named(e->>'lead_uid', c),
    pg_temp.named(e->>'batch', c), e->>'type', (e->>'v')::integer, (e->>'occurred_ms')::bigint,
    (e->>'recorded_ms')::bigint, pg_temp.owner(c), e->>'actor_kind', e->>'data'
    FROM one, generate_series(0, COPIES - 1) c ORDER BY n, c""",
    """INSERT INTO leadq.event_text
    SELECT pg_temp.named(e->>'uid', c), t.key, pg_temp.named(e->>'lead_uid', c), t.value
    FROM one, jsonb_each_text(e->'texts') t, generate_series(0, COPIES - 1) c""",
    "SET session_replication_role = origin",
    "VACUUM ANALYZE",  # as PostgreSQL does by itself
)
_SAME_ROWS: Final = (
    "SELECT e.* FROM leadq.event e JOIN leadq.lead l ON l.uid = e.lead_uid WHERE l.owner = 'zoe'",
    "SELECT * FROM leadq.lead WHERE owner = 'zoe'",
    "SELECT p.* FROM leadq.person p JOIN leadq.lead l ON l.person = p.uid WHERE l.owner = 'zoe'",
    "SELECT t.* FROM leadq.event_text t JOIN leadq.lead l ON l.uid = t.lead_uid WHERE l.owner = 'zoe'",
    "SELECT * FROM leadq.contract",
)
_ELSEWHERE: Final = """INSERT INTO leadq.event
    (uid, device, member, lead_uid, batch, type, v, occurred_ms, recorded_ms, actor, actor_kind, data)
    SELECT gen_random_uuid()::text, device, member, lead_uid, batch, 'noted', 1, occurred_ms, recorded_ms, actor,
    actor_kind, '{}' FROM leadq.event WHERE member = 'rep2' LIMIT 100"""
