"""Runs as they lie on disk, made by hand and decided by the pipeline's own stages: no model is asked."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import psutil
import yaml

from eval import scores
from eval.scores import Score
from pipeline.files import write_bytes
from pipeline.records import Example, Hit, Prediction, Timing, write_lines
from pipeline.run_folder import pages
from pipeline.run_folder.lock import born
from pipeline.run_folder.store import RunFolder, now
from pipeline.stages.evaluation import calibrate, report, verdict

Rights = Mapping[str, Sequence[bool | None]]
"""Arm → for each test row whether it is right; None where it gave no answer."""
RETRIEVING = ("rag", "lora_rag", "hybrid")
MANIFEST = {
    "data": "9f2c", "code": "0" * 40, "bakeoff": "0", "model": {"name": "made", "revision": "0", "licence": "none"},
    "embedder": {"name": "made", "revision": "0", "licence": "none"}, "versions": {"python": "3"}, "sent_elsewhere": [],
    "seeds": {"split": 13, "training": [0]}, "hardware": {"machine": "made", "cores": 2, "memory_gib": 1.0},
    "commit": {"id": "0" * 40, "changed": False},
}  # fmt: skip
VERDICTS: dict[str, dict[str, Any]] = {
    "winner": {"rights": {"base": [i < 40 for i in range(100)], "rag": [i < 80 for i in range(100)]}},
    "tie": {"rights": {"base": [i % 5 > 0 for i in range(400)], "rag": [i % 5 > 0 for i in range(400)]}, "decision": {"margin": 0.1}},
    "undecided": {"rights": {"base": [i % 2 == 0 for i in range(40)], "rag": [i % 2 == 0 or i < 4 for i in range(40)]}},
    "blocked": {
        "rights": {"base": [i < 4 for i in range(10)], "rag": [i < 8 for i in range(10)]},
        "findings": [{"severity": "blocks", "code": "test_in_train", "message": "31 test rows stand in training", "count": 31,
                      "examples": [], "remedy": "Take them out", "details": {}}],
    },
    "partial": {"rights": {"base": [i < 40 for i in range(100)], "rag": [None if i % 4 == 0 else i < 80 for i in range(100)],
                           "lora": [None] * 100}},
}  # fmt: skip
"""One run for each kind of verdict, and one of which answers are missing."""


def stored(
    folder: Path, name: str, rights: Rights, *, decision: Mapping[str, Any] | None = None, findings: Sequence[Any] = (),
    passage: str = "",
) -> RunFolder:  # fmt: skip
    """A finished run with its report as JSON. `passage`: what the three passages of arms that retrieve hold."""
    run, count = RunFolder((folder / f"{name}-12345678").resolve()), len(next(iter(rights.values())))
    rows = [Example(f"r{i}", f"Question {i}?", (f"fact {i}",), gold_passages=("d0",), origin=f"x.jsonl:{i}") for i in range(count)]
    for side in ("train", "dev", "test"):
        write_lines(run.path / f"data/{side}.jsonl", rows if side == "test" else [])
    hits = tuple(Hit(f"d{n}:0-9", f"d{n}", 0.9 - n / 10, n == 0) for n in range(3)) if passage else ()
    lines = [{"id": h.passage, "document": h.document, "text": f"{n} {passage}", "metadata": {}} for n, h in enumerate(hits)]
    write_bytes(run.path / "index/passages.jsonl", b"".join(orjson.dumps(line) + b"\n" for line in lines))
    found: list[Score] = []
    for arm, told in rights.items():
        given = hits if arm in RETRIEVING else ()
        write_lines(run.predictions_path(arm, 0), [_said(arm, i, right, given) for i, right in enumerate(told)])
        write_lines(run.timings_path(arm, 0), [Timing(row.id, 0.2 if arm in RETRIEVING else 0.1, 1) for row in rows])
        for i, right in enumerate(told):
            values = {"exact_match": right, "correct": right, "abstained": False, "fabricated": not right}
            reason = "no answer" if right is None else ""
            found += [Score(f"r{i}", f"r{i}", arm, 0, m, None if reason else float(bool(value)), reason) for m, value in values.items()]
    scores.write(run.path / "scores.parquet", scores.table(found))
    experiment = {"name": name, "task": {"kind": "question_answering"}, "data": {"examples": "x.jsonl"}, "arms": list(rights),
                  "decision": {"metric": "exact_match", **(decision or {})}}  # fmt: skip
    (run.path / "experiment.yaml").write_text(yaml.safe_dump(experiment), encoding="utf-8")
    run.write_json("manifest.json", MANIFEST)
    run.write_json("audit.json", {"schema": 1, "findings": list(findings)})
    standing(run, "done")
    context = calibrate.open_run(run)
    verdict.work(context)
    told = report.content_of(context)
    write_bytes(run.path / "report/report.json", orjson.dumps(told))
    for kind in report.KINDS:
        write_bytes(run.path / f"report/report.{kind}", b"not made in this test")
    pages.write(run, told)
    return run


def _said(arm: str, row: int, right: bool | None, hits: tuple[Hit, ...]) -> Prediction:
    text = "" if right is None else f"fact {row}" if right else f"something else, says {arm}"
    return Prediction(f"r{row}", arm, 0, text, text, passages=hits, failure="timed out" if right is None else "")


def standing(run: RunFolder, state: str, heartbeat: str | None = None) -> None:
    """status.json as a worker would have left it; this process stands for the worker."""
    me = psutil.Process(os.getpid())
    at_work = {"stage": "train hybrid seed-0", "done": 40, "total": 90, "eta_s": 720.0} if state in ("running", "stalled") else {}
    written = "running" if state == "stalled" else state
    moment = heartbeat or ("2020-01-01T00:00:00+00:00" if state == "stalled" else "2999-01-01T00:00:00+00:00")
    run.write_json("status.json", {
        "state": written, "stage": "", "done": 0, "total": 0, "eta_s": None, **at_work, "pid": me.pid, "pid_born": born(me.pid),
        "started": now(), "heartbeat": moment, "error": "ValueError: made to fail" if state == "failed" else None,
        "plan": ["data", "train hybrid seed-0", "report"], "finished": ["data"],
    })  # fmt: skip


def sentence(run: RunFolder) -> str:
    told: str = json.loads((run.path / "decision.json").read_text())["sentence"]
    return told
