"""Arms that an endpoint's service fine-tunes: nothing is uploaded unless it was allowed, and one training is one job, whatever happens."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.run import execute, prepare
from pipeline.run_folder.store import RunFolder
from pipeline.stages import hosted
from tests.small_run import write_small
from tests.tiny_run import ROOT, Bakeoff
from tests.tuning_server import ANSWER, JOBS, TOKENS, Tuning, tuning_server

KEY = "sk-0123456789abcdef"
PRICES = {"training": 25.0, "input": 3.0, "output": 12.0}


def write(folder: Path, server: Tuning, budget: dict[str, float] | None = None, **finetune: Any) -> Path:
    how = {"price_per_million": PRICES, "epochs": 2, "poll_s": 0.1, **finetune}
    prices = {"input": 1.0, "output": 4.0}
    endpoint = {"name": "big", "base_url": server.url, "model": "m", "api_key_env": "TUNING_KEY", "arms": ["base"], "finetune": how,
                "price_per_million": prices, "budget": budget or {}, "concurrency": 1}  # fmt: skip
    return write_small(folder, arms=["classic"], endpoints=[endpoint])


def sessions(experiment: Path, runs: Path, *places: str) -> tuple[RunFolder, list[str]]:
    """One run in as many sessions, each ended at its place; how each ended."""
    command = [sys.executable, "-m", "tests.pipeline.hosted.hosted_kills", str(experiment), str(runs), *places]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    return RunFolder(Path(told["run"])), told["ends"]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNING_KEY", KEY)


def test_without_consent_nothing_is_sent_and_nothing_is_left_behind(tmp_path: Path, bakeoff: Bakeoff) -> None:
    with tuning_server() as server:
        done = bakeoff("run", write(tmp_path, server), "--out", tmp_path / "runs")
    assert done.code == 2
    assert "need the training rows uploaded to" in done.err
    assert "--upload-training-data" in done.err
    assert not server.asked
    assert list((tmp_path / "runs").glob("*/*")) == []


@pytest.mark.slow
def test_killed_at_seven_places_and_finished_it_is_one_job_a_training(tmp_path: Path) -> None:
    looking = f"GET {JOBS.removeprefix('/v1')}/"
    asking = f"POST {JOBS.removeprefix('/v1')}"
    places = ["POST /files", asking, asking, looking, "ask 9", "ask 3", "stage decide"]
    with tuning_server() as server:
        run, ends = sessions(write(tmp_path, server), tmp_path / "runs", *places, "end")
    assert ends == ["killed"] * 7 + ["done"]
    assert {job["status"] for job in server.jobs.values()} == {"succeeded"}
    assert len(server.jobs) == 2, "lora and hybrid, one job each"
    assert len(server.files) == 4
    _check_candidates(run)
    _check_uploads(run, server)


def _check_candidates(run: RunFolder) -> None:
    decision, report = run.read_json("decision.json") or {}, run.read_json("report/report.json") or {}
    for arm, label in (("big_lora", "big: Fine-tuned"), ("big_lora_rag", "big: Fine-tuned + RAG"), ("big_hybrid", "big: Hybrid")):
        assert {said.text for said in run.predictions(arm, 0)} == {ANSWER}
        assert report["arms"][arm]["label"] == label
        assert decision["approach"]["candidates"][arm]["trained"] is True
        cost = decision["costs"][arm]
        assert cost["train_seconds"] == 90.0
        assert cost["train_cost"] == pytest.approx(TOKENS * 25 / 1e6, rel=0.01)
        assert cost["per_1000"] == pytest.approx((40 * 3 + 2 * 12) / 1000)
    assert decision["approach"]["candidates"]["big_base"]["trained"] is False
    step = decision["repeat"]["arms"]["big_lora"]
    assert step["sent"] >= 2 * TOKENS * 25 / 1e6, "both trainings are one step"


def _check_uploads(run: RunFolder, server: Tuning) -> None:
    uploaded = (run.read_json("manifest.json") or {})["uploaded"]
    assert {one["name"] for one in uploaded} == {name for name, _ in server.files.values()}
    assert all(one["where"] == server.url and len(one["sha256"]) == 64 for one in uploaded)
    assert sorted(one["rows"] for one in uploaded) == [3, 3, 8, 8]
    everything = b"".join(data for _, data in server.files.values())
    for row in map(json.loads, (run.path / "data/test.jsonl").read_text().splitlines()):
        assert row["input"].encode() not in everything
    assert server.keys == {f"Bearer {KEY}"}
    for path in run.path.rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path


@pytest.mark.slow
def test_ended_by_its_people_the_job_is_cancelled_and_resuming_starts_another(tmp_path: Path) -> None:
    with tuning_server() as server:
        place = f"interrupt GET {JOBS.removeprefix('/v1')}/"
        _, ends = sessions(write(tmp_path, server, arms=["lora"]), tmp_path / "runs", place, "end")
    assert ends == ["KeyboardInterrupt", "done"]
    assert [job["status"] for job in server.jobs.values()] == ["cancelled", "succeeded"]


@pytest.mark.slow
def test_limits_of_money_and_time_and_a_job_that_fails_are_told(tmp_path: Path) -> None:
    with tuning_server() as server:
        poor = prepare(load(write(tmp_path / "poor", server, {"money": 0.00001})), tmp_path / "runs")
        late = prepare(load(write(tmp_path / "late", server, arms=["lora"], hours=0.00001)), tmp_path / "runs")
        for run, told in ((poor, "the budget of 1e-05 money is used up: fine-tuning big"), (late, "was not done after 1e-05 hours")):
            hosted.allow(run, load(run.path / "experiment.yaml"))
            with pytest.raises(UserError, match=told):
                execute(run)
        assert [job["status"] for job in server.jobs.values()] == ["cancelled"]
        server.fails, server.looks = "moderation", 1
        with pytest.raises(UserError, match="ftjob-2 failed: moderation"):
            execute(late)
