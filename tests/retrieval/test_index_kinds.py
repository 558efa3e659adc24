"""Approximate indexes say how well they find, lose nothing on disk, and change without being built anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from retrieval.chunk import Passage
from retrieval.errors import SetupError
from retrieval.exact import nearest
from retrieval.index import FaissStore
from retrieval.vectors import FLAT_ROWS, GRAPH_ROWS, TARGET, Effort, Kind, VectorIndex, choose

ROWS, DIMENSION = 3_000, 32
APPROXIMATE: list[Kind] = ["hnsw", "ivfpq"]


def clustered(rows: int, dimension: int, seed: int, draw: int = 1) -> NDArray[np.float32]:
    """Unit vectors around thirty centres that depend on the seed alone."""
    centres = np.random.default_rng(seed).normal(size=(30, dimension))
    some = np.random.default_rng([seed, draw])
    made = centres[some.integers(0, 30, rows)] + 0.7 * some.normal(size=(rows, dimension))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)


class Table(Embeddings):
    """Vectors that are known beforehand, under the names of passages."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        self.passages = [Passage(f"p{n}", f"d{n // 3}", 0, 5, f"text {n}") for n in range(len(vectors))]
        self._vectors = dict(zip((p.text for p in self.passages), vectors, strict=True))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self._vectors[text].tolist() for text in texts]

    def embed_query(self, text: str) -> list[float]:
        vector: list[float] = self._vectors[text].tolist()
        return vector


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float32]:
    return clustered(ROWS, DIMENSION, seed=1)


@pytest.fixture(scope="module")
def asked() -> NDArray[np.float32]:
    return clustered(60, DIMENSION, seed=1, draw=2)


