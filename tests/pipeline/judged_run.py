"""A run made by hand: two arms, 60 questions, a judge that errs now and then; and the truth about each card."""

from __future__ import annotations

import random
from pathlib import Path

import yaml

from eval import scores
from eval.scores import Score
from pipeline.records import Example, Prediction, Timing, write_lines
from pipeline.run_folder import labels
from pipeline.run_folder.store import RunFolder
from pipeline.stages.evaluation import calibrate, verdict

ROWS = 60
HOSTILE = '=HYPERLINK("http://example.invalid","x"), \'y\'\r\nsecond line; \x00 +1'
SHARE = {"base": 0.4, "rag": 0.8}


def right(arm: str, row: int) -> bool:
    return row / ROWS < SHARE[arm]


def make(folder: Path, wrong: float = 0.05, judge: str = "gpt-5") -> RunFolder:
    """Two arms that answered 60 questions; the judge errs on a share `wrong` of the answers. No decision yet."""
    run, chance = RunFolder(folder / "made-12345678"), random.Random(1)
    rows = [Example(f"r{i}", HOSTILE if i == 0 else f"Question {i}?", (f"fact {i}",), split="test") for i in range(ROWS)]
    for side in ("train", "dev", "test"):
        write_lines(run.path / f"data/{side}.jsonl", rows if side == "test" else [])
    found = []
    for arm in SHARE:
        said = [Prediction(row.id, arm, 0, "", f"fact {i}" if right(arm, i) else HOSTILE) for i, row in enumerate(rows)]
        write_lines(run.predictions_path(arm, 0), said)
        write_lines(run.timings_path(arm, 0), [Timing(row.id, 0.1, 1) for row in rows])
        for i, row in enumerate(rows):
            judged = right(arm, i) != (chance.random() < wrong)
            values = {"judge_correct": judged, "token_f1": right(arm, i), "stars": 5}
            found += [Score(row.id, row.id, arm, 0, metric, float(value)) for metric, value in values.items()]
    scores.write(run.path / "scores.parquet", scores.table(found))
    experiment = {
        "name": "made", "task": {"kind": "question_answering"}, "data": {"examples": "x.jsonl"}, "arms": list(SHARE),
        "judge": {"model": judge, "metrics": ["outcome"]}, "decision": {"metric": "judge_correct"},
    }  # fmt: skip
    (run.path / "experiment.yaml").write_text(yaml.safe_dump(experiment), encoding="utf-8")
    verdict.work(calibrate.open_run(run))
    return run


def truths(run: RunFolder) -> dict[str, str]:
    there = labels.drawn(run)
    assert there is not None
    of = {card.id: (card.answer.arm, int(card.answer.row[1:])) for card in there.cards}
    return {card: "correct" if right(arm, row) else "fabricated" for card, (arm, row) in of.items()}
