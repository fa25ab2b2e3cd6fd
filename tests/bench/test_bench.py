"""The whole benchmark, at the size of a toy: it runs, all servers answer alike, all is reported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.large
ROOT = Path(__file__).parents[2]


def test_the_three_answer_alike_and_the_report_is_complete(tmp_path: Path) -> None:
    output = tmp_path / "report.md"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bench", "--teachers", "20", "--goals", "600"),
            *("--runs", "1", "--seconds", "1", "--no-frameworks", "--no-plans"),
            *("--output", str(output)),
        ],
        cwd=ROOT,
        env={**os.environ, "LOG_FORMAT": "json"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = f"{done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-5000:]}"
    assert done.returncode == 0, said
    assert "answers are the same at all 5 servers" in done.stderr, said
    report = output.read_text()
    rows = [line.split("|")[1:-1] for line in report.splitlines() if line.startswith("| ")]
    of = [[cell.strip() for cell in row] for row in rows]
    for kind in ("read one", "page of 50", "PATCH + event"):
        bars = {row[1]: row for row in of if row[0] == kind and len(row) == 6}
        assert set(bars) == {
            "app CPU vs DRF",
            "requests/s vs DRF",
            "requests/s vs limit",
            "p99 / p50",
        }
        for row in bars.values():
            assert float(row[4]) > 0, said
            assert row[5].strip("*").startswith(("pass", "miss", "no verdict")), said
        servers = {row[1]: row for row in of if row[0] == kind and len(row) == 11}
        names = {"limit", "limit again", "Alongside", "Alongside again", "DRF"}
        assert set(servers) == names, said
        for name in names:  # each used CPU of its own and of the database
            assert float(servers[name][7].replace(",", "")) > 0, (name, said)
            assert float(servers[name][8].replace(",", "")) > 0, (name, said)
    assert [row[1] for row in of if row[0] == "starting"] == [
        "CPU until the first answer vs empty",
        "start to first answer vs empty",
        "idle memory vs empty",
    ]
    for title in ("The bars", "Requests", "Controls", "Starting and idling", "Where the time goes"):
        assert f"## {title}\n" in report, said
