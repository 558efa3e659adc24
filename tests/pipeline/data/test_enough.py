"""Under 20 test or 10 training rows nothing starts, and the message says how many to add; with those added it does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.experiment.load import parse
from pipeline.planning.preview import preview
from tests.pipeline.data.shown import jsonl


def look(folder: Path, rows: list[dict[str, str]], **split: float) -> dict[str, int]:
    path = jsonl(folder / "q.jsonl", rows)
    raw = {"name": "x", "task": {"kind": "question_answering"}, "data": {"examples": str(path), "split": split}, "arms": ["base", "rag"]}
    return preview(parse(raw, folder)).rows


def rows(count: int, split: str = "") -> list[dict[str, str]]:
    return [
        {"id": f"{split}{i}", "question": f"Who leads team {split} {i}?", "answer": f"Person {i}", **({"split": split} if split else {})}
        for i in range(count)
    ]


@pytest.mark.parametrize(("count", "split"), [(10, {}), (25, {}), (39, {}), (60, {"test": 0.2}), (22, {"dev": 0.5})])
def test_so_many_more_rows_are_enough_and_one_less_is_not(count: int, split: dict[str, float], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="too few rows") as told:
        look(tmp_path, rows(count), **split)
    more = int(re.findall(r"Add at least (\d+) rows", str(told.value))[0])
    found = look(tmp_path, rows(count + more), **split)
    assert found["test"] >= 20
    assert found["train"] >= 10
    with pytest.raises(UserError, match="Add at least 1 rows"):
        look(tmp_path, rows(count + more - 1), **split)


def test_of_given_sides_each_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Add at least 13 test rows and 4 training rows"):
        look(tmp_path, [*rows(7, "test"), *rows(6, "train"), *rows(3, "dev")])
    assert look(tmp_path, [*rows(20, "test"), *rows(10, "train"), *rows(3, "dev")])["test"] == 20


def test_a_setting_that_asks_for_too_few_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"raise data\.split\.test"):
        look(tmp_path, rows(200), test=5)
    assert look(tmp_path, rows(200), test=5, least_test=5)["test"] == 5
