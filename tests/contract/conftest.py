"""The check that everything documented was seen runs last, and only when every test ran."""

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Move `test_seen` to the end; leave it out of a run of some tests only."""
    last = [item for item in items if item.path.name == "test_seen.py"]
    others = [item for item in items if item not in last]
    whole = (
        config.args_source is pytest.Config.ArgsSource.TESTPATHS
        and not config.option.keyword
        and config.option.markexpr in ("", "not large")
        and not config.option.ignore
        and not getattr(config.option, "lf", False)
    )
    items[:] = others + (last if whole else [])
    if not whole:
        config.hook.pytest_deselected(items=last)
