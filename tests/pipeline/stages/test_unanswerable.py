"""Training rows without an answer are thinned out alike for every training, and an arm that declines everything is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.scores import Score, table
from pipeline.experiment.load import Experiment
from pipeline.records import Example, write_lines
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import capped
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


@pytest.mark.parametrize(("declined", "told"), [(19, True), (10, False)])
def test_an_arm_that_declines_nearly_everything_is_named_with_its_remedy(declined: int, told: bool, tmp_path: Path) -> None:
    experiment = Experiment.model_validate(
        {"name": "n", "task": {"kind": "question_answering"}, "data": {"examples": "x.csv", "columns": {"input": "a", "references": "b"}}}
    )
    write_lines(tmp_path / "data/test.jsonl", rows(20, 20))
    scores = [Score(f"a{i}", "", "lora", 0, "abstained", float(i < declined)) for i in range(20)]
    scores += [Score(f"u{i}", "", "lora", 0, "abstained", 1.0) for i in range(20)]
    found = caveats._declining(RunFolder(tmp_path), experiment, table(scores))
    assert bool(found) is told
    assert all("Fine-tuned declines 95 of 100 questions that have an answer" in line and "unanswerable_share" in line for line in found)
