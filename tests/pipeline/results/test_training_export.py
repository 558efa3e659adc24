"""An arm's training pairs for other trainers: the very pairs of its training, in forms that their readers take, and no test row."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
import yaml
from datasets import load_dataset

from pipeline.arms import TRAININGS
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.records import read_examples
from pipeline.results.training_export import export_training
from pipeline.run import prepare
from pipeline.run_folder.progress import Progress
from pipeline.stages.base import Context
from pipeline.stages.training_pairs import pairs_of
from tests.small_run import run_up_to, write_small


def test_the_pairs_of_both_trainings_as_their_readers_take_them(tmp_path: Path) -> None:
    experiment = load(write_small(tmp_path, preset="quick", retrieval={"k": 2}))
    run = prepare(experiment, tmp_path / "runs")
    with pytest.raises(UserError, match="no training rows for hybrid yet"):
        export_training(run, "hybrid", tmp_path / "out")
    run_up_to(run, experiment, "retrieve")
    tests = [row.input for row in read_examples(run.path / "data/test.jsonl")]
    for arm, training in (("lora", "lora"), ("hybrid", "hybrid")):
        folder = export_training(run, arm, tmp_path / arm)
        context = Context(run, experiment, Progress(run))
        wanted = pairs_of(context, TRAININGS[training], 0, context.taught(training))
        rows = [orjson.loads(line) for line in (folder / "train.jsonl").read_bytes().splitlines()]
        assert [row["messages"][-1] for row in rows] == [{"role": "assistant", "content": pair.completion} for pair in wanted]
        assert [[m["content"] for m in row["messages"][:-1]] for row in rows] == [[m.content for m in pair.prompt] for pair in wanted]
        read = load_dataset("json", data_files=str(folder / "train.prompt_completion.jsonl"), cache_dir=str(tmp_path / "cache"))["train"]
        assert read.column_names == ["prompt", "completion"]
        assert len(read) == len(wanted)
        info = orjson.loads((folder / "dataset_info.json").read_bytes())
        assert {one["file_name"] for one in info.values()} == {"train.jsonl", "dev.jsonl"}
        assert yaml.safe_load((folder / "axolotl.yaml").read_text())["datasets"][0]["roles_to_train"] == ["assistant"]
        asked = "\n".join(m["content"] for row in rows for m in row["messages"])
        assert not any(question in asked for question in tests)
    with pytest.raises(UserError, match="there already"):
        export_training(run, "lora", tmp_path / "lora")
    with pytest.raises(UserError, match="no fine-tuned arm"):
        export_training(run, "base", tmp_path / "out")
