"""How long does the comparison take, beside the same comparison written by hand? Both run alternately on the same rows, each alone.

    python bench/speed.py PEER [--pairs 3] [--train 128] [--test 48] [--json FILE]

PEER is a script that takes --documents, --examples, --model, --embedder, --train, --test, --k, --epochs and --out, and writes
{"seconds": {stage: s, "total": s}, "scores": {arm: {"token_f1": mean}}}. Ours runs first in each pair and says which rows were used.
Shares of the peak count 4 FLOPs a trained token and 2 a generated or read one for each parameter outside the embeddings; attention and
the vocabulary are left out, so the true shares are higher. Ours is timed whole: process start, audit, intervals, verdict and report too.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors import safe_open

from finetune.pretrained import locate, locate_embedder

ROOT = Path(__file__).resolve().parent.parent
ARMS = ("base", "rag", "lora", "hybrid")
PEAK = """
import time, torch
a = torch.randn(2048, 2048); best = 9.0
for _ in range(8):
    t = time.perf_counter(); a @ a; best = min(best, time.perf_counter() - t)
print(2 * 2048**3 / best)
"""


@dataclass(frozen=True)
class Timed:
    """One run of one side."""

    total_s: float
    """From the process's start to its end."""
    peak_gib: float
    """Largest resident memory."""
    stages: dict[str, float]
    token_f1: dict[str, float]


@dataclass(frozen=True)
class Pair:
    """Ours, then theirs, on the same rows; matmul peaks measured around ours."""

    ours: Timed
    theirs: Timed
    peak_flops: float
    train_share: float
    generate_share: float


def timed(command: list[str], log: Path) -> tuple[float, float]:
    """Seconds and peak GiB of a command that must succeed."""
    began = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
    code = process.returncode = os.waitstatus_to_exitcode(status)
    if code not in (0, 3):
        sys.exit(f"{' '.join(command)}\nended with {code}:\n{log.read_text(errors='replace')[-2000:]}")
    return time.perf_counter() - began, usage.ru_maxrss / (1 << 20)


def matmul_peak() -> float:
    """FLOP/s of a float32 product, by the best of eight."""
    return float(subprocess.run([sys.executable, "-c", PEAK], check=True, capture_output=True, text=True).stdout)


def ours(folder: Path, train: int, test: int) -> tuple[Timed, Path]:
    overrides = [f"data.split.train={train}", f"data.split.test={test}", f"arms={json.dumps(ARMS)}"]
    sets = [word for override in overrides for word in ("--set", override)]
    experiment = str(ROOT / "bench" / "experiments" / "xquad.yaml")
    seconds, gib = timed([sys.executable, "-m", "pipeline", "run", experiment, "--out", str(folder), *sets], folder / "log.txt")
    run = next(folder.glob("*/summary.json")).parent
    summary = json.loads((run / "summary.json").read_text())
    scores = {arm: summary["arms"][arm]["metrics"]["token_f1"]["mean"] for arm in ARMS}
    stages = {name: stage["seconds"] for name, stage in json.loads((run / "stages.json").read_text()).items()}
    return Timed(seconds, gib, stages, scores), run


def theirs(peer: Path, run: Path, folder: Path) -> Timed:
    rows = {split: lines(run / "data" / f"{split}.jsonl") for split in ("train", "test")}
    examples = [
        {"id": row["id"], "question": row["input"], "answers": row["references"], "split": split}
        for split, some in rows.items()
        for row in some
    ]
    (folder / "qa.jsonl").write_text("".join(json.dumps(row) + "\n" for row in examples))
    documents = [{"doc_id": row["id"], "text": row["text"]} for row in lines(run / "data" / "documents.jsonl")]
    (folder / "documents.jsonl").write_text("".join(json.dumps(row) + "\n" for row in documents))
    values: dict[str, Any] = {
        "documents": folder / "documents.jsonl", "examples": folder / "qa.jsonl", "model": locate("smollm2-135m-instruct").path,
        "embedder": locate_embedder("all-minilm-l6-v2").path, "train": len(rows["train"]), "test": len(rows["test"]),
        "k": 2, "epochs": 2, "out": folder / "peer.json",
    }  # fmt: skip
    words = [word for name, value in values.items() for word in (f"--{name}", str(value))]
    seconds, gib = timed([sys.executable, str(peer), *words], folder / "peer.txt")
    result = json.loads((folder / "peer.json").read_text())
    return Timed(seconds, gib, result["seconds"], {arm: result["scores"][arm]["token_f1"] for arm in ARMS})


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def parameters() -> int:
    """Of the packaged model, outside the embeddings."""
    with safe_open(str(locate("smollm2-135m-instruct").path / "model.safetensors"), "pt") as file:
        shapes = [file.get_slice(name).get_shape() for name in file.keys() if "embed" not in name and "lm_head" not in name]  # noqa: SIM118
    return sum(int(shape[0]) * int(shape[1]) for shape in shapes if len(shape) == 2)


def pair(peer: Path, train: int, test: int, folder: Path) -> Pair:
    folder.mkdir()
    before = matmul_peak()
    mine, run = ours(folder, train, test)
    peak = (before + matmul_peak()) / 2
    trained = [json.loads(path.read_text()) for path in run.glob("adapters/*/*/trained.json")]
    rate = sum(t["tokens"] for t in trained) / sum(t["seconds"] for t in trained)
    written = [row for path in run.glob("predictions/*/seed-*.jsonl") if "timings" not in path.name for row in lines(path)]
    clocks = [row for path in run.glob("predictions/*/*.timings.jsonl") for row in lines(path)]
    told = sum(r["prompt_tokens"] + r["completion_tokens"] for r in written) / sum(r["seconds"] for r in clocks)
    count = parameters()
    return Pair(mine, theirs(peer, run, folder), peak, 4 * count * rate / peak, 2 * count * told / peak)


def show(pairs: list[Pair]) -> None:
    for number, one in enumerate(pairs, 1):
        shares = f"training {one.train_share:.0%}, answering {one.generate_share:.0%}"
        print(f"pair {number}: matmul peak {one.peak_flops / 1e9:.0f} GFLOP/s; {shares}")
        for side, name in ((one.ours, "ours"), (one.theirs, "by hand")):
            scores = "  ".join(f"{arm} {value:.3f}" for arm, value in side.token_f1.items())
            print(f"  {name:8} {side.total_s:7.1f} s  {side.peak_gib:5.2f} GiB  {scores}")
            print("           " + ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in side.stages.items() if seconds >= 0.1))
    ratios = [one.theirs.total_s / one.ours.total_s for one in pairs]
    print(f"by hand / ours: median {statistics.median(ratios):.2f} of {len(ratios)} ({', '.join(f'{ratio:.2f}' for ratio in ratios)})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", type=Path)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--train", type=int, default=128)
    parser.add_argument("--test", type=int, default=48)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bakeoff-speed-") as place:
        pairs = [pair(args.peer.resolve(), args.train, args.test, Path(place) / str(number)) for number in range(args.pairs)]
    show(pairs)
    if args.json:
        args.json.write_text(json.dumps([asdict(one) for one in pairs], indent=1))


if __name__ == "__main__":
    main()
