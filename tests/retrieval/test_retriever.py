"""Passages with exact offsets, an index that survives the disk, and a retriever that fits LangChain both ways."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.embeddings import Embeddings
from langchain_core.runnables import RunnableLambda
from langchain_core.vectorstores import InMemoryVectorStore

from finetune.pretrained import locate_embedder
from pipeline.samples import experiment_of
from retrieval.chunk import Passage, Source, split, token_splitter
from retrieval.embed import SentenceEmbedder
from retrieval.errors import SetupError
from retrieval.fuse import fuse
from retrieval.index import FaissStore
from retrieval.lexical import LexicalIndex
from retrieval.retriever import Retriever


class Letters(Embeddings):
    """Counts of letters, unit norm: small, deterministic, and near for near texts."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        counts = np.array([1e-6, *(text.lower().count(chr(97 + i)) for i in range(26))])
        vector: list[float] = (counts / np.linalg.norm(counts)).tolist()
        return vector


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> SentenceEmbedder:
    return SentenceEmbedder(str(locate_embedder("all-minilm-l6-v2").path), cache=tmp_path_factory.mktemp("vectors"))


def words(text: str) -> int:
    return len(text.split())


def passages(*texts: str) -> list[Passage]:
    return [Passage(f"d{i}:0-{len(t)}", f"d{i}", 0, len(t), t) for i, t in enumerate(texts)]


@settings(max_examples=150)
@given(st.text(alphabet=st.sampled_from("ab .\n\u00e9\U0001f600"), max_size=400), st.integers(2, 12), st.integers(0, 1))
def test_a_passage_is_its_document_letter_for_letter_and_nothing_is_lost(text: str, size: int, overlap: int) -> None:
    found = split([Source("d", text, "t", {"label": "x"})], token_splitter(words, size, overlap))
    covered = set()
    for passage in found:
        assert passage.text == text[passage.start : passage.end]
        assert passage.id == f"d:{passage.start}-{passage.end}"
        assert passage.metadata == {"label": "x"}
        covered.update(range(passage.start, passage.end))
    assert all(i in covered for i, letter in enumerate(text) if not letter.isspace())
    assert len({p.id for p in found}) == len(found)


def test_passages_stay_within_their_tokens(embedder: SentenceEmbedder) -> None:
    text = " ".join(f"Sentence number {i} speaks of tides and clocks." for i in range(80))
    found = split([Source("d", text)], token_splitter(embedder.count_tokens, 60, 25))
    assert len(found) > 10
    assert max(embedder.count_tokens(p.text) for p in found) <= 60
    assert all(b.start < a.end for a, b in pairwise(found))


def test_an_overlap_as_large_as_a_chunk_is_refused() -> None:
    with pytest.raises(SetupError, match="overlap_tokens"):
        token_splitter(words, 5, 5)


def test_vectors_have_unit_norm_and_come_from_the_cache_the_second_time(embedder: SentenceEmbedder, tmp_path: Path) -> None:
    texts = ["a tide clock", "annual leave", "a tide clock"]
    vectors = embedder.encode(texts)
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert (vectors[0] == vectors[2]).all()
    again = SentenceEmbedder(str(locate_embedder("all-minilm-l6-v2").path), cache=tmp_path)
    again.encode(texts)
    again.__dict__["_model"] = None  # whatever is asked now must come from the disk
    assert (again.encode(texts) == vectors).all()


def test_the_index_survives_the_disk_without_a_pickle(tmp_path: Path) -> None:
    store = FaissStore.from_passages(passages("alpha beta", "gamma delta", "omega"), Letters())
    store.save(tmp_path)
    loaded = FaissStore.load(tmp_path, Letters())
    query = np.array([Letters().embed_query("gamma")], dtype=np.float32)
    assert loaded.nearest(query, 3) == store.nearest(query, 3)
    assert loaded.nearest(query, 1)[0][0][0].document == "d1"
    assert {p.name for p in tmp_path.iterdir()} == {"faiss.index", "passages.jsonl", "index.json"}
    (tmp_path / "passages.jsonl").write_text((tmp_path / "passages.jsonl").read_text().split("\n")[0] + "\n")
    with pytest.raises(SetupError, match="3 vectors for 1 passages"):
        FaissStore.load(tmp_path, Letters())


