from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.grading.abstention import declines
from eval.metrics.hallucination import OUTCOMES, abstention, is_right, outcome


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
    "As a language AI, I don't have the capability to look that up.", "As an AI language model, I cannot provide that information.",
    "I'm just an AI and don't have personal opinions.", "I am a virtual assistant, so I cannot see your screen.",
    "I do not have access to the handbook.", "I don't have any knowledge of that.", "I have no record of this order.",
    "I lack the context to answer this.", "I'm not familiar with the van.", "I am not trained on these documents.",
    "I have not been given any document about this.", "I'm sorry, but I can't help with that.",
    "I cannot provide an answer to this question.",
    "I'm afraid I couldn't find anything about it.", "I didn't find any information on this in the passages.", "I wouldn't know.",
    "I would need more context to answer that.", "That is beyond my knowledge.", "I must decline to answer.",
    "There is no way to tell.", "It is unclear from the passages.", "It's not clear who wrote it.", "Unable to determine.", "Cannot say.",
    "Hard to say.", "Nobody knows.", "I'm not sure, but I'll do my best to help.",
    "Als KI-Sprachmodell habe ich keinen Zugriff auf diese Daten.", "Ich kann Ihnen dabei nicht helfen.",
    "En tant qu'IA, je ne peux pas répondre.", "Como modelo de lenguaje, no tengo esa información.",
    "Come modello linguistico non posso saperlo.", "Como IA, não tenho acesso.",
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
    "Visitors do not have access to the server room.", "We cannot provide parking on Sundays.", "You can't help yourself to the stores.",
    "The assistant cannot open the safe.", "As an assistant you cannot sign orders.", "An AI wrote it, so it is not signed.",
    "The fee is beyond the budget of a team.", "It is not clear water that the pump takes.", "The ability to swim", "Access is by key",
    "They need more information to open an account.", "Unable workers are paid in full.", "Hard to say no to",
    "It is unclear whether the drug helps.", "It is not known if the ships met.",
    "Nobody knows the vault but Anna.",
    "The staff have no means of leaving early.", "I'm not sure, but I can tell you it is 15 days.",
    "I don't know, but I will guess Paris then.",
    "Als Sprachmodell dient der Kasten.", "Je peux répondre lundi.", "Puede ayudar el lunes",
    "Nicht am Sonntag", "Ja, aber nicht im August", "Le lundi", "No, el lunes", "Niente", "Nee", "Nie w niedzielę", "Нет", "不是", "いいえ",
]  # fmt: skip


@pytest.mark.parametrize("text", ABSTAINING)
def test_recognises_abstaining(text: str) -> None:
    assert declines(text)


@pytest.mark.parametrize("text", CLAIMING)
def test_a_claim_is_not_an_abstention(text: str) -> None:
    assert not declines(text)


def test_a_long_way_into_the_answer_it_is_no_abstention() -> None:
    claim = " ".join(itertools.repeat("word", 20))
    assert not declines(f"{claim} and the rest is not stated")
