"""The rule of a cut on seconds that are given: what goes first, what is left, and that nothing is cut where everything fits."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.limit.rule import FEWEST, Size, Work, fitting, seconds

WHOLE = Size(rows=160, k=2, epochs=2.0)
RECEIPTS = [
    Work("index", 0.0, fixed=20.0),
    Work("predict base", 0.3, rows=100),
    Work("predict rag", 0.3, 2.0, rows=100, fixed=40.0),
    Work("train lora", 1.0, rows=4, share=1.0),
    Work("train hybrid", 1.0, 4.5, rows=4, share=1.0),
]
"""Receipts of 600 tokens, two of them in each prompt: 20 + 30 + (30 + 400 + 40) + 328 + 3,280 seconds."""


def fitted(minutes: float) -> Size:
    return fitting(partial(seconds, RECEIPTS), WHOLE, 60 * minutes)


def test_seconds_add_up() -> None:
    assert seconds(RECEIPTS, WHOLE) == pytest.approx(20 + 30 + 470 + 328 + 3280)
    assert seconds(RECEIPTS, Size(80, 1, 1.0)) == pytest.approx(20 + 30 + 270 + 84 + 84 * 5.5)


@pytest.mark.parametrize(
    ("minutes", "size"),
    [
        (69, WHOLE),
        (60, Size(136, 2, 2.0)),  # 520 + 22 (n + 4) ≤ 3,600
        (38, Size(146, 1, 2.0)),  # with half the rows and both passages 2,368 s; with one passage 320 + 13 (n + 4)
        (20, Size(131, 1, 1.0)),  # with half the rows, one passage and two epochs 1,412 s; with one epoch 320 + 6.5 (n + 4)
    ],
)
def test_training_rows_go_first_then_passages_then_epochs(minutes: float, size: Size) -> None:
    assert fitted(minutes) == size
    assert seconds(RECEIPTS, size) <= 60 * minutes < seconds(RECEIPTS, Size(size.rows + 1, size.k, size.epochs))


def test_rows_below_half_are_the_last_thing_to_go() -> None:
    assert fitted(12) == Size(57, 1, 1.0)  # 320 + 6.5 (n + 4) ≤ 720
    assert fitted(5) == Size(FEWEST, 1, 1.0), "nothing more may be cut, and what is left is said to take longer"


def test_what_saves_nothing_is_not_cut() -> None:
    untrained = [Work("predict base", 1.0, rows=100), Work("predict rag", 1.0, 5.0, rows=100)]
    assert fitting(partial(seconds, untrained), WHOLE, 900) == Size(160, 1, 2.0)
    assert fitting(partial(seconds, untrained), WHOLE, 1) == Size(160, 1, 2.0)
    unread = [Work("train lora", 1.0, rows=4, share=1.0)]
    assert fitting(partial(seconds, unread), WHOLE, 100) == Size(96, 2, 1.0)


@given(
    rows=st.integers(1, 400), k=st.integers(1, 6), epochs=st.sampled_from([0.5, 1.0, 1.5, 2.0, 4.0]), limit=st.floats(1, 10_000),
    bare=st.floats(0, 3), passage=st.floats(0, 3), fixed=st.floats(0, 500),
)  # fmt: skip
def test_a_cut_fits_or_is_the_least_there_is(
    rows: int, k: int, epochs: float, limit: float, bare: float, passage: float, fixed: float
) -> None:
    works = [Work("rag", bare, passage, rows=50, fixed=fixed), Work("hybrid", bare, passage, rows=3, share=0.9)]
    takes, whole = partial(seconds, works), Size(rows, k, epochs)
    found = fitting(takes, whole, limit)
    least = takes(Size(min(rows, FEWEST), 1, min(epochs, 1.0)))
    assert takes(found) <= max(limit, least) * (1 + 1e-9)
    assert found.rows >= min(rows, FEWEST)
    assert (found.k, found.epochs) <= (k, epochs)
    if takes(whole) <= limit:
        assert found == whole
