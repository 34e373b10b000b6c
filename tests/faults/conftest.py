"""One prepared server for all fault tests of a worker."""

from pathlib import Path

import pytest

from tests.faults.county import prepare


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a prepared server; copy it, do not use it."""
    root = tmp_path_factory.mktemp("prepared") / "county"
    prepare(root)
    return root
