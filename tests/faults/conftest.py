"""Data folders and processes for the tests that break things on purpose."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core import embedded
from tests.room import quick_folder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that does not exist yet; what was made of it, also elsewhere, is deleted."""
    base = Path(tempfile.mkdtemp(prefix="alongside-test-", dir=quick_folder()))
    base.chmod(0o755)  # as root the server is another user
    yield base / "data"
    embedded.discard(base / "data")
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture(scope="session")
def made() -> Iterator[Path]:
    """A data folder with a database in it, made once; copy it, do not start it."""
    base = Path(tempfile.mkdtemp(prefix="alongside-made-", dir=quick_folder()))
    base.chmod(0o755)
    with embedded.running(base / "data", fsync=False):
        pass
    yield base / "data"
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
def used(folder: Path, made: Path) -> Path:
    """A data folder with a database in it, for this test alone; -a keeps the files' owners."""
    subprocess.run(["cp", "-a", "--sparse=never", made, folder], check=True)
    return folder


def processes_in(folder: Path) -> list[int]:
    """Every other process that names the folder or works in it: the program, servers, backends.

    Linux only, as is the machine these tests decide on.
    """
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes()
                works = os.fsencode(os.readlink(entry / "cwd"))
            except OSError:  # ended meanwhile
                continue
            if os.fsencode(folder) in words + b" " + works:
                found.append(int(entry.name))
    return found


def eventually(holds: Callable[[], bool], seconds: float = 15) -> bool:
    """Whether something becomes true within the seconds."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