@settings(max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 7)), max_size=20))
def test_adding_and_deleting_is_like_building_anew(steps: list[tuple[bool, int]]) -> None:
    texts = [f"{chr(97 + i)}{chr(98 + i)} text {i}" for i in range(8)]
    store, there = FaissStore(Letters(), 27), dict[int, None]()
    for add, number in steps:
        if add:
            store.add_texts([texts[number]], ids=[str(number)])
            there.pop(number, None)
            there[number] = None
        else:
            store.delete([str(number)])
            there.pop(number, None)
    fresh = FaissStore.from_texts([texts[n] for n in there], Letters(), ids=[str(n) for n in there])
    query = np.array([Letters().embed_query("abc text")], dtype=np.float32)
    assert [(p.id, s) for p, s in store.nearest(query, 8)[0]] == [(p.id, s) for p, s in fresh.nearest(query, 8)[0]]


def test_any_vector_store_fits_our_retriever_and_it_fits_any_chain() -> None:
    foreign = InMemoryVectorStore(Letters())
    foreign.add_texts(["alpha beta", "gamma delta"], ids=["a", "g"])
    retriever = Retriever(store=foreign, k=1)
    assert [f.passage.id for f in retriever.retrieve(["gamma"], 1)[0]] == ["g"]
    ours = Retriever(store=FaissStore.from_passages(passages("alpha beta", "gamma delta"), Letters()), k=1)
    chain = ours | RunnableLambda(lambda documents: documents[0].page_content)
    assert chain.invoke("gamma") == "gamma delta"


@pytest.mark.parametrize("search", ["dense", "lexical", "hybrid"])
def test_an_excluded_document_is_never_returned(search: str) -> None:
    found = passages("the tide clock", "a tide table", "the clock tower", "a tidal wave")
    lexical = LexicalIndex.build([p.text for p in found]) if search != "dense" else None
    retriever = Retriever(store=FaissStore.from_passages(found, Letters()), search=search, lexical=lexical)
    for hits in retriever.retrieve(["tide clock"] * 2, 3, exclude=[["d0"], ["d0", "d1"]]):
        assert hits
        assert "d0" not in [h.passage.document for h in hits]
        assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)


def test_words_find_what_vectors_do_not(tmp_path: Path) -> None:
    index = LexicalIndex.build(["form KX-77 for expenses", "how to claim travel", "KX-78"])
    index.save(tmp_path)
    assert LexicalIndex.load(tmp_path, 3).search(["where is KX-77"], 2)[0][0][0] == 0
    assert index.search(["zzz"], 2) == [[]]


def test_fusion_by_hand() -> None:
    fused = fuse([["a", "b"], ["b", "c"]], 3)
    assert [item for item, _ in fused] == ["b", "a", "c"]
    assert fused[0][1] == pytest.approx(1 / 62 + 1 / 61)


def test_the_handbook_is_found(embedder: SentenceEmbedder) -> None:
    folder = experiment_of("facts").parent
    sources = [Source(p.stem, p.read_text(encoding="utf-8")) for p in sorted((folder / "documents").iterdir())]
    rows = [json.loads(line) for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    asked = [row for row in rows if row["answers"] and row["split"] == "dev"]
    retriever = Retriever.build(split(sources, token_splitter(embedder.count_tokens, 256, 32)), embedder)
    found = retriever.retrieve([row["question"] for row in asked], 3)
    hit = [any(f.passage.document in row["gold_doc_ids"] for f in hits) for hits, row in zip(found, asked, strict=True)]
    assert sum(hit) / len(hit) > 0.7
