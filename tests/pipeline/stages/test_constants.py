"""Constant responses: what declining everything and the commonest answer score, and that a real run holds its arms against them."""

from __future__ import annotations

import json

import pytest

from pipeline.stages.evaluation import constants
from tests.tiny_run import TinyRun


@pytest.mark.parametrize(
    ("answers", "most"),
    [(["Yes", "no", "yes ", "no", "yes"], "Yes"), (["b", "a", "B", "A"], "a"), (["a", "b"], None), ([], None)],
)
def test_the_commonest_answer(answers: list[str], most: str | None) -> None:
    assert constants.commonest(answers) == most


def test_a_run_knows_what_declining_would_reach(tiny_run: TinyRun) -> None:
    frame = constants.read(tiny_run.run)
    assert frame is not None
    test = [json.loads(line) for line in (tiny_run.run.path / "data/test.jsonl").read_text().splitlines()]
    metric = tiny_run.run.read_json("summary.json")["metric"]
    declined = frame[(frame["arm"] == "declines_all") & (frame["metric"] == metric)].set_index("row")["value"]
    assert dict(declined) == {row["id"]: float(not row["references"]) for row in test}
    floor = tiny_run.run.read_json("decision.json")["floor"]
    assert floor["arm"] in constants.LABELS
    assert not set(constants.LABELS) & set(tiny_run.run.read_json("summary.json")["arms"])
