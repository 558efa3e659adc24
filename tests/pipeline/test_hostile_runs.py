"""Runs under kills, damage and full disks by the dozen: nothing is lost, nothing changes in silence, nobody sees a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_run import ROOT

OWN_MOUNTS = [] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]


def faults(what: str, folder: Path, count: int) -> dict[str, Any]:
    command = [*(OWN_MOUNTS if what == "full" else []), sys.executable, "-W", "ignore", "-m", "tests.pipeline.faults"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run([*command, what, str(folder), str(count)], capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    sys.stdout.write(f"{what}: {found}\n")
    return found


@pytest.mark.slow
@pytest.mark.hostile
@pytest.mark.timeout(7200)
def test_sixty_kills_lose_nothing(tmp_path: Path) -> None:
    found = faults("kills", tmp_path, 60)
    assert (found["last"], found["same"]) == ("done", True)
    assert found["ends"].keys() <= {"killed", "done"}
    assert found["kills"] >= 40


@pytest.mark.slow
@pytest.mark.hostile
@pytest.mark.timeout(7200)
def test_sixty_damaged_files_are_named_and_made_anew(tmp_path: Path) -> None:
    found = faults("damages", tmp_path, 60)
    assert (found["named"], found["made anew"]) == (60, 60)
    assert (found["tracebacks"], found["hangs"], found["same"]) == (0, 0, True)


@pytest.mark.slow
@pytest.mark.hostile
@pytest.mark.timeout(7200)
def test_a_full_disk_in_every_stage_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    found = faults("full", tmp_path, 2)
    assert found["others"] == {}
    assert (found["stages"], found["last"], found["same"]) == (14, "done", True)


@pytest.mark.slow
@pytest.mark.hostile
@pytest.mark.timeout(7200)
def test_an_experiment_started_twice_is_one_whole_run(tmp_path: Path) -> None:
    found = faults("starts", tmp_path, 20)
    assert (found["whole runs"], found["hangs"]) == (20, 0)
