"""Scores made by another tool: what is read, what is refused and where, and that the decision is the same as from a run."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eval.errors import SetupError
from eval.external_scores import decide_scores, read_scores
from tests.eval.verdict.situations import Situation, pair

ROWS = pair(40, 20, 0, 40)


def lines(folder: Path, text: str, name: str = "scores.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_the_decision_is_that_of_a_run(tmp_path: Path, suffix: str) -> None:
    frame = Situation("", ROWS, {}).frame()[["row", "arm", "value"]]
    path = tmp_path / f"scores.{suffix}"
    frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path)
    found = decide_scores(path, "accuracy", margin=0.03)
    assert found.to_json() == Situation("", ROWS, {}, rules={"diagnostic": ()}).decide().to_json()


def test_all_columns_and_an_arm_called_oracle_like_any_other(tmp_path: Path) -> None:
    path = lines(
        tmp_path, "metric;row;arm;seed;group;value\nf1;a;oracle;0;g;1,5\n".replace("1,5", "0.5") + "f1;a;rag;1;g;\nem;a;rag;0;g;1\n"
    )
    frame = read_scores(path, "f1")
    assert frame["arm"].tolist() == ["oracle", "rag"]
    assert frame["seed"].tolist() == [0, 1]
    assert frame["group"].tolist() == ["g", "g"]
    assert frame["reason"].tolist() == ["", "no value in the table"]
    assert np.isnan(frame["value"].iloc[1])


def test_right_and_wrong_may_be_words(tmp_path: Path) -> None:
    path = lines(tmp_path, "row,arm,value\n1,a,True\n2,a,false\n")
    assert read_scores(path, None)["value"].tolist() == [1.0, 0.0]
    truth = tmp_path / "truth.parquet"
    pd.DataFrame({"row": [1, 2], "arm": ["a", "a"], "value": [True, False]}).to_parquet(truth)
    assert read_scores(truth, None)["value"].tolist() == [1.0, 0.0]
    assert read_scores(truth, None)["metric"].tolist() == ["score", "score"]


def test_missing_values_block_a_verdict_and_are_never_zero(tmp_path: Path) -> None:
    rows = "".join(f"{i},a,{'' if i < 40 else 1}\n{i},b,0\n" for i in range(100))
    found = decide_scores(lines(tmp_path, "row,arm,value\n" + rows), None)
    assert found.verdict == "blocked"
    assert found.coverage == {"a": 0.6, "b": 1.0}


@pytest.mark.parametrize(
    ("text", "metric", "message"),
    [
        ("row,value\n1,1\n", None, r"scores.csv: no column arm .found: row, value"),
        ("row,arm,value\n", None, "no rows"),
        ("row,arm,value\n1,a,1\n2,a,good\n", None, r"scores.csv:3: value 'good' is not a number"),
        ("row,arm,value\n1,a,inf\n", None, r"scores.csv:2: value 'inf'"),
        ("row,arm,value\n1,,1\n", None, r"scores.csv:2: no arm"),
        ("row,arm,value,seed\n1,a,1,x\n", None, r"scores.csv:2: seed 'x'"),
        ("row,arm,value,metric\n1,a,1,em\n1,a,1,f1\n", None, r"several metrics .em, f1.; choose one with --metric"),
        ("row,arm,value,metric\n1,a,1,em\n", "f1", r"there is no metric 'f1' .available: em"),
        ("row,arm,value\n1,a,1\n1,a,1\n1,b,0\n", None, "two scores of 'score' for row '1', arm 'a'"),
        ("row,arm,group,value\n1,a,x,1\n1,b,y,1\n", None, "row '1' stands in two groups"),
        ('row,arm,value\n"1,a,1\n', None, "not a readable table"),
    ],
)
def test_mistakes_are_named_with_their_place(tmp_path: Path, text: str, metric: str | None, message: str) -> None:
    with pytest.raises(SetupError, match=message):
        decide_scores(lines(tmp_path, text), metric)


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no such file"):
        decide_scores(tmp_path / "none.csv", None)
    with pytest.raises(SetupError, match="not a readable table"):
        decide_scores(lines(tmp_path, "not parquet", "x.parquet"), None)
    (tmp_path / "bytes.csv").write_bytes(b"row,arm,value\n\xff\xfe,a,1\n")
    with pytest.raises(SetupError, match="CSV in UTF-8"):
        decide_scores(tmp_path / "bytes.csv", None)


def test_300_rows_and_4_arms_are_decided_at_once(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = "".join(f"{row},arm{arm},{rng.random():.3f}\n" for row in range(300) for arm in range(4))
    path = lines(tmp_path, "row,arm,value\n" + rows)
    decide_scores(path, None)
    start = time.process_time()
    found = decide_scores(path, None)
    assert time.process_time() - start < 2
    assert json.loads(json.dumps(found.to_json()))["verdict"] in ("winner", "tie", "undecided")


def percentages(folder: Path, factor: float = 100) -> Path:
    frame = Situation("", ROWS, {}).frame()[["row", "arm", "value"]]
    frame["value"] = frame["value"] * 0.8 * factor
    path = folder / f"scores{factor:g}.csv"
    frame.to_csv(path, index=False)
    return path


def test_another_scale_is_asked_about_and_then_decides_as_0_to_1_does(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"scores100.csv:2: value 80 lies outside 0 to 1. Are these percentages\? Then add --scale 100"):
        decide_scores(percentages(tmp_path), None)
    found = decide_scores(percentages(tmp_path), None, scale="100")
    assert found.to_json() == decide_scores(percentages(tmp_path, 1), None).to_json()
    assert found.verdict == "winner"
    assert "16 points more" in found.sentence


@pytest.mark.parametrize(("scale", "message"), [("50", "outside 0 to 50. Add --scale with"), ("x", "--scale x"), ("0", "--scale 0")])
def test_a_scale_that_cannot_be(tmp_path: Path, scale: str, message: str) -> None:
    with pytest.raises(SetupError, match=message):
        decide_scores(percentages(tmp_path), None, scale=scale)


def test_values_in_units_of_their_own_are_decided_by_a_margin_in_these_units(tmp_path: Path) -> None:
    found = decide_scores(percentages(tmp_path), None, margin=3, scale="own")
    assert (found.verdict, found.comparisons[0].difference) == ("winner", pytest.approx(16.0))


def test_what_other_tools_write_for_no_value_is_missing(tmp_path: Path) -> None:
    path = lines(tmp_path, "row,arm,value\n1,a,NaN\n2,a,NA\n3,a,null\n4,a,n/a\n5,a,1\n")
    assert np.isnan(read_scores(path, None)["value"]).tolist() == [True] * 4 + [False]


def test_an_arm_left_out_for_its_missing_values_is_named(tmp_path: Path) -> None:
    rows = "".join(f"{i},a,{'' if i < 20 else 0}\n{i},b,1\n" for i in range(100))
    found = decide_scores(lines(tmp_path, "row,arm,value\n" + rows), None)
    assert "only arm that can be chosen" in found.sentence
    assert "a has a score on 80 % of its rows, below the floor of 90 %" in found.sentence
