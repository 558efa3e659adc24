"""An arm that has only learnt which answer is frequent is told as such."""

from __future__ import annotations

from eval import constant


def test_the_commonest_answer_and_what_it_would_reach() -> None:
    assert constant.commonest(["Yes", "no", "yes ", "no", "yes"]) == "yes"
    assert constant.commonest(["b", "a"]) == "a"
    assert constant.commonest([]) is None
    assert constant.share_right("yes", [["Yes"], ["no"], ["maybe", "yes"], []]) == 0.5


def test_who_is_not_ahead_of_it_is_named() -> None:
    told = constant.caveats("yes", 0.57, {"lora": 0.58, "hybrid": 0.72}, {"lora": "Fine-tuned"}, 0.03)
    assert len(told) == 1
    assert told[0].startswith("Right on so many of 100 rows: Fine-tuned (58); “yes”")
    assert "would be right on 57." in told[0]
    assert constant.caveats("yes", 0.57, {"lora": 0.61}, {}, 0.03) == []
