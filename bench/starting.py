"""From nothing to the first answer, and what a server holds that does nothing."""

import time
from collections import defaultdict

from bench import empty
from bench.measure import start, stop

#: the second empty one is the control
KINDS = {"empty": "empty", "Alongside": "program", "DRF": "drf", "empty again": "empty"}


def measure(environment: dict[str, str], runs: int) -> dict[str, list[dict[str, float]]]:
    """Seconds to the first answer and MB a second later, of each in turn, some times."""
    empty.note()
    seen: dict[str, list[dict[str, float]]] = defaultdict(list)
    for turn in range(-1 if runs > 1 else 0, runs):  # the first round fills the disk's cache
        for name, kind in KINDS.items():
            begun = time.perf_counter()
            target = start(name, kind, environment)
            took = time.perf_counter() - begun
            try:
                cpu = target.cpu()
                time.sleep(1)
                figures = {"seconds": took, "cpu": cpu, "memory": target.memory()}
            finally:
                stop(target)
            if turn >= 0:
                seen[name].append(figures)
    return seen
