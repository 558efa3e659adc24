"""How fast and how well the vector index finds among many passages, beside FAISS used bare, in one run.

    python bench/retrieval.py [--rows 1000000] [--dimension 384] [--together 10000] [--kinds hnsw ivfpq] [--json FILE]

Vectors are synthetic: unit vectors around rows/`together` centres, spread in 48 directions that all share and a little in every one;
questions are further draws from the same mixture, none of them stored. Small clusters flatter IVF-PQ, whose lists follow them: with
`--together 100` it finds all, with 10,000 in one cloud it must work. Each index is built, saved and asked in a process of its own, so
that its peak memory is its own; the vectors lie in a file, as embeddings at hand would. No passage texts are loaded.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

LATENT, SPREAD, NOISE = 48, 0.9, 0.25
QUESTIONS = 500
LIMITS = {"hnsw": 6.0, "ivfpq": 4.0}


def draw(rows: int, dimension: int, centres: int, seed: int) -> NDArray[np.float32]:
    """(rows, dimension) float32, unit norm; centres and directions are the same for every seed."""
    common = np.random.default_rng(0)
    middles = common.standard_normal((centres, dimension), dtype=np.float32)
    directions = common.standard_normal((LATENT, dimension), dtype=np.float32) * np.float32(SPREAD / LATENT**0.5)
    own = np.random.default_rng(seed)
    made = middles[own.integers(0, centres, rows)]
    made += own.standard_normal((rows, LATENT), dtype=np.float32) @ directions
    made += np.float32(NOISE) * own.standard_normal((rows, dimension), dtype=np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made


def prepare(folder: Path, rows: int, dimension: int, together: int) -> dict[str, Any]:
    """`vectors.npy`, `questions.npy` and `exact.npy` (their 10 true neighbours) below `folder`."""
    import faiss

    centres, block = max(10, rows // together), 50_000
    stored = np.lib.format.open_memmap(folder / "vectors.npy", "w+", np.float32, (rows, dimension))
    questions = draw(QUESTIONS, dimension, centres, 1)
    best = faiss.ResultHeap(QUESTIONS, 10, keep_max=True)
    for first in range(0, rows, block):
        part = draw(min(block, rows - first), dimension, centres, 2 + first)
        stored[first : first + block] = part
        scores, numbers = faiss.knn(questions, part, 10, faiss.METRIC_INNER_PRODUCT)
        best.add_result(scores, numbers + first)
    best.finalize()
    stored.flush()
    np.save(folder / "questions.npy", questions)
    np.save(folder / "exact.npy", best.I)
    return {"centres": centres, "peak_gib": peak_gib()}


def recall(found: list[list[int]], exact: NDArray[np.int64]) -> float:
    return float(np.mean([len(set(f) & set(e)) / len(e) for f, e in zip(found, exact.tolist(), strict=True)]))


def milliseconds(seconds: list[float]) -> dict[str, float]:
    return {"p50_ms": round(1e3 * float(np.median(seconds)), 3), "p95_ms": round(1e3 * float(np.quantile(seconds, 0.95)), 3)}


def peak_gib() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)


def ours(folder: Path, kind: str) -> dict[str, Any]:
    """Built with the search effort found by itself; the same index is also asked without our layer, in turns."""
    from retrieval.vectors import VectorIndex

    vectors = np.load(folder / "vectors.npy", mmap_mode="r")
    began, worked = time.perf_counter(), time.process_time()
    index = VectorIndex.build(vectors, kind)  # type: ignore[arg-type]
    built, worked = time.perf_counter() - began, time.process_time() - worked
    facts = index.save(folder / f"{kind}.faiss")
    (folder / f"{kind}.json").write_text(json.dumps({**asdict(facts), "effort": list(facts.effort)}))
    questions, exact = np.load(folder / "questions.npy"), np.load(folder / "exact.npy")
    layered, bare, found = [], [], []
    parameters = index._parameters()
    for question in questions:
        start = time.perf_counter()
        places = index.search(question[None], 10)[1]
        middle = time.perf_counter()
        index._index.search(question[None], 10, params=parameters)
        bare.append(time.perf_counter() - middle)
        layered.append(middle - start)
        found.append(places[0].tolist())
    return {
        "build_s": round(built, 1), "build_cpu_s": round(worked, 1), "effort": list(facts.effort),
        "stated_recall": facts.recall_at_10, "recall_at_10": round(recall(found, exact), 4),
        **milliseconds(layered), "same_index_bare": milliseconds(bare), "peak_gib": peak_gib(),
        "file_gib": round((folder / f"{kind}.faiss").stat().st_size / 2**30, 2),
    }  # fmt: skip


def mapped(folder: Path, kind: str) -> dict[str, Any]:
    """Loaded as a server would: mapped from disk."""
    from retrieval.vectors import VectorIndex

    began = time.perf_counter()
    index = VectorIndex.load(folder / f"{kind}.faiss", json.loads((folder / f"{kind}.json").read_text()))
    opened, seconds = time.perf_counter() - began, []
    for question in np.load(folder / "questions.npy"):
        start = time.perf_counter()
        index.search(question[None], 10)
        seconds.append(time.perf_counter() - start)
    return {"open_s": round(opened, 2), **milliseconds(seconds), "peak_gib": peak_gib()}


def changed(folder: Path, kind: str) -> dict[str, Any]:
    """Opened from disk, a thousand vectors added and a thousand taken out, nothing built anew; saved with its recall measured again."""
    from retrieval.vectors import VectorIndex

    facts = json.loads((folder / f"{kind}.json").read_text())
    index, some = VectorIndex.load(folder / f"{kind}.faiss", facts), min(1_000, facts["rows"] // 10)
    clock = [time.perf_counter()]
    index.add(np.load(folder / "vectors.npy", mmap_mode="r")[:some])
    clock.append(time.perf_counter())
    index.remove(range(some))
    found = index.search(np.load(folder / "questions.npy"), 10)[1]
    clock.append(time.perf_counter())
    after = index.save(folder / "changed.faiss")
    clock.append(time.perf_counter())
    (folder / "changed.faiss").unlink()
    seconds = dict(zip(("add_s", "remove_and_500_questions_s", "measure_and_save_s"), np.diff(clock).round(2).tolist(), strict=True))
    return {**seconds, "none_removed_found": bool(found.min() >= some), "stated_recall": after.recall_at_10, "peak_gib": peak_gib()}


def bare(folder: Path, kind: str) -> dict[str, Any]:
    """FAISS as its documentation shows: default threads and construction, the effort that ours found."""
    import faiss

    effort = json.loads((folder / f"{kind}.json").read_text())["effort"]
    vectors = np.load(folder / "vectors.npy")
    rows, dimension = vectors.shape
    began, worked = time.perf_counter(), time.process_time()
    if kind == "hnsw":
        index = faiss.IndexHNSWFlat(dimension, 32, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efSearch = effort[0]
    else:
        lists = 2 ** int(np.log2(min(4 * rows**0.5, rows / 39)))
        index = faiss.index_factory(dimension, f"IVF{lists},PQ{dimension // 2}x4fs,Refine(SQfp16)", faiss.METRIC_INNER_PRODUCT)
        index.train(vectors)
        faiss.downcast_index(index.base_index).nprobe = effort[0]
        index.k_factor = effort[1]
    index.add(vectors)
    built, worked, seconds, found = time.perf_counter() - began, time.process_time() - worked, [], []
    for question in np.load(folder / "questions.npy"):
        start = time.perf_counter()
        places = index.search(question[None], 10)[1]
        seconds.append(time.perf_counter() - start)
        found.append(places[0].tolist())
    return {
        "build_s": round(built, 1), "build_cpu_s": round(worked, 1), "recall_at_10": round(recall(found, np.load(folder / "exact.npy")), 4),
        **milliseconds(seconds), "peak_gib": peak_gib(),
    }  # fmt: skip


PARTS = {"ours": ours, "mapped": mapped, "changed": changed, "bare": bare}


def in_own_process(folder: Path, part: str, *words: str) -> dict[str, Any]:
    """What a part prints. Vectors are made in one too, as a child's peak memory begins at that of the process it was forked from."""
    command = [sys.executable, __file__, "--part", part, "--folder", str(folder), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{part} {' '.join(words)} ended with {done.returncode}:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def measured(folder: Path, kind: str) -> dict[str, Any]:
    """Every part of one kind, printed as it comes."""
    result = {}
    for part in PARTS:
        result[part] = in_own_process(folder, part, "--kinds", kind)
        print(f"{kind:6} {part:7}", json.dumps(result[part]), flush=True)
    return result


def verdict(kind: str, result: dict[str, Any], rows: int) -> str:
    """Against what the project promises for 1,000,000 rows."""
    mine = result["ours"]
    met = mine["build_s"] <= 1_200 and mine["peak_gib"] <= LIMITS[kind] and mine["p50_ms"] < 5 and mine["recall_at_10"] >= 0.95
    return f"{kind} at {rows:,} rows: {'meets' if met else 'MISSES'} 20 min, {LIMITS[kind]:.0f} GiB, p50 5 ms, recall@10 0.95"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--together", type=int, default=10_000, help="vectors around one centre")
    parser.add_argument("--kinds", nargs="+", choices=list(LIMITS), default=list(LIMITS))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--part", choices=["prepare", *PARTS], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part == "prepare":
        print(json.dumps(prepare(given.folder, given.rows, given.dimension, given.together)))
        return
    if given.part:
        print(json.dumps(PARTS[given.part](given.folder, given.kinds[0])))
        return
    size = {"rows": given.rows, "dimension": given.dimension, "together": given.together}
    results = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        in_own_process(folder, "prepare", *(word for key, value in size.items() for word in (f"--{key}", str(value))))
        for kind in given.kinds:
            print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
            results[kind] = measured(folder, kind)
            print(verdict(kind, results[kind], given.rows), flush=True)
            (folder / f"{kind}.faiss").unlink()
            if given.json:
                given.json.write_text(json.dumps({**size, **results}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
