"""The small files that lie beside the project where it is developed, and what is right for each; the other tests here have their like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.pipeline.data.shown import notes, shown, turns, why
from tests.tiny_run import ROOT

INPUTS = ROOT.parent / "shared" / "inputs"
ITEMS = [f"Where is item {i}?" for i in range(60)]
Json = dict[str, Any]


def answers(found: Json) -> list[list[str]]:
    return [row["references"] for row in found["rows"]]


def inputs(found: Json) -> list[str]:
    return [row["input"] for row in found["rows"]]


def shelves(found: Json) -> bool:
    return inputs(found) == ITEMS and answers(found) == [[f"shelf {i % 7}"] for i in range(60)] and found["quarantined"] == []


RIGHT: dict[str, Callable[[Json], bool]] = {
    "t01_prices.jsonl t01_docs": lambda f: answers(f)[:2] == [["1.00"], ["2.07"]] and [d["id"] for d in f["documents"]] == ["prices"],
    "t02_pandas_float.csv": lambda f: (
        answers(f)[:2] == [["2"], ["3"]] and len(f["rows"]) == 59 and why(f) == ["there is no reference answer"]
    ),
    "t03_nan.jsonl": lambda f: len(f["rows"]) == 54 and why(f) == ["there is no reference answer"] * 6,
    "t04_sep_line.csv": shelves,
    "t05_trailing_columns.csv": shelves,
    "t06_title_above.csv": lambda f: shelves(f) and "Export of 2026-03-01" in notes(f),
    "t07_cp1252.csv": lambda f: "“item 0” – the naïve one’s" in inputs(f)[0] and answers(f)[0] == ["0 €"] and "naïve, one’s" in notes(f),
    "t08_developer_role.jsonl": lambda f: shelves(f) and f["proposal"]["task"]["instructions"] == "Answer with the shelf only.",
    "t08_ends_with_user.jsonl": lambda f: shelves(f) and "(60 rows)" in notes(f),
    "t08_parts_user_only.jsonl": lambda f: shelves(f) and [role for role, _ in turns(f["rows"][0])] == ["user", "assistant", "user"],
    "t08_tool_calls.jsonl": lambda f: shelves(f) and turns(f["rows"][0])[-1] == ("tool", '{"shelf": 0}'),
    "t09_dpo_chat.jsonl": lambda f: shelves(f) and "preference data" in notes(f),
    "t10_mc_index.jsonl": lambda f: answers(f)[:4] == [["red"], ["green"], ["blue"], ["grey"]] and len(f["rows"]) == 60,
    "t11_classlabel.parquet": lambda f: answers(f)[:2] == [["Delivery"], ["Refund"]] and len(f["rows"]) == 80,
    "t11_classlabel_dataset": lambda f: answers(f)[:2] == [["Delivery"], ["Refund"]] and len(f["rows"]) == 80,
    "t12_hindi.jsonl t12_hindi_docs.jsonl": lambda f: answers(f)[0] == ["दिल्ली"] and len(f["documents"]) == len(f["rows"]) == 10,
    "t13_scripts.jsonl": lambda f: len(f["rows"]) == 60 and answers(f)[6] == ["한국어 대답"] and f["quarantined"] == [],
    "t01_prices.jsonl t15_docs": lambda f: (
        len(f["documents"]) == 5 and why(f) == ["this file is empty"] * 3 and "no ending (1)" in notes(f)
    ),
    "t19_answers.jsonl": lambda f: (
        answers(f)[:5] == [["shelf 1", "Shelf 1"], ["shelf 2"], ["shelf 3"], ["shelf 4", "shelf four"], ["shelf 5", "shelf five"]]
    ),
    "t01_prices.jsonl t24_archive.zip": lambda f: [d["text"] for d in f["documents"]] != [] and len(why(f)) == 3,
    "t26_extract.jsonl": lambda f: f["proposal"]["task"]["kind"] == "extraction" and len(f["rows"]) == 60,
}


@pytest.mark.skipif(not INPUTS.is_dir(), reason="the files beside the project are not there")
@pytest.mark.parametrize("names", RIGHT)
def test_it_comes_out_right(names: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = shown(*(INPUTS / name for name in names.split()))
    assert RIGHT[names](found), (found["rows"][:2], found["quarantined"], found["notes"])
