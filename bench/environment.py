"""The comparison's own Python environment, made once from its hashed lock below build/."""

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

LOCK = Path(__file__).parent / "drf" / "requirements.txt"
BUILD = Path(__file__).parent.parent / "build"


class NoEnvironment(Exception):
    """The packages of the comparison cannot be installed; the text says what pip said."""


def program(name: str) -> Path:
    """A program of the environment, which is made if there is none of this lock. The name of its
    folder holds the lock's hash, and a file in it says that it is whole."""
    mark = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    home = BUILD / f"drf-{mark}-{sys.version_info[0]}.{sys.version_info[1]}"
    whole = home / "installed"
    if not whole.exists():
        sys.stderr.write(f"bench: installing the packages of {LOCK.parent.name} (once) ...\n")
        venv.EnvBuilder(clear=True, with_pip=True).create(home)
        done = subprocess.run(  # noqa: S603  # pip of the environment just made
            [
                str(home / "bin" / "python"),
                *("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
                *("--require-hashes", "-r", str(LOCK)),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise NoEnvironment(f"the comparison cannot be installed:\n{done.stdout[-2000:]}")
        whole.touch()
    return home / "bin" / name
