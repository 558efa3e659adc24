"""One door for every kind of search: reranked, novel, whole documents, and never a document that is barred."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.vectorstores import InMemoryVectorStore
from numpy.typing import NDArray

from retrieval.chunk import Passage, Source, split, token_splitter, whole
from retrieval.errors import SetupError
from retrieval.fuse import fuse
from retrieval.lexical import LexicalIndex, singular, words
from retrieval.rerank import Reranker
from retrieval.retriever import Retriever, Search
from tests.retrieval.letters import Letters, passages_of

KINDS: list[Search] = ["dense", "lexical", "hybrid"]
TEXTS = ["the tide clock", "a tide table", "the clock tower", "a tidal wave", "tide and clock, tide and clock"]


class Shortest(Reranker):
    """The shorter a text, the better."""

    def __init__(self) -> None:
        super().__init__("none")

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([1.0 / len(text) for text in texts], dtype=np.float32)


def ids(retriever: Retriever, question: str, k: int = 3, exclude: Sequence[Sequence[str]] | None = None) -> list[str]:
    return [f.passage.id for f in retriever.retrieve([question], k, exclude)[0]]


@pytest.mark.parametrize("search", KINDS)
def test_a_barred_document_never_comes_however_many_passages_it_has(search: Search) -> None:
    many = [Passage(f"big:{n}-{n + 10}", "big", n, n + 10, "tide clock") for n in range(0, 3_000, 10)]
    retriever = Retriever.build([*many, *passages_of(*TEXTS)], Letters(), search=search)
    found = retriever.retrieve(["tide clock", "tide clock"], 3, exclude=[["big"], []])
    assert {f.passage.document for f in found[0]} <= {"d0", "d1", "d2", "d4"}
    assert len(found[0]) == 3
    assert "big" in {f.passage.document for f in found[1]}


@pytest.mark.parametrize("search", KINDS)
def test_many_questions_at_once_find_what_each_finds_alone(search: Search) -> None:
    retriever = Retriever.build(passages_of(*TEXTS), Letters(), search=search)
    asked = ["tide clock", "wave", "tower", "the clock", ""]
    together = retriever.retrieve(asked, 4, exclude=[[], ["d3"], [], ["d0", "d2"], []])
    alone = [retriever.retrieve([q], 4, exclude=[e])[0] for q, e in zip(asked, [[], ["d3"], [], ["d0", "d2"], []], strict=True)]
    assert together == alone
    assert all(len(found) <= 4 for found in together)


@pytest.mark.parametrize("search", KINDS)
def test_a_saved_retriever_finds_the_same(search: Search, tmp_path: Path) -> None:
    built = Retriever.build(passages_of(*TEXTS), Letters(), search=search)
    built.save(tmp_path)
    loaded = Retriever.load(tmp_path, Letters(), search=search)
    assert loaded.retrieve(["tide clock"], 4) == built.retrieve(["tide clock"], 4)
    assert not [path for path in tmp_path.rglob("*") if path.suffix in {".pkl", ".pickle"}]
    loaded.update([Source("new", "a harbour dues form")], token_splitter(lambda text: len(text.split()), 9, 0), removed=["d0"])
    loaded.save(tmp_path)
    again = Retriever.load(tmp_path, Letters(), search=search)
    assert again.retrieve(["harbour dues form"], 1)[0][0].passage.document == "new"
    assert "d0" not in [f.passage.document for f in again.retrieve(["tide clock"], 9)[0]]


def test_a_word_index_over_other_passages_is_refused(tmp_path: Path) -> None:
    Retriever.build(passages_of(*TEXTS), Letters(), search="hybrid").save(tmp_path)
    Retriever.build(passages_of(*TEXTS[:3]), Letters()).save(tmp_path)
    with pytest.raises(SetupError, match="over 5 passages, not 3"):
        Retriever.load(tmp_path, Letters(), search="hybrid")
    built = Retriever.build(passages_of(*TEXTS), Letters(), search="hybrid")
    built.store.delete(["d0:0-14"])
    with pytest.raises(ValueError, match=r"Retriever\.update"):
        built.retrieve(["tide"], 1)


def test_a_reranker_orders_the_candidates_and_gives_the_scores() -> None:
    retriever = Retriever.build(passages_of(*TEXTS), Letters(), reranker=Shortest())
    found = retriever.retrieve(["tide clock"], 2)[0]
    assert [f.passage.document for f in found] == ["d1", "d3"]
    assert found[0].score == pytest.approx(1 / len(TEXTS[1]), abs=1e-6)


@pytest.mark.parametrize("search", KINDS)
def test_novelty_leaves_out_what_was_said(search: Search) -> None:
    texts = ["tide clock", "tide clock", "tide clock", "clock on the tower"]
    plain = Retriever.build(passages_of(*texts), Letters(), search=search)
    novel = Retriever.build(passages_of(*texts), Letters(), search=search, mmr=0.1)
    assert [name[:2] for name in ids(plain, "tide clock", 2)] == ["d0", "d1"]
    assert [name[:2] for name in ids(novel, "tide clock", 2)] == ["d0", "d3"]


def test_passages_are_widened_to_the_documents_that_fit(tmp_path: Path) -> None:
    sources = [Source("a", "Tide clock. Harbour dues. Annual leave."), Source("b", "Tide table. " + "Long chapter. " * 30)]
    passages = split(sources, token_splitter(lambda text: len(text.split()), 2, 0))
    built = Retriever.build(passages, Letters(), parents=[whole(sources[0])])
    built.save(tmp_path)
    for retriever in (built, Retriever.load(tmp_path, Letters())):
        assert ids(retriever, "tide clock", 2) == ["a:0-39", "b:0-11"]
    built.update([Source("a", "Tide clock, new.")], token_splitter(lambda text: len(text.split()), 2, 0))
    assert ids(built, "tide clock", 1) == ["a:0-16"]


def test_other_stores_do_dense_search_with_all_that_comes_after() -> None:
    foreign = InMemoryVectorStore(Letters())
    foreign.add_texts(["tide clock", "tide clocks", "clock on the tower"], [{"source": "x"}, {"source": "y"}, {"source": "z"}])
    documents = [f.passage.document for f in Retriever(store=foreign, mmr=0.3).retrieve(["tide clock"], 2)[0]]
    assert documents == ["x", "z"]
    assert [f.passage.document for f in Retriever(store=foreign).retrieve(["tide clock"], 2, exclude=[["x", "y"]])[0]] == ["z"]
    with pytest.raises(SetupError, match="InMemoryVectorStore does dense search only"):
        Retriever(store=foreign, search="hybrid").retrieve(["tide"], 1)


@settings(max_examples=60)
@given(st.lists(st.permutations(range(6)).map(lambda p: p[:4]), min_size=1, max_size=3))
def test_a_fused_ranking_rewards_what_all_put_first(rankings: list[list[int]]) -> None:
    fused = fuse(rankings, 10)
    assert {item for item, _ in fused} == {item for ranking in rankings for item in ranking}
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)
    for item, score in fused:
        assert score == pytest.approx(sum(1 / (61 + r.index(item)) for r in rankings if item in r))
    if all(ranking[0] == rankings[0][0] for ranking in rankings):
        assert fused[0][0] == rankings[0][0]


def test_bm25_by_hand() -> None:
    texts = ["tide clock", "tide tide boat", "boat"]
    index = LexicalIndex.build(texts)
    lengths, k1, b = [2, 3, 1], 1.5, 0.75

    def bm25(frequency: int, length: int, holding: int) -> float:
        idf = np.log(1 + (3 - holding + 0.5) / (holding + 0.5))
        return float(idf * frequency / (frequency + k1 * (1 - b + b * length / np.mean(lengths))))

    found = dict(index.search(["tide"], 3)[0])
    assert found == pytest.approx({0: bm25(1, 2, 2), 1: bm25(2, 3, 2)}, abs=1e-5)


def test_words_of_several_scripts() -> None:
    assert words("The Tides' FORMS, ﬁnally: 東京 KX-77") == ["tide", "form", "finally", "東", "京", "kx", "77"]
    assert [singular(w) for w in ("policies", "houses", "bus", "glass", "gas", "toes", "keys")] == [
        "policy", "house", "bus", "glass", "gas", "toe", "key",
    ]  # fmt: skip
    assert LexicalIndex.build(["東京の天気", "京都"]).search(["東京"], 2)[0][0][0] == 0


def test_texts_without_words_are_indexed_and_never_found(tmp_path: Path) -> None:
    for texts in ([], ["...", "!"], ["tide", "..."]):
        index = LexicalIndex.build(texts)
        index.save(tmp_path / "bm25")
        found = LexicalIndex.load(tmp_path / "bm25", len(texts)).search(["tide ...", ""], 5)
        assert [[n for n, _ in row] for row in found] == [[0] if "tide" in texts else [], []]


def test_equal_scores_stand_in_order() -> None:
    found = LexicalIndex.build(["boat"] * 40 + ["tide"] * 40).search(["tide"], 5)[0]
    assert [n for n, _ in found] == [40, 41, 42, 43, 44]
    assert re.match(r"0\.\d+", str(found[0][1]))
