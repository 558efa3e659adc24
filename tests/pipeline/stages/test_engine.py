"""`model.engine` reaches every stage in which a model computes, and what is to be told of it reaches the report."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.experiment.load import load
from pipeline.records import Prediction, Timing, write_lines
from pipeline.run import plan
from pipeline.run_folder.store import RunFolder, find
from pipeline.stages.evaluation import caveats, engine
from tests.tiny_run import Bakeoff, TinyRun, write_tiny

MODES = ("auto", "library")


def test_stages_in_which_a_model_computes_are_others_under_another_engine(tmp_path: Path) -> None:
    path = write_tiny(tmp_path, arms=["base", "rag", "lora", "hybrid"])
    auto, library = ({stage.name: stage.inputs for stage in plan(load(path, [f"model.engine={mode}"]), {})} for mode in MODES)
    changed = {name for name in auto if auto[name] != library[name]}
    computing = ("index", "train ", "predict ")
    assert changed >= {name for name in auto if name.startswith(computing)} != set()
    assert not changed & {"data", "score", "decide"}


def test_notes_name_all_that_they_are_true_of(tmp_path: Path) -> None:
    run, off = RunFolder(tmp_path), "the fast path was not taken"
    for seed in (0, 1):
        run.write_json(f"adapters/lora/seed-{seed}/trained.json", {"notes": [off] if seed else []})
        run.write_json(f"predictions/rag/seed-{seed}.alone.json", {"engine": {"notes": [off]}})
    path = write_tiny(tmp_path, arms=["base", "rag", "lora"])
    told = f"Training of lora, seed-1; Answers of rag, seed-0; Answers of rag, seed-1: {off}."
    assert engine.notes(run, load(path)) == [told]
    assert engine.notes(run, load(path, ["model.engine=library"])) == [engine.LIBRARY, told]
    assert engine.notes(RunFolder(tmp_path / "none"), load(path, ["model.engine=library", 'arms=["classic"]'])) == []


def test_how_a_model_without_a_template_was_asked_is_told(tmp_path: Path) -> None:
    run, note = RunFolder(tmp_path), 'the model has no chat template: it is asked as "Question: … Answer:"'
    run.write_json("predictions/base/seed-0.alone.json", {"engine": {"notes": []}, "chat": [note]})
    assert engine.notes(run, load(write_tiny(tmp_path))) == [f"Answers of base, seed-0: {note}."]


@pytest.mark.parametrize(
    ("cut", "told"),
    [(1, []), (2, ["Base model was cut off at its limit of tokens in 2 of 20 answers", "big: Base model was cut off at its limit"])],
)
def test_an_arm_that_is_cut_off_in_many_answers_is_a_finding(tmp_path: Path, cut: int, told: list[str]) -> None:
    endpoint = {"name": "big", "base_url": "http://127.0.0.1:9/v1", "model": "m", "arms": ["base"]}
    run, experiment = RunFolder(tmp_path), load(write_tiny(tmp_path, arms=["base", "rag"], endpoints=[endpoint]))
    for arm, some in (("base", cut), ("rag", 0), ("big_base", cut)):
        rows = [Prediction(str(n), arm, 0, "so", "so", cut=n < some) for n in range(20)]
        write_lines(run.path / f"predictions/{arm}/seed-0.jsonl", rows)
        write_lines(run.path / f"predictions/{arm}/seed-0.timings.jsonl", [Timing("0", 1.0, 1)])
    found = caveats.cut_off(run, experiment)
    assert len(found) == len(told)
    assert all(words in said for words, said in zip(told, found, strict=True))


@pytest.mark.slow
def test_a_run_by_the_library_alone_writes_the_same_answers_and_says_so(tmp_path: Path, bakeoff: Bakeoff, tiny_run: TinyRun) -> None:
    path = write_tiny(tmp_path, arms=["base", "lora"], model={"engine": "library"})
    done = bakeoff("run", path, "--out", tmp_path / "runs", "--json")
    assert done.code in (0, 3), done.err
    run = find(tmp_path / "runs", "tiny")
    assert (run.read_json("summary.json") or {})["notes"][-1] == engine.LIBRARY
    for arm in ("base", "lora"):
        assert [p.text for p in run.predictions(arm, 0)] == [p.text for p in tiny_run.run.predictions(arm, 0)]
        used, usual = ((r.read_json(f"predictions/{arm}/seed-0.alone.json") or {})["engine"] for r in (run, tiny_run.run))
        assert (used["replaced"], used["lanes"], used["shares"]) == ([], 1, False)
        assert usual["replaced"]
        assert usual["shares"]
