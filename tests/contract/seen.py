"""The whole suite fails when an answer that the contract documents was never seen.

It is asked when all tests have run, in the process that started them: tests may run in several
processes, each of which sees a part. A run of some tests only, or a failed one, is not asked.
"""

from typing import Any

import pytest

from tests.contract.checking import SEEN, documented

#: these can come from any operation, and are seen once each
EVERYWHERE = {429, 500, 503}
#: the marker expressions that leave nothing out but what takes long or needs a folder of data
WHOLE = ("", "not large", "not data", "not large and not data")
#: what the processes of the run read in the contract, so that it is not built once more at the end
DOCUMENTED: set[tuple[str, int]] = set()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Hand over what was seen, or, where the run was started, hold it against the contract."""
    handed_over: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if handed_over is not None:
        handed_over["seen"] = sorted(SEEN)
        handed_over["documented"] = sorted(documented())
        return
    if exitstatus != pytest.ExitCode.OK or not _whole(session.config):
        return
    missing = unseen()
    if missing:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
        reporter.write_line(f"\nFAILED: documented, and seen in no test: {missing}", red=True)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A process of the run is done: take what it saw."""
    for known, name in ((SEEN, "seen"), (DOCUMENTED, "documented")):
        known.update((operation, status) for operation, status in node.workeroutput.get(name, ()))


def unseen() -> list[tuple[str, int]]:
    """What the contract documents and this run did not see."""
    expected = {pair for pair in DOCUMENTED | documented() if pair[1] not in EVERYWHERE}
    assert expected, "a whole run reads the contract"
    anywhere = {("anything", status) for status in EVERYWHERE - {status for _, status in SEEN}}
    return sorted((expected - SEEN) | anywhere)


def _whole(config: pytest.Config) -> bool:
    return (
        config.args_source is pytest.Config.ArgsSource.TESTPATHS
        and not config.option.collectonly
        and not config.option.keyword
        and config.option.markexpr in WHOLE
        and not config.option.ignore
        and not config.option.deselect
        and not getattr(config.option, "lf", False)
    )
