"""A run with a limit: every arm has what was left, a resumed run never cuts anew, and verdict and report say what was cut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.experiment.load import Experiment, load
from pipeline.records import read_examples, read_predictions
from pipeline.run import execute, plan, prepare
from pipeline.run_folder import record
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context, Stage
from pipeline.stages.data import input_files
from pipeline.stages.doing import Doing
from pipeline.stages.limit.cut import MEASURED, OUTPUT
from tests.pipeline.test_resume import artifacts
from tests.small_run import write_small

ARMS = ["rag", "hybrid"]
TRAINED = {"epochs": 2, "batch_size": 2, "checkpoint_steps": 1}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A limit that nothing keeps: each part is cut as far as the rule goes, whatever the machine does."""
    folder = tmp_path_factory.mktemp("limited")
    path = write_small(
        folder, arms=ARMS, finetune=TRAINED, run={"minutes": 0.001, "training_rows": 5}, retrieval={"k": 3, "chunk_tokens": 64}
    )
    found = prepare(load(path), folder / "runs")
    execute(found)
    return found


def stored(run: RunFolder, name: str) -> dict[str, Any]:
    return dict(run.read_json(name) or {})


def prompts(run: RunFolder, arm: str) -> list[int]:
    """Passages in each of its prompts."""
    return [len(one.passages) for one in read_predictions(run.predictions_path(arm, 0))]


@pytest.mark.slow
def test_every_arm_has_what_was_left(run: RunFolder) -> None:
    cut = stored(run, OUTPUT)
    assert (len(cut["rows"]), cut["k"], cut["epochs"]) == (5, 1, 1.0)
    assert set(cut["rows"]) < {row.id for row in read_examples(run.path / "data/train.jsonl")}
    assert set(prompts(run, "rag")) == set(prompts(run, "hybrid")) == {1}
    log = [json.loads(line) for line in (run.path / "adapters/hybrid/seed-0/log.jsonl").read_bytes().splitlines()]
    assert log[-1]["total"] == 3, "five rows in batches of two, once"
    assert {line["row"] for line in map(json.loads, (run.path / "retrieved/train.jsonl").read_bytes().splitlines())} == set(cut["rows"])


@pytest.mark.slow
def test_verdict_and_report_say_what_was_cut_and_what_all_of_it_would_take(run: RunFolder) -> None:
    (told,) = [one for one in stored(run, "decision.json")["caveats"] if "run.minutes" in one]
    assert "every arm had less than there is: 5 of 8 training rows, 1 of 3 passages in a prompt and 1 of 2 epochs" in told
    assert "another arm may be ahead; that would take about" in told
    assert "nothing more may be cut" in told
    text = (run.path / "report/report.md").read_text(encoding="utf-8")
    assert "5 of 8 training rows" in text
    (note,) = [one for one in stored(run, "report/report.json")["notes"] if "expected" in one]
    assert "run.training_rows: 5, retrieval.k: 1, finetune.epochs: 1 and run.minutes: 0 repeat it anywhere" in note
    assert stored(run, "report/report.json")["experiment"]["finetune"]["epochs"] == 2, "the experiment is told as it was written"
    assert stored(run, "summary.json")["rows"]["train"] == 5


@pytest.mark.slow
def test_the_pinned_settings_give_the_same_bytes(run: RunFolder, tmp_path: Path) -> None:
    path = write_small(
        tmp_path, arms=ARMS, finetune={**TRAINED, "epochs": 1}, retrieval={"k": 1, "chunk_tokens": 64},
        run={"minutes": 0, "training_rows": 5},
        model={"name": load(run.path / "experiment.yaml").model.name},
    )  # fmt: skip
    again = prepare(load(path), tmp_path / "runs")
    execute(again)
    assert stored(again, OUTPUT)["rows"] == stored(run, OUTPUT)["rows"]
    made, known = ({name: data for name, data in artifacts(one).items() if not name.startswith("data/")} for one in (again, run))
    assert made == known
    assert len(known) >= 3
    assert "By run.training_rows every arm had less" in " ".join(stored(again, "decision.json")["caveats"])


