"""Check new migrations for statements that lock or break a running installation.

Runs every migration, each by itself, on a throwaway embedded database, and gives the SQL of the new
ones to squawk. New are those that no release tag holds; the first one of all creates everything and
so can block nobody. Exits 1 with squawk's findings. Needs the packages of requirements/ci.txt.
"""

import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.core import embedded, migrate  # noqa: E402  # found through the line above

#: rules that say nothing here, with why
EXCLUDED = {
    "require-timeout-settings": "migrations/env.py sets both timeouts on the connection",
    "prefer-robust-stmts": "each migration is one transaction: it is there whole or not at all",
    "prefer-bigint-over-int": "integers are versions, marks and minutes, which the contract bounds",
}


def released() -> set[str]:
    """File names of the migrations in the latest release tag; empty without one."""

    def git(*words: str) -> list[str]:
        done = subprocess.run(  # noqa: S603
            ["git", *words],  # noqa: S607
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
        )
        return done.stdout.split("\n") if done.returncode == 0 else []

    tags = [tag for tag in git("tag", "--merged", "HEAD", "--sort=-creatordate") if tag]
    listing = git("ls-tree", "-r", "--name-only", tags[0], "migrations/versions") if tags else []
    return {Path(line).name for line in listing if line}


def main() -> int:
    scripts = ScriptDirectory.from_config(migrate.alembic_config())
    revisions = list(reversed(list(scripts.walk_revisions())))
    known = released()
    new = [r for r in revisions if r.down_revision and Path(r.path).name not in known]
    if not new:
        print("no new migration.")  # noqa: T201
        return 0
    heard: list[str] = []

    def listen(_c: Any, _cursor: Any, sql: str, _p: Any, _ctx: Any, _many: bool) -> None:
        if not sql.lstrip().lower().startswith("select"):
            heard.append(sql.strip().rstrip(";") + ";")

    folder = Path(tempfile.mkdtemp(prefix="alongside-migrations-"))
    files = []
    try:
        with embedded.running(folder / "data", fsync=False) as server:
            event.listen(Engine, "before_cursor_execute", listen)
            for revision in revisions:
                heard.clear()
                migrate.migrate(server.owner_url, server.app_url, revision.revision)
                if revision in new:
                    file = folder / (Path(revision.path).stem + ".sql")
                    file.write_text("\n".join(heard) + "\n")
                    files.append(file.name)
        squawk = str(Path(sysconfig.get_path("scripts")) / "squawk")
        words = ["--pg-version=15", "--assume-in-transaction", f"--exclude={','.join(EXCLUDED)}"]
        return subprocess.run([squawk, *words, *files], cwd=folder, check=False).returncode  # noqa: S603
    finally:
        embedded.discard(folder / "data")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
