"""Not worse, worse, or not to be shown: what the gate says of pairs whose truth is written down."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eval.errors import SetupError
from eval.verdict.gate import Gate, Terms, gate

ROWS = 400


def scores(right: list[bool | None], arm: str = "a", metric: str = "right") -> pd.DataFrame:
    values = [np.nan if one is None else float(one) for one in right]
    return pd.DataFrame({
        "row": [f"r{i}" for i in range(len(right))], "group": "", "arm": arm, "seed": 0, "metric": metric, "value": values,
        "reason": ["no answer" if one is None else "" for one in right],
    })  # fmt: skip


OLD = [i % 5 < 3 for i in range(ROWS)]


def held(new: list[bool | None], margin: float = 0.03, slices: dict[str, list[str]] | None = None) -> Gate:
    return gate(scores(new), scores([*OLD], "b"), Terms("right", margin), slices or {})


def changed(lost: int, gained: int = 0) -> list[bool | None]:
    """Old, but for so many rows that were right and are not, and so many the other way."""
    right, wrong = ([i for i, one in enumerate(OLD) if one is kind] for kind in (True, False))
    flipped = {*right[:lost], *wrong[:gained]}
    return [one != (i in flipped) for i, one in enumerate(OLD)]


@pytest.mark.parametrize(("new", "margin", "outcome"), [
    (changed(0), 0.03, "not_worse"),  # the rule of three: .97 ** 400
    (changed(0), 0.005, "open"),  # .995 ** 400 = .13
    (changed(4, 6), 0.03, "not_worse"),
    (changed(20, 20), 0.03, "open"),
    (changed(12, 0), 0.05, "not_worse"),  # shown to be a little worse, and by less than matters
    (changed(60, 10), 0.03, "worse"),
    (changed(8, 0), 0.0, "worse"),  # without a margin a loss that is shown is one
    (changed(0, 40), 0.0, "not_worse"),
], ids=["same", "same-tiny-margin", "few", "many-both-ways", "within-the-margin", "worse", "no-margin", "better"])  # fmt: skip
def test_the_outcome(new: list[bool | None], margin: float, outcome: str) -> None:
    assert held(new, margin).outcome == outcome


def test_a_pass_must_hold_with_the_new_ones_missing_scores_at_their_worst() -> None:
    whole = held(changed(0))
    lost: list[bool | None] = [None if i < 40 else one for i, one in enumerate(OLD)]
    found = held(lost)
    assert (whole.outcome, whole.missing, found.outcome, found.missing) == ("not_worse", 0, "open", 40)
    assert found.p_not_worse < 0.05 < found.p_at_worst


def test_a_slice_that_is_lost_is_not_outweighed_by_the_rest() -> None:
    new = [False if i < 40 else one or (i % 5 == 3 and i < 200) for i, one in enumerate(OLD)]
    slices = {"language = de": [f"r{i}" for i in range(40)], "language = en": [f"r{i}" for i in range(40, ROWS)]}
    assert held([*new]).outcome == "not_worse"
    found = held([*new], slices=slices)
    assert found.outcome == "worse"
    assert [(one.name, one.worse) for one in found.slices] == [("language = de", True), ("language = en", False)]


@pytest.mark.slow
def test_the_rows_that_it_says_would_show_it_do() -> None:
    found = held(changed(20, 20))
    assert found.rows_if_equal is not None
    rows, rng, passed = found.rows_if_equal.rows, np.random.default_rng(0), 0
    for _ in range(60):
        old = rng.random(rows) < 0.6
        flip = np.where(old, rng.random(rows) < 0.05 / 0.6, rng.random(rows) < 0.05 / 0.4)
        passed += gate(scores([*(old ^ flip)]), scores([*old], "b"), Terms("right", 0.03), {}).outcome == "not_worse"
    assert 40 <= passed <= 57  # 80 %: with 60 tries 95 % lie in 42 to 54
    assert held(changed(60, 10)).rows_as_seen is None


def test_what_cannot_be_compared_is_told() -> None:
    with pytest.raises(SetupError, match="nothing to compare"):
        gate(scores([True]), scores([None], "b"), Terms("right", 0.03), {})
    with pytest.raises(SetupError, match="margin"):
        Terms("right", -0.1)
