"""What drafts are used for: tested on once accepted, trained on before, and told in every case."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipeline.data.audit import audit
from pipeline.data.split import VOUCHED, split
from pipeline.experiment.load import Experiment, Split
from pipeline.records import Example


def row(number: int, state: str = "", group: str = "", **more: str) -> Example:
    draft = {"state": state, "generator": "writer-7b"} if state else {}
    text = f"What does rule {number} of the house ask of a guest who comes in week {number * 7 % 50}?"
    return Example(f"r{number:03}", text, (f"answer {number}",), group=group or f"doc{number}", draft=draft, **more)


def rows(*counts: tuple[str, int]) -> list[Example]:
    made: list[Example] = []
    for state, count in counts:
        made += [row(len(made) + n, state) for n in range(count)]
    return made


def split_up(examples: Sequence[Example]) -> dict[str, list[Example]]:
    found = split(examples, Split(test=0.5, dev=0.1), "question_answering")
    return {side: [one for one in found if one.split == side] for side in ("train", "dev", "test", "unused")}


def states(examples: Sequence[Example]) -> set[str]:
    return {one.draft.get("state", "") for one in examples}


def test_from_forty_accepted_on_the_others_are_for_training_alone() -> None:
    found = split_up(rows(("accepted", VOUCHED), ("draft", 60)))
    assert states(found["test"]) == states(found["dev"]) == {"accepted"}
    assert sum(one.draft["state"] == "draft" for one in found["train"]) == 60
    few = split_up(rows(("accepted", VOUCHED - 1), ("draft", 60)))
    assert "draft" in states(few["test"])


def test_a_draft_over_a_document_that_is_tested_is_not_trained_on() -> None:
    accepted = [row(n, "accepted", group=f"doc{n % 20}") for n in range(60)]
    loose = [row(100 + n, "draft", group=f"doc{n % 20}") for n in range(20)]
    found = split_up([*accepted, *loose])
    held = {one.group for one in (*found["test"], *found["dev"])}
    assert {one.group for one in found["unused"]} == held
    assert not held & {one.group for one in found["train"]}
    assert len(found["unused"]) + sum(one.draft["state"] == "draft" for one in found["train"]) == 20


def findings(examples: Sequence[Example], **sections: object) -> dict[str, str]:
    sides = split_up(examples)
    experiment = Experiment.model_validate(
        {"name": "x", "task": {"kind": "question_answering"}, "data": {"examples": ["x.jsonl"]}, **sections}
    )
    found = audit(experiment, sides["train"], sides["dev"], sides["test"], [])
    return {one.code: one.severity for one in found.findings if "draft" in one.code or one.code == "few_accepted"}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([("", 60)], {}),
        ([("draft", 60)], {"drafts_in_test": "blocks", "drafts_in_training": "info"}),
        ([("accepted", 30)], {"few_accepted": "blocks"}),
        ([("", 20), ("edited", 20)], {}),
        ([("accepted", 50), ("draft", 30)], {"drafts_in_training": "info"}),
    ],
)
def test_a_test_of_drafts_decides_once_people_accepted_forty(counts: list[tuple[str, int]], expected: dict[str, str]) -> None:
    assert findings(rows(*counts)) == expected


@pytest.mark.parametrize(
    "sections",
    [
        {"model": {"name": "models/writer-7b-instruct"}},
        {"endpoints": [{"name": "e", "base_url": "http://localhost:1/v1", "model": "Writer-7B"}]},
        {"judge": {"base_url": "http://localhost:1/v1", "model": "writer-7b:latest"}},
    ],
)
def test_who_drafted_is_told_where_it_is_compared_or_judges(sections: dict[str, object]) -> None:
    assert findings(rows(("accepted", 50)), **sections) == {"drafted_by_what_is_compared": "warning"}
