"""Runs by several processes that are disturbed while they are at work, and what they must end like."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from pipeline.experiment.load import load
from pipeline.results.verify import verify
from pipeline.run import prepare
from pipeline.run_folder.store import RunFolder
from pipeline.samples import experiment_of
from tests.finetune.tiny_model import make
from tests.pipeline.faults import content, verdict
from tests.pipeline.scale.patience import PATIENCE_S
from tests.small_run import write_small
from tests.tiny_run import ROOT

TIE = {"train": 12, "dev": 3, "test": 8}
"""Rows of each side."""


def done_alone(folder: Path, write: Callable[[Path], Path] = write_small) -> RunFolder:
    """A small run done by one process, on one thread; `write` makes its experiment in the folder."""
    run = prepare(load(write(folder)), folder / "runs")
    subprocess.run(
        [sys.executable, "-m", "pipeline", "resume", str(run.path)], cwd=ROOT, check=True, capture_output=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    return run


def write_tie(folder: Path) -> Path:
    """The bundled case `tie`, with a few of its rows and the model of the tests: the same stages in the same jobs."""
    source, name = experiment_of("tie"), "messages.jsonl"
    rows = [json.loads(line) for line in (source.parent / name).read_text(encoding="utf-8").splitlines()]
    taken = [row for split, size in TIE.items() for row in [one for one in rows if one["split"] == split][:size]]
    experiment = yaml.safe_load(source.read_text(encoding="utf-8"))
    make(folder / "model")
    experiment |= {"model": {"name": str(folder / "model")}, "finetune": {"epochs": 1, "batch_size": 2, "checkpoint_steps": 1}}
    experiment["data"]["split"] = {"least_test": 1, "least_train": 1}
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in taken), encoding="utf-8")
    (folder / "experiment.yaml").write_text(yaml.safe_dump(experiment), encoding="utf-8")
    return folder / "experiment.yaml"


def fresh(whole: RunFolder, folder: Path) -> RunFolder:
    """The same experiment with nothing done and no other run beside it."""
    return prepare(load(whole.path / "experiment.yaml"), folder)


def check(run: RunFolder, whole: RunFolder) -> None:
    """The same bytes, nothing left undone and nothing left behind."""
    assert verify(run).sound
    assert verify(run).unfinished == []
    assert content(run) == content(whole)
    assert verdict(run) == verdict(whole)
    assert not (run.path / ".jobs").exists()
    assert run.status()["state"] == "done"
    done = [event["stage"] for event in run.events() if event["event"] == "stage_done" and not event["reused_from"]]
    assert len(done) == len(set(done))


class At(threading.Thread):
    """Does something once with the worker of a stage, as soon as that has begun the stage or a step of it."""

    def __init__(self, run: RunFolder, stage: str, do: Callable[[int], object], event: str = "train_step") -> None:
        """`do` gets the worker's process id. Begins at once."""
        super().__init__(daemon=True)
        self._run, self._stage, self._do, self._event, self.done = run, stage, do, event, 0
        self.start()

    def run(self) -> None:
        """Looks at the workers' own folders: what the driver relays comes half a second late."""
        until = time.monotonic() + PATIENCE_S
        while not self.done and time.monotonic() < until:
            for path in self._run.path.glob(".jobs/*/*/*/events.jsonl"):
                there = RunFolder(path.parent)
                if any(event["event"] == self._event and event.get("stage") == self._stage for event in there.events()):
                    self.done = int(there.status()["pid"])
                    self._do(self.done)
                    return
            time.sleep(0.02)
