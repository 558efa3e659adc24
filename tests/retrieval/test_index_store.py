"""Our store as LangChain knows it: texts in and out, updates that cost only what changed, novelty by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document

from retrieval.chunk import Passage, Source, split, token_splitter
from retrieval.diversify import scaled, select
from retrieval.index import FaissStore
from retrieval.passages import as_document, from_text
from tests.retrieval.letters import Letters, passages_of

WORDS = st.sampled_from(["tide", "clock", "leave", "form", "boat", "key"])
CORPUS = st.dictionaries(st.sampled_from("abcd"), st.lists(WORDS, max_size=8).map(" ".join), max_size=4)


def sources(corpus: dict[str, str]) -> list[Source]:
    return [Source(name, text) for name, text in corpus.items()]


def splitter() -> object:
    return token_splitter(lambda text: len(text.split()), 3, 0)


def hits(store: FaissStore) -> dict[str, float]:
    query = np.array([Letters().embed_query("tide clock key")], dtype=np.float32)
    return {p.id + p.text: score for p, score in store.nearest(query, 100)[0]}


@settings(max_examples=80)
@given(CORPUS, CORPUS, st.sets(st.sampled_from("abcd")))
def test_an_update_is_like_building_anew_and_embeds_only_what_is_new(old: dict[str, str], new: dict[str, str], gone: set[str]) -> None:
    embedder = Letters()
    first = split(sources(old), splitter())
    store = FaissStore(embedder, 27)
    store.add_passages(first)
    embedder.asked.clear()
    given_now = split(sources(new), splitter())
    change = store.update(given_now, set(new) | gone)
    left = {name: text for name, text in old.items() if name not in new and name not in gone} | new
    fresh = FaissStore(Letters(), 27)
    fresh.add_passages(split(sources(left), splitter()))
    assert hits(store) == hits(fresh)
    unchanged = {(p.id, p.text) for p in first} & {(p.id, p.text) for p in given_now}
    assert embedder.asked == [p.text for p in given_now if (p.id, p.text) not in unchanged]
    assert (change.added, change.kept) == (len(embedder.asked), len(unchanged))
    assert len(store) == len(first) - change.removed + change.added


@settings(max_examples=40)
@given(st.lists(st.text(alphabet="abc \n\"'\u2028é", max_size=12), max_size=8), st.integers(1, 8))
def test_what_is_saved_is_what_is_loaded(tmp_path_factory: pytest.TempPathFactory, texts: list[str], k: int) -> None:
    folder = tmp_path_factory.mktemp("index")
    store = FaissStore.from_texts(texts, Letters(), [{"n": i, "title": "t"} for i in range(len(texts))])
    store.save(folder)
    loaded = FaissStore.load(folder, Letters())
    assert loaded.passages == store.passages
    query = np.array([Letters().embed_query("abc")], dtype=np.float32)
    assert loaded.nearest(query, k) == store.nearest(query, k)
    loaded.add_texts(["one more"])
    assert len(loaded) == len(store) + 1
    loaded.save(folder)
    assert FaissStore.load(folder, Letters()).passages[-1].text == "one more"


def test_langchains_doors() -> None:
    store = FaissStore.from_documents(
        [Document("alpha beta", id="a", metadata={"source": "greek"}), Document("gamma delta", id="g")], Letters()
    )
    assert [d.page_content for d in store.similarity_search("gamma", 1)] == ["gamma delta"]
    assert store.get_by_ids(["a", "nobody"])[0].metadata["document"] == "greek"
    found = store.similarity_search_with_relevance_scores("alpha beta", 1)[0]
    assert found[0].id == "a"
    assert found[1] == pytest.approx(1.0, abs=1e-5)
    assert store.similarity_search_by_vector(Letters().embed_query("gamma delta"), 1)[0].id == "g"
    assert store.delete(["a"])
    assert store.get_by_ids(["a"]) == []
    assert store.add_texts(["alpha", "again"], ids=["x", "x"]) == ["x", "x"]
    assert [p.text for p in store.passages] == ["gamma delta", "again"]
    assert store.as_retriever(search_kwargs={"k": 1}).invoke("again")[0].id == "x"
    assert store.delete()
    assert store.similarity_search("again") == []


def test_two_passages_of_one_id_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="one id"):
        FaissStore.from_passages([*passages_of("a"), *passages_of("b")], Letters())


def test_a_passage_comes_back_from_langchain_as_it_went() -> None:
    passage = Passage("d:3-7", "d", 3, 7, "text", "Title", {"label": "x"})
    document = as_document(passage)
    assert from_text(str(document.id), document.page_content, document.metadata) == passage


def test_novelty_by_hand() -> None:
    vectors = np.array([[1, 0], [1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
    relevance = np.array([0.9, 0.9, 0.5, 0.7], dtype=np.float32)
    assert select(relevance, vectors, 4, 1.0) == [0, 1, 3, 2]
    # After 0: .45 - .5*1, .25 - 0, .35 - .5*.6 = -.05, .25, .05; after 2: 1 has -.05, 3 has .35 - .5*.8.
    assert select(relevance, vectors, 4, 0.5) == [0, 2, 1, 3]
    assert select(relevance, vectors, 2, 0.5) == [0, 2]
    assert scaled(np.array([2, 4, 3], dtype=np.float32)).tolist() == [0.0, 1.0, 0.5]


def test_langchains_search_for_novelty_leaves_out_the_repetition() -> None:
    store = FaissStore.from_texts(["tide clock", "tide clock ", "ferry"], Letters())
    assert [d.id for d in store.max_marginal_relevance_search("tide clock", k=2, lambda_mult=0.3)] == ["text-0", "text-2"]


def test_a_folder_without_an_index_is_named(tmp_path: Path) -> None:
    from retrieval.errors import SetupError

    with pytest.raises(SetupError, match="nowhere"):
        FaissStore.load(tmp_path / "nowhere", Letters())
