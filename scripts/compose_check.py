"""compose.yaml's steps without Docker: `compose_check.py PORT FOLDER [command to change user]`

Starts a bare PostgreSQL, makes the roles with compose-roles.sh, migrates, and serves in the current
folder until it gets SIGTERM. Run by image-check.sh with the image's Python and files.
"""

import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, os.getcwd())

from app.core import embedded  # found through the line above

SCRIPTS = Path(__file__).resolve().parent


def main(port: str, folder: Path, become: list[str]) -> int:
    with embedded.running(folder / "database", fsync=False) as server:
        where = parse_qs(urlsplit(server.superuser_url).query)["host"][0]
        psql = [_psql(server), "--no-psqlrc", "--quiet"]
        password = urlsplit(server.superuser_url).password or ""
        env = os.environ | {
            "PATH": f"{Path(psql[0]).parent}:{os.environ['PATH']}",
            "PGHOST": where,
            "PGPORT": str(embedded.PORT),
            "PGUSER": embedded.SUPERUSER,
            "PGPASSWORD": password,
            "OWNER_PASSWORD": secrets.token_hex(24),
            "APP_PASSWORD": secrets.token_hex(24),
        }
        # the embedded server has them already: the script is to meet a bare one
        for what in ("database alongside", "role alongside_owner", "role alongside_app"):
            _do([*psql, "-d", "postgres", "-c", f"drop {what}"], env)
        _do(["sh", str(SCRIPTS / "compose-roles.sh")], env)
        place = f"@/alongside?host={where}"
        program = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": f"postgresql://alongside_app:{env['APP_PASSWORD']}{place}",
            "MIGRATION_DATABASE_URL": f"postgresql://alongside_owner:{env['OWNER_PASSWORD']}{place}",
            "SECRET_KEYS": "k1:" + secrets.token_hex(32),
        }
        cli = [*become, sys.executable, "-m", "app.cli"]
        _do([*cli, "migrate"], {k: v for k, v in program.items() if k != "SECRET_KEYS"})
        del program["MIGRATION_DATABASE_URL"]
        _do([*cli, "check-config"], program)
        worker = {name: value for name, value in program.items() if name != "SECRET_KEYS"}
        running = [
            subprocess.Popen([*cli, "serve", "--port", port, "--no-worker"], env=program),  # noqa: S603
            subprocess.Popen([*cli, "worker"], env=worker),  # noqa: S603
        ]

        def end(*_: object) -> None:
            for process in running:
                process.send_signal(signal.SIGTERM)

        signal.signal(signal.SIGTERM, end)
        codes = [process.wait() for process in running]
        return 0 if set(codes) <= {0, -signal.SIGTERM, 128 + signal.SIGTERM} else 1


def _psql(server: embedded.Server) -> str:
    """psql beside the running server's programs."""
    pid = next(server.data_dir.rglob("postmaster.pid")).read_text().split()[0]
    return str(Path(f"/proc/{pid}/exe").resolve().with_name("psql"))


def _do(command: list[str], env: dict[str, str]) -> None:
    subprocess.run(command, env=env, check=True)  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
