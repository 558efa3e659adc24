"""Retrieval chosen inside a run: by training and dev questions, only where the lead is no luck, and the index follows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipeline.experiment.load import Retrieval, load
from pipeline.records import Example, Hit
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder, find
from pipeline.samples import experiment_of
from pipeline.stages.base import Context
from pipeline.stages.prediction.prompting import Prompter
from pipeline.stages.tuning.depth import DEPTHS, best, choose
from pipeline.stages.tuning.retrieval_settings import settings_of
from pipeline.stages.tuning.tune import _changed, _told
from retrieval.tune import Candidate, Trial, TuneResult
from tests.tiny_run import Bakeoff, TinyRun


def result(lead: list[float]) -> TuneResult:
    first = Trial(Candidate(256, 32, "dense"), 0.5, each=tuple(0.5 for _ in lead))
    best = Trial(Candidate(64, 8, "hybrid"), 0.5 + sum(lead) / len(lead), each=tuple(0.5 + more for more in lead))
    return TuneResult((first, best), len(lead), best)


def test_a_lead_that_may_be_luck_changes_nothing() -> None:
    lucky = result([0.5, -0.5, 0.5, 0.0])
    assert _changed(lucky, Retrieval()) == {}
    assert "none finds more than the settings given" in _told(lucky, {})
    sure = result([0.5, 0.25, 0.5, 0.5])
    assert _changed(sure, Retrieval()) == {"chunk_tokens": 64, "overlap_tokens": 8, "search": "hybrid"}


def test_another_k_is_taken_only_where_its_answers_are_surely_better() -> None:
    own = [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]
    assert best({3: own, 1: [1.0, 0.0, 1.0, 1.0, 0.0, 1.0]}, own=3) == 3, "one row of six more may be luck"
    assert best({3: own, 1: [0.5, 1.0, 0.5, 1.0, 0.5, 1.0], 5: own}, own=3) == 1
    assert best({3: own, 5: own, 1: own}, own=3) == 3


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory, bakeoff: Bakeoff) -> RunFolder:
    folder = tmp_path_factory.mktemp("tuned")
    done = bakeoff(
        "run", experiment_of("facts"), "--out", folder, "--set", "arms=[classic]", "--set", "retrieval.tune=true",
        "--set", "retrieval.chunk_tokens=256", "--set", "retrieval.k=1",
    )  # fmt: skip
    assert done.code in (0, 3), done.err
    return find(folder, "facts")


@pytest.mark.slow
def test_the_index_is_built_as_chosen_and_no_test_question_was_asked(tuned: RunFolder) -> None:
    stored = tuned.read_json("tuned.json") or {}
    rows = [json.loads(line) for side in ("train", "dev") for line in Path(tuned.path / f"data/{side}.jsonl").read_text().splitlines()]
    assert stored["result"]["questions"] == sum(bool(row["gold_passages"]) for row in rows) > 50
    assert len([trial for trial in stored["result"]["trials"] if trial["recall"] is not None]) >= 6
    lines = (tuned.path / "index/passages.jsonl").read_text().splitlines()
    longest = max(len(json.loads(line)["text"].split()) for line in lines)
    limit = stored["changed"].get("chunk_tokens", 256)
    assert longest <= limit
    assert stored["changed"], "on this case smaller passages find far more"
    assert any(note.startswith("Retrieval:") for note in (tuned.read_json("summary.json") or {})["notes"])


@pytest.mark.slow
def test_without_a_model_that_reads_passages_k_stays(tuned: RunFolder) -> None:
    depth = tuned.read_json("retrieved/depth.json") or {}
    assert (depth["k"], depth["trials"]) == (1, [])
    assert depth["reason"] == "k stays 1: no arm gives passages to a language model"


@pytest.mark.slow
def test_k_is_chosen_by_the_answers_of_training_and_dev_rows(
    tiny_run: TinyRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    run = RunFolder(Path(shutil.copytree(tiny_run.run.path, tmp_path / "tiny")))
    context = Context(run, load(run.path / "experiment.yaml", ["task.max_new_tokens=8"]), Progress(run))
    monkeypatch.setattr("pipeline.stages.tuning.depth.FEWEST", 4)
    monkeypatch.setattr("pipeline.stages.tuning.depth.ROWS", 4)
    asked, real = list[str](), Prompter.found

    def found(prompter: Prompter, row: Example, k: int | None = None) -> list[Hit]:
        asked.append(row.id)
        return real(prompter, row, k)

    monkeypatch.setattr(Prompter, "found", found)
    choose(context, most=3)
    depth = run.read_json("retrieved/depth.json") or {}
    assert sorted(trial["k"] for trial in depth["trials"]) == [k for k in DEPTHS if k <= 3]
    assert "values of k tried by the base model's right answers on 4 training and dev rows" in depth["reason"]
    assert len(asked) == 4 * 3
    assert not {row.id for row in context.test} & set(asked)
    run.write_json("retrieved/depth.json", {**depth, "k": 1})
    monkeypatch.undo()
    assert {len(Prompter(context).found(row)) for row in context.test} == {1}, "every prompt holds as many as were chosen"
    assert settings_of(run, context.experiment.retrieval).k == 1
