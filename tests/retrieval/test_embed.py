"""Vectors that depend on the text alone, prefixes as the models' cards say, and rerankers that are what they claim to be."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from finetune.pretrained import locate_embedder
from retrieval.cache import VectorCache
from retrieval.chunk import Source, fitting_splitter, searchable, split
from retrieval.embed import BATCH, Naming, SentenceEmbedder
from retrieval.errors import SetupError
from retrieval.prefixes import Prefixes, known_prefixes
from retrieval.rerank import Reranker

MINILM = locate_embedder("all-minilm-l6-v2").path


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return SentenceEmbedder(str(MINILM))


class Killed(Exception):
    """In place of a SIGKILL."""


class SmallBlocks(SentenceEmbedder):
    """Writes to the cache after every second batch."""

    block = 2 * BATCH


class Fragile(SmallBlocks):
    """Dies after some blocks."""

    blocks = 1

    def _embed(self, texts: list[str], prefix: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        if not self.blocks:
            raise Killed
        self.blocks -= 1
        return super()._embed(texts, prefix)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sentence-transformers/all-MiniLM-L6-v2", Prefixes("", "")),
        ("intfloat/e5-small-v2", Prefixes("query: ", "passage: ")),
        ("intfloat/Multilingual-E5-base", Prefixes("query: ", "passage: ")),
        ("/models/e5-small-v2/mine", Prefixes("", "")),
        ("/hub/models--intfloat--e5-small-v2/snapshots/all-MiniLM", Prefixes("", "")),
        ("BAAI/bge-small-en-v1.5", Prefixes("Represent this sentence for searching relevant passages: ", "")),
        ("BAAI/bge-m3", Prefixes("", "")),
        ("nomic-ai/nomic-embed-text-v1.5", Prefixes("search_query: ", "search_document: ")),
        ("Snowflake/snowflake-arctic-embed-m-v2.0", Prefixes("query: ", "")),
        ("thenlper/gte-base", Prefixes("", "")),
        ("someone/recipe5", Prefixes("", "")),
    ],
)
def test_prefixes_by_exact_id_and_by_no_piece_of_a_path(name: str, expected: Prefixes) -> None:
    assert known_prefixes(name) == expected


def test_what_a_models_folder_says_comes_before_its_family(tmp_path: Path, embedder: SentenceEmbedder) -> None:
    folder = tmp_path / "e5-own"
    shutil.copytree(MINILM, folder)
    settings = {"prompts": {"query": "ask: ", "document": "read: "}, "default_prompt_name": "document"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(settings), encoding="utf-8")
    own = SentenceEmbedder(str(folder))
    assert own.prefixes == Prefixes("ask: ", "read: ")
    assert own.encode(["tides"], "query") == pytest.approx(embedder.encode(["ask: tides"]), abs=1e-6)
    assert own.encode(["tides"]) == pytest.approx(embedder.encode(["read: tides"]), abs=1e-6)
    assert own.identity != embedder.identity


def test_what_the_user_sets_comes_first_and_an_id_serves_where_the_folder_says_nothing(embedder: SentenceEmbedder) -> None:
    assert SentenceEmbedder(str(MINILM), naming=Naming("intfloat/e5-small-v2")).prefixes == Prefixes("query: ", "passage: ")
    own = SentenceEmbedder(str(MINILM), naming=Naming("intfloat/e5-small-v2", Prefixes("q ", "")))
    assert own.prefixes == Prefixes("q ", "")
    assert own.encode(["tides"], "query") == pytest.approx(embedder.encode(["q tides"]), abs=1e-6)


@pytest.mark.parametrize("reads", [32, 64])
def test_no_passage_is_longer_than_a_short_embedder_reads(reads: int, tmp_path: Path) -> None:
    folder = tmp_path / "short"
    shutil.copytree(MINILM, folder)
    settings = json.loads((folder / "sentence_bert_config.json").read_text())
    (folder / "sentence_bert_config.json").write_text(json.dumps({**settings, "max_seq_length": reads}))
    short = SentenceEmbedder(str(folder), naming=Naming(prefixes=Prefixes("", "passage: ")))
    assert short.room == reads - 2
    text = " ".join(f"Clause {n}: the harbour-master's dues of {n * 37} euros fall due at high water." for n in range(60))
    passages = split([Source("a", text, "Dues and tides")], fitting_splitter(short, 256, 32))
    assert len(passages) > 10
    assert short.cut_off([searchable(passage) for passage in passages]) == 0
    assert "".join(text[p.start : p.end] for p in passages).count("Clause 59") >= 1


def test_letters_that_the_tokenizer_does_not_know_are_counted(embedder: SentenceEmbedder) -> None:
    assert embedder.unread(["When is high water?", "Wann ist Hochwasser in Köln?"]).share == 0
    assert embedder.unread(["น้ำขึ้นสูงสุดเวลาใด"]).share > 0.9
    assert 0.3 < embedder.unread(["什么时候涨潮？港口费用是多少"]).share < 1
    mixed = embedder.unread(["high water " * 10 + "น้ำขึ้นสูงสุดเวลาใด"])
    assert 0.05 < mixed.share < 0.5
    assert embedder.unread([]).share == 0


def test_interrupted_and_begun_again_gives_the_same_bits(tmp_path: Path) -> None:
    texts = [f"note {i} " + "tide " * (i % 7) for i in range(5 * BATCH)]
    undisturbed = SmallBlocks(str(MINILM), cache=tmp_path / "a").encode(texts)
    with pytest.raises(Killed):
        Fragile(str(MINILM), cache=tmp_path / "b").encode(texts)
    assert (SmallBlocks(str(MINILM), cache=tmp_path / "b").encode(texts) == undisturbed).all()


def test_a_changed_text_costs_itself_alone(tmp_path: Path) -> None:
    SentenceEmbedder(str(MINILM), cache=tmp_path).encode(["tides", "clocks"])
    again = Fragile(str(MINILM), cache=tmp_path)
    again.blocks = 0
    assert again.encode(["clocks", "tides", "clocks"]).shape == (3, 384)
    with pytest.raises(Killed):
        again.encode(["clocks", "harbour"])


def test_order_repetition_and_nothing_at_all(embedder: SentenceEmbedder) -> None:
    one, two = embedder.encode(["tides", "clocks"])
    assert (embedder.encode(["clocks", "tides", "clocks"]) == np.stack([two, one, two])).all()
    assert embedder.encode([]).shape == (0, 384)
    assert isinstance(embedder, Embeddings)
    assert embedder.embed_query("tides") == pytest.approx(embedder.embed_documents(["tides"])[0], abs=1e-6)


def test_passages_longer_than_the_model_reads_are_counted(embedder: SentenceEmbedder) -> None:
    assert embedder.max_tokens == 256
    assert embedder.cut_off(["tide " * 254, "tide " * 255, "tide"]) == 1
    long = "tide " * 300
    assert embedder.encode([long]) == pytest.approx(embedder.encode([long + "clock"]), abs=1e-6)


def test_two_models_share_no_vectors(tmp_path: Path) -> None:
    one, other = VectorCache(tmp_path, "../one"), VectorCache(tmp_path, "other")
    one.put(["text"], np.ones((1, 3), np.float32))
    assert other.get(["text"]) == {}
    assert one.get(["no", "text"])[1].tolist() == [1, 1, 1]
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".sqlite", ".sqlite"]
    many = [str(n) for n in range(1_200)]
    one.put(many, np.arange(1_200, dtype=np.float32)[:, None])
    assert [int(vector[0]) for _, vector in sorted(one.get(many).items())] == list(range(1_200))


def test_a_vector_that_was_changed_on_the_disk_is_made_anew(tmp_path: Path) -> None:
    cache, vectors = VectorCache(tmp_path, "model"), np.eye(4, dtype=np.float32)
    cache.put(list("abcd"), vectors)
    file = next(tmp_path.iterdir())
    data, kept = bytearray(file.read_bytes()), vectors[2].tobytes()
    data[data.index(kept) + 10] ^= 1
    file.write_bytes(data)
    assert sorted(cache.get(list("abcd"))) == [0, 1, 3]
    cache.put(["c"], vectors[2:3])
    assert cache.get(["c"])[0].tolist() == vectors[2].tolist()


def test_a_spoilt_cache_is_named(tmp_path: Path) -> None:
    VectorCache(tmp_path, "model")
    file = next(tmp_path.iterdir())
    file.write_bytes(b"no database at all " * 100)
    with pytest.raises(SetupError, match=file.name):
        VectorCache(tmp_path, "model")
    assert issubclass(sqlite3.DatabaseError, sqlite3.Error)
    with pytest.raises(SetupError, match="BAKEOFF_CACHE"):
        VectorCache(file / "below a file", "model")


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="could not be loaded"):
        SentenceEmbedder(str(tmp_path)).encode(["tides"])
    with pytest.raises(SetupError, match=r"retrieval\.reranker.*could not be loaded"):
        Reranker(str(tmp_path)).scores("tides", ["clock"])


def tiny_cross_encoder(folder: Path, labels: int) -> str:
    """One layer, random weights, with MiniLM's tokenizer."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(1)
    config = BertConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, num_labels=labels)
    BertForSequenceClassification(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(str(MINILM)).save_pretrained(folder)
    return str(folder)


def test_a_cross_encoder_scores_pairs(tmp_path: Path) -> None:
    reranker = Reranker(tiny_cross_encoder(tmp_path, labels=1))
    texts = ["a tide clock", "annual leave", "harbour dues " * 30]
    scores = reranker.scores("when is high water?", texts)
    assert scores.shape == (3,)
    assert len(set(scores.tolist())) == 3
    assert scores == pytest.approx([reranker.scores("when is high water?", [text])[0] for text in texts], abs=1e-5)
    assert reranker.scores("nothing", []).shape == (0,)


def test_what_is_no_reranker_is_refused_instead_of_ordering_at_random(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no trained head"):
        Reranker(tiny_cross_encoder(tmp_path, labels=3)).scores("q", ["a"])
    with pytest.raises(SetupError, match="no trained head"):
        Reranker(str(MINILM)).scores("q", ["a"])
