from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.hallucination import OUTCOMES, abstention, is_abstention, is_right, outcome


@pytest.mark.parametrize(
    ("correct", "abstained", "answerable", "expected", "right"),
    [
        (True, False, True, "correct", True),
        (True, True, True, "correct", True),
        (False, True, True, "abstained", False),
        (False, False, True, "fabricated", False),
        (True, False, False, "fabricated", False),
        (False, False, False, "fabricated", False),
        (True, True, False, "abstained", True),
        (False, True, False, "abstained", True),
    ],
)
def test_every_case_is_exactly_one_outcome(correct: bool, abstained: bool, answerable: bool, expected: str, right: bool) -> None:
    found = outcome("Friday", correct=correct, abstained=abstained, answerable=answerable)
    assert found == expected
    assert is_right(found, answerable) is right


def test_an_empty_answer_claims_nothing() -> None:
    assert outcome(" ", correct=False, abstained=False, answerable=True) == "abstained"


@given(st.lists(st.tuples(st.sampled_from(OUTCOMES), st.booleans()), min_size=1))
def test_rates_add_up(rows: list[tuple[str, bool]]) -> None:
    outcomes, answerable = zip(*rows, strict=True)
    rates = abstention(outcomes, answerable)
    attempted = len(rows) - outcomes.count("abstained")
    assert rates.fabricated * len(rows) == pytest.approx(outcomes.count("fabricated"))
    assert (rates.fabricated_of_attempted is None) == (attempted == 0)
    assert (rates.precision is None) == (attempted == len(rows))
    assert (rates.recall is None) == all(answerable)


def test_rates_by_hand() -> None:
    rates = abstention(["correct", "abstained", "abstained", "fabricated", "fabricated"], [True, True, False, False, True])
    assert rates.fabricated == 0.4
    assert rates.fabricated_of_attempted == pytest.approx(2 / 3)
    assert (rates.precision, rates.recall) == (0.5, 0.5)
    with pytest.raises(ValueError, match="no outcomes"):
        abstention([], [])


ABSTAINING = [
    "I don't know.", "I do not know", "I’m not sure.", "The text does not say.", "The handbook doesn't mention this.", "Not stated.",
    "unanswerable", "Unknown", "No answer", "There is no information about the van's colour in the context.", "",
    "I cannot answer this question from the passages given.", "It is not mentioned in the handbook.", "This isn't specified.",
    "The answer cannot be determined from the text.", "I do not have enough information.", "The context does not provide an answer.",
    "N/A", "The information is not available in the documents.", "Sorry, I don't know who wrote it.", " \n", "...",
    "The colour was never mentioned.", "The price has not been stated.",
    "Das weiß ich nicht.", "Das geht aus dem Text nicht hervor.", "Dazu gibt es keine Angaben.", "Je ne sais pas.",
    "Ce n'est pas précisé dans le texte.", "No lo sé.", "No se menciona en el texto.", "Non lo so.", "Não sei.", "Dat weet ik niet.",
    "Nie wiem.", "Jag vet inte.", "Det ved jeg ikke.", "Bilmiyorum.", "Я не знаю.", "В тексте не указано.", "لا أعرف", "मुझे नहीं पता",
    "我不知道。", "文中没有提到。", "わかりません。", "記載がありません。", "모르겠습니다.",
]  # fmt: skip
CLAIMING = [
    "Paris", "No", "None", "Nobody", "It is not allowed.", "No, dogs are not included.", "The guarantee does not cover water damage.",
    "The van does not include a tow bar.", "I don't know the exact day, but it was in March 1997.", "The unknown soldier",
    "Not sure of the figure. However it is 15 days.", "Unknown Pleasures", "He knows.", "Notice is given in writing.",
    "Visitors do not have to sign in.", "They are not available on Sundays.", "Exit cannot be found on the left of the hall, it is right.",
    "The report was given to nobody.", "The staff are not given keys.", "No information desk exists at the site",
    "Nicht am Sonntag", "Ja, aber nicht im August", "Le lundi", "No, el lunes", "Niente", "Nee", "Nie w niedzielę", "Нет", "不是", "いいえ",
]  # fmt: skip


@pytest.mark.parametrize("text", ABSTAINING)
def test_recognises_abstaining(text: str) -> None:
    assert is_abstention(text)


@pytest.mark.parametrize("text", CLAIMING)
def test_a_claim_is_not_an_abstention(text: str) -> None:
    assert not is_abstention(text)


def test_a_long_way_into_the_answer_it_is_no_abstention() -> None:
    claim = " ".join(itertools.repeat("word", 20))
    assert not is_abstention(f"{claim} and the rest is not stated")
