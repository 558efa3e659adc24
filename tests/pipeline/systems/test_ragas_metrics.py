"""Metrics of ragas by name in whole runs: two files of answers, a judge behind HTTP, values from the table of scores to the pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from streamlit.testing.v1 import AppTest

from eval import scores
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.records import read_lines
from pipeline.results.redecide import decide_run
from pipeline.run import execute, prepare
from pipeline.run_folder.store import RunFolder, find
from pipeline.stages.evaluation import ragas_metrics
from tests.eval.judge.judging import Server
from tests.pipeline.systems.experiments import ROWS, rows, write_answers, write_experiment
from tests.tiny_run import Bakeoff

METRICS: list[dict[str, Any]] = [
    {"ragas": "FactualCorrectness", "arguments": {"mode": "recall"}, "called": "covers"},
    {"ragas": "RougeScore", "arguments": {"rouge_type": "rouge1", "mode": "recall"}},
    {
        "ragas": "DiscreteMetric",
        "called": "polite",
        "arguments": {"prompt": "How polite is {response} to {user_input}?"},
        "values": {"polite": 1, "curt": 0},
    },
    {"ragas": "NumericMetric", "called": "words", "arguments": {"prompt": "Count the words of {response}."}, "range": [50, 0]},
]
NAMES = {"judge_covers", "ragas_rouge_score", "judge_polite", "judge_words"}
ARMS = {"current", "proposed"}


def write(folder: Path, judge: dict[str, Any], metrics: list[dict[str, Any]] = METRICS, **changes: Any) -> Path:
    """`current` is right on 26 of 30 and curt; `proposed` on 8, says please, and leaves one row empty."""
    write_answers(folder / "current.csv", 26)
    said = [f"Please note: {row['answers'][0]}" if place < 8 else "Please ask the caretaker" for place, row in enumerate(rows())]
    said[-1] = ""
    lines = [json.dumps({"id": row["id"], "answer": text}) for row, text in zip(rows(), said, strict=True)]
    (folder / "proposed.jsonl").write_text("\n".join(lines), encoding="utf-8")
    systems = [{"name": "current", "answers": "current.csv"}, {"name": "proposed", "answers": "proposed.jsonl"}]
    return write_experiment(folder, systems, task={"kind": "question_answering", "metrics": metrics}, judge=judge, **changes)


def judged_by(server: Server, model: str = "honest", **changes: Any) -> dict[str, Any]:
    return {"base_url": f"{server.url}/v1", "model": model, "metrics": [], "retries": 0, **changes}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()


@pytest.fixture
def fresh() -> Iterator[Server]:
    """One that nobody has asked yet."""
    found = Server()
    yield found
    found.close()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, server: Server, bakeoff: Bakeoff) -> RunFolder:
    folder = tmp_path_factory.mktemp("ragas")
    done = bakeoff("run", write(folder, judged_by(server)), "--out", folder / "runs", "--json")
    assert done.code == 0, done.err
    return find(folder / "runs", "systems")


@pytest.mark.slow
def test_every_answer_has_a_value_or_a_reason_from_the_table_to_the_summary(run: RunFolder) -> None:
    frame = scores.read(run.path / "scores.parquet")
    of = frame[frame["metric"].isin(NAMES)]
    assert len(of) == len(NAMES) * len(ARMS) * ROWS
    assert not of.duplicated(["row", "arm", "metric"]).any()
    metrics = {arm: told["metrics"] for arm, told in (run.read_json("summary.json") or {})["arms"].items()}
    assert (metrics["current"]["judge_polite"]["mean"], metrics["current"]["judge_polite"]["n"]) == (0.0, ROWS)
    assert (metrics["proposed"]["judge_polite"]["mean"], metrics["proposed"]["judge_polite"]["n"]) == (1.0, ROWS - 1)
    assert metrics["proposed"]["judge_polite"]["missing"] == {"the answer to this row is empty in the file": 1}
    assert metrics["current"]["ragas_rouge_score"]["mean"] > 0.8 > 0.3 > metrics["proposed"]["ragas_rouge_score"]["mean"]
    assert metrics["proposed"]["judge_covers"]["mean"] < metrics["current"]["judge_covers"]["mean"] <= 1.0
    caretaker = of[(of["metric"] == "judge_words") & (of["arm"] == "proposed")]["value"].iloc[10]
    assert caretaker == pytest.approx(1 - 4 / 50), "four words of 50, the fewer the better"
    lines = list(read_lines(run.path / "own_metrics.jsonl"))
    assert {line["arm"] for line in lines} == {*ARMS, "declines_all"}, "what declines every question is asked about, too"


@pytest.mark.slow
def test_the_verdict_is_by_right_answers_and_a_judges_prompt_decides_only_with_people(run: RunFolder) -> None:
    decision = run.read_json("decision.json") or {}
    assert (decision["verdict"], decision["arm"], decision["metric"]) == ("winner", "current", "right")
    assert decide_run(run.path.parent, run.id, ["decision.metric=ragas_rouge_score"], sensitivity=False)["arm"] == "current"
    blocked = decide_run(run.path.parent, run.id, ["decision.metric=judge_polite"], sensitivity=False)
    assert blocked["verdict"] == "blocked"
    assert "judge_polite was not calibrated against people" in blocked["sentence"]


@pytest.mark.slow
def test_the_report_tells_them(run: RunFolder) -> None:
    report = run.read_json("report/report.json") or {}
    assert set(report["metrics"]) >= NAMES
    assert report["rows"][0]["arms"]["current"]["metrics"]["judge_polite"] == 0.0
    for kind in ("md", "html"):
        told = (run.path / f"report/report.{kind}").read_text(encoding="utf-8")
        assert "judge polite" in told, kind
        assert "ragas rouge score" in told, kind


@pytest.mark.slow
@pytest.mark.parametrize(("name", "group", "told"), [
    ("candidates", "Judge", ["Judge polite", "0.000 (0.000 to 0.121; n = 30)", "1.000 (0.875 to 1.000; n = 29)"]),
    ("candidates", "Wording", ["Ragas rouge score"]),
    ("answers", "", ["judge polite", "ragas rouge score", "judge words"]),
])  # fmt: skip
def test_the_pages_tell_them(run: RunFolder, monkeypatch: pytest.MonkeyPatch, name: str, group: str, told: list[str]) -> None:
    monkeypatch.setenv("BAKEOFF_RUNS", str(run.path.parent))
    page = AppTest.from_function(_page, args=(name,), default_timeout=60)
    page.query_params["run"] = run.id
    page.run()
    if group:
        page.radio(key="group").set_value(group).run()
    assert not page.exception
    shown = " ".join(BeautifulSoup(drawn.proto.body, "html.parser").get_text(" ") for drawn in page.get("html"))
    assert [text for text in told if text not in " ".join(shown.split())] == []


def _page(name: str) -> None:
    from pipeline.ui.result import answers, candidates

    {"candidates": candidates, "answers": answers}[name].page()


@pytest.mark.slow
def test_what_the_judge_did_not_answer_is_missing_and_asked_again_on_resuming(tmp_path: Path, fresh: Server) -> None:
    """A judge that is busy the first two times that it is asked something; a session asks once and once more."""
    run = prepare(load(write(tmp_path, judged_by(fresh, "busy", retries=1), METRICS[2:3])), tmp_path / "runs")
    execute(run)
    assert (_polite(run)["mean"], _polite(run)["n"]) == (None, 0), "missing is never zero"
    assert any("rate limited" in reason for reason in _polite(run)["missing"])
    for _ in range(3):
        if _polite(run)["n"] < ROWS:
            execute(run)
    assert (_polite(run)["mean"], _polite(run)["n"]) == (0.0, ROWS)
    assert (run.read_json("decision.json") or {})["arm"] == "current"


def _polite(run: RunFolder) -> dict[str, Any]:
    found: dict[str, Any] = (run.read_json("summary.json") or {})["arms"]["current"]["metrics"]["judge_polite"]
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("metric", "asked", "told"),
    [
        (
            {"ragas": "Faithfulness"},
            ["faithfulness"],
            "would be called judge_faithfulness, as faithfulness of judge.metrics is",
        ),
        ({"ragas": "Faithfulness", "called": "correct"}, [], "judge_correct, as outcome of judge.metrics is"),
        ({"ragas": "Faithfulnes"}, [], "did you mean Faithfulness"),
    ],
)
def test_a_name_that_is_taken_or_none_is_refused_before_anything_is_asked(
    tmp_path: Path, server: Server, metric: dict[str, Any], asked: list[str], told: str
) -> None:
    judge = judged_by(server, metrics=asked)
    with pytest.raises(UserError, match=told):
        prepare(load(write(tmp_path, judge, [metric])), tmp_path / "runs")
    ragas_metrics.refuse(load(write(tmp_path, judge, [{"ragas": "Faithfulness", "called": "faithful"}])))
