"""One small run for all tests of this folder."""

from __future__ import annotations

import pytest

from pipeline.run_folder.store import RunFolder
from tests.small_run import small_run

ARMS = ["base", "few_shot", "classic", "rag", "hybrid"]


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = tmp_path_factory.mktemp("small")
    return small_run(folder, folder / "runs", arms=ARMS)
