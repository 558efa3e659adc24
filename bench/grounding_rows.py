"""WiCE's and BEGIN's dev rows with the checker's features, and which of them are held out. Fits nothing and measures no quality."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.metrics.grounding.checker import checkable
from eval.metrics.grounding.features import Source, measure, texts

Floats = NDArray[np.float64]
DATA = ("wice", "begin")
EMBEDDER = "all-minilm-l6-v2"


@dataclass(frozen=True)
class Row:
    """One labelled answer."""

    data: str
    group: str
    context: str
    answer: str
    supported: bool
    features: Floats
    """(sentences, len(NAMES))."""
    overlap: float
    """The baseline: of the answer's distinct words, the share that stands in the context."""


def read(folder: Path) -> tuple[list[Row], dict[str, int]]:
    """All rows with something to check, with their features, and how many had nothing."""
    raw: list[dict[str, Any]] = []
    for data in DATA:
        path = folder / data / "dev.jsonl"
        if not path.exists():
            raise SystemExit(f"{path} is not there; bench/README.md says where to get it, --data where to look for it.")
        raw += [{**json.loads(line), "data": data} for line in path.read_text(encoding="utf-8").splitlines()]
    split = [checkable(one["answer"]) for one in raw]
    sources = [Source.of([one["context"]]) for one in raw]
    needed = sorted({text for source, told in zip(sources, split, strict=True) for sentence in told for text in texts(sentence, source)})
    vectors = dict(zip(needed, embed(needed), strict=True))
    rows = [
        Row(
            one["data"], group, one["context"], one["answer"], bool(one["faithful"]),
            np.stack([measure(sentence, source, vectors) for sentence in told]), overlap(one["answer"], one["context"]),
        )
        for one, group, source, told in zip(raw, groups(raw), sources, split, strict=True)
        if told
    ]  # fmt: skip
    dropped = {data: sum(one["data"] == data and not told for one, told in zip(raw, split, strict=True)) for data in DATA}
    return rows, dropped


def embed(needed: Sequence[str]) -> NDArray[np.float32]:
    from finetune.pretrained import locate_embedder
    from retrieval.embed import SentenceEmbedder

    cache = Path(tempfile.gettempdir()) / "bakeoff-fit-grounding"
    return SentenceEmbedder(str(locate_embedder(EMBEDDER).path), cache=cache).encode(list(needed), "passage")


def overlap(answer: str, context: str) -> float:
    said, there = (set(re.findall(r"\w+", text.lower())) for text in (answer, context))
    return len(said & there) / max(len(said), 1)


def groups(raw: Sequence[dict[str, Any]]) -> list[str]:
    """A name for each row, the same for rows that are joined by an equal context, question or answer (case and spaces aside)."""
    root = list(range(len(raw)))

    def top(i: int) -> int:
        while root[i] != i:
            i = root[i]
        return i

    seen: dict[tuple[str, str], int] = {}
    for i, one in enumerate(raw):
        for field in ("context", "question", "answer"):
            if text := " ".join(re.findall(r"\w+", one.get(field, "").lower())):
                first = seen.setdefault((field, text), i)
                root[max(top(i), top(first))] = min(top(i), top(first))
    return [" ".join(re.findall(r"\w+", raw[top(i)]["context"].lower())) for i in range(len(raw))]


def is_held_out(row: Row) -> bool:
    return hashlib.sha256(f"grounding:{row.group}".encode()).digest()[0] % 2 == 0
