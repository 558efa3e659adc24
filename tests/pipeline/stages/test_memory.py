"""The preset `quick` keeps its promise of 3 GiB through its costliest stages: a real training behind passages, and answers with them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CASE = Path(__file__).parents[3] / "pipeline/samples/facts/experiment.yaml"
SETTINGS = ("data.split.train=24", "data.split.dev=8", "data.split.test=20", 'arms=["rag", "hybrid"]')
DONE = (0, 3)
"""Exit codes of a run with a verdict, and of one whose verdict is withheld, as with twenty test rows."""


@pytest.mark.slow
def test_the_largest_process_of_a_quick_run_stays_under_three_gib(tmp_path: Path) -> None:
    words = [word for setting in SETTINGS for word in ("--set", setting)]
    command = [sys.executable, "-m", "pipeline", "run", str(CASE), "--out", str(tmp_path / "runs"), *words]
    with (tmp_path / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=CASE.parents[3], stdout=log, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in DONE, (tmp_path / "log.txt").read_text()[-2000:]
    (trained,) = (tmp_path / "runs").glob("*/adapters/hybrid/seed-0/trained.json")
    assert json.loads(trained.read_text())["steps"] == 6
    assert usage.ru_maxrss / (1 << 20) < 3
