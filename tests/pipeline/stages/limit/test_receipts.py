"""Long rows end to end: what is cut for a limit keeps it, and the verdict says what was cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.experiment.load import load
from pipeline.run import execute, prepare
from pipeline.run_folder import record
from tests.pipeline.stages.limit.receipts import write

MINUTES = 3.0
SLACK = 1.5
"""A machine that others work on is never as fast for long as it was for a minute."""


@pytest.mark.slow
def test_receipts_of_600_tokens_with_two_similar_ones_keep_a_limit(tmp_path: Path) -> None:
    columns, split = {"input": "text", "references": "record", "id": "id"}, {"test": 20, "dev": 8}
    path = write(
        tmp_path, 140, arms=["rag", "hybrid"], run={"minutes": MINUTES}, task={"kind": "extraction", "max_new_tokens": 48},
        data={"examples": "receipts.jsonl", "columns": columns, "split": split},
    )  # fmt: skip
    run = prepare(load(path), tmp_path / "runs")
    execute(run)
    told = run.read_json("limit/measured.json") or {}
    assert told["seconds"]["all"] > 2 * 60 * MINUTES, "everything would have taken much longer"
    assert told["size"]["rows"] < told["whole"]["rows"]
    taken = sum(entry.seconds for name, entry in record.entries(run).items() if name not in ("data", "audit"))
    assert taken < SLACK * max(60 * MINUTES, told["seconds"]["kept"] + told["seconds"]["measuring"])
    assert "To keep 3 minutes (run.minutes) every arm had less" in " ".join((run.read_json("decision.json") or {})["caveats"])
