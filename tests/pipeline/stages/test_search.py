"""Training settings chosen inside a run: one search a trained arm, before it, and the training uses what was found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.experiment.load import load
from pipeline.run import plan
from pipeline.run_folder.store import find
from tests.tiny_run import Bakeoff, write_tiny


def test_every_training_waits_for_its_search(tmp_path: Path) -> None:
    path = write_tiny(tmp_path, arms=["base", "lora", "hybrid"], finetune={"search": True, "seeds": [0, 1]})
    stages = plan(load(path), {})
    names = [stage.name for stage in stages]
    for training in ("lora", "hybrid"):
        assert names.count(f"search {training}") == 1
        for seed in (0, 1):
            trained = next(stage for stage in stages if stage.name == f"train {training} seed-{seed}")
            assert f"search {training}" in trained.needs
            assert names.index(f"search {training}") < names.index(trained.name)
    assert not any(stage.name.startswith("search") for stage in plan(load(path, ["finetune.search=false"]), {}))


@pytest.mark.slow
def test_the_training_uses_what_the_search_found(tmp_path: Path, bakeoff: Bakeoff) -> None:
    path = write_tiny(tmp_path, arms=["base", "lora"], finetune={"search": True, "epochs": 1, "batch_size": 4}, data={
        "examples": "questions.jsonl", "columns": {"input": "question", "references": "answers"}, "documents": "documents",
        "split": {"test": 2, "dev": 10},
    })  # fmt: skip
    rows = [json.loads(line) for line in (tmp_path / "questions.jsonl").read_text().splitlines()]
    more = [{**row, "id": f"{row['id']}-{n}", "question": f"{row['question']} ({n})"} for row in rows for n in range(4)]
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in more))
    done = bakeoff("run", path, "--out", tmp_path / "runs", "--json")
    assert done.code in (0, 3), done.err
    run = find(tmp_path / "runs", "tiny")
    found = run.read_json("search/lora/chosen.json") or {}
    trained = json.loads((run.path / "adapters/lora/seed-0/adapter/adapter_config.json").read_text())
    assert trained["r"] == found["chosen"]["rank"]
    trials = (run.read_json("search/lora/search.json") or {})["trials"]
    assert {trial["rung"] for trial in trials} == {0, 1, 2}
    assert any(note.startswith("Training settings of lora: 13 trials") for note in (run.read_json("summary.json") or {})["notes"])
