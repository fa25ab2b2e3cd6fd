# An old Python must be able to read this file, to say that it is too old: so no newer syntax.
# ruff: noqa: RUF005, B904
"""The commands of Alongside: make .venv, install the hashed lock, go.

    python3 run.py serve [--host H] [--port P] [--data-dir D]   the program, its database, a demo
    python3 run.py test  [pytest arguments]                     the tests, without the large ones
    python3 run.py check                                        static checks, contract, tests
    python3 run.py bench [arguments]                            the benchmark

Needs Python 3.11 or newer and nothing else. Packages come from wherever pip is set up to look; each
must have the hash that requirements/ names.
"""

from __future__ import print_function

import hashlib
import json
import os
import subprocess
import sys

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, "installed.json")
WINDOWS = os.name == "nt"
PYTHON = (
    os.path.join(VENV, "Scripts", "python.exe") if WINDOWS else os.path.join(VENV, "bin", "python")
)
#: which lock a command needs
LOCKS = {"serve": "runtime", "test": "test", "check": "ci", "bench": "test"}


def stop(words):
    """End with one line that says what is wrong and what to do."""
    sys.stderr.write("alongside: " + words + "\n")
    raise SystemExit(1)


def say(words):
    sys.stderr.write("alongside: " + words + "\n")
    sys.stderr.flush()


def check_python():
    if sys.version_info[:2] >= OLDEST:
        return
    newer = ""
    for minor in range(20, OLDEST[1] - 1, -1):
        name = "python3.{0}".format(minor)
        if any(
            os.access(os.path.join(d, name), os.X_OK)
            for d in os.environ.get("PATH", "").split(os.pathsep)
        ):
            newer = name
            break
    advice = (
        "it is here: {0} run.py {1}".format(newer, " ".join(sys.argv[1:]))
        if newer
        else ("install it and run run.py with it")
    )
    stop(
        "Python {0}.{1} or newer is needed and this is {2}.{3}; {4}.".format(
            OLDEST[0], OLDEST[1], sys.version_info[0], sys.version_info[1], advice.strip()
        )
    )


def read(path):
    with open(path, "rb") as file:
        return file.read()


def installed():
    """Lock name -> hash of the lock that was installed into .venv."""
    try:
        marks = json.loads(read(STAMP).decode("utf-8"))
    except (OSError, ValueError):
        return {}
    return marks if isinstance(marks, dict) else {}


def environment():
    """Ours, without what would make Python or pip look or install elsewhere."""
    env = dict(os.environ)
    for name in ("PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"):
        env.pop(name, None)
    return env


