"""Does the verdict keep its promises? Thousands of invented experiments whose truth is known, decided by the real code.

    python bench/verdict.py [--experiments 2000] [--only null …] [--named TEXT …] [--processes 2] [--keep FILE]

null: no arm is better than the others at the top. A winner is a false winner: at most 5 %, with an upper end of 6.5 %.
ties: the difference is the margin itself. A tie is a false one: at most 5 %, the same.
known: what makes false winners still and no rule can mend, printed for honesty; not counted.
power: how often the better arm wins.
rows: a pilot that is undecided says how many rows settle it; a second experiment of that size does in 80 ± 7 %.
means: how often the interval of an arm's mean holds it (93.5 to 98 %), and how wide it is.
today: of the arms said to be best with 70 to 80 %, about 75 ± 5 % are; expected losses are the true ones.
fixed: the same where the truth is none that the model draws: arms that are equal, 2 points apart, one ahead; printed, not counted.

A line that was made before, with as many experiments and the same code, is read from the kept file. Lines are told apart
by their name, rows and clusters.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
import zlib
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy import stats
from verdict_lines import GROUPS, Line

import eval as package

Seen = list[dict[str, Any]]
CHUNK = 50
"""Experiments that a process makes at a time."""
KEPT = Path(".cache/bench-verdict.jsonl")
HEADS = {
    "null": "false winners % (95 % CI) | interval holds the truth %", "known": "false winners % (95 % CI) | interval holds the truth %",
    "ties": "false ties % (95 % CI)",
    "power": "the better wins % (95 % CI) | interval holds the truth %", "rows": "pilots that ask | rows (median) | settled % (95 % CI)",
    "means": "held %, median width, for each mean", "today": "said 70 to 80 %: best % (95 % CI) | loss said, true | of the choice",
    "fixed": "said 70 to 80 %: best % (95 % CI) | loss said, true | of the choice",
}  # fmt: skip


def share(hits: Sequence[bool]) -> tuple[float, float, float]:
    """A share of 100 and its 95 % Wilson interval."""
    if not hits:
        return float("nan"), 0.0, 100.0
    low, high = stats.binomtest(sum(hits), len(hits)).proportion_ci(method="wilson")
    return 100 * sum(hits) / len(hits), 100 * low, 100 * high


def told(hits: Sequence[bool]) -> str:
    return "{:.1f} ({:.1f} to {:.1f})".format(*share(hits))


def null_told(line: Line, seen: Seen) -> tuple[str, bool]:
    winners = [one["winner"] for one in seen]
    _, low, high = share(winners)
    return f"{told(winners)} | {told([one['covered'] for one in seen if one['covered'] is not None])}", low <= 5 and high <= 6.5


def ties_told(line: Line, seen: Seen) -> tuple[str, bool]:
    ties = [one["tie"] for one in seen]
    _, low, high = share(ties)
    return told(ties), low <= 5 and high <= 6.5


def power_told(line: Line, seen: Seen) -> tuple[str, bool]:
    wins = [one["winner"] and one["best"] for one in seen]
    return f"{told(wins)} | {told([one['covered'] for one in seen if one['covered'] is not None])}", True


def rows_told(line: Line, seen: Seen) -> tuple[str, bool]:
    settled = [one["settled"] for one in seen if one["settled"] is not None]
    _, low, high = share(settled)
    rows = int(np.median([one["rows"] for one in seen])) if seen else 0
    return f"{len(settled)} of {len(seen)} | {rows} | {told(settled)}", high >= 73 and low <= 87


def means_told(line: Line, seen: Seen) -> tuple[str, bool]:
    held, wide = np.array([one["held"] for one in seen]), np.median([one["wide"] for one in seen], axis=0)
    cells = [f"{arm.mean:g}: {100 * h:.1f}, {w:.3f}" for arm, h, w in zip(line.world.arms, held.mean(axis=0), wide, strict=True)]
    middle = float(held.mean())
    return f"{'; '.join(cells)}; all {100 * middle:.1f}", 0.935 <= middle <= 0.98


def today_told(line: Line, seen: Seen) -> tuple[str, bool]:
    pairs = [(best, lost == 0) for one in seen for best, lost in zip(one["best"], one["lost"], strict=True)]
    hits = [hit for best, hit in pairs if 0.7 <= best < 0.8]
    said, lost = (float(np.mean(np.concatenate([one[key] for one in seen]))) for key in ("loss", "lost"))
    own = [float(np.mean([one[key][one["chosen"]] for one in seen])) for key in ("loss", "lost")]
    _, low, high = share(hits)
    words = f"{told(hits)} of {len(hits)} | {100 * said:.2f}, {100 * lost:.2f} | {100 * own[0]:.2f}, {100 * own[1]:.2f}"
    return words, high >= 70 and low <= 80


UNCOUNTED = ("known", "fixed")
POOLED = ("null", "ties", "rows", "today")
"""Groups whose lines ask one question, so that they have an answer together."""
TELL = {
    "null": null_told,
    "ties": ties_told,
    "known": null_told,
    "power": power_told,
    "rows": rows_told,
    "means": means_told,
    "today": today_told,
    "fixed": today_told,
}


def version() -> str:
    """Of everything that decides, and of the worlds."""
    root = Path(package.__file__).parent
    files = sorted(
        [*root.glob("statistics/*.py"), *root.glob("verdict/*.py"), root / "decision.py", *Path(__file__).parent.glob("verdict*.py")]
    )
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def key(line: Line, count: int) -> str:
    world = line.world
    return f"{version()} {line.group} {line.name} {world.rows}/{world.clusters} {count}"


class Bench(NamedTuple):
    count: int
    """Experiments a line."""
    kept: Path
    stored: dict[str, Seen]
    pool: Executor
    named: Sequence[str] = ()
    """Only lines whose name holds one of these; all if none."""


def chunk(line: Line, seeds: range) -> list[dict[str, Any] | None]:
    return [line.one(line.world, seed) for seed in seeds]


def made(line: Line, bench: Bench) -> Seen:
    if (name := key(line, bench.count)) not in bench.stored:
        first = zlib.crc32(f"{line.group} {line.name} {line.world.rows}".encode())
        parts = [range(start, min(start + CHUNK, first + bench.count)) for start in range(first, first + bench.count, CHUNK)]
        found = [one for part in bench.pool.map(chunk, [line] * len(parts), parts) for one in part]
        bench.stored[name] = [one for one in found if one is not None]
        bench.kept.parent.mkdir(parents=True, exist_ok=True)
        with bench.kept.open("a") as file:
            file.write(json.dumps({"key": name, "seen": bench.stored[name]}) + "\n")
    return bench.stored[name]


def show(group: str, bench: Bench) -> bool:
    columns = "---|" * (HEADS[group].count("|") + 1)
    print(f"\n{group}: {bench.count} experiments a line\n\n| | clusters/rows | {HEADS[group]} |\n|---|---|{columns}", flush=True)
    all_kept, together = True, []
    for line in GROUPS[group]():
        if bench.named and not any(text in line.name for text in bench.named):
            continue
        seen = made(line, bench)
        together += seen
        words, good = TELL[group](line, seen)
        all_kept &= good
        where = f"{line.world.clusters or line.world.rows}/{line.world.rows}"
        print(f"| {line.name} | {where} | {words} |{'' if good or group in UNCOUNTED else ' !'}", flush=True)
    if group in POOLED and together:
        words, good = TELL[group](line, together)
        all_kept &= good
        print(f"| all | | {words} |{'' if good else ' !'}", flush=True)
    return all_kept or group in UNCOUNTED


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiments", type=int, default=2000)
    parser.add_argument("--only", choices=tuple(GROUPS), nargs="+", default=tuple(GROUPS))
    parser.add_argument("--named", nargs="+", default=(), help="only lines whose name holds one of these")
    parser.add_argument("--keep", type=Path, default=KEPT)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    start = time.monotonic()
    lines = asked.keep.read_text().splitlines() if asked.keep.exists() else []
    stored = {one["key"]: one["seen"] for one in map(json.loads, lines)}
    with ProcessPoolExecutor(asked.processes) as pool:
        shown = [show(group, Bench(asked.experiments, asked.keep, stored, pool, asked.named)) for group in asked.only]
    kept = all(shown)
    print(f"\ncode {version()}, {time.monotonic() - start:.0f} s; {'all promises kept' if kept else 'a promise is broken (!)'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
