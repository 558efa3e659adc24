"""Retrieval chosen inside a run: by training and dev questions, only where the lead is no luck, and the index follows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import SIZES, Bakeoff, write_tiny

from pipeline.experiment import Retrieval
from pipeline.samples import experiment_of
from pipeline.stages.depth import DEPTHS, best
from pipeline.stages.tune import _changed, _told
from pipeline.store import RunFolder, find
from retrieval.tune import Candidate, Trial, TuneResult


def result(lead: list[float]) -> TuneResult:
    first = Trial(Candidate(256, 32, "dense"), 0.5, each=tuple(0.5 for _ in lead))
    best = Trial(Candidate(64, 8, "hybrid"), 0.5 + sum(lead) / len(lead), each=tuple(0.5 + more for more in lead))
    return TuneResult((first, best), len(lead), best)


def test_a_lead_that_may_be_luck_changes_nothing() -> None:
    lucky = result([0.5, -0.5, 0.5, 0.0])
    assert _changed(lucky, Retrieval()) == {}
    assert "none finds more than the settings given" in _told(lucky, {})
    sure = result([0.5, 0.25, 0.5, 0.5])
    assert _changed(sure, Retrieval()) == {"chunk_tokens": 64, "overlap_tokens": 8, "search": "hybrid"}


def test_another_k_is_taken_only_where_its_answers_are_surely_better() -> None:
    own = [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]
    assert best({3: own, 1: [1.0, 0.0, 1.0, 1.0, 0.0, 1.0]}, own=3) == 3, "one row of six more may be luck"
    assert best({3: own, 1: [0.5, 1.0, 0.5, 1.0, 0.5, 1.0], 5: own}, own=3) == 1
    assert best({3: own, 5: own, 1: own}, own=3) == 3


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory, bakeoff: Bakeoff) -> RunFolder:
    folder = tmp_path_factory.mktemp("tuned")
    done = bakeoff(
        "run", experiment_of("facts"), "--out", folder, "--set", "arms=[classic]", "--set", "retrieval.tune=true",
        "--set", "retrieval.chunk_tokens=256", "--set", "retrieval.k=1",
    )  # fmt: skip
    assert done.code in (0, 3), done.err
    return find(folder, "facts")


def test_the_index_is_built_as_chosen_and_no_test_question_was_asked(tuned: RunFolder) -> None:
    stored = tuned.read_json("tuned.json") or {}
    rows = [json.loads(line) for side in ("train", "dev") for line in Path(tuned.path / f"data/{side}.jsonl").read_text().splitlines()]
    assert stored["result"]["questions"] == sum(bool(row["gold_passages"]) for row in rows) > 50
    assert len([trial for trial in stored["result"]["trials"] if trial["recall"] is not None]) >= 6
    lines = (tuned.path / "index/passages.jsonl").read_text().splitlines()
    longest = max(len(json.loads(line)["text"].split()) for line in lines)
    limit = stored["changed"].get("chunk_tokens", 256)
    assert longest <= limit
    assert stored["changed"], "on this case smaller passages find far more"
    assert any(note.startswith("Retrieval:") for note in (tuned.read_json("summary.json") or {})["notes"])


def test_without_a_model_that_reads_passages_k_stays(tuned: RunFolder) -> None:
    depth = tuned.read_json("retrieved/depth.json") or {}
    assert (depth["k"], depth["trials"]) == (1, [])
    assert depth["reason"] == "k stays 1: no arm gives passages to a language model"


def test_k_is_chosen_by_the_answers_of_training_and_dev_rows(
    tmp_path: Path, bakeoff: Bakeoff, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setitem(SIZES, "train", 20)
    source = write_tiny(tmp_path, retrieval={"k": 1, "tune": True, "chunk_tokens": 64})
    done = bakeoff("run", source, "--out", tmp_path, "--set", "arms=[classic, rag]")
    assert done.code in (0, 3), done.err
    run = find(tmp_path, "tiny")
    depth = run.read_json("retrieved/depth.json") or {}
    assert [trial["k"] for trial in depth["trials"]] == list(DEPTHS)
    hits = [json.loads(line) for line in Path(run.path / "predictions/rag/seed-0.jsonl").read_text().splitlines()]
    assert {len(line["passages"]) for line in hits} == {depth["k"]}
    assert any("values of k tried" in note for note in (run.read_json("summary.json") or {})["notes"])
