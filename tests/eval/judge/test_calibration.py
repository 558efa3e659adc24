"""Agreement of a judge with people: textbook values, laws, the gate, and corrected means whose intervals cover the truth."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.errors import SetupError
from eval.judge.offline import AnswerRow
from eval.judge.people.agreement import auroc, cohen_kappa
from eval.judge.people.calibration import Labelled, agreement
from eval.judge.people.cards import Card, bare, draw, harmless, read_labels, to_csv
from eval.judge.people.correction import corrected_mean, shared_base
from eval.judge.people.labels import between, consensus, truth

LABEL = st.sampled_from(["correct", "abstained", "fabricated"])


def some(n: int, flip: float, seed: int = 0) -> list[Labelled]:
    """Answers whose score says what people say, but for a share of `flip`."""
    chance = np.random.default_rng(seed)
    human = chance.random(n) < 0.5
    score = np.where(chance.random(n) < flip, ~human, human)
    words = chance.integers(1, 40, n)
    return [Labelled(str(i), "rag" if i % 2 else "base", bool(human[i]), float(score[i]), int(words[i])) for i in range(n)]


def test_kappa_is_cohens() -> None:
    # 50 grant applications, the example under "Cohen's kappa": 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no give 0.4.
    one = ["yes"] * 25 + ["no"] * 25
    other = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert cohen_kappa(one, other) == pytest.approx(0.4)
    assert cohen_kappa(["a"] * 5, ["a"] * 5) is None


@given(st.lists(st.tuples(LABEL, LABEL), min_size=2, max_size=40))
def test_kappa_is_symmetric_at_most_one_and_one_when_alike(pairs: list[tuple[str, str]]) -> None:
    one, other = [a for a, _ in pairs], [b for _, b in pairs]
    found = cohen_kappa(one, other)
    assert found == cohen_kappa(other, one)
    assert found is None or -1 <= found <= 1
    assert cohen_kappa(one, one) in (None, pytest.approx(1.0))


def test_auroc_counts_pairs_and_ties_half() -> None:
    assert auroc([0.1, 0.4, 0.35, 0.8], [False, False, True, True]) == 0.75
    assert auroc([0.5, 0.5], [False, True]) == 0.5
    assert auroc([0.5, 0.7], [True, True]) is None


@given(st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=2, max_size=30))
def test_auroc_turns_round_with_the_scores(pairs: list[tuple[int, bool]]) -> None:
    scores, human = [float(a) for a, _ in pairs], [b for _, b in pairs]
    found = auroc(scores, human)
    if found is not None:
        assert auroc([-score for score in scores], human) == pytest.approx(1 - found)


def test_a_good_judge_may_decide_and_a_bad_one_may_not() -> None:
    good, bad = agreement("judge_correct", some(60, 0.05)), agreement("judge_correct", some(60, 0.4))
    assert good.decides
    assert not bad.decides
    assert "Below κ 0.6 it describes, but does not decide." in bad.sentence
    assert good.sentence.startswith("judge_correct agrees with people on 9")
    assert good.kappa.low is not None
    assert good.kappa.low < (good.kappa.value or 0) <= (good.kappa.high or 0)
    assert sum(sum(row.values()) for row in good.confusion.values()) == 60


def test_few_labels_do_not_let_it_decide_however_well_they_agree() -> None:
    found = agreement("judge_correct", some(12, 0.0))
    assert found.kappa.value == 1.0
    assert not found.decides
    assert "30 labels are needed" in found.sentence


def test_a_judge_that_always_says_the_same_has_no_kappa() -> None:
    found = agreement("m", [replace(one, score=1.0, human=True) for one in some(30, 0.1)])
    assert found.kappa.value is None
    assert not found.decides


def test_choosing_the_threshold_on_noise_gains_no_agreement() -> None:
    values = []
    for seed in range(40):
        chance = np.random.default_rng(seed)
        noise = [replace(one, score=float(chance.random())) for one in some(40, 0.0, seed)]
        values.append(agreement("m", noise).kappa.value or 0.0)
    assert np.mean(values) < 0.05


def test_the_threshold_is_found_where_the_scores_part() -> None:
    parted = [replace(one, score=0.7 if one.human else 0.4) for one in some(40, 0.0)]
    assert agreement("m", parted).threshold == 0.7


def test_leniency_by_arm_and_by_length_is_seen() -> None:
    lenient = [replace(one, score=1.0) if one.arm == "rag" else one for one in some(80, 0.0)]
    by_arm = {bias.part: bias.difference for bias in agreement("m", lenient).by_arm}
    assert by_arm["base"].value == 0.0
    assert (by_arm["rag"].low or 0) > 0.2
    long = [replace(one, score=1.0) if one.words > 20 else one for one in some(80, 0.0)]
    by_length = {bias.part: bias.difference for bias in agreement("m", long).by_length}
    assert (by_length["longer - shorter"].low or 0) > 0.1


def test_corrected_means_cover_the_truth_where_the_judges_own_do_not() -> None:
    chance, covered, naive = np.random.default_rng(1), 0, 0
    for _ in range(300):
        human = chance.random(400) < 0.4
        score = np.where(human, chance.random(400) < 0.95, chance.random(400) < 0.4).astype(float)  # a lenient judge
        drawn = chance.choice(400, 40, replace=False)
        known = [Labelled(str(i), "rag", bool(human[i]), float(score[i]), 5) for i in drawn]
        found = corrected_mean("rag", score.tolist(), known)
        assert found is not None
        covered += found.low <= 0.4 <= found.high
        naive += abs(found.judged - 0.4) < 1.96 * np.sqrt(score.var() / 400)
    assert covered >= 0.92 * 300
    assert naive < 0.1 * 300


def test_weights_undo_what_drawing_by_strata_did() -> None:
    # 90 answers scored 1 of which 60 are right, 10 scored 0 of which none is; drawn 30 and 10. The mean error of -0.3 is drawn in by
    # the one answer that is added to the 40.
    high = [Labelled(f"h{i}", "rag", i < 20, 1.0, 5, weight=3.0) for i in range(30)]
    low = [Labelled(f"l{i}", "rag", False, 0.0, 5, weight=1.0) for i in range(10)]
    found = corrected_mean("rag", [1.0] * 90 + [0.0] * 10, high + low)
    assert found is not None
    assert found.mean == pytest.approx(0.9 - 0.3 * 40 / 41)
    assert corrected_mean("rag", [1.0] * 90, high[:29]) is None


def test_corrected_means_cover_the_truth_where_few_labels_show_no_disagreement() -> None:
    # A judge that calls half of the few wrong answers right; with 30 labels every fifth draw shows no disagreement at all.
    chance, covered, silent = np.random.default_rng(2), [], []
    for _ in range(400):
        human = chance.random(400) < 0.9
        score = (human | (chance.random(400) < 0.5)).astype(float)
        known = [Labelled(str(i), "rag", bool(human[i]), float(score[i]), 5) for i in chance.choice(400, 30, replace=False)]
        found = corrected_mean("rag", score.tolist(), known)
        assert found is not None
        covered.append(found.low <= 0.9 <= found.high)
        silent.append(all(one.human == bool(one.score) for one in known))
    assert np.mean(covered) >= 0.93
    assert np.mean(np.array(covered)[silent]) >= 0.93


@pytest.mark.parametrize(("kappa", "most"), [(0.5, 0.06), (0.8, 1.0)])
def test_a_judge_of_a_kappa_of_a_half_seldom_passes(kappa: float, most: float) -> None:
    chance, passed = np.random.default_rng(3), 0
    both, neither = 0.25 + kappa / 4, 0.25 + kappa / 4  # half of the answers are right, and the judge says so of half
    for _ in range(200):
        kinds = chance.choice(4, 40, p=[both, 0.5 - both, 0.5 - both, neither])
        passed += agreement(
            "judge_x", [Labelled(str(i), "rag", kind in (0, 1), float(kind in (0, 2)), 5) for i, kind in enumerate(kinds)]
        ).decides
    assert passed <= most * 200
    assert kappa < 0.6 or passed > 100


@pytest.mark.parametrize(
    ("judge", "base", "warned"),
    [
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "smollm2-135m-instruct", True),
        ("HuggingFaceTB/SmolLM2-135M", "smollm2-135m-instruct", True),
        ("SmolLM2-360M-Instruct", "smollm2-135m-instruct", False),
        ("gpt-5", "smollm2-135m-instruct", False),
    ],
)
def test_a_judge_of_the_arms_own_kind_is_warned_of(judge: str, base: str, warned: bool) -> None:
    assert bool(shared_base(judge, base)) is warned


def answers(count: int) -> list[AnswerRow]:
    return [
        AnswerRow(f"r{i}", arm, 0, "g", f"Question {i}, \"quoted\"?\nTwo lines", "=HYPERLINK(1)", ("a", "b"), (), ("E.",), False, True)
        for i in range(count) for arm in ("base", "rag", "lora")
    ]  # fmt: skip


SCORES = {(row.row, row.arm, row.seed): (int(row.row[1:]) % 5) / 4 for row in answers(40)}


def test_cards_are_drawn_evenly_over_arms_and_scores() -> None:
    cards = draw(answers(40), SCORES, 45)
    assert len(cards) == len({card.id for card in cards}) == 45
    assert Counter(card.answer.arm for card in cards) == {"base": 15, "rag": 15, "lora": 15}
    thirds = Counter(int(3 * sorted({0, 1, 2, 3, 4}).index(int(card.answer.row[1:]) % 5) / 5) for card in cards)
    assert set(thirds.values()) == {15}
    assert draw(answers(40), SCORES, 45) == cards
    assert sum(card.weight for card in cards if card.answer.arm == "rag") == pytest.approx(40)


def test_more_cards_than_answers_are_not_drawn_and_unscored_ones_never() -> None:
    few = {key: (None if key[1] == "lora" else score) for key, score in SCORES.items()}
    cards = draw(answers(5), few, 50)
    assert len(cards) == 10
    assert "lora" not in {card.answer.arm for card in cards}


def test_a_file_of_labels_goes_out_blind_and_comes_back(tmp_path: Path) -> None:
    cards = draw(answers(40), SCORES, 9)
    text = to_csv(cards, {cards[0].id: "correct", cards[1].id: "2", cards[2].id: "Unsure"})
    assert not any(arm in text for arm in ("base", "rag", "lora"))
    assert "\n=HYPERLINK" not in text
    assert ",=HYPERLINK" not in text
    (tmp_path / "labels.csv").write_text(text, encoding="utf-8-sig")
    labels = read_labels(tmp_path / "labels.csv")
    assert labels == {cards[0].id: "correct", cards[1].id: "abstained", cards[2].id: "unsure"}
    known = consensus(cards, {"ann": labels}, SCORES, "judge_rubric")
    assert [(one.row, one.human) for one in known.labelled] == [(cards[0].answer.row, True), (cards[1].answer.row, False)]
    assert (known.disputed, known.silent) == (0, 1)


@given(st.text(max_size=20))
def test_a_harmless_cell_begins_no_formula_and_can_be_taken_back(text: str) -> None:
    cell = harmless(text)
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))
    assert bare(cell) == text.replace("\x00", "\ufffd")


def test_the_evidence_on_a_card_does_not_give_the_arm_away() -> None:
    row = replace(answers(1)[0], gold_contexts=(), contexts=("found by retrieval",), retrieves=True)
    assert "found by retrieval" not in to_csv([Card("c1", row, 1.0)])


def test_more_cards_are_added_to_those_that_are_there_and_another_answer_is_another_card() -> None:
    few = {card.id for card in draw(answers(40), SCORES, 20)}
    assert few < {card.id for card in draw(answers(40), SCORES, 60)}
    changed = [replace(one, answer="another") for one in answers(40)]
    assert not few & {card.id for card in draw(changed, SCORES, 60)}
    assert all(card.startswith("c") for card in few)


def test_a_spreadsheet_with_semicolons_is_read(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("card;question;label\nabc;Why, though?;1\n", encoding="utf-8")
    assert read_labels(tmp_path / "labels.csv") == {"abc": "correct"}


@pytest.mark.parametrize(
    ("label", "metric", "answerable", "expected"),
    [
        ("abstained", "judge_rubric", False, True), ("abstained", "judge_rubric", True, False),
        ("abstained", "judge_correct", False, False),
        ("fabricated", "judge_fabricated", True, True), ("wrong", "judge_fabricated", True, None), ("wrong", "judge_correct", True, False),
        ("wrong", "unsupported_figures", True, True),
        ("wrong", "token_f1", True, False), ("unsure", "token_f1", True, None), ("abstained", "abstained", True, True),
    ],
)  # fmt: skip
def test_what_a_label_means_for_a_metric(label: str, metric: str, answerable: bool, expected: bool | None) -> None:
    assert truth(label, metric, answerable) is expected


def test_raters_who_differ_are_counted_and_a_majority_decides() -> None:
    cards = draw(answers(40), SCORES, 4)
    ids = [card.id for card in cards]
    said = {
        "ann": {ids[0]: "correct", ids[1]: "correct", ids[2]: "wrong"},
        "bob": {ids[0]: "fabricated", ids[1]: "wrong", ids[2]: "abstained"},
        "eve": {ids[1]: "correct", ids[3]: "unsure"},
    }
    found = consensus(cards, said, SCORES, "judge_rubric")
    assert [(one.row, one.human) for one in found.labelled] == [(cards[1].answer.row, True), (cards[2].answer.row, False)]
    assert (found.disputed, found.silent) == (1, 1)
    pairs = {(pair.one, pair.other): (pair.n, pair.agree) for pair in between(cards, said)}
    assert pairs == {("ann", "bob"): (3, 1 / 3), ("ann", "eve"): (1, 1.0), ("bob", "eve"): (1, 0.0)}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("card,label\nabc,maybe\n", "labels.csv:2: 'maybe' is no label"),
        ("a,b\n1,2\n", "labels.csv:1: no column card, label"),
        ("", "no column"),
        ("card,label\nabc,1\nabc,0\n", "labels.csv:3: card abc has two labels"),
    ],
)
def test_a_file_that_holds_no_labels_is_refused_with_its_line(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "labels.csv").write_text(content, encoding="utf-8")
    with pytest.raises(SetupError, match=words):
        read_labels(tmp_path / "labels.csv")
    with pytest.raises(SetupError, match="no such file"):
        read_labels(tmp_path / "other.csv")
