"""Judges that are real models: llama.cpp behind its OpenAI-compatible server, and one in this process. They judge badly, and it is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.run_folder.store import find
from tests.tiny_run import Bakeoff, write_tiny

METRICS = ["faithfulness", "context_recall", "factual_correctness"]


def judged(folder: Path, bakeoff: Bakeoff, judge: dict[str, Any]) -> tuple[Path, dict[str, Any]]:
    """A run of one arm over one row, judged; its folder and its decision."""
    experiment = write_tiny(
        folder, arms=["rag"], judge=judge, retrieval={"k": 1, "chunk_tokens": 64}, decision={"metric": f"judge_{judge['metrics'][-1]}"},
        data={"examples": "questions.jsonl", "columns": {"input": "question", "references": "answers", "split": "split"},
              "documents": "documents", "split": {"test": 1}},
    )  # fmt: skip
    done = bakeoff("run", experiment, "--out", folder / "runs", "--json")
    assert done.code == 3, done.err
    run = find(folder / "runs", "tiny")
    return run.path, dict(run.read_json("decision.json") or {})


def check(run: Path, decision: dict[str, Any], metrics: list[str]) -> None:
    """Every row has a value or a reason under every metric; what such a judge says decides nothing."""
    values = [json.loads(line) for line in (run / "judged.jsonl").read_text().splitlines()]
    assert [v["metric"] for v in values] == [f"judge_{metric}" for metric in metrics]
    assert all((v["value"] is None) == bool(v["reason"]) for v in values)
    assert all(v["value"] is None or 0 <= v["value"] <= 1 for v in values)
    known = {"", "the judge found no statement to check", *(f"the verdict was cut off at {limit} tokens" for limit in (100, 300))}
    assert {v["reason"] for v in values} <= known
    assert decision["verdict"] == "blocked"
    assert any("calibrated" in block for block in decision["blocks"])


@pytest.mark.slow
def test_a_llama_cpp_server_judges_a_run_under_a_schema(llama: str, tmp_path: Path, bakeoff: Bakeoff) -> None:
    judge = {"base_url": llama, "model": "smollm2", "metrics": METRICS, "max_tokens": 100, "retries": 0, "concurrency": 2}
    check(*judged(tmp_path, bakeoff, judge), METRICS)


@pytest.mark.slow
def test_an_in_process_model_judges_a_run_under_a_schema(tmp_path: Path, bakeoff: Bakeoff) -> None:
    metrics = METRICS[1:2]
    judge = {"provider": "in_process", "model": "smollm2-135m-instruct", "metrics": metrics, "max_tokens": 300, "retries": 0}
    check(*judged(tmp_path, bakeoff, judge), metrics)
