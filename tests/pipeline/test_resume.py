"""A run killed anywhere ends, once resumed, exactly as an undisturbed one, so that its seed alone decides; an interrupted one ends soon and
can go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.run_folder import record
from pipeline.run_folder.store import RunFolder, find
from tests.tiny_run import ROOT, Bakeoff, TinyRun, write_tiny

KILLS: dict[str, Callable[[list[dict[str, Any]]], bool]] = {
    "in the import": lambda events: any(e["event"] == "stage_started" and e["stage"] == "data" for e in events),
    "in the index": lambda events: any(e["event"] == "stage_started" and e["stage"] == "index" for e in events),
    "in generation, after its first rows": lambda events: any(
        e["event"] == "stage_started" and e["stage"] == "predict few_shot seed-0" for e in events
    ),
    "in the middle of training": lambda events: any(
        e["event"] == "train_step" and e["stage"] == "train lora seed-0" and e["done"] >= 2 for e in events
    ),
    "in the middle of training with passages": lambda events: any(
        e["event"] == "train_step" and e["stage"] == "train hybrid seed-0" and e["done"] >= 1 for e in events
    ),
    "in scoring": lambda events: any(e["event"] == "stage_started" and e["stage"] == "score" for e in events),
}


def start(*arguments: str | Path, stderr: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pipeline", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=stderr)


def wait_for(runs: Path, reached: Callable[[list[dict[str, Any]]], bool], worker: subprocess.Popen[bytes], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        events = [e for path in runs.glob("*/events.jsonl") for e in RunFolder(path.parent).events()]
        if reached(events):
            return
        assert worker.poll() is None, "the worker ended before the place was reached"
        time.sleep(0.02)
    pytest.fail("the place was never reached")


def artifacts(run: RunFolder) -> dict[str, bytes]:
    """Everything that must come out the same, by path."""
    paths = [p for p in sorted(run.path.glob("predictions/*/seed-*.jsonl")) if ".timings" not in p.name]
    paths += sorted(run.path.glob("data/*.jsonl")) + sorted(run.path.glob("adapters/*/seed-*/adapter/*.safetensors"))
    return {str(p.relative_to(run.path)): p.read_bytes() for p in paths}


def verdict(run: RunFolder) -> tuple[Any, ...]:
    decision = json.loads((run.path / "decision.json").read_text())
    return decision["verdict"], decision["comparisons"], decision["required_rows"]


@pytest.mark.slow
def test_killed_at_six_places_it_ends_like_an_undisturbed_run(tiny_run: TinyRun, tmp_path: Path) -> None:
    for place, reached in KILLS.items():
        known = list(tmp_path.glob("*/experiment.yaml"))
        worker = start("resume", known[0].parent) if known else start("run", tiny_run.experiment, "--out", tmp_path)
        wait_for(tmp_path, reached, worker)
        worker.send_signal(signal.SIGKILL)
        assert worker.wait() == -signal.SIGKILL, place
    run = find(tmp_path, "tiny")
    assert start("resume", run.path).wait(300) in (0, 3)
    assert run.status()["state"] == "done"
    assert artifacts(run).keys() == artifacts(tiny_run.run).keys()
    assert artifacts(run) == artifacts(tiny_run.run)
    assert verdict(run) == verdict(tiny_run.run)
    pd.testing.assert_frame_equal(pd.read_parquet(run.path / "scores.parquet"), pd.read_parquet(tiny_run.run.path / "scores.parquet"))


@pytest.mark.alone
def test_ctrl_c_ends_within_five_seconds_and_can_be_resumed(tmp_path: Path) -> None:
    worker = start("run", write_tiny(tmp_path / "case"), "--out", tmp_path, "--set", "arms=[lora]", "--json", stderr=subprocess.PIPE)
    wait_for(tmp_path, lambda events: any(e["event"] == "train_step" for e in events), worker)
    began = time.monotonic()
    worker.send_signal(signal.SIGINT)
    assert worker.wait(10) == 130
    assert time.monotonic() - began < 5
    run = find(tmp_path, "tiny")
    assert f"Cancelled. Finished work is kept: `bakeoff resume {run.id}` continues." in worker.communicate()[1].decode()
    assert run.status()["state"] == "cancelled"
    steps = len([e for e in run.events() if e["event"] == "train_step"])
    again = start("resume", run.path)
    wait_for(tmp_path, lambda events: len([e for e in events if e["event"] == "train_step"]) > steps, again)
    again.kill()
    again.wait()


def test_a_second_run_is_answered_from_the_stored_stages(tiny_run: TinyRun, bakeoff: Bakeoff) -> None:
    before, stages = os.stat(tiny_run.run.predictions_path("rag", 0)).st_mtime_ns, record.entries(tiny_run.run)
    done = bakeoff("run", tiny_run.experiment, "--out", tiny_run.runs, "--json")
    assert done.json()["decision"] == tiny_run.result["decision"]
    assert os.stat(tiny_run.run.predictions_path("rag", 0)).st_mtime_ns == before
    assert record.entries(tiny_run.run) == stages, "no stage was worked at"


def test_a_changed_rule_takes_over_every_stage_but_the_last(tiny_run: TinyRun, bakeoff: Bakeoff) -> None:
    done = bakeoff("run", tiny_run.experiment, "--out", tiny_run.runs, "--json", "--set", "decision.margin=0.2")
    assert done.code in (0, 3), done.err
    other = RunFolder(Path(done.json()["folder"]))
    assert other.id != tiny_run.run.id
    taken = {name for name, stage in record.entries(other).items() if stage.reused_from == tiny_run.run.id}
    assert {"data", "index", "train hybrid seed-0", "predict rag seed-0", "score"} <= taken
    assert "decide" not in taken
