"""Questions of a log of `bakeoff serve`, sampled by what became of them and by how unsure the search was. Asks no model.

What the server answered says which slice a question is in, and is never shown to the model that drafts the answer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings

from eval.metrics.grading.abstention import declines
from pipeline.data.served_log import Line, read
from pipeline.drafting.engine import vectors_of
from pipeline.drafting.plan import draw
from pipeline.drafting.similar import nearly_another

DECLINED, CITED, UNCITED, UNKNOWN = "declined", "answered with a source", "answered without a source", "answer not kept"
_CITED = re.compile(r"\[\d{1,2}(?:\s*,\s*\d{1,2})*\]")


def distinct(logs: Sequence[Path]) -> list[Line]:
    """Each question once, as it was asked last. UserError where a log holds none."""
    lines = [line for log in logs for line in read(log)[0]]
    return list({" ".join(line.input.split()).casefold(): line for line in lines}.values())


def sampled(lines: Sequence[Line], count: int, seed: int, embedder: Embeddings, rows: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Up to `count` questions with their slices, none nearly another or one of `rows`; a larger count begins with the same ones."""
    order, kept = in_turn(lines, seed), list[tuple[str, str]]()
    known, vectors = list(rows), vectors_of(embedder, rows)
    while len(kept) < count and (block := list(islice(order, count))):
        texts = [" ".join(line.input.split()) for line in block]
        found = vectors_of(embedder, texts)
        fresh = [place for place, why in enumerate(nearly_another(texts, found, known, vectors)) if not why]
        kept += [(texts[place], slice_of(block[place])) for place in fresh]
        known += [texts[place] for place in fresh]
        vectors = np.concatenate([vectors, found[fresh]]) if len(vectors) else found[fresh]
    return kept[:count]


def in_turn(lines: Sequence[Line], seed: int) -> Iterator[Line]:
    """One of each slice after the other. In each, the one with the lowest score comes in turn with one drawn by the seed."""
    slices: dict[str, list[Line]] = {}
    for line in sorted(lines, key=lambda line: draw(seed, "log", line.input)):
        slices.setdefault(slice_of(line), []).append(line)
    return _alternating([_alternating([sorted(some, key=_sure), some]) for _, some in sorted(slices.items())])


def slice_of(line: Line) -> str:
    """What became of a question."""
    if line.answer is None:
        return UNKNOWN
    if declines(line.answer, line.input):
        return DECLINED
    return CITED if _CITED.search(line.answer) else UNCITED


def _sure(line: Line) -> float:
    return math.inf if line.score is None else line.score


def _alternating(sources: Sequence[Sequence[Line] | Iterator[Line]]) -> Iterator[Line]:
    """One of each in turn until all are used up; each line once."""
    left, seen = [iter(source) for source in sources], set[int]()
    while left:
        for source in list(left):
            line = next((one for one in source if id(one) not in seen), None)
            if line is None:
                left.remove(source)
                continue
            seen.add(id(line))
            yield line
