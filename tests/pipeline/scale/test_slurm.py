"""A run handed to a queue by submitit, whose local cluster stands for SLURM; needs the extra `slurm`."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from pipeline.distributed.machines import Machines, opened
from pipeline.errors import UserError
from pipeline.run import execute
from tests.pipeline.scale.kills import At, check, done_alone, fresh
from tests.small_run import write_small

pytest.importorskip("submitit", reason="submitit is not installed: no test of SLURM's executor ran")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_run_in_a_queue_makes_the_same_bytes_though_a_job_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAKEOFF_SLURM_CLUSTER", "local")
    whole = done_alone(tmp_path, lambda folder: write_small(folder, arms=["base", "lora"]))
    run = fresh(whole, tmp_path / "queue")
    fault = At(run, "train lora seed-0", lambda pid: os.kill(pid, signal.SIGKILL))
    execute(run, machines=Machines("slurm", jobs=2, threads=1))
    assert fault.done
    check(run, whole)


def test_what_sbatch_is_told_must_be_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAKEOFF_SLURM_CLUSTER", "local")
    monkeypatch.setenv("BAKEOFF_SLURM", "gpu")
    with pytest.raises(UserError, match="list of name=value, not 'gpu'"):
        opened(Machines("slurm"), tmp_path)
