"""What the embedder cannot read is told before a run: other scripts, and passages longer than it takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from finetune.pretrained import locate_embedder
from pipeline.data.audit import Finding, Reader, audit
from pipeline.experiment.load import parse
from pipeline.records import Document, Example
from retrieval.embed import SentenceEmbedder

THAI, ENGLISH = "น้ำขึ้นสูงสุดที่ท่าเรือเวลาสองทุ่มของทุกวัน", "High water at the harbour is at eight in the evening every day."


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return SentenceEmbedder(str(locate_embedder("all-minilm-l6-v2").path), device="cpu")


def found(
    embedder: SentenceEmbedder, texts: list[str], questions: list[str], room: int | None = None, **retrieval: Any
) -> dict[str, Finding]:
    raw = {"name": "x", "task": {"kind": "question_answering"}, "data": {"examples": "a.csv"}, "retrieval": retrieval}
    rows = [Example(str(n), text, ("x",), split="test", origin=f"a.csv:{n}") for n, text in enumerate(questions)]
    documents = [Document(f"d{n}", text) for n, text in enumerate(texts)]
    reader = Reader(room or embedder.room, lambda text: tuple(embedder.unread([text])))
    findings = audit(parse(raw, Path("/")), [], [], rows, documents, None, reader).findings
    return {one.code: one for one in findings if one.code.startswith(("unreadable", "passages_shortened", "embedder"))}


def test_a_script_that_the_embedder_does_not_know_blocks_what_it_would_make_lose(embedder: SentenceEmbedder) -> None:
    thai = found(embedder, [THAI] * 4, [THAI, ENGLISH])
    assert thai["unreadable_documents"].severity == "blocks"
    assert thai["unreadable_documents"].count == 4
    assert "multilingual" in thai["unreadable_documents"].remedy
    assert thai["unreadable_inputs"].severity == "warning"
    assert thai["unreadable_inputs"].examples == ["a.csv:0"]
    assert found(embedder, [THAI] * 4, [ENGLISH], search="lexical")["unreadable_documents"].severity == "warning"


def test_what_it_reads_is_silent(embedder: SentenceEmbedder) -> None:
    assert found(embedder, [ENGLISH, "Hochwasser ist täglich um acht Uhr abends."], [ENGLISH]) == {}
    assert found(embedder, [ENGLISH] * 40 + [THAI], [ENGLISH]) == {}
    assert found(embedder, [THAI], [ENGLISH], source="examples") == {}


def test_passages_are_cut_to_what_it_reads_and_that_is_told(embedder: SentenceEmbedder) -> None:
    told = found(embedder, [ENGLISH], [ENGLISH], room=62)["passages_shortened"]
    assert "reads 62 tokens" in told.message
    assert told.severity == "info"
    assert found(embedder, [ENGLISH], [ENGLISH], room=62, chunk_tokens=60) == {}
    assert found(embedder, [ENGLISH], [ENGLISH], room=9)["embedder_reads_nothing"].severity == "blocks"
