"""The grounding checker: features worked by hand, laws that hold whatever the coefficients are, and the shipped coefficients."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.judge.grounded import grounded
from eval.judge.offline import NOT_RETRIEVING, AnswerRow
from eval.metrics.grounding.checker import COEFFICIENTS, NO_PASSAGES, NOT_CHECKABLE, SAYS_NOTHING, Grounding
from eval.metrics.grounding.features import NAMES, Source, measure, texts
from eval.metrics.grounding.text import clauses, sentences, stem, words
from eval.report.content import metric_notes

PASSAGES = (
    "The Larkspur gauge is calibrated every 6 months. Dr. Mora signs the record, which is kept for 10 years.",
    "Staff get 25 days of leave. Unused leave cannot be carried over.",
)
ASKED: list[int] = []


def letters(asked: Sequence[str]) -> NDArray[np.float32]:
    """A small embedding: counts of letters, unit norm."""
    ASKED.append(len(asked))
    counts = np.array([[1e-6, *(text.lower().count(chr(97 + i)) for i in range(26))] for text in asked], dtype=np.float32)
    return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def features(sentence: str, *passages: str) -> dict[str, float]:
    source = Source.of(passages)
    needed = texts(sentence, source)
    found = measure(sentence, source, dict(zip(needed, letters(needed), strict=True)))
    return dict(zip(NAMES, found.tolist(), strict=True))


def lowest(answer: str, *passages: str) -> float:
    value = Grounding.load().answers([(answer, passages)], letters)[0].lowest
    assert value is not None
    return value


def test_sentences_end_where_people_end_them() -> None:
    assert sentences("Dr. Mora signs it. Why? J. R. Hart paid 2.5 million.\nNext line") == [
        "Dr. Mora signs it.", "Why?", "J. R. Hart paid 2.5 million.", "Next line",
    ]  # fmt: skip
    assert sentences(" . \n ") == []


def test_clauses_do_not_cut_numbers() -> None:
    assert clauses("Hart paid 1,200 pounds, and Mora signed records") == ["Hart paid 1,200 pounds", "and Mora signed records"]


def test_words_of_a_sentence() -> None:
    said = words("In May the Mora company didn't sell 1,200 or three gauges in the 1990s.")
    assert said.numbers == {"1200", "3", "1990"}
    assert said.names == {stem("may"), stem("mora")} - {"may"}
    assert said.negated
    assert not words("Mora sells gauges.").negated
    assert "the" not in said.stems
    assert stem("gauges") in said.stems
    assert (stem("founded"), stem("prizes")) == (stem("found"), stem("prize"))


def test_features_worked_by_hand() -> None:
    found = features("Mora keeps the Larkspur record 12 years.", *PASSAGES)
    # Content: mora keep larkspur record 12 year. Mora, record and years stand in one sentence, Larkspur in another; keep and 12 in none.
    assert found["words_best"] == pytest.approx(3 / 6)
    assert found["words_all"] == pytest.approx(4 / 6)
    assert found["words_missing"] == pytest.approx(-np.log(3))
    assert found["names_all"] == 1.0
    assert (found["numbers_all"], found["numbers_contradict"]) == (0.0, -1.0)
    assert features("Mora signs records for 10 years.", *PASSAGES)["numbers_contradict"] == 0.0


def test_a_negation_on_one_side_only_counts_against() -> None:
    assert features("Unused leave can be carried over.", *PASSAGES)["negation_agrees"] == -1.0
    assert features("Unused leave cannot be carried over.", *PASSAGES)["negation_agrees"] == 0.0


@pytest.mark.parametrize("sentence", [s for passage in PASSAGES for s in sentences(passage)])
def test_a_copied_sentence_is_supported_and_has_every_feature_at_its_best(sentence: str) -> None:
    found = features(sentence, *PASSAGES)
    zeros = {"words_missing", "numbers_contradict", "negation_agrees"}
    for name, value in found.items():
        assert value == pytest.approx(0.0 if name in zeros else 1.0, abs=1e-6) or name == "cosine_clause", name
    (support,) = Grounding.load().support(sentence, PASSAGES, letters)
    assert support.passage_sentence == sentence
    assert support.probability >= Grounding.load().threshold


@pytest.mark.parametrize(
    ("copied", "changed"),
    [
        ("Staff get 25 days of leave.", "Staff get 28 days of leave."),
        ("The Larkspur gauge is calibrated every 6 months.", "The Larkspur gauge is calibrated every 9 months."),
        ("Staff get 25 days of leave.", "Managers get 25 days of leave."),
    ],
)
def test_a_copied_sentence_scores_higher_than_a_changed_one(copied: str, changed: str) -> None:
    assert lowest(copied, *PASSAGES) > lowest(changed, *PASSAGES) + 0.05


def test_the_order_of_passages_is_irrelevant() -> None:
    passages = (*PASSAGES, "Staff get 30 days of leave in Ghent.")
    answer = "Staff get 25 days of leave in Ghent. Mora signs the record."
    first, *others = [Grounding.load().answers([(answer, order)], letters)[0] for order in permutations(passages)]
    assert all(other == first for other in others)


def test_a_better_passage_never_lowers_the_share_and_many_answers_are_embedded_at_once() -> None:
    ASKED.clear()
    pairs = [("Staff get 25 days of leave. Zebras sail to Jupiter in 1831.", PASSAGES), ("Zebras sail to Jupiter in 1831.", PASSAGES)]
    both, none = Grounding.load().answers(pairs, letters)
    assert (both.share, none.share) == (0.5, 0.0)
    assert both.lowest == pytest.approx(none.lowest)
    assert len(ASKED) == 1


@pytest.mark.parametrize(
    ("answer", "passages", "reason"),
    [
        ("", PASSAGES, SAYS_NOTHING),
        ("I do not know.", PASSAGES, SAYS_NOTHING),
        ("Yes.", PASSAGES, NOT_CHECKABLE),
        ("Staff get 25 days.", (), NO_PASSAGES),
        ("Staff get 25 days.", (" ",), NO_PASSAGES),
    ],
)
def test_no_value_without_a_reason(answer: str, passages: tuple[str, ...], reason: str) -> None:
    (found,) = Grounding.load().answers([(answer, passages)], letters)
    assert (found.sentences, found.share, found.lowest, found.reason) == ((), None, None, reason)
    assert Grounding.load().support(answer, passages, letters) == []


def test_the_coefficients_are_readable_and_say_what_they_are_worth() -> None:
    model = Grounding.load()
    assert len(model.features) == len(model.means) == len(model.scales) == len(model.weights)
    assert (model.weights >= 0).all(), "every feature is made so that more of it means better supported"
    for data in ("wice", "begin"):
        assert model.about["rows"][data]["held_out"] == model.about["held_out"][data]["n"] > 100
        auroc = model.about["held_out"][data]["auroc"]
        assert 0.5 < auroc["low"] < auroc["value"] < auroc["high"] < 1


@pytest.mark.parametrize(("key", "value", "message"), [("name", "vibes", "vibes"), ("scale", 0, "scales")])
def test_coefficients_that_do_not_fit_are_refused(key: str, value: object, message: str, tmp_path: Path) -> None:
    held = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    held["features"][0][key] = value
    (tmp_path / "c.json").write_text(json.dumps(held), encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        Grounding.load(tmp_path / "c.json")


ROW = AnswerRow("r", "rag", 0, "g", "Leave?", "Staff get 25 days of leave.", ("25 days",), PASSAGES, (), False, True)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (replace(ROW, retrieves=False), NOT_RETRIEVING),
        (replace(ROW, failure="the endpoint refused"), "the endpoint refused"),
        (replace(ROW, abstained=True), SAYS_NOTHING),
        (replace(ROW, contexts=()), NO_PASSAGES),
    ],
)
def test_the_metric_has_a_value_or_a_reason(row: AnswerRow, reason: str) -> None:
    first, second = grounded([row, ROW], letters)
    assert (first.value, first.reason) == (None, reason)
    assert second.value is not None
    assert second.value > 0.9
    assert second.reason == ""


@pytest.mark.alone
def test_eight_hundred_answers_take_a_few_seconds_and_one_call() -> None:
    rows = [replace(ROW, row=str(i), answer=f"{ROW.answer} {i} gauges are kept for {i % 9} years.") for i in range(800)]
    rows = [replace(row, contexts=(*PASSAGES, f"Room {i % 100} is open. {' '.join(PASSAGES)}")) for i, row in enumerate(rows)]
    ASKED.clear()
    began = time.perf_counter()
    assert all(0 < (value.value or 0) < 1 for value in grounded(rows, letters))
    assert time.perf_counter() - began < 10
    assert len(ASKED) == 1


def test_the_report_tells_what_the_metric_is_worth_where_it_shows_it() -> None:
    assert metric_notes(["token_f1"]) == []
    (note,) = metric_notes(["token_f1", "grounded"])
    value = Grounding.load().about["held_out"]["wice"]["auroc"]["value"]
    assert f"WiCE {value:.2f} (" in note
    assert "word overlap" in note
