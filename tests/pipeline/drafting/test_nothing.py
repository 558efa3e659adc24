"""The command where no draft is usable: every stage counted, nothing kept, exit code 2 and what to do."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from pipeline.cli.main import app
from tests.faulty_server import faulty_server
from tests.pipeline.drafting.scripted import PLANTED, planted

BAD = [name for name in PLANTED if name != "good"]


def test_nothing_usable_is_counted_stage_by_stage_and_ends_with_2(tmp_path: Path) -> None:
    files = {"documents": [{"id": name, "title": name, "text": PLANTED[name][0]} for name in BAD],
             "rows": [{"question": PLANTED[name][1]} for name in ("double", "at-hand")]}  # fmt: skip
    for name, rows in files.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with faulty_server(planted) as server:
        command = ["draft-questions", str(tmp_path / "documents.jsonl"), "--rows", str(tmp_path / "rows.jsonl"), "--kinds", "fact",
                   "--user", "a guest", "-n", str(len(BAD)), "--model", "m", "--base-url", f"http://127.0.0.1:{server.port}/v1",
                   "--retries", "1", "--out", str(tmp_path)]  # fmt: skip
        found = CliRunner().invoke(app, [*command, "--json"])
        told = CliRunner().invoke(app, command)
    assert found.exit_code == told.exit_code == 2
    assert json.loads(found.stdout)["counts"] == {
        "asked": 12, "unanswered": 0, "schema": 3, "quote": 2, "rules": 3, "round trip": 2, "duplicates": 2, "kept": 0,
    }  # fmt: skip
    for line in ("asked 12", "schema 9 left 3 dropped", "quote 7 left 2 dropped", "rules 4 left 3 dropped", "round trip 2 left 2 dropped",
                 "duplicates 0 left 2 dropped", "kept 0"):  # fmt: skip
        assert line in " ".join(told.stdout.split()), told.stdout
    assert "bakeoff: no draft was kept. The model does not write what it is asked for: take a larger model" in told.stderr
    assert "export-drafts" not in told.stdout, "nothing is to be accepted"