@pytest.mark.slow
def test_a_resumed_run_never_cuts_anew(run: RunFolder) -> None:
    def known() -> dict[str, object]:
        """What follows from the cut; the report also tells of the sessions."""
        return {name: (one.key, one.files) for name, one in record.entries(run).items() if name not in (record.BEGINNING, "report")}

    measured, begun = (run.path / MEASURED).read_bytes(), known()
    execute(run)
    assert (run.path / MEASURED).read_bytes() == measured
    assert known() == begun


@pytest.mark.slow
def test_another_cut_makes_what_follows_from_it_anew(run: RunFolder, tmp_path: Path) -> None:
    """The file was damaged and measured again, and this time, as on a faster machine, less was cut."""
    there = RunFolder(tmp_path / run.id)
    there.path.mkdir()
    there.take_over(run, [path.name for path in run.path.iterdir()])
    cut = {**stored(there, OUTPUT), "k": None}
    there.write_json(OUTPUT, cut)
    record.renew(there, "limit")
    execute(there)
    assert set(prompts(there, "rag")) == {3}
    assert set(prompts(run, "rag")) == {1}


def done(run: RunFolder) -> list[str]:
    """Does the stages up to the passages found, each once; those that were not reused."""
    experiment, progress = load(run.path / "experiment.yaml"), Progress(run)
    stages = plan(experiment, input_files(experiment))
    doing, before = Doing(Context(run, experiment, progress), stages), len(list(run.events()))
    for stage in stages:
        if stage.name in ("data", "limit", "index", "retrieve"):
            doing.complete(stage)
    return [event["stage"] for event in list(run.events())[before:] if event["event"] == "stage_started"]


def test_what_follows_is_done_once_and_anew_where_the_cut_was_lost_and_is_another(tmp_path: Path) -> None:
    run = prepare(load(write_small(tmp_path, run={"minutes": 0, "training_rows": 5})), tmp_path / "runs")
    assert done(run) == ["data", "limit", "index", "retrieve"]
    assert len((run.path / "retrieved/train.jsonl").read_bytes().splitlines()) == 5
    assert done(run) == []
    run.write_json(OUTPUT, {"schema": 1, "rows": None, "k": None, "epochs": None})
    assert done(run) == ["limit"], "a damaged cut is found, and the same one again changes nothing"
    run.write_json(OUTPUT, {"schema": 1, "rows": None, "k": None, "epochs": None})
    record.renew(run, "limit")
    assert done(run) == ["index", "retrieve"], "another cut than what follows was made by"
    assert len((run.path / "retrieved/train.jsonl").read_bytes().splitlines()) == 8


def test_a_resumed_run_plans_what_was_asked_not_what_was_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every stage has another key, and everything is done again."""
    run = prepare(load(write_small(tmp_path, run={"minutes": 0, "training_rows": 5}, retrieval={"k": 3})), tmp_path / "runs")
    done(run)
    run.write_json(OUTPUT, {"schema": 1, "rows": None, "k": 1, "epochs": 1.0})
    planned: list[Experiment] = []

    def noted(experiment: Experiment, files: dict[str, str]) -> list[Stage]:
        planned.append(experiment)
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.run.plan", noted)
    with pytest.raises(KeyboardInterrupt):
        execute(run)
    assert Context(run, planned[0], Progress(run)).experiment.retrieval.k == 1, "this is a run with a cut"
    assert planned[0].retrieval.k == 3


def test_without_a_limit_there_is_no_such_stage(tmp_path: Path) -> None:
    free = load(write_small(tmp_path))
    assert "limit" not in [stage.name for stage in plan(free, {})]
    for preset, there in (("standard", False), ("thorough", False), ("quick", True)):
        stages = plan(load(write_small(tmp_path, preset=preset, run={})), {})
        assert ("limit" in [stage.name for stage in stages]) == there
    assert [stage.name for stage in stages if "limit" not in stage.needs] == ["data", "audit", "limit"], "no later stage forgets it"
