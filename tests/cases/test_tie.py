"""Checks on the bundled sample case `tie`: its messages and the split between them."""

from __future__ import annotations

import json
import re
from collections import Counter

from pipeline.data.ingest import load_examples
from pipeline.experiment.load import load
from pipeline.samples import experiment_of

CASE = experiment_of("tie").parent
ROWS: list[dict[str, str]] = [json.loads(line) for line in (CASE / "messages.jsonl").read_text(encoding="utf-8").splitlines()]
DESKS = ("bakery", "bicycles", "garden")


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", text.lower()))


def test_the_experiment_imports_every_row() -> None:
    experiment = load(experiment_of("tie"))
    loaded = load_examples(experiment.data, experiment.task)
    assert not loaded.quarantined
    assert [example.input for example in loaded.records] == [row["message"] for row in ROWS]
    assert experiment.retrieval.source == "examples"
    assert experiment.data.documents == []


def test_counts() -> None:
    counted = Counter((row["desk"], row["split"]) for row in ROWS)
    assert counted == {(desk, split): n for desk in DESKS for split, n in (("train", 54), ("dev", 9), ("test", 27))}


def test_rows_are_unique_and_short() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    assert len({row["message"].lower() for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert 3 <= len(row["message"].split()) <= 20, row
        assert row["message"] == row["message"].strip()


def test_no_held_out_message_is_nearly_one_of_training() -> None:
    train = [words(row["message"]) for row in ROWS if row["split"] == "train"]
    for row in ROWS:
        if row["split"] != "train":
            here = words(row["message"])
            assert all(len(here & there) / len(here | there) < 0.6 for there in train), row


def test_the_desk_is_hardly_ever_named() -> None:
    named = [row for row in ROWS if row["desk"] in words(row["message"])]
    assert len(named) <= len(ROWS) // 20
