from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics import answer

TEXTS = st.text(max_size=30)
MEASURES = (answer.exact_match, answer.token_f1, answer.containment)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Quick, brown fox!", "quick brown fox"),
        ("An apple a day", "apple day"),
        ("theatre", "theatre"),
        ("«Où?»", "où"),
        ("e\u0301te\u0301", "été"),
        ("東京タワー", "東 京 タ ワ ー"),
        ("A", "a"),
        ("$5.00", "500"),
        ("  ", ""),
        ("U.S.A.", "usa"),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert answer.normalise(text) == expected


@pytest.mark.parametrize(
    ("text", "references", "exact", "f1", "contained"),
    [
        ("Paris", ["paris"], 1, 1, 1),
        ("It is Paris.", ["Paris"], 0, 0.5, 1),
        ("In Rome", ["Paris"], 0, 0, 0),
        ("the 15 days", ["5 days"], 0, 0.5, 0),
        ("red and blue", ["blue", "red and blue"], 1, 1, 1),
        ("blue red", ["red blue"], 0, 1, 0),
        ("", ["Paris"], 0, 0, 0),
        ("The", ["A"], 0, 0, 0),
        ("red red", ["red"], 0, 2 / 3, 1),
        ("東京です", ["東京"], 0, 2 / 3, 1),
    ],
)
def test_measures_on_worked_examples(text: str, references: list[str], exact: float, f1: float, contained: float) -> None:
    assert answer.exact_match(text, references) == exact
    assert answer.token_f1(text, references) == pytest.approx(f1)
    assert answer.containment(text, references) == contained


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=3))
def test_measures_are_shares_and_agree_on_a_perfect_answer(text: str, references: list[str]) -> None:
    for measure in MEASURES:
        assert 0 <= measure(text, references) <= 1
        if answer.normalise(text):
            assert measure(text, [*references, text]) == 1
    assert answer.exact_match(text, references) <= answer.token_f1(text, references) or not answer.normalise(text)


@given(TEXTS, TEXTS)
def test_token_f1_does_not_care_which_is_the_reference(one: str, other: str) -> None:
    assert answer.token_f1(one, [other]) == pytest.approx(answer.token_f1(other, [one]))


def test_a_row_without_references_is_not_measured() -> None:
    for measure in (*MEASURES, answer.accuracy):
        with pytest.raises(ValueError, match="no references"):
            measure("x", [])


def test_labels_keep_their_punctuation() -> None:
    assert answer.accuracy(" Card_Lost ", ["card_lost"]) == 1
    assert answer.accuracy("card lost", ["card_lost"]) == 0
    assert answer.accuracy("the", ["a"]) == 0


def test_macro_f1_by_hand() -> None:
    # a: said 2, true 1, right 1 → 2/3; b: said 1, true 2, right 1 → 2/3; c: said 1, true 1, right 1 → 1
    assert answer.macro_f1(["a", "a", "b", "c"], ["a", "b", "b", "c"]) == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    with pytest.raises(ValueError, match="as many"):
        answer.macro_f1(["a"], [])
