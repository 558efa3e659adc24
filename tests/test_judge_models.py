"""Judges that are real models: llama.cpp behind its OpenAI-compatible server, and one in this process. They judge badly, and it is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Bakeoff, write_tiny

from finetune.pretrained import LANGUAGE_MODELS, inside
from pipeline.store import find

METRICS = ["faithfulness", "context_recall", "factual_correctness"]


@pytest.fixture(scope="module")
def llama() -> Iterator[str]:
    """llama.cpp's own server over the packaged GGUF, on a free port; its address."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(inside(LANGUAGE_MODELS["smollm2-135m-instruct"]))
    params.port, params.n_ctx, params.n_parallel, params.warmup = 0, 8192, 2, False
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 2
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server


def judged(folder: Path, bakeoff: Bakeoff, judge: dict[str, Any]) -> tuple[Path, dict[str, Any]]:
    """A run of one arm over two rows, judged; its folder and its decision."""
    experiment = write_tiny(
        folder, arms=["rag"], judge=judge, retrieval={"k": 1, "chunk_tokens": 64}, decision={"metric": "judge_faithfulness"},
        data={"examples": "questions.jsonl", "columns": {"input": "question", "references": "answers", "split": "split"},
              "documents": "documents", "split": {"test": 2}},
    )  # fmt: skip
    done = bakeoff("run", experiment, "--out", folder / "runs", "--json")
    assert done.code == 3, done.err
    run = find(folder / "runs", "tiny")
    return run.path, dict(run.read_json("decision.json") or {})


def check(run: Path, decision: dict[str, Any]) -> None:
    """Every row has a value or a reason under every metric; what such a judge says decides nothing."""
    values = [json.loads(line) for line in (run / "judged.jsonl").read_text().splitlines()]
    assert {(v["row"], v["metric"]) for v in values} == {(v["row"], f"judge_{m}") for v in values for m in METRICS}
    assert all((v["value"] is None) == bool(v["reason"]) for v in values)
    assert any(v["value"] is not None and 0 <= v["value"] <= 1 for v in values), [v["reason"] for v in values]
    assert decision["verdict"] == "blocked"
    assert any("calibrated" in block for block in decision["blocks"])


def test_a_llama_cpp_server_judges_a_run_under_a_schema(llama: str, tmp_path: Path, bakeoff: Bakeoff) -> None:
    judge = {"base_url": llama, "model": "smollm2", "metrics": METRICS, "max_tokens": 160, "retries": 0, "concurrency": 2}
    check(*judged(tmp_path, bakeoff, judge))


def test_an_in_process_model_judges_a_run_under_a_schema(tmp_path: Path, bakeoff: Bakeoff) -> None:
    judge = {"provider": "in_process", "model": "smollm2-135m-instruct", "metrics": METRICS, "max_tokens": 160, "retries": 0}
    check(*judged(tmp_path, bakeoff, judge))
