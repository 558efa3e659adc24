"""Checks on the bundled sample case `invoices`: that every record can be read off its text, and how the file was made."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.data.ingest import load_examples
from pipeline.experiment.load import load
from pipeline.samples import experiment_of
from pipeline.samples.invoices import make

CASE = Path(make.__file__).parent
ROWS: list[dict[str, str]] = [json.loads(line) for line in (CASE / "invoices.jsonl").read_text(encoding="utf-8").splitlines()]
SIGNS = {"GBP": "£|GBP", "EUR": "€|EUR", "USD": r"\$|USD", "CHF": r"Fr\.|CHF", "SEK": r"\bkr\b|SEK"}
DUE = re.compile(r"pay by|(?<!amount )\bdue:? |bis |later than|échéance", re.IGNORECASE)


def record_of(row: dict[str, str]) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(row["record"])
    return record


def of_split(split: str) -> list[dict[str, str]]:
    return [row for row in ROWS if row["split"] == split]


def ways_to_write(day: date, month_first: bool) -> set[str]:
    name = make.MONTHS[day.month - 1]
    strokes = f"{day.month}/{day.day}/{day.year}" if month_first else f"{day.day}/{day.month}/{day.year}"
    return {
        strokes,
        f"{day.day:02d}.{day.month:02d}.{day.year}",
        f"{day.day} {name} {day.year}",
        f"{name[:3]} {day.day}, {day.year}",
        str(day),
    }


def test_the_script_reproduces_the_file() -> None:
    assert make.text() == (CASE / "invoices.jsonl").read_text(encoding="utf-8")


def test_the_experiment_imports_every_row() -> None:
    experiment = load(experiment_of("invoices"))
    loaded = load_examples(experiment.data, experiment.task)
    assert not loaded.quarantined
    assert [example.references for example in loaded.records] == [(row["record"],) for row in ROWS]


def test_counts_and_uniqueness() -> None:
    assert Counter(row["split"] for row in ROWS) == make.COUNTS
    assert len({row["id"] for row in ROWS}) == len({row["text"] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_the_record_can_be_read_off_the_text(row: dict[str, str]) -> None:
    record, text = record_of(row), row["text"]
    assert record["supplier"].lower() in text.lower()
    assert record["invoice_number"] is None or record["invoice_number"] in text
    assert re.search(SIGNS[record["currency"]], text)
    figures = {re.sub(r"\D", "", amount) for amount in re.findall(r"\d[\d .,']*[.,]\d\d(?!\d)", text)}
    assert f"{record['total']:.2f}".replace(".", "") in figures
    for name in ("date", "due_date"):
        if record[name] is not None:
            assert any(way in text for way in ways_to_write(date.fromisoformat(record[name]), record["currency"] == "USD")), name


def test_records_obey_the_schema() -> None:
    schema = load(experiment_of("invoices")).task.schema_
    assert schema is not None
    python = {"string": str, "number": float, "null": type(None)}
    for row in ROWS:
        record = record_of(row)
        assert list(record) == list(schema["properties"]) == schema["required"]
        for name, form in schema["properties"].items():
            kinds = form["type"] if isinstance(form["type"], list) else [form["type"]]
            assert isinstance(record[name], tuple(python[kind] for kind in kinds)), (row, name)
            assert record[name] in form.get("enum", [record[name]])
        assert row["record"] == json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def test_a_due_date_is_null_only_where_none_is_named() -> None:
    for row in ROWS:
        if record_of(row)["due_date"] is None:
            assert not re.search(DUE, row["text"]), row


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_both_nulls_and_values_occur(split: str) -> None:
    rows = [record_of(row) for row in of_split(split)]
    for name in ("invoice_number", "due_date"):
        share = sum(record[name] is None for record in rows) / len(rows)
        assert 0.05 < share < 0.6, (name, share)
    assert {record["currency"] for record in rows} == set(SIGNS)


def test_suppliers_of_the_test_are_not_in_training() -> None:
    trained = {record_of(row)["supplier"] for row in of_split("train")}
    assert not trained & {record_of(row)["supplier"] for row in (*of_split("test"), *of_split("dev"))}


def test_lengths() -> None:
    assert max(len(row["text"]) for row in ROWS) <= 300
    assert max(len(row["record"]) for row in ROWS) <= 175


def test_pages_of_the_style_guide_are_short() -> None:
    pages = sorted((CASE / "documents").glob("*.md"))
    assert len(pages) == 6
    for page in pages:
        assert re.match(r"# \S", page.read_text(encoding="utf-8"))
        assert 30 <= len(page.read_text(encoding="utf-8").split()) <= 90
