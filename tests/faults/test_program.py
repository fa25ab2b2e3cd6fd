"""The whole program as a process: how it starts, what it says when it cannot, what it leaves."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from .conftest import ROOT, eventually, processes_in

pytestmark = pytest.mark.large
START_SECONDS = 90


def environment(**more: str) -> dict[str, str]:
    """Ours without a setting of the program that would change what these tests look at."""
    settings = ("DATABASE_URL", "MIGRATION_DATABASE_URL", "SECRET_KEYS", "SECRET_KEY_FILE")
    return {k: v for k, v in os.environ.items() if k not in settings} | more


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def command(folder: Path, port: int) -> list[str]:
    words = ["-m", "app.cli", "serve", "--data-dir", str(folder), "--port", str(port)]
    return [sys.executable, *words]


class Program:
    """`serve` in a process of its own, answering when the constructor returns."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder, self.port = folder, port or free_port()
        self.output = folder.parent / f"output-{self.port}"
        began = time.monotonic()
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                command(folder, self.port),
                cwd=ROOT,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        assert eventually(self.answers_or_ended, START_SECONDS), self.said()
        assert self.process.poll() is None, self.said()
        self.seconds = time.monotonic() - began

    def answers_or_ended(self) -> bool:
        return self.process.poll() is not None or self.answers("/livez")

    def answers(self, path: str, token: str = "") -> bool:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            return httpx.get(self.url(path), headers=headers, timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def sign_in(self) -> str:
        """Sign the first demo login in: a session is written, and its token returned."""
        _, email, password = (self.folder / "demo-logins").read_text().split("\n")[0].split("\t")
        form = {"grant_type": "password", "username": email, "password": password}
        answer = httpx.post(self.url("/api/v1/auth/token"), data=form, timeout=30)
        return str(answer.raise_for_status().json()["access_token"])

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture
def program(folder: Path) -> Iterator[Program]:
    """The program on a new data folder; killed at the end if a test left it running."""
    running = Program(folder)
    yield running
    if running.process.poll() is None:
        running.end(signal.SIGKILL)
    eventually(lambda: not processes_in(folder))


def refused(words: list[str], **env: str) -> str:
    """Run to its end and return the one line with which it refused."""
    done = subprocess.run(
        words,
        cwd=ROOT,
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
    )
    assert done.returncode not in (0, -9), done.stdout
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_leaves_nothing(program: Program, number: signal.Signals) -> None:
    assert f"http://127.0.0.1:{program.port}" in program.said()
    assert f"E-mail is not sent but written to {program.folder / 'mail'}" in program.said()
    assert program.answers("/readyz")
    assert program.end(number) in (0, 128 + number, -number)
    assert not processes_in(program.folder), "a process outlived the program"
    assert "Traceback" not in program.said()


def test_ctrl_c_in_a_terminal_reaches_the_whole_group(program: Program) -> None:
    os.killpg(program.process.pid, signal.SIGINT)  # what a terminal does
    program.process.wait(60)
    assert not processes_in(program.folder)
    assert "Traceback" not in program.said()


def test_a_second_start_is_warm_and_finds_the_demo_once(program: Program) -> None:
    first = demo_people(program)
    program.end(signal.SIGINT)
    again = Program(program.folder)
    try:
        assert demo_people(again) == first
    finally:
        again.end(signal.SIGINT)


def demo_people(program: Program) -> set[str]:
    """The demo logins it printed."""
    found = set(re.findall(r"[\w.+-]+@[\w.-]+\.[a-z]+", program.said()))
    assert found, program.said()
    return found


def test_kill_leaves_no_server_and_loses_no_acknowledged_write(program: Program) -> None:
    tokens = [program.sign_in() for _ in range(3)]
    program.end(signal.SIGKILL)  # the moment the last answer is here
    again = Program(program.folder, program.port)  # at once: the old server may still be ending
    lost = [n for n, token in enumerate(tokens) if not again.answers("/api/v1/me", token)]
    assert not lost, again.said()  # every request looks its session up
    again.end(signal.SIGKILL)
    assert eventually(lambda: not processes_in(program.folder)), "a server outlived the program"


def test_a_second_serve_on_the_folder_is_refused(program: Program) -> None:
    line = refused(command(program.folder, free_port()))
    assert "already runs on the data folder" in line
    assert program.answers("/readyz")


def test_a_taken_port_is_named_before_a_database_is_made(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = refused(command(folder, port))
    assert str(port) in line
    assert "--port" in line
    assert not (folder / "postgres" / "data").exists()


def test_an_unreachable_database_is_named_without_its_password(folder: Path) -> None:
    address = "postgresql://alongside_app:hunter2hunter2@127.0.0.1:9/alongside"
    keys = {"SECRET_KEYS": "k1:" + "ab" * 32}
    line = refused(command(folder, free_port()), DATABASE_URL=address, **keys)
    assert "DATABASE_URL" in line
    assert "hunter2" not in line


def test_production_without_secrets_is_refused(folder: Path) -> None:
    address = "postgresql://alongside_app:hunter2hunter2@127.0.0.1:9/alongside"
    line = refused(command(folder, free_port()), DATABASE_URL=address)
    assert "SECRET_KEY" in line
    assert "hunter2" not in line


def test_an_address_with_an_unknown_word_is_refused(folder: Path) -> None:
    address = "postgresql://a:hunter2hunter2@127.0.0.1:9/d?nonsense=1"
    keys = {"SECRET_KEYS": "k1:" + "ab" * 32}
    line = refused(command(folder, free_port()), DATABASE_URL=address, **keys)
    assert "nonsense" in line
    assert "hunter2" not in line


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")
def test_a_full_disk_is_named() -> None:
    small = Path(tempfile.mkdtemp(prefix="alongside-small-"))
    small.chmod(0o755)
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m,mode=755", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True).returncode:
        shutil.rmtree(small)
        pytest.skip("this machine lets nobody mount")
    try:
        line = refused(command(small / "data", free_port()))
        assert "disk is full" in line
        assert "--data-dir" in line
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)
        small.rmdir()


def test_run_py_tells_an_old_python_what_to_do() -> None:
    code = (
        "import sys; sys.version_info = (3, 8, 0); sys.argv = ['run.py', 'serve']; "
        "exec(compile(open('run.py').read(), 'run.py', 'exec'))"
    )
    line = refused([sys.executable, "-c", "__file__ = 'run.py'; " + code])
    assert "Python 3.11 or newer is needed and this is 3.8" in line


def test_run_py_tells_what_a_python_without_venv_needs(tmp_path: Path) -> None:
    shutil.copy(ROOT / "run.py", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "ensurepip.py").write_text("raise ImportError\n")
    words = [sys.executable, str(tmp_path / "run.py"), "serve"]
    assert "no venv module" in refused(words, PYTHONPATH=str(tmp_path / "none"))
