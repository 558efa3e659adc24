"""Records without a language model: places that hold a field, learnt from training rows; never from the rows that are asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.run_folder.store import RunFolder
from pipeline.samples import experiment_of
from pipeline.stages.prediction.fields_found import learnt, record
from tests.tiny_run import Bakeoff

TOLD = """AB-12|Moss|3 May 2024|2024-05-03|£12.50|12.5|GBP
CX-77|Fern|9 June 2024|2024-06-09|€1,200.00|1200|EUR
KL-90|Hill|1 July 2023|2023-07-01|£7.00|7|GBP
QQ-31|Dale|4 March 2024|2024-03-04|€88.20|88.2|EUR
ZU-08|Lake|5 March 2024|2024-03-05|€9.10|9.1|EUR
RE-11|Dell|6 April 2024|2024-04-06|£61.00|61|GBP"""
TRAIN: list[tuple[str, dict[str, Any]]] = [
    (
        f"Order {order} from {name} Ltd, placed {placed}, comes to {price}.\nWeight {3 * number + 1} kg",
        {"order": order, "day": day, "sum": float(total), "money": money},
    )
    for number, line in enumerate(TOLD.splitlines())
    for order, name, placed, day, price, total, money in [line.split("|")]
]


def found(text: str, train: list[tuple[str, dict[str, Any]]] = TRAIN) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(record(learnt(train), text, train[0][1]))
    return made


def test_each_field_is_found_by_its_kind_and_the_words_around_it() -> None:
    said = found("Order WP-55 from Reed Ltd, placed 17 August 2022, comes to €640.75.\nWeight 5 kg")
    assert said == {"order": "WP-55", "day": "2022-08-17", "sum": 640.75, "money": "EUR"}


def test_a_value_that_stands_in_no_text_is_told_by_its_signs() -> None:
    assert found("Order WP-55 from Reed Ltd, placed 17 August 2022, comes to £640.75.\nWeight 5 kg")["money"] == "GBP"


def test_what_may_be_empty_is_left_empty_where_nothing_looks_like_it() -> None:
    train = [(text, {**row, "ref": None}) for text, row in TRAIN]
    train += [(f"{text}\nYour ref: {n}", {**row, "ref": n}) for n, (text, row) in enumerate(TRAIN, 501)]
    assert found("Order WP-55 from Reed Ltd, placed 17 August 2022, comes to €640.75.\nWeight 5 kg", train)["ref"] is None
    assert found("Order WP-55 from Reed Ltd, placed 17 August 2022, comes to €6.75.\nWeight 5 kg\nYour ref: 733", train)["ref"] == 733


def test_what_cannot_be_looked_for_is_the_nearest_rows() -> None:
    train = [(text, {"items": [{"name": str(n)}]}) for n, (text, _) in enumerate(TRAIN * 5)]
    assert json.loads(record(learnt(train), "Order", train[3][1])) == train[3][1]
    assert json.loads(record({}, "Order", {})) == {}


@pytest.mark.slow
def test_the_case_invoices_has_a_baseline_that_reads_invoices_it_has_not_seen(tmp_path: Path, bakeoff: Bakeoff) -> None:
    done = bakeoff("run", experiment_of("invoices"), "--out", tmp_path, "--set", "arms=[classic]")
    assert done.code in (0, 3), done.err
    run = RunFolder(next(tmp_path.glob("invoices-*")))
    arm = (run.read_json("summary.json") or {})["arms"]["classic"]
    assert arm["metrics"]["field_f1"]["mean"] > 0.6
    alone = run.read_json("predictions/classic/seed-0.alone.json") or {}
    assert len(alone["seconds"]) > 1