def works(arguments):
    """Whether .venv's Python runs these arguments."""
    try:
        return (
            subprocess.call(
                [PYTHON] + arguments,
                env=environment(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            == 0
        )
    except OSError:
        return False


def free_bytes():
    """Room left where .venv is; many tools fail on a full disk without naming it."""
    disk = os.statvfs(ROOT) if hasattr(os, "statvfs") else None
    return disk.f_bavail * disk.f_frsize if disk else 1 << 40


def run_quietly(command, what):
    """Run; on failure end with the line that says what to do, after the tool's last words."""
    try:
        done = subprocess.run(
            command, env=environment(), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    except OSError as exc:
        stop("{0} failed: {1}.".format(what, exc.strerror))
    if done.returncode == 0:
        return
    said = done.stdout.decode("utf-8", "replace")
    if (
        free_bytes() < 16 << 20
        or "No space left on device" in said
        or "Errno 28" in said
        or "Disk quota" in said
    ):
        stop(
            "the disk is full: {0} needs about 400 MB in {1}. Free some space, run again.".format(
                what, VENV
            )
        )
    lines = [line for line in said.splitlines() if line and not line.startswith("WARNING")]
    sys.stderr.write("".join("    " + line + "\n" for line in lines[-8:]))
    if "DO NOT MATCH THE HASHES" in said:
        stop(
            "a package is not the one that requirements/ names by its hash: do not use that index."
        )
    if "Permission denied" in said or "Errno 13" in said:
        stop(
            "{0} failed: {1} belongs to another user; delete it or run as that user.".format(
                what, VENV
            )
        )
    if "onnection" in said or "No matching distribution" in said or "resolve" in said:
        stop(
            "{0} failed: packages cannot be fetched. "
            "Check the network and pip's index, then run again.".format(what)
        )
    stop("{0} failed: see the lines above, then run again.".format(what))


def ensure(lock):
    """See that .venv exists and holds what requirements/<lock>.txt names, hash by hash."""
    path = os.path.join(ROOT, "requirements", lock + ".txt")
    try:
        wanted = hashlib.sha256(read(path)).hexdigest()
    except (IOError, OSError):
        stop("{0} is missing: this is no complete copy of the program.".format(path))
    if installed().get(lock) == wanted and os.path.exists(PYTHON):
        return
    with open(path, "rb") as guard:  # two first starts at once: the second waits
        try:
            import fcntl

            fcntl.flock(guard, fcntl.LOCK_EX)
        except (ImportError, OSError):
            pass
        marks = installed()
        if marks.get(lock) == wanted and os.path.exists(PYTHON):
            return
        make_venv()
        marks = installed()  # gone, if .venv was made anew
        say("installing the packages of requirements/{0}.txt (once) ...".format(lock))
        # a mark is taken away first: a lock half installed must not look installed
        marks.pop(lock, None)
        write_marks(marks)
        run_quietly(
            [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            + ["--no-input", "--require-hashes", "-r", path],
            "installing the packages",
        )
        marks[lock] = wanted
        write_marks(marks)


def write_marks(marks):
    try:
        with open(STAMP + ".new", "w") as file:
            json.dump(marks, file)
        os.replace(STAMP + ".new", STAMP)
    except OSError as exc:
        stop(
            "{0} cannot be written ({1}): free the disk, or run as its owner.".format(
                STAMP, exc.strerror
            )
        )


def make_venv():
    new_enough = "import sys; sys.exit(sys.version_info[:2] < {0!r})".format(OLDEST)
    if not works(["-c", new_enough]):
        try:
            import ensurepip  # noqa: F401  # Debian ships venv without it
            import venv  # noqa: F401
        except ImportError:
            stop(
                "this Python has no venv module; on Debian and Ubuntu: "
                "apt install python{0}.{1}-venv, elsewhere install a complete Python.".format(
                    *sys.version_info[:2]
                )
            )
        say("making .venv ...")
        run_quietly([sys.executable, "-m", "venv", "--clear", VENV], "making .venv")
    if not works(["-m", "pip", "--version"]):
        run_quietly([PYTHON, "-m", "ensurepip", "--default-pip"], "putting pip into .venv")


def absolute_folder(arguments):
    """--data-dir as the caller meant it, before we go to the program's folder."""
    result = []
    for index, word in enumerate(arguments):
        if word.startswith("--data-dir="):
            word = "--data-dir=" + os.path.abspath(word[len("--data-dir=") :])
        elif index and arguments[index - 1] == "--data-dir":
            word = os.path.abspath(word)
        result.append(word)
    return result


def become(arguments):
    """Go on as .venv's Python in this very process: Ctrl-C and kill reach the program itself."""
    os.chdir(ROOT)
    os.environ.pop("PYTHONHOME", None)
    os.environ.pop("PYTHONPATH", None)
    sys.stdout.flush()
    sys.stderr.flush()
    if WINDOWS:
        raise SystemExit(subprocess.call([PYTHON] + arguments))
    os.execv(PYTHON, [PYTHON] + arguments)  # noqa: S606  # our own Python, no shell wanted


def test_arguments(arguments):
    def given(*options):
        return any(word.split("=")[0] in options for word in arguments)

    chosen = [] if given("-m") else ["-m", "not large and not data"]
    # A process a core, each with a database server of its own; who is done takes from the others.
    spread = [] if given("-n", "--numprocesses", "-p", "--pdb") else ["-n", "auto"]
    spread += ["--maxprocesses", "8", "--dist", "worksteal"] if spread else []
    return ["-m", "pytest"] + spread + chosen + arguments


def check(arguments):
    """All that a change must pass; every step runs, so that one look shows all that is wrong."""
    tool = os.path.join(VENV, "Scripts" if WINDOWS else "bin")
    steps = [
        ("style", [os.path.join(tool, "ruff"), "check", "."]),
        ("format", [os.path.join(tool, "ruff"), "format", "--check", "."]),
        ("types", [PYTHON, "-m", "mypy", "app"]),
        ("imports", [os.path.join(tool, "lint-imports")]),
        ("contract", [PYTHON, "-m", "app.cli", "openapi", "--check"]),
        ("migrations", [PYTHON, os.path.join("scripts", "check_migrations.py")]),
        ("tests", [PYTHON] + test_arguments(arguments)),
    ]
    failed = []
    for name, command in steps:
        say("checking " + name)
        try:
            status = subprocess.call(command, cwd=ROOT, env=environment())
        except OSError as exc:
            say("{0} cannot run: {1}".format(command[0], exc.strerror))
            status = 1
        except KeyboardInterrupt:
            raise SystemExit(130)
        if status:
            failed.append(name)
    if failed:
        stop("failed: {0}.".format(", ".join(failed)))
    say("all checks passed.")


def main(arguments):
    check_python()
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(__doc__.strip())
        return
    command, rest = arguments[0], arguments[1:]
    if command not in LOCKS:
        stop("there is no command {0!r}: say serve, test, check or bench.".format(command))
    try:
        ensure(LOCKS[command])
    except KeyboardInterrupt:
        stop("interrupted; run it again to go on.")
    if command == "serve":
        become(["-m", "app.cli", "serve"] + absolute_folder(rest))
    elif command == "test":
        become(test_arguments(rest))
    elif command == "bench":
        become(["-m", "bench"] + rest)
    else:
        check(rest)


if __name__ == "__main__":
    main(sys.argv[1:])
