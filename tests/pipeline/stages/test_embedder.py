"""An embeddings endpoint in place of a local embedder: what is found by it, and what failed goes on without asking anything twice."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from finetune.errors import SetupError
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.run import prepare
from pipeline.stages.manifest import build
from tests.embeddings_server import embeddings_server
from tests.small_run import run_up_to, write_small
from tests.tiny_run import write_tiny


def test_an_index_over_an_endpoint_goes_on_where_it_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("EMBEDDINGS_KEY", "sk-a-very-secret-key")
    with embeddings_server() as server:
        named = {"base_url": server.url, "model": "letters", "api_key_env": "EMBEDDINGS_KEY", "retries": 0}
        retrieval = {"embedder": named, "k": 2, "chunk_tokens": 64}
        experiment = load(write_small(tmp_path, preset="quick", retrieval=retrieval))
        run = prepare(experiment, tmp_path / "runs")
        run_up_to(run, experiment, "index")
        server.left = 0
        with pytest.raises(SetupError, match="resuming the run asks for the rest"):
            run_up_to(run, experiment, "retrieve")
        server.left = -1
        run_up_to(run, experiment, "retrieve")
        assert max(server.asked.values()) == 1, "nothing is asked twice"
        assert build(experiment, {})["sent_elsewhere"] == [server.url]
    passages = [orjson.loads(line) for line in (run.path / "index/passages.jsonl").read_bytes().splitlines()]
    assert {passage["text"] for passage in passages} <= {text.split("\n", 1)[-1] for text in server.asked} | set(server.asked)
    hits = [orjson.loads(line)["hits"] for line in (run.path / "retrieved/test.jsonl").read_bytes().splitlines()]
    assert len(hits) == 6
    assert all(len(row) == 6 for row in hits)
    assert not any(b"very-secret" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def test_mistakes_in_it_are_named_at_their_place(tmp_path: Path) -> None:
    for retrieval, said in (
        ({"embedder": {"base_url": "http://x/v1", "modell": "m"}}, "modell: unknown key .did you mean model"),
        ({"embedder": {"base_url": "http://key@x/v1", "model": "m"}}, "holds a user name or password"),
        ({"embedder": 7}, "retrieval.embedder"),
    ):
        with pytest.raises(UserError, match=said):
            load(write_tiny(tmp_path, retrieval=retrieval))
