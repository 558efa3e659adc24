"""Likelihoods against an empty input: what is subtracted, and that dev alone decides whether it is."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import yaml

from finetune.inference.generate import Generation
from pipeline.run_folder import record
from pipeline.run_folder.store import find
from pipeline.stages.prediction.likelihood import Calibration
from tests.tiny_run import Bakeoff


def test_what_is_likely_anyway_no_longer_wins() -> None:
    said = Generation("r", "other", 5, 1, 0.1, 1, {"other": -1.0, "refund": -1.2})
    free = {"r": {"other": -0.5, "refund": -2.0}}
    settled = Calibration(free).settle(said)
    assert (settled.text, settled.choices) == ("refund", {"other": -0.5, "refund": 0.8})
    assert Calibration({}).settle(said) == said
    paid = Calibration(free, {"r": (0.2, 30)}).settle(said)
    assert (paid.text, paid.prompt_tokens) == ("refund", 35)
    assert paid.seconds == pytest.approx(0.3), "what a deployment would have to ask is in its latency"


@pytest.mark.slow
def test_dev_decides_for_each_arm_and_a_second_run_knows_it(tmp_path: Path, bakeoff: Bakeoff) -> None:
    words = {"billing": "my invoice shows the wrong sum", "delivery": "the parcel has not come yet", "other": "a kind hello to all of you"}
    rows = [("text", "label")] + [(f"{text}, case {i}", label) for i in range(10) for label, text in words.items()]
    with (tmp_path / "rows.csv").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows(rows)
    settings = {"name": "labels", "task": {"kind": "classification"}, "arms": ["base", "rag"], "retrieval": {"k": 2},
                "data": {"examples": "rows.csv", "split": {"test": 6, "dev": 9, "least_test": 1}}, "preset": "quick",
                "run": {"minutes": 0}}  # fmt: skip
    (tmp_path / "experiment.yaml").write_text(yaml.safe_dump(settings))
    done = bakeoff("run", tmp_path / "experiment.yaml", "--out", tmp_path / "runs", "--json")
    assert done.code in (0, 3), done.err
    run = find(tmp_path / "runs", "labels")
    notes = " ".join((run.read_json("summary.json") or {})["notes"])
    for arm in ("base", "rag"):
        stored = run.read_json(f"predictions/{arm}/seed-0.calibration.json") or {}
        assert stored["dev_rows"] == 9
        assert stored["used"] == (stored["calibrated"] > stored["plain"])
        assert (f"{arm} (seed 0" in notes) == stored["used"]
        for prediction in run.predictions(arm, 0):
            assert prediction.choices is not None
            assert prediction.text == max(prediction.choices, key=lambda label, of=prediction.choices: of[label])  # type: ignore[misc]
    assert "predictions/base/seed-0.calibration.json" in record.entries(run)["predict base seed-0"].files
