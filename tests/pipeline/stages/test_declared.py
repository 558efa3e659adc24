"""Each stage, alone in a folder that holds what it declares and nothing else, writes the same bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.experiment.load import load
from pipeline.run import plan
from pipeline.run_folder import record
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context, Stage
from pipeline.stages.data import input_files
from tests.small_run import ARMS, small_run

MEASURED = re.compile(r"\.timings\.jsonl$|\.alone\.json$|log\.jsonl$|trained\.json$|\.docx$|\.xlsx$|\.pdf$|\.sqlite$")
"""Holds seconds, or the moment it was written; of a report its JSON and text are compared."""


def alone(stage: Stage, run: RunFolder, folder: Path) -> RunFolder:
    """The stage's work in a new folder of the same name with what it declares."""
    there = RunFolder(folder / run.id)
    there.path.mkdir(parents=True)
    known = record.entries(run)
    there.take_over(run, ["experiment.yaml", *stage.reads])
    for name in stage.needs:
        there.take_over(run, list(known[name].files))
        if stage.timed:
            record.write(there, name, known[name])
    stage.work(Context(there, load(there.path / "experiment.yaml"), Progress(there)))
    return there


def content(run: RunFolder, stage: Stage) -> dict[str, bytes]:
    """By path, of everything the stage wrote that holds no time."""
    files = [path for path in record.seal(run, stage.outputs) if not MEASURED.search(path)]
    return {path: (run.path / path).read_bytes() for path in files}


def check(run: RunFolder, folder: Path, of: Callable[[Stage], bool] = lambda stage: True) -> int:
    experiment = load(run.path / "experiment.yaml")
    stages = [stage for stage in plan(experiment, input_files(experiment)) if of(stage)]
    for number, stage in enumerate(stages):
        there = alone(stage, run, folder / str(number))
        said, known = content(there, stage), content(run, stage)
        assert said.keys() == known.keys(), stage.name
        assert [path for path in known if said[path] != known[path]] == [], f"{stage.name} reads what it does not declare"
    return len(stages)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = tmp_path_factory.mktemp("declared")
    return small_run(folder, folder / "runs")


def test_every_stage_reads_only_what_it_declares(run: RunFolder, tmp_path: Path) -> None:
    assert check(run, tmp_path) == 9 + len(ARMS)


def test_a_file_that_is_read_undeclared_is_found(run: RunFolder, tmp_path: Path) -> None:
    def work(context: Context) -> None:
        rows = (context.run.path / "data/test.jsonl").exists()
        context.run.write_json("audit.json", {"rows": rows})

    stage = Stage("audit", ("audit.json",), {}, (), (), work)
    assert json.loads((alone(stage, run, tmp_path).path / "audit.json").read_bytes()) == {"rows": False}


@pytest.mark.slow
def test_every_stage_of_every_kind_reads_only_what_it_declares(tmp_path: Path) -> None:
    """With searches and probes; and a task that writes in the team's style."""
    probes = dict.fromkeys(("learning_curve", "forgetting", "robustness", "change"), True)
    searched = {"epochs": 1, "batch_size": 2, "checkpoint_steps": 1, "search": True, "seeds": [0, 1]}
    everything = small_run(
        tmp_path, tmp_path / "runs", finetune=searched, probes=probes, retrieval={"tune": True, "search": "hybrid"}
    )  # fmt: skip
    assert check(everything, tmp_path / "alone") > 30
