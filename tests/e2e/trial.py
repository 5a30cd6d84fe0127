"""`make hub`: a PostgreSQL of its own with a hub in it, on this machine, until Ctrl-C."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
from pathlib import Path

from leadq.hub.admin import Hub
from tests.e2e.provision import Database, NotHereError
from tests.e2e.team import SCRAM


def main() -> int:
    """Start it, make the hub, say where it is, and wait."""
    folder = Path(tempfile.mkdtemp(prefix="leadq-hub-"))
    folder.chmod(0o755)  # PostgreSQL's own account has to go through it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    database = None
    try:
        database = Database(folder / "data")
        database.start()
        (folder / "data" / "pg_hba.conf").write_text(SCRAM, "utf-8")
        database.run("SELECT pg_reload_conf()")
        database.run("CREATE DATABASE leadq")
        url = f"postgresql://postgres@127.0.0.1:{database.port}/leadq"
        with Hub(url) as hub:
            hub.init()
        print(f"A hub is at {url}\nLet somebody in: leadq hub member add NAME --hub {url}\nCtrl-C ends it.", flush=True)
        signal.pause()
    except NotHereError as missing:
        print(f"leadq: NO HUB: {missing}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
    finally:
        if database:
            database.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
