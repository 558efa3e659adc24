"""What a verdict must say of the rows behind it: those without an answer, arms that decline everything, rows a preset left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from eval.scores import Score, table
from pipeline.experiment.load import Experiment
from pipeline.records import Example, write_lines
from pipeline.run_folder import record
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import capped
from pipeline.stages.data import SIZES
from pipeline.stages.evaluation import caveats


def rows(answered: int, without: int) -> list[Example]:
    return [Example(f"a{i}", "x", ("y",)) for i in range(answered)] + [Example(f"u{i}", "x", ()) for i in range(without)]


@given(answered=st.integers(1, 60), without=st.integers(0, 60), share=st.floats(0, 1), seed=st.integers(0, 9))
def test_the_share_is_kept_and_no_row_with_an_answer_is_lost(answered: int, without: int, share: float, seed: int) -> None:
    given_, kept = rows(answered, without), capped(rows(answered, without), share, seed)
    declined = [row for row in kept if not row.references]
    assert [row for row in kept if row.references] == given_[:answered]
    assert kept == [row for row in given_ if row in kept]
    assert len(declined) <= share * len(kept) + 1e-9 or share >= 1
    assert len(declined) == without or (len(declined) + 1) / (len(kept) + 1) > share  # one more would be too many


def test_rows_that_all_lack_an_answer_stay() -> None:
    assert len(capped(rows(0, 5), 0.2, 0)) == 5


def test_an_arm_that_declines_nearly_everything_is_named_with_its_remedy(tmp_path: Path) -> None:
    (told,) = declining(tmp_path, 19, rows(40, 60))
    assert told.startswith("Fine-tuned declines 95 of 100 questions that have an answer; 10 of the 50 rows that it learnt from have no")
    remedy = "Set finetune.unanswerable_share to dev, which chooses it by right answers to dev rows"
    assert told.endswith(f"{remedy}, or train on more rows that have an answer.")
    assert "smaller number" in declining(tmp_path, 19, rows(40, 60), unanswerable_share="dev")[0]
    assert "10 of the" not in declining(tmp_path, 19, rows(40, 0))[0]
    assert declining(tmp_path, 10, rows(40, 60)) == []


def declining(tmp_path: Path, declined: int, train: list[Example], **finetune: Any) -> list[str]:
    """What is told of an arm that declines so many of 20 questions with an answer and all of 20 without, after these training rows."""
    experiment = Experiment.model_validate(
        {"name": "n", "task": {"kind": "question_answering"}, "data": {"examples": "x.csv", "columns": {"input": "a", "references": "b"}},
         "finetune": finetune}
    )  # fmt: skip
    write_lines(tmp_path / "data/train.jsonl", train)
    write_lines(tmp_path / "data/test.jsonl", rows(20, 20))
    scores = [Score(f"a{i}", "", "lora", 0, "abstained", float(i < declined)) for i in range(20)]
    scores += [Score(f"u{i}", "", "lora", 0, "abstained", 1.0) for i in range(20)]
    return caveats._declining(RunFolder(tmp_path), experiment, table(scores))


def test_what_a_preset_left_out_is_told_with_what_all_would_take(tmp_path: Path) -> None:
    experiment = Experiment.model_validate(
        {"name": "n", "task": {"kind": "question_answering"}, "data": {"examples": "x.csv", "columns": {"input": "a", "references": "b"}},
         "preset": "quick"}
    )  # fmt: skip
    run = RunFolder(tmp_path)
    run.write_json(SIZES, {"train": {"used": 160, "there": 2724}, "dev": {"used": 9, "there": 9}, "test": {"used": 60, "there": 900}})
    (told,) = caveats._set_aside(run, experiment)
    assert told.startswith("By the preset quick fine-tuning was measured on 160 of 2,724 (6 %) training rows and 60 of 900 (7 %) test rows")
    assert "--set data.split.train=2724 --set data.split.test=900" in told
    run.write_json(SIZES, {"train": {"used": 160, "there": 160}, "test": {"used": 60, "there": 60}})
    assert caveats._set_aside(run, experiment) == []


def test_arms_timed_on_unequal_machines_or_beside_other_jobs_are_told(tmp_path: Path) -> None:
    experiment = Experiment.model_validate(
        {"name": "n", "task": {"kind": "question_answering"}, "data": {"examples": "x.csv", "columns": {"input": "a", "references": "b"}},
         "arms": ["base", "lora", "classic"]}
    )  # fmt: skip
    run = RunFolder(tmp_path)

    def told(**machines: dict[str, Any] | None) -> list[str]:
        for arm, machine in machines.items():
            write_lines(run.predictions_path(arm, 0), [])
            record.write(run, f"predict {arm} seed-0", record.Entry("k", finished=True, machine=machine))
        return caveats._timed_on(run, experiment)

    one = {"processor": "P", "cores": 2, "memory_gib": 8, "threads": 2, "gpu": None, "beside": 1}
    assert told(base=None, lora=one) == []
    assert told(base=one, lora=one, classic={**one, "processor": "Q"}) == []
    assert "up to 4 jobs were at work at once" in told(base={**one, "beside": 4}, lora={**one, "beside": 4})[0]
    assert "(G, 2 threads; P, 2 threads)" in told(base=one, lora={**one, "gpu": "G"})[0]
