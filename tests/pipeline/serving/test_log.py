"""The server's own log, written by its own writer, sampled for drafting by the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.data.served_log import read
from pipeline.records import read_examples
from pipeline.run_folder.store import RunFolder
from pipeline.samples import experiment_of
from pipeline.serving import bundle
from pipeline.serving import run as listening
from pipeline.serving.engine import Engine
from pipeline.serving.server import Server
from tests.faulty_server import faulty_server
from tests.pipeline.drafting.scripted import data_of

pytestmark = pytest.mark.slow
DOCUMENTS = experiment_of("facts").parent / "documents"


def located(request: dict[str, Any]) -> dict[str, Any]:
    """The first word of the first passage, with its line."""
    line = next(line for line in data_of(request)["passages"][0]["text"].splitlines() if line.strip(" #"))
    return {"found": True, "answer": line.split()[1], "quote": line}


def served_log(run: RunFolder, folder: Path, capsys: pytest.CaptureFixture[str], **texts: bool) -> str:
    """What the server writes on standard error while the bundle's test questions are asked, each twice."""
    engine = Engine(bundle.write(run, bundle.Chosen("classic", 0), folder))
    rows = read_examples(folder / "data/test.jsonl")
    try:
        client = TestClient(Server(engine, log=listening._log, **texts).app())
        for row in [*rows, *rows]:
            assert client.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": row.input}]}).status_code == 200
    finally:
        engine.close()
    return capsys.readouterr().err


def test_questions_of_the_servers_log_are_sampled_and_answered(run: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(served_log(run, tmp_path / "served", capsys, texts=True), encoding="utf-8")
    asked = {line.input for line in read(log)[0]}
    assert read(log)[1] == 0
    assert all(line.answer is not None and line.score is not None for line in read(log)[0])
    with faulty_server(located) as server:
        command = ["draft-questions", str(DOCUMENTS), "--log", str(log), "--model", "m", "--out", str(tmp_path), "--name", "served",
                   "--base-url", f"http://127.0.0.1:{server.port}/v1", "--json"]  # fmt: skip
        told = json.loads(CliRunner().invoke(app, [*command, "-n", "3"]).stdout)
        assert (told["counts"]["asked"], sum(server.tried.values())) == (3, 3)
        whole = json.loads(CliRunner().invoke(app, command).stdout)
        assert set(server.tried.values()) == {1}
    assert 3 < whole["counts"]["asked"] <= len(asked), "no question is asked for twice"
    drafts = [json.loads(line) for line in (tmp_path / "drafts/served/drafts.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {one["question"] for one in drafts} <= asked
    assert all(one["kind"] == "asked" and one["user"].startswith("people who asked (") for one in drafts)
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"input": "And who pays for it all?", "answer": "Nobody."}) + "\n")
    grown = CliRunner().invoke(app, command)
    assert "other settings (logs hash)" in str(grown.exception)


def test_a_log_without_texts_is_refused(run: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(served_log(run, tmp_path / "served", capsys, texts=False), encoding="utf-8")
    assert "input" not in log.read_text(encoding="utf-8")
    refused = CliRunner().invoke(app, ["draft-questions", str(DOCUMENTS), "--log", str(log), "--model", "m", "--out", str(tmp_path)])
    assert "--log-texts" in str(refused.exception)
