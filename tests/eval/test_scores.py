from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import scores
from eval.errors import SetupError
from eval.scores import Score

WORDS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8)
VALUES = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.none())


@given(st.lists(st.tuples(WORDS, WORDS, WORDS, st.integers(0, 9), WORDS, VALUES)))
def test_written_and_read_again(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str, int, str, float | None]]) -> None:
    path = tmp_path_factory.mktemp("scores") / "scores.parquet"
    made = [Score(*row, reason="" if row[-1] is not None else "judge refused") for row in rows]
    scores.write(path, scores.table(made))
    read = scores.read(path)
    pd.testing.assert_frame_equal(read, scores.table(made))
    again = [
        Score(r.row, r.group, r.arm, int(r.seed), r.metric, None if math.isnan(r.value) else r.value, r.reason) for r in read.itertuples()
    ]
    assert again == made
    assert list(path.parent.iterdir()) == [path]


def test_missing_needs_its_reason_and_a_value_has_none() -> None:
    with pytest.raises(ValueError, match="needs its reason"):
        Score("r", "g", "rag", 0, "token_f1", None)
    for value, reason in ((math.nan, ""), (math.inf, ""), (0.5, "why")):
        with pytest.raises(ValueError, match="finite value"):
            Score("r", "g", "rag", 0, "token_f1", value, reason)


def test_a_file_that_is_no_table_of_scores(tmp_path: Path) -> None:
    broken, other = tmp_path / "broken.parquet", tmp_path / "other.parquet"
    broken.write_bytes(b"PAR1 no")
    pd.DataFrame({"row": ["a"]}).to_parquet(other)
    with pytest.raises(SetupError, match="not a readable Parquet"):
        scores.read(broken)
    with pytest.raises(SetupError, match="no column group, arm"):
        scores.read(other)
