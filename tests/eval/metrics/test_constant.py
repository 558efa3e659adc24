"""An arm that has only learnt which answer is frequent is told as such."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from eval.metrics import constant
from pipeline.experiment.load import Experiment
from pipeline.records import Example, write_lines
from pipeline.run_folder.store import RunFolder
from pipeline.stages.evaluation import caveats


def test_the_commonest_answer_and_what_it_would_reach() -> None:
    assert constant.commonest(["Yes", "no", "yes ", "no", "yes"]) == "yes"
    assert constant.commonest(["b", "a"]) == "a"
    assert constant.commonest([]) is None
    assert constant.share_right("yes", [["Yes"], ["no"], ["maybe", "yes"], []]) == 0.5


def test_who_is_not_ahead_of_it_is_named() -> None:
    told = constant.caveats("yes", 0.57, {"lora": 0.58, "hybrid": 0.72}, {"lora": "Fine-tuned"}, 0.03)
    assert len(told) == 1
    assert told[0].startswith("Right on so many of 100 rows: Fine-tuned (58); “yes”")
    assert "would be right on 57." in told[0]
    assert constant.caveats("yes", 0.57, {"lora": 0.61}, {}, 0.03) == []


@dataclass
class Led:
    leaders: tuple[str, ...]


@pytest.mark.parametrize(("kind", "told"), [("classification", 1), ("question_answering", 0)])
def test_a_run_tells_it_of_its_leaders_on_a_closed_set_alone(kind: str, told: int, tmp_path: Path) -> None:
    experiment = Experiment.model_validate(
        {"name": "n", "task": {"kind": kind}, "data": {"examples": "x.csv", "columns": {"input": "a", "references": "b"}}}
    )
    for side in ("train", "test"):
        write_lines(tmp_path / f"data/{side}.jsonl", [Example(f"{side}{i}", "x", ("yes" if i < 6 else "no",)) for i in range(10)])
    values = [1.0] * 6 + [0.0] * 4
    frame = pd.DataFrame({"arm": ["lora"] * 10 + ["rag"] * 10, "metric": "correct", "value": [*values, *([1.0] * 10)]})
    found = caveats._constant(RunFolder(tmp_path), experiment, Led(("lora", "rag")), frame)  # type: ignore[arg-type]
    assert len(found) == told
    assert all("Fine-tuned (60)" in line and "RAG" not in line for line in found)
