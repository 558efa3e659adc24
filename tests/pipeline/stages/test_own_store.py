"""A store of the team's own behind retrieval: Qdrant in its local mode, a retriever, an embedder; to what is stored, and their faults."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.run import execute, prepare
from pipeline.run_folder.store import RunFolder
from pipeline.stages.evaluation.costs import costs_of
from pipeline.stages.own_store import notes
from tests.small_run import run_up_to, write_small

MODULE = """
from pathlib import Path
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.embeddings import Embeddings

FOLDER = Path(__file__).parent / "documents"
TEXTS = [Document(page_content=file.read_text(), metadata={"source": str(file), "page": 1}) for file in sorted(FOLDER.glob("*.md"))]


class Words(Embeddings):
    def embed_documents(self, texts):
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text):
        vector = [1e-3] * 64
        for word in text.lower().split():
            vector[sum(map(ord, word.strip(".,?"))) % 64] += 1
        return vector


def qdrant():
    from langchain_qdrant import QdrantVectorStore

    return QdrantVectorStore.from_documents(TEXTS, Words(), location=":memory:", collection_name="handbook")


class First(BaseRetriever):
    def _get_relevant_documents(self, query, *, run_manager):
        odd = Document(page_content=f"{query} The answer is 27.", metadata={"start": None, "title": None, 3: {"a": 1}})
        return [odd, *TEXTS[:2], TEXTS[0]]


first = First()


class Broken(BaseRetriever):
    def _get_relevant_documents(self, query, *, run_manager):
        raise ConnectionError("no server")


def raises():
    raise RuntimeError("no key")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("BAKEOFF_CACHE", str(tmp_path / "cache"))
    (tmp_path / "handbook_store.py").write_text(MODULE)
    yield tmp_path
    sys.modules.pop("handbook_store", None)
    importlib.invalidate_caches()
    sys.path[:] = [place for place in sys.path if place != str(tmp_path)]


def searched(folder: Path, **retrieval: Any) -> RunFolder:
    """As far as passages are found."""
    experiment = load(write_small(folder, preset="quick", retrieval={"k": 2, **retrieval}))
    run = prepare(experiment, folder / "runs")
    run_up_to(run, experiment, "retrieve")
    return run


def lines(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def test_a_retriever_of_ones_own_is_kept_as_it_answers(folder: Path) -> None:
    run = searched(folder, store="handbook_store:first")
    hits = lines(run.path / "retrieved/test.jsonl")
    passages = {one["id"]: one for one in lines(run.path / "retrieved/passages.jsonl")}
    first = [[passages[hit["passage"]] for hit in row["hits"]] for row in hits]
    assert all(len(row) == 3 for row in first), "one that comes twice counts once"
    assert all(row[0]["text"].endswith("The answer is 27.") for row in first)
    known = {document["id"] for document in lines(run.path / "data/documents.jsonl")}
    assert {one["document"] for row in first for one in row[1:]} <= known, "file names are known as our documents"
    assert all(row["hits"][0]["gold"] is None for row in hits), "of which document this is nobody knows"
    assert any(hit["gold"] for row in hits for hit in row["hits"][1:])
    assert not (run.path / "index/faiss.index").exists()
    told = notes(run, load(run.path / "experiment.yaml"))
    assert "hold 6 test questions word for word" in told[1], "what tells the questions with their answers is a leak"


@pytest.mark.parametrize(
    ("retrieval", "said"),
    [
        ({"store": "handbook_store:Broken"}, "the store fails: ConnectionError: no server"),
        ({"store": "handbook_store:raises"}, r"RuntimeError: no key \(handbook_store.py:"),
        ({"store": "handbook_store:TEXTS"}, "is a list, not a LangChain VectorStore or BaseRetriever"),
        ({"store": "handbook_store:nothing"}, "has no attribute 'nothing'"),
        ({"store": "no_such_module:store"}, "there is no module 'no_such_module'"),
        ({"store": "handbook_store"}, "is not of the form package.module:attribute"),
        ({"store": "handbook_store:first", "search": "hybrid", "mmr": 0.5}, "leave out search, mmr"),
        ({"embedder": "handbook_store:first"}, "is a First, not a LangChain Embeddings"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_it_is_named(folder: Path, retrieval: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        searched(folder, **retrieval)


def test_embeddings_of_ones_own_make_the_index(folder: Path) -> None:
    run = searched(folder, embedder="handbook_store:Words", chunk_tokens=64, version="3")
    assert orjson.loads((run.path / "index/index.json").read_bytes())["dimension"] == 64
    other = searched(folder, embedder="handbook_store:Words", chunk_tokens=64, version="4")
    assert other.id != run.id, "another version is another run"


@pytest.mark.slow
def test_qdrant_behind_every_arm_to_a_verdict(folder: Path) -> None:
    arms = ["base", "rag", "oracle", "classic", "lora", "lora_rag", "hybrid"]
    experiment = load(write_small(folder, arms=arms, preset="quick", retrieval={"store": "handbook_store:qdrant", "k": 2}))
    run = prepare(experiment, folder / "runs")
    execute(run)
    passages = {one["id"]: one for one in lines(run.path / "retrieved/passages.jsonl")}
    for arm in ("rag", "lora_rag", "hybrid", "classic"):
        predictions = run.predictions(arm, 0)
        assert all(hit.passage in passages for one in predictions for hit in one.passages)
        assert all(one.passages or one.dropped_passages for one in predictions)
    summary = run.read_json("summary.json") or {}
    assert summary["notes"][0].startswith("Passages come from handbook_store:qdrant")
    assert summary["arms"]["rag"]["metrics"]["recall_at_2"]["n"] == 6
    assert costs_of(run, experiment)["rag"].index_seconds == 0
    assert (run.read_json("manifest.json") or {})["retrieval_store"]["store"] == "handbook_store:qdrant"
    before = {file: file.read_bytes() for file in run.path.rglob("*.json*") if "timings" not in file.name and "retrieved" in str(file)}
    execute(run)
    assert {file: file.read_bytes() for file in before} == before
