"""What a run will take: every stage that costs time is named as the run names it, and nothing is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.experiment.load import load
from pipeline.run import plan
from pipeline.stages.prediction import predict
from tests.tiny_run import Bakeoff, write_tiny

ENDPOINT = {
    "name": "big",
    "base_url": "http://127.0.0.1:9/v1",
    "model": "m",
    "price_per_million": {"input": 2.0, "output": 10.0},
    "arms": ["base"],
}


@pytest.mark.slow
def test_every_costly_stage_has_its_seconds(tmp_path: Path, bakeoff: Bakeoff) -> None:
    path = write_tiny(tmp_path, arms=["base", "rag", "lora"], endpoints=[ENDPOINT], finetune={"epochs": 2, "seeds": [0, 1]})
    done = bakeoff("estimate", path, "--json", env={"TMPDIR": str(tmp_path)})
    assert done.code == 0, done.err
    found = done.json()
    names = [stage.name for stage in plan(load(path), {})]
    costly = {name for name in names if name.startswith(("index", "train", "predict")) and "big" not in name}
    assert {name for name in found["stages"] if not name.startswith("score")} == costly
    assert all(seconds > 0 for seconds in found["stages"].values())
    assert found["seconds"] == pytest.approx(sum(found["stages"].values()))
    assert 0.3 < found["peak_gib"] < 4
    assert found["money"] == pytest.approx(found["sent_tokens"] * 2e-6, rel=0.5)
    assert found["sent_tokens"] > 6 * 20
    assert not list(tmp_path.glob("bakeoff-estimate-*"))


def test_a_few_rows_are_asked_alone() -> None:
    assert [predict.asked_alone(rows) for rows in (0, 1, 20, 21, 98, 1000)] == [0, 1, 1, 2, 5, 8]
