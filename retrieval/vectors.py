"""Unit vectors → nearest neighbours by FAISS: exact up to a size, HNSW or IVF-PQ beyond. Returns positions and scores."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

import faiss as untyped_faiss
import numpy as np

from retrieval.exact import BLOCK, Floats, Places, Truth, nearest, sample_size
from retrieval.graph import hidden

faiss: Any = untyped_faiss  # its stubs do not know the keywords that its Python layer adds
Kind = Literal["flat", "hnsw", "ivfpq"]
FLAT_ROWS = 50_000
"""Up to here exact search of 384 numbers takes a few milliseconds, and nothing else is worth its error."""
GRAPH_ROWS = 200_000
"""Up to here an HNSW graph is built in a minute or two; a million takes most of an hour on two cores, IVF-PQ five minutes (docs/log.md)."""
MEMORY = 6 << 30
"""Bytes that vectors and graph may take before IVF-PQ is chosen over HNSW."""
LINKS, CARE = 32, 120
"""M and efConstruction of HNSW (Malkov & Yashunin 2018, arXiv 1603.09320); with FAISS' own 40 whole clouds go astray (docs/log.md)."""
TARGET = 0.97
"""Recall@10 against exact search for which search effort is raised; above the promised 0.95, as it is measured on a sample."""
FEWEST = 1_000
"""Below this an index is exact, whatever is asked for: there is too little to learn an approximation from."""
SPARE = 16
"""Neighbours looked at beyond k, so that of equal ones the first added is returned."""


class Effort(NamedTuple):
    """How hard a search tries: `breadth` is HNSW's efSearch or IVF's nprobe, `factor` candidates a result are compared in full (IVF-PQ)."""

    breadth: int
    factor: int = 1


EFFORTS: dict[Kind, tuple[Effort, ...]] = {
    "flat": (Effort(0),),
    "hnsw": tuple(Effort(ef) for ef in (32, 64, 128, 256, 512)),
    "ivfpq": tuple(Effort(*pair) for pair in ((8, 8), (16, 8), (32, 16), (64, 16), (128, 32), (256, 32))),
}


@dataclass(frozen=True)
class Facts:
    """What `index.json` says of an index."""

    kind: Kind
    rows: int
    dimension: int
    effort: Effort
    recall_at_10: float | None
    """Against exact search of the stored vectors, over `measured_on` of them as questions; too low rather than too high. None: unknown."""
    measured_on: int
    removed: tuple[int, ...] = ()
    """Places whose vectors are still in the structure (HNSW, IVF-PQ) but never returned."""


