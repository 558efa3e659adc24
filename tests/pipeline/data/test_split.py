"""The laws of a split, for any rows: nothing lost or doubled, no group on two sides, the same seed the same split, order irrelevant."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.data.split import split
from pipeline.errors import UserError
from pipeline.experiment.load import Split
from pipeline.records import Example

ROWS = st.lists(st.tuples(st.integers(0, 12), st.sampled_from("abc")), min_size=12, max_size=60)


def examples(drawn: list[tuple[int, str]], grouped: bool = True) -> list[Example]:
    return [
        Example(f"r{i}", f"text {i}", (label,), group=f"g{group}" if grouped else "", time=f"2026-01-{1 + i % 28:02d}")
        for i, (group, label) in enumerate(drawn)
    ]


def sides(rows: list[Example]) -> dict[str, str]:
    return {row.id: row.split for row in rows}


@settings(max_examples=80)
@given(ROWS, st.sampled_from(["random", "group", "stratified", "time"]), st.integers(0, 9), st.sampled_from([0.2, 5]))
def test_the_laws(drawn: list[tuple[int, str]], by: str, seed: int, test: float) -> None:
    rows = examples(drawn, grouped=by == "group")
    made = split(rows, Split(by=by, seed=seed, test=test, train=20), "classification")  # type: ignore[arg-type]
    assert sorted(row.id for row in made) == sorted(row.id for row in rows)
    assert all(row.split in ("train", "dev", "test", "unused") for row in made)
    shuffled = list(rows)
    random.Random(1).shuffle(shuffled)
    assert sides(split(shuffled, Split(by=by, seed=seed, test=test, train=20), "classification")) == sides(made)  # type: ignore[arg-type]
    used = {(row.unit, row.split) for row in made if row.split != "unused"}
    assert max(Counter(unit for unit, _ in used).values()) == 1
    assert sum(row.split == "train" for row in made) <= 20


def test_labels_keep_their_shares() -> None:
    rows = examples([(0, "a")] * 60 + [(0, "b")] * 30 + [(0, "c")] * 10, grouped=False)
    made = split(rows, Split(by="stratified", test=20), "classification")
    assert Counter(row.references[0] for row in made if row.split == "test") == {"a": 12, "b": 6, "c": 2}


def test_the_newest_rows_are_tested() -> None:
    rows = examples([(0, "a")] * 28, grouped=False)
    made = split(rows, Split(by="time", test=4), "question_answering")
    assert {row.time[-2:] for row in made if row.split == "test"} == {"25", "26", "27", "28"}


def test_another_seed_gives_another_split() -> None:
    rows = examples([(i, "a") for i in range(40)])
    assert sides(split(rows, Split(seed=1), "question_answering")) != sides(split(rows, Split(seed=2), "question_answering"))


def test_given_sides_are_kept_and_dev_is_taken_from_train() -> None:
    rows = [Example(f"{side}{i}", "x", ("a",), split=side) for side in ("train", "Test") for i in range(20)]
    made = split(rows, Split(dev=0.2), "question_answering")
    assert Counter(row.split for row in made) == {"train": 16, "dev": 4, "test": 20}
    assert all(row.id.startswith("Test") for row in made if row.split == "test")


def test_a_group_given_two_sides_is_refused() -> None:
    rows = [
        Example("a", "x", ("y",), group="g", split="train", origin="f:2"),
        Example("b", "x", ("y",), group="g", split="test", origin="f:3"),
    ]
    with pytest.raises(UserError, match="stands on two sides") as told:
        split(rows, Split(), "question_answering")
    assert told.value.where == "f:3"


def test_an_unknown_side_is_refused() -> None:
    with pytest.raises(UserError, match="'holdout' is no side"):
        split([Example("a", "x", ("y",), split="holdout", origin="f:2")], Split(), "question_answering")


def test_a_cap_on_training_leaves_every_label_a_row() -> None:
    common = [Example(f"c{i}", "x", (f"label {i % 9}",), split="train") for i in range(900)]
    rare = [Example("r0", "x", ("rare",), split="train"), Example("r1", "x", ("rare",), split="train")]
    tested = [Example("t0", "x", ("rare",), split="test")]
    made = split([*common, *rare, *tested], Split(train=40, dev=10), "classification")
    kept = Counter(row.references[0] for row in made if row.split == "train")
    assert kept["rare"] == 1
    assert sum(kept.values()) == 40
    assert max(kept.values()) <= 5