def exact(vectors: NDArray[np.float32], asked: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    return np.argsort(-np.round(asked @ vectors.T, 6), axis=1, kind="stable")[:, :k]


def recall(found: NDArray[np.int64], truth: NDArray[np.int64]) -> float:
    return float(np.mean([len(set(f) & set(t)) / len(t) for f, t in zip(found.tolist(), truth.tolist(), strict=True)]))


def test_flat_search_is_exact(vectors: NDArray[np.float32], asked: NDArray[np.float32]) -> None:
    scores, places = VectorIndex.build(vectors, "flat").search(asked, 7)
    assert (places == exact(vectors, asked, 7)).all()
    assert scores == pytest.approx(np.take_along_axis(asked @ vectors.T, places, 1), abs=2e-6)


@pytest.mark.parametrize("kind", APPROXIMATE)
def test_the_recall_an_index_states_is_what_questions_of_their_own_find(
    kind: Kind, vectors: NDArray[np.float32], asked: NDArray[np.float32]
) -> None:
    index = VectorIndex.build(vectors, kind)
    assert index.facts.kind == kind
    assert index.facts.recall_at_10 is not None
    assert index.facts.recall_at_10 >= TARGET
    assert recall(index.search(asked, 10)[1], exact(vectors, asked, 10)) == pytest.approx(index.facts.recall_at_10, abs=0.05)


def test_hnsw_states_no_more_than_questions_from_outside_find() -> None:
    """A stored vector left in the graph finds its own neighbours by its own links; measuring leaves the graph as it was."""
    cloud = np.random.default_rng(4).normal(size=(9_000, 48))
    made = np.asarray(cloud / np.linalg.norm(cloud, axis=1, keepdims=True), dtype=np.float32)
    stored, outside = made[:8_000], made[8_000:]
    index = VectorIndex.build(stored, "hnsw")
    index._effort, index._asking = Effort(16), None
    before = index._index.search(outside, 10)[1]
    found = recall(index.search(outside, 10)[1], exact(stored, outside, 10))
    with index._questions() as truth:
        assert index._measured(truth) <= found + 0.02
    assert (index._index.search(outside, 10)[1] == before).all()
    own = index.search(stored[:1_000], 11)[1][:, 1:]
    assert recall(own, exact(stored, stored[:1_000], 11)[:, 1:]) > found + 0.06


def test_exact_search_in_blocks_is_exact(vectors: NDArray[np.float32], asked: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.exact.BLOCK", 700)
    places = np.arange(0, ROWS, 2)
    found = nearest(lambda some: vectors[list(some)], places, asked, 10)
    assert (found == places[exact(vectors[::2], asked, 10)]).mean() > 0.99


@pytest.mark.parametrize("kind", APPROXIMATE)
def test_the_same_vectors_give_the_same_file(kind: Kind, vectors: NDArray[np.float32], tmp_path: Path) -> None:
    for name in ("a", "b"):
        VectorIndex.build(vectors, kind).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("kind", ["flat", *APPROXIMATE])
def test_what_was_removed_is_never_found_and_what_was_added_is(kind: Kind, vectors: NDArray[np.float32], tmp_path: Path) -> None:
    VectorIndex.build(vectors[:2_000], kind).save(tmp_path / "index")
    facts = VectorIndex.build(vectors[:2_000], kind).facts
    loaded = VectorIndex.load(tmp_path / "index", {**facts.__dict__, "effort": list(facts.effort)})
    moved = loaded.remove(range(100))
    loaded.add(vectors[2_000:2_500])
    assert len(loaded) == 2_400
    assert moved == (kind == "flat")
    rest = vectors[100:2_500]
    scores, places = loaded.search(rest, 1)
    assert (places[:, 0] - (0 if moved else 100) == np.arange(2_400)).mean() > 0.95
    assert scores[:, 0].min() > 0.5
    removed = loaded.search(vectors[:100], 5)[1]
    assert moved or removed.min() >= 100
    assert loaded.save(tmp_path / "index").recall_at_10 is not None


@pytest.mark.parametrize("kind", APPROXIMATE)
def test_when_a_quarter_is_removed_the_structure_is_made_anew(kind: Kind, vectors: NDArray[np.float32], tmp_path: Path) -> None:
    index = VectorIndex.build(vectors, kind)
    assert not index.remove(range(700))
    assert index.facts.removed == tuple(range(700))
    assert index.remove(range(700, 800))
    assert index.facts.removed == ()
    assert len(index) == 2_200
    assert recall(index.search(vectors[800:900], 1)[1], np.arange(100)[:, None]) > 0.95


@pytest.mark.parametrize("kind", APPROXIMATE)
def test_a_store_over_an_approximate_index_survives_the_disk_with_its_gaps(
    kind: Kind, vectors: NDArray[np.float32], tmp_path: Path
) -> None:
    table = Table(vectors[:1_500])
    store = FaissStore.from_passages(table.passages, table, kind)
    store.delete([f"p{n}" for n in range(40)])
    before = store.nearest(vectors[:50], 5)
    store.save(tmp_path)
    loaded = FaissStore.load(tmp_path, table)
    assert loaded.nearest(vectors[:50], 5) == before
    assert loaded.passages == store.passages == table.passages[40:]
    assert not {p.id for row in before for p, _ in row} & {f"p{n}" for n in range(40)}
    (tmp_path / "faiss.index").write_bytes(b"not an index")
    with pytest.raises(SetupError, match="cannot be read"):
        FaissStore.load(tmp_path, table)


def test_the_kind_is_chosen_by_rows_and_memory() -> None:
    assert choose(FLAT_ROWS, 384) == "flat"
    assert choose(GRAPH_ROWS, 384) == "hnsw"
    assert choose(GRAPH_ROWS, 384, memory=100 << 20) == "ivfpq"
    assert choose(1_000_000, 384) == "ivfpq"
    assert VectorIndex.build(clustered(500, 8, seed=0), "ivfpq").facts.kind == "flat"


def test_equal_vectors_are_returned_in_the_order_in_which_they_came() -> None:
    same = np.tile(clustered(1, 16, seed=3), (300, 1))
    assert VectorIndex.build(same, "flat").search(same[:1], 5)[1].tolist() == [[0, 1, 2, 3, 4]]


def test_fewer_results_are_the_beginning_of_more_even_where_scores_differ_by_a_hair() -> None:
    near = np.array([[0.5, 0.75**0.5], [np.nextafter(np.float32(0.5), np.float32(1)), 0.75**0.5]], dtype=np.float32)
    index = VectorIndex.build(near, "flat")
    question = np.array([[1, 0]], dtype=np.float32)
    assert index.search(question, 2)[1].tolist() == [[0, 1]]
    assert index.search(question, 1)[1].tolist() == [[0]]