class VectorIndex:
    """Places are numbered as vectors are added, from 0."""

    def __init__(self, dimension: int) -> None:
        """Empty and exact."""
        self._index: Any = faiss.IndexFlatIP(dimension)
        self._kind: Kind = "flat"
        self._effort = Effort(0)
        self._recall: float | None = 1.0
        self._removed: set[int] = set()
        self._mapped = False
        self._asking: Any = None

    @classmethod
    def build(cls, vectors: Floats, kind: Kind | Literal["auto"] = "auto", memory: int = MEMORY) -> Self:
        """Over (n, d) unit vectors; `auto` chooses by their number and by `memory` in bytes. The same vectors give the same index."""
        rows, dimension = vectors.shape
        made = cls(dimension)
        wanted = choose(rows, dimension, memory) if kind == "auto" else kind
        made._kind = wanted if rows >= FEWEST else "flat"
        made._index = _empty(made._kind, rows, dimension)
        if made._kind == "ivfpq":
            made._index.train(_training_sample(vectors, faiss.downcast_index(made._index.base_index).nlist))
        made.add(vectors)
        made._tune()
        return made

    def __len__(self) -> int:
        """Vectors that can be found."""
        return int(self._index.ntotal) - len(self._removed)

    @property
    def facts(self) -> Facts:
        sample = 0 if self._kind == "flat" or self._recall is None else sample_size(len(self))
        return Facts(self._kind, len(self), self._index.d, self._effort, self._recall, sample, tuple(sorted(self._removed)))

    def add(self, vectors: Floats) -> None:
        """(n, d) unit vectors, behind those that are there."""
        self._own()
        with _one_thread() if self._kind == "hnsw" else nullcontext():  # its graph would depend on which of two threads comes first
            for first in range(0, len(vectors), BLOCK):
                self._index.add(np.ascontiguousarray(vectors[first : first + BLOCK], dtype=np.float32))
        if self._kind != "flat":
            self._recall = None

    def remove(self, places: Sequence[int]) -> bool:
        """Take these out. True where the vectors behind them moved up to close the gaps, False where their places stay, empty."""
        if not len(places):
            return False
        if self._kind == "flat":
            self._own()
            self._index.remove_ids(faiss.IDSelectorBatch(np.array(places, dtype=np.int64)))
            return True
        self._removed |= set(places)
        self._recall, self._asking = None, None
        if len(self._removed) * 4 <= self._index.ntotal:
            return False
        rest = self.vectors([place for place in range(self._index.ntotal) if place not in self._removed])
        self.__dict__.update(type(self).build(rest, self._kind).__dict__)
        return True

    def search(self, vectors: Floats, k: int) -> tuple[Floats, Places]:
        """Scores (cosines) and places, both (n, min(k, rows)), best first; scores equal to six decimals stand in order of places.

        Where an approximate index finds fewer than k, the row ends with places of -1.
        """
        k = min(k, len(self))
        wide = min(k + SPARE, len(self))
        if not wide or not len(vectors):
            return np.zeros((len(vectors), k), np.float32), np.zeros((len(vectors), k), np.int64)
        asking = self._asking or self._parameters()
        scores, places = self._index.search(np.ascontiguousarray(vectors, dtype=np.float32), wide, params=asking)
        rounded = np.round(np.where(places < 0, -9.0, scores), 6).astype(np.float32)
        order = np.lexsort((places, -rounded), axis=-1)[:, :k]
        return np.take_along_axis(rounded, order, 1), np.take_along_axis(places, order, 1)

    def vectors(self, places: Sequence[int]) -> Floats:
        """(n, d), as stored: exact, but to half precision with IVF-PQ."""
        stored = self._index.refine_index if self._kind == "ivfpq" else self._index
        made: Floats = stored.reconstruct_batch(np.array(places, dtype=np.int64))
        return made

    def save(self, path: Path) -> Facts:
        """Replace the FAISS file `path`, never half-written; recall is measured where it is not known."""
        if self._recall is None:
            with self._questions() as truth:
                self._recall = self._measured(truth)
        part = path.with_name(path.name + ".part")
        faiss.write_index(self._index, str(part))
        part.replace(path)
        return self.facts

    @classmethod
    def load(cls, path: Path, facts: dict[str, Any]) -> Self:
        """What `save` wrote, memory-mapped; it is read into memory when it is first changed. OSError or RuntimeError where it cannot."""
        made = cls(facts["dimension"])
        made._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        made._kind, made._effort = facts["kind"], Effort(*facts["effort"])
        made._recall, made._removed, made._mapped = facts["recall_at_10"], set(facts["removed"]), True
        return made

    def _own(self) -> None:
        """FAISS cannot change what it has mapped; the file may be another by now."""
        if self._mapped:
            self._index, self._mapped = faiss.deserialize_index(faiss.serialize_index(self._index)), False

    def _parameters(self) -> Any:
        """Kept until effort or removed places change, as telling FAISS of many places takes a while."""
        alive = faiss.IDSelectorNot(faiss.IDSelectorBatch(np.array(sorted(self._removed), dtype=np.int64))) if self._removed else None
        if self._kind == "hnsw":
            self._asking = faiss.SearchParametersHNSW(efSearch=self._effort.breadth, sel=alive)
        elif self._kind == "ivfpq":
            lists = faiss.SearchParametersIVF(nprobe=self._effort.breadth, sel=alive)
            self._asking = faiss.IndexRefineSearchParameters(k_factor=self._effort.factor, base_index_params=lists)
        return self._asking

    def _tune(self) -> None:
        """The least effort that reaches the target."""
        if self._kind == "flat":
            return
        with self._questions() as truth:
            for effort in EFFORTS[self._kind]:
                self._effort, self._asking = effort, None
                self._recall = self._measured(truth)
                if self._recall >= TARGET:
                    return

    def _measured(self, truth: Truth) -> float:
        pairs = zip(self.search(truth.queries, 10)[1].tolist(), truth.nearest.tolist(), strict=True)
        return round(sum(len(set(found) & set(right)) for found, right in pairs) / truth.nearest.size, 4)

    @contextmanager
    def _questions(self) -> Iterator[Truth]:
        """A fixed sample of the vectors, meanwhile never found nor passed through: HNSW links them to what they ask for (docs/log.md)."""
        alive = np.setdiff1d(np.arange(self._index.ntotal), np.array(sorted(self._removed), dtype=np.int64))
        drawn = np.random.default_rng(0).choice(alive, sample_size(len(alive)), replace=False)
        graph = self._graph()
        sample = np.setdiff1d(drawn, [graph.entry_point] if graph else [])
        queries, removed = self.vectors(sample.tolist()), self._removed
        self._removed, self._asking = removed | set(sample.tolist()), None
        try:
            with hidden(graph, sample) if graph else nullcontext():
                yield Truth(queries, nearest(self.vectors, np.setdiff1d(alive, sample), queries, 10))
        finally:
            self._removed, self._asking = removed, None

    def _graph(self) -> Any:
        """HNSW's, in memory; None for other kinds."""
        if self._kind != "hnsw":
            return None
        self._own()
        return self._index.hnsw


def choose(rows: int, dimension: int, memory: int = MEMORY) -> Kind:
    """Exact while it is quick; then HNSW, the more accurate, while it is soon built and fits `memory` bytes; else IVF-PQ."""
    if rows <= FLAT_ROWS:
        return "flat"
    fits = rows * (4 * dimension + 8 * LINKS + 32) <= memory
    return "hnsw" if rows <= GRAPH_ROWS and fits else "ivfpq"


def _empty(kind: Kind, rows: int, dimension: int) -> Any:
    if kind == "flat":
        return faiss.IndexFlatIP(dimension)
    if kind == "hnsw":
        graph = faiss.IndexHNSWFlat(dimension, LINKS, faiss.METRIC_INNER_PRODUCT)
        graph.hnsw.efConstruction = CARE
        return graph
    # Four bits for each two numbers to choose candidates (André et al. 2019, "Quicker ADC"), half precision to compare them in full;
    # lists as many as a power of two allows near four times the root of the rows, with 39 rows each to learn from as FAISS wants.
    lists = 2 ** math.floor(math.log2(min(4 * math.sqrt(rows), rows / 39)))
    parts = dimension // 2 if dimension % 2 == 0 else dimension
    return faiss.index_factory(dimension, f"IVF{lists},PQ{parts}x4fs,Refine(SQfp16)", faiss.METRIC_INNER_PRODUCT)


def _training_sample(vectors: Floats, lists: int) -> Floats:
    wanted = min(len(vectors), max(64 * lists, 10_000))
    return np.ascontiguousarray(vectors[np.sort(np.random.default_rng(0).choice(len(vectors), wanted, replace=False))], dtype=np.float32)


@contextmanager
def _one_thread() -> Iterator[None]:
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
