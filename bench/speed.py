"""How long does the comparison take, beside the same comparison written by hand? Both run in turn on the same rows, each alone.

    python bench/speed.py PEER [--pairs 3] [--train 128] [--test 48] [--peer-python PYTHON] [--data ../shared/data] [--json FILE]

PEER is a script that takes --documents, --examples, --model, --embedder, --train, --test, --k, --epochs and --out, and writes
{"seconds": {stage: s, "total": s}, "scores": {arm: {"token_f1": mean}}}, and, where it can, "by_row": {arm: {row: token F1}}.
Ours begins the first pair and says which rows were used; after that the two take turns at beginning. Both are timed whole, from process
start to end; ours with audit, intervals, verdict and report, and with an empty cache of embeddings in every pair. Shares of the machine's
limits are those of `bench/work.py`'s count over `bench/peaks.py`'s figures, taken before and after what is held against them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from speed_table import ARMS, Limit, Pair, Peaks, Timed, limits, show

from finetune.pretrained import cache_folder, locate, locate_embedder

ROOT = Path(__file__).resolve().parent.parent
MODEL, EMBEDDER = "smollm2-135m-instruct", "all-minilm-l6-v2"
FILES = {"examples": "qa.jsonl", "documents": "documents.jsonl"}
BLOCKED = 3
"""Exit code of a run whose verdict is withheld, as with a few test rows; its stages are done all the same."""


@dataclass(frozen=True)
class Wanted:
    """What both sides are asked for."""

    peer: Path
    python: str
    train: int
    test: int
    data: Path


def timed(command: list[str], log: Path, **environment: str) -> tuple[float, float]:
    """Seconds and GiB of the largest process of a command that must succeed."""
    began = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **environment})
        _, status, usage = os.wait4(process.pid, 0)
    code = process.returncode = os.waitstatus_to_exitcode(status)
    if code not in (0, BLOCKED):
        sys.exit(f"{' '.join(command)}\nended with {code}:\n{log.read_text(errors='replace')[-2000:]}")
    return time.perf_counter() - began, usage.ru_maxrss / (1 << 20)


def printed(*words: str) -> Any:
    """What one of our own scripts prints last, as JSON."""
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def peaks() -> Peaks:
    return Peaks(**printed("bench/peaks.py"))


def ours(wanted: Wanted, folder: Path) -> Timed:
    """A whole run below `folder`, with the weights as they are and nothing embedded yet."""
    cache = folder / "cache"
    cache.mkdir(parents=True)
    (cache / "weights").symlink_to(cache_folder() / "weights")
    overrides = [f"data.split.train={wanted.train}", f"data.split.test={wanted.test}", f"arms={json.dumps(ARMS)}"]
    overrides += [f"data.{part}={json.dumps(str(wanted.data / 'xquad' / name))}" for part, name in FILES.items()]
    sets = [word for override in overrides for word in ("--set", override)]
    command = [sys.executable, "-m", "pipeline", "run", str(ROOT / "bench/experiments/xquad.yaml"), "--out", str(folder), *sets]
    seconds, gib = timed(command, folder / "log.txt", BAKEOFF_CACHE=str(cache))
    run = run_in(folder)
    metrics = {arm: entry["metrics"]["token_f1"] for arm, entry in read(run / "summary.json")["arms"].items()}
    stages = {name: stage["seconds"] for name, stage in read(run / "stages.json").items()}
    scores = {arm: metrics[arm]["mean"] for arm in ARMS}
    return Timed(seconds, gib, stages, scores, by_row(run), {arm: (metrics[arm]["low"], metrics[arm]["high"]) for arm in ARMS})


def by_row(run: Path) -> dict[str, dict[str, float]]:
    from eval.scores import read as read_scores

    frame = read_scores(run / "scores.parquet").query("metric == 'token_f1'")
    return {str(arm): dict(zip(some["row"], some["value"], strict=True)) for arm, some in frame.groupby("arm")}


def theirs(wanted: Wanted, run: Path, folder: Path) -> Timed:
    """The peer on the rows, documents, passages a prompt and epochs of our run."""
    import yaml

    folder.mkdir(parents=True, exist_ok=True)
    rows = {split: lines(run / "data" / f"{split}.jsonl") for split in ("train", "test")}
    examples = [
        {"id": row["id"], "question": row["input"], "answers": row["references"], "split": split}
        for split, some in rows.items()
        for row in some
    ]
    documents = [{"doc_id": row["id"], "text": row["text"]} for row in lines(run / "data" / "documents.jsonl")]
    for name, some in (("qa", examples), ("documents", documents)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in some))
    experiment = yaml.safe_load((run / "experiment.yaml").read_text())
    values: dict[str, Any] = {
        "documents": folder / "documents.jsonl", "examples": folder / "qa.jsonl", "model": locate(MODEL).path,
        "embedder": locate_embedder(EMBEDDER).path, "train": len(rows["train"]), "test": len(rows["test"]),
        "k": experiment["retrieval"]["k"], "epochs": round(experiment["finetune"]["epochs"]), "out": folder / "peer.json",
    }  # fmt: skip
    words = [word for name, value in values.items() for word in (f"--{name}", str(value))]
    seconds, gib = timed([wanted.python, str(wanted.peer), *words], folder / "peer.txt")
    result = read(folder / "peer.json")
    return Timed(seconds, gib, result["seconds"], {arm: result["scores"][arm]["token_f1"] for arm in ARMS}, result.get("by_row", {}))


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def run_in(folder: Path) -> Path:
    return next(folder.glob("*/summary.json")).parent


def held_against_limits(wanted: Wanted, folder: Path) -> tuple[Timed, list[Limit], Peaks]:
    """Our run, and how near its stages are to what the machine could do around it."""
    before = peaks()
    mine = ours(wanted, folder)
    between = peaks()
    work = printed("bench/work.py", str(run_in(folder)))
    after = peaks()
    return mine, limits(work, before.mean(between), between.mean(after)), before.mean(after)


def pair(wanted: Wanted, folder: Path, number: int) -> Pair:
    """Our run first in even pairs, the peer first in odd ones, on the rows of the first pair."""
    own, other, load = folder / f"ours-{number}", folder / f"theirs-{number}", os.getloadavg()[0]
    peer_first = number % 2 == 1
    hand = theirs(wanted, run_in(folder / "ours-0"), other) if peer_first else None
    mine, shares, peak = held_against_limits(wanted, own)
    return Pair(mine, hand or theirs(wanted, run_in(own), other), shares, peak, load, peer_first)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", type=Path)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--train", type=int, default=128)
    parser.add_argument("--test", type=int, default=48)
    parser.add_argument("--peer-python", default=sys.executable, help="the interpreter that has the peer's packages")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data", help="where the folder xquad is (bench/README.md)")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if not given.peer.is_file():
        sys.exit(f"there is no script {given.peer}; name one: make bench PEER=path/to/by_hand.py")
    wanted = Wanted(given.peer.resolve(), given.peer_python, given.train, given.test, given.data.resolve())
    with tempfile.TemporaryDirectory(prefix="bakeoff-speed-") as place:
        pairs = []
        for number in range(given.pairs):
            pairs.append(pair(wanted, Path(place), number))
            show(pairs[-1:], number + 1)
            if given.json:
                given.json.write_text(json.dumps([asdict(one) for one in pairs], indent=1))
    if len(pairs) > 1:
        show(pairs)


if __name__ == "__main__":
    main()
