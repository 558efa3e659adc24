"""A metric of the team's own may decide; whatever else it does than give a number in its range ends as a reason, and in time."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.experiment.metrics_section import OwnMetric
from pipeline.records import Example, Prediction, read_lines
from pipeline.run import execute, plan, prepare
from pipeline.run_folder import record
from pipeline.stages.evaluation.own_metrics import _Asking, value_of
from tests.pipeline.systems.experiments import rows, write_answers, write_experiment

SCORES = """
import time

def has_policy_number(answer, references, input, contexts):
    assert isinstance(references, list) and input
    if answer.endswith("only"):
        return None, "not asked of this one"
    return (1.0, "named") if "policy" in answer else 0.0

def words(answer, references, input, contexts):
    return len(answer.split())

def contexts_of(answer, references, input, contexts):
    return bool(contexts)

def bad(answer, references, input, contexts):
    what = answer
    if what == "raise":
        raise ZeroDivisionError("nothing there")
    if what == "hang":
        time.sleep(60)
    return {"three": 3.0, "nan": float("nan"), "text": "0.5", "list": [1], "none": None, "true": True, "negative": -0.1, "fine": 0.25}[what]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scores.py").write_text(SCORES)
    return tmp_path


@pytest.mark.slow
def test_it_decides_and_a_resumed_run_asks_for_the_rest_alone(folder: Path) -> None:
    write_answers(folder / "right.csv", 26)
    told = [f"{row['answers'][0]}, by policy" for row in rows()]
    told[0] += " only"
    with (folder / "numbers.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["id", "answer"], *([row["id"], one] for row, one in zip(rows(), told, strict=True))])
    systems = [{"name": "right", "answers": "right.csv"}, {"name": "numbers", "answers": "numbers.csv"}]
    metrics: list[Any] = ["scores:has_policy_number", {"function": "scores:words", "range": [0, 50]}]
    task = {"kind": "question_answering", "metrics": metrics}
    experiment = load(write_experiment(folder, systems, task=task, decision={"metric": "has_policy_number"}))
    run = prepare(experiment, folder / "runs")
    decision = execute(run)
    assert (decision["verdict"], decision["arm"], decision["metric"]) == ("winner", "numbers", "has_policy_number")
    summary = run.read_json("summary.json") or {}
    found = summary["arms"]["numbers"]["metrics"]
    assert (found["has_policy_number"]["mean"], found["has_policy_number"]["n"]) == (1.0, 29)
    assert found["has_policy_number"]["missing"] == {"has_policy_number: not asked of this one": 1}
    assert found["words"]["mean"] == pytest.approx(sum(len(one.split()) for one in told) / 30 / 50)
    lines = list(read_lines(run.path / "own_metrics.jsonl"))
    assert {line["arm"] for line in lines} == {"right", "numbers", "declines_all"}
    assert next(line["reason"] for line in lines if line["value"] == 1.0) == "named"

    path, stages = run.path / "own_metrics.jsonl", {stage.name: stage for stage in plan(experiment, {})}
    whole = path.read_bytes()
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:50]))
    record.write(run, "own metrics", record.Entry(record.entries(run)["own metrics"].key, record.entries(run)["own metrics"].code))
    execute(run)
    assert path.read_bytes() == whole
    changed = experiment.task.model_copy(update={"metrics": []})
    others = {stage.name: stage for stage in plan(experiment.model_copy(update={"task": changed}), {})}
    assert others["predict right seed-0"].inputs == stages["predict right seed-0"].inputs, "another metric asks no arm again"


ENDINGS = {
    "raise": (None, "bad: ZeroDivisionError: nothing there (scores.py:19)"), "hang": (None, "bad: no reply within 1 s"),
    "three": (None, "bad returned 3, outside of its range 0 to 1"), "nan": (None, "bad returned nan, outside of its range 0 to 1"),
    "text": (None, "bad returned the text '0.5', which is no number"), "list": (None, "bad returned a list, which is no number"),
    "negative": (None, "bad returned -0.1, outside of its range 0 to 1"), "none": (None, "bad: it gave no value (None)"),
    "true": (1.0, ""), "fine": (0.25, ""),
}  # fmt: skip


def test_each_ending_is_clear(folder: Path) -> None:
    with _Asking(OwnMetric(function="scores:bad", timeout_s=1.0), str(folder)) as asking:
        found = {name: asking.value(*said(name), []) for name in ENDINGS}
    assert {name: (one.value, one.reason) for name, one in found.items()} == ENDINGS


def said(answer: str) -> tuple[Prediction, Example]:
    return Prediction("r", "mine", 0, answer, answer), Example("r", "What?", ("x",))


def test_a_range_is_mapped_to_shares_also_where_less_is_better() -> None:
    words = OwnMetric(function="scores:words", range=(200, 0))
    assert [value_of(number, words).value for number in (0, 50, 200)] == [1.0, 0.75, 0.0]
    assert value_of(201, words).value is None


def test_it_is_not_asked_for_ever_where_it_always_fails(folder: Path) -> None:
    (folder / "ever.py").write_text("def f(*given):\n    open('asked', 'a').write('x')\n    raise OSError('down')\n")
    with _Asking(OwnMetric(function="ever:f"), str(folder)) as asking:
        found = [asking.value(*said(str(n)), []) for n in range(12)]
    assert len((folder / "asked").read_text()) == 8
    assert found[-1].reason.endswith("(as for the first 8 answers)")


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        (["scores.words"], "is not of the form"), (["scores:right"], "is there already"), (["a:x", "b:x"], "two metrics are called 'x'"),
        ([{"function": "a:x", "range": [1, 1]}], "are the same"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_metric_is_refused(tmp_path: Path, metrics: list[Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        load(write_experiment(tmp_path, [{"name": "a", "answers": "a.csv"}], task={"kind": "question_answering", "metrics": metrics}))
    assert rows()
