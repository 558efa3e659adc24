"""Heading, badges and counts of the verdict's first screen, in situations whose answer a person can work out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from eval.verdict.rules import Traits
from tests.eval.verdict.situations import Situation, runs

ROWS: dict[str, str] = {"most": "160x1 40x0", "half": "20x0 100x1 80x0", "few": "4x1 196x0", "no": "200x0", "even": "20x0 104x1 76x0"}


def told(
    arms: Mapping[str, str], blocks: tuple[str, ...] = (), more: Mapping[str, Mapping[str, Sequence[float]]] | None = None, **rules: Any
) -> dict[str, Any]:
    rows = {arm: runs(ROWS[name]) for arm, name in arms.items()}
    found = Situation("made", rows, {}, {"metric": "right", **rules}, blocks=blocks, more=more or {}).decide().approach
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("arms", "heading", "states"),
    [
        ({"hybrid": "most", "rag": "half", "lora": "few", "base": "no"}, "Combine retrieval and fine-tuning", "yes, yes"),
        ({"rag": "most", "hybrid": "half", "lora": "few", "base": "no"}, "Use retrieval without fine-tuning", "yes, no"),
        ({"lora": "most", "rag": "half", "base": "no"}, "Use fine-tuning without retrieval", "no, yes"),
        ({"base": "most", "rag": "half", "lora": "few"}, "Neither retrieval nor fine-tuning pays", "no, no"),
        ({"hybrid": "even", "rag": "half", "lora": "few", "base": "no"}, "It takes retrieval; whether to fine-tune is open", "yes, open"),
        ({"hybrid": "even", "lora": "half", "rag": "few"}, "It takes fine-tuning; whether to retrieve is open", "open, yes"),
        ({"rag": "even", "lora": "half", "base": "no"}, "Whether it takes retrieval, fine-tuning, both or neither is open", "open, open"),
        ({"lora": "even", "base": "half", "rag": "few"}, "Retrieval does not pay; whether fine-tuning does is open", "no, open"),
        ({"rag": "even", "classic": "half", "base": "no"}, "It takes retrieval; fine-tuning was not tested", "yes, not tested"),
    ],
)  # fmt: skip
def test_what_leads_says_what_it_takes(arms: Mapping[str, str], heading: str, states: str) -> None:
    found = told(arms)
    assert (found["heading"], f"{found['retrieval']}, {found['fine_tuning']}") == (heading, states)


def test_nothing_is_taken_by_arms_that_are_not_shown_to_beat_declining_everything() -> None:
    found = told({"lora": "even", "lora_rag": "half", "rag": "few", "declines_all": "half"}, constants=("declines_all",))
    assert found["heading"] == "None of these is good enough"
    assert (found["retrieval"], found["fine_tuning"]) == ("open", "open")


def test_a_baseline_that_reads_passages_retrieves_and_one_that_learnt_labels_does_not() -> None:
    arms = {"classic": "most", "rag": "half", "lora": "few"}
    assert told(arms)["heading"] == "Use retrieval without fine-tuning"
    learnt = told(arms, traits={"classic": Traits()})
    assert learnt["heading"] == "Neither retrieval nor fine-tuning pays"
    assert learnt["candidates"]["classic"] == {"retrieves": False, "trained": False}
    assert learnt["candidates"]["rag"] == {"retrieves": True, "trained": False}


def test_a_blocked_verdict_takes_nothing() -> None:
    found = told({"rag": "most", "lora": "half"}, blocks=("test rows stand in training",))
    assert found["heading"].startswith("No verdict yet")
    assert found["retrieval"] == found["fine_tuning"] == "open"


def test_the_counts_name_the_best_three_and_the_most_of_the_others() -> None:
    arms = {"hybrid": "most", "classic": "even", "rag": "half", "lora": "few", "base": "no"}
    assert told(arms)["counts"] == "hybrid is right on 160 of 200 rows, classic on 104, rag on 100 and the other 2 on at most 4."
    assert told({"hybrid": "most", "rag": "half"})["counts"] == "hybrid is right on 160 of 200 rows and rag on 100."


def test_without_right_answers_the_counts_are_of_the_deciding_metric() -> None:
    found = told({"hybrid": "most", "rag": "half"}, metric="field_f1")
    assert found["counts"] == "hybrid reaches 80 points of field F1 and rag 50."


def test_of_arms_that_are_not_known_nothing_is_said() -> None:
    rows = {"ours": runs(ROWS["most"]), "theirs": runs(ROWS["half"])}
    assert Situation("made", rows, {}, {"metric": "right"}).decide().approach is None
