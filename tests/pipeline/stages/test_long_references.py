"""References that are sentences: key facts say what is right until people have checked a judge; then its word counts, and its errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from eval import scores
from eval.scores import Score
from pipeline.experiment.load import load
from pipeline.files import hash_of
from pipeline.records import Example, Prediction, Timing, write_lines
from pipeline.run_folder.store import RunFolder
from pipeline.stages.evaluation import constants, long_references, verdict
from pipeline.stages.evaluation.calibrate import OUTPUT

ROWS = 60
SENTENCE = "The watchman of the northern gate keeps the keys of all the sheds and hands them out at dawn on working days."
BY_FACTS, BY_JUDGE = {"base": 0.8, "rag": 0.3}, {"base": 0.3, "rag": 0.8}


def values(arm: str, row: int, short: int) -> dict[str, float]:
    right, judged = float(row / ROWS < BY_FACTS[arm]), float(row / ROWS < BY_JUDGE[arm])
    own = {"right": judged if row < short else right, "correct": right, "abstained": 0.0, "fabricated": 1 - right}
    return {**own, "fabricated_neither": 1 - right, "judge_correct": judged, "judge_abstained": 0.0, "judge_fabricated": 1 - judged}


def make(folder: Path, short: int = 0, labels: int = 60, error: float = 0.0) -> RunFolder:
    """Two arms; key facts put one of them first and the judge the other; `short` rows are graded by their words alone."""
    run = RunFolder(folder / "made-12345678")
    rows = [Example(f"r{i}", f"Question {i}?", ("42 EUR",) if i < short else (SENTENCE,), split="test") for i in range(ROWS)]
    for side in ("train", "dev", "test"):
        write_lines(run.path / f"data/{side}.jsonl", rows if side == "test" else [])
    found = []
    for arm in BY_FACTS:
        write_lines(run.predictions_path(arm, 0), [Prediction(row.id, arm, 0, "x", "x") for row in rows])
        write_lines(run.timings_path(arm, 0), [Timing(row.id, 0.1, 1) for row in rows])
        found += [
            Score(row.id, row.id, arm, 0, metric, value) for i, row in enumerate(rows) for metric, value in values(arm, i, short).items()
        ]
    scores.write(run.path / "scores.parquet", scores.table(found))
    declines = [Score(row.id, row.id, "declines_all", 0, metric, None, "not applicable: long") for row in rows for metric in ("right",)]
    scores.write(run.path / constants.OUTPUT, scores.table(declines))
    experiment = {
        "name": "made", "task": {"kind": "question_answering"}, "data": {"examples": "x.jsonl"}, "arms": list(BY_FACTS),
        "judge": {"model": "gpt-5", "metrics": ["outcome"]},
    }  # fmt: skip
    (run.path / "experiment.yaml").write_text(yaml.safe_dump(experiment), encoding="utf-8")
    if labels:
        told: dict[str, Any] = {
            "n": labels, "kappa": {"value": 0.9, "low": 0.8, "high": 0.97}, "by_arm": [], "corrected": {},
            "errors": {arm: {"shift": -error if arm == "rag" else 0.0, "se": 0.02, "labels": labels // 2} for arm in BY_FACTS},
        }  # fmt: skip
        run.write_json(OUTPUT, {"schema": 1, "scores": hash_of(run.path / "scores.parquet"), "metrics": {"judge_correct": told}})
    return run


def decided(run: RunFolder) -> dict[str, Any]:
    return verdict.decide(run, load(run.path / "experiment.yaml"), "right").to_json()


def test_a_checked_judge_says_what_is_right_and_is_named(tmp_path: Path) -> None:
    found = decided(make(tmp_path))
    assert (found["verdict"], found["arm"]) == ("winner", "rag")
    assert found["right"] == {"rag": {"right": 48, "rows": 60}, "base": {"right": 18, "rows": 60}, "declines_all": {"right": 0, "rows": 60}}
    assert any(
        "On 60 of 60 test rows, whose references are sentences, the judge says what is right: it agrees" in c for c in found["caveats"]
    )


@pytest.mark.parametrize(("labels", "said"), [(0, "A judge that people's labels have checked would grade"), (20, "30 labels are needed")])
def test_an_unchecked_judge_says_nothing_and_key_facts_are_named_for_what_they_are(tmp_path: Path, labels: int, said: str) -> None:
    found = decided(make(tmp_path, labels=labels))
    assert found["arm"] == "base"
    (told,) = [line for line in found["caveats"] if "key facts" in line]
    assert "nobody judged meaning" in told
    assert said in told


def test_rows_with_short_references_keep_the_words_grade(tmp_path: Path) -> None:
    run = make(tmp_path, short=20)
    frame = verdict.scores_of(run, load(run.path / "experiment.yaml"))
    there = frame[(frame["arm"] == "base") & (frame["metric"] == "correct")].set_index("row")["value"]
    assert there["r19"] == values("base", 19, 20)["correct"]
    assert there["r25"] == values("base", 25, 20)["judge_correct"]
    assert not frame[(frame["metric"] == "fabricated_neither")]["row"].isin([f"r{i}" for i in range(20, 60)]).any()
    assert long_references.errors({"judge_correct": {"errors": {"a": {"shift": 0.3, "se": 0.06, "labels": 9}}}}, 0.5)["a"].shift == 0.15


def test_a_lenient_judges_lead_is_no_win(tmp_path: Path) -> None:
    found = decided(make(tmp_path, error=0.5))
    assert (found["verdict"], found["withheld"]) == ("undecided", "judge")
