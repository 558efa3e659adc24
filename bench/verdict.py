"""Does the verdict keep its promises? Thousands of invented experiments whose truth is known, decided by the real code.

    python bench/verdict.py [--experiments 1000] [--only null …] [--keep FILE]

null: no arm is better than the others at the top. A winner is a false winner: at most 5 %, with an upper end of 6.5 %.
known: what makes false winners still, printed for honesty; not counted.
power: how often the better arm wins.
rows: a pilot that is undecided says how many rows settle it; a second experiment of that size does in 80 ± 7 %.
means: how often the interval of an arm's mean holds it (93.5 to 98 %), and how wide it is.
today: of the arms said to be best with 70 to 80 %, about 75 ± 5 % are; expected losses are the true ones.

One process; a line that was made before, with as many experiments and the same code, is read from the kept file. Lines are told apart
by their name, rows and clusters.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats
from verdict_lines import GROUPS, Line

<<<<<<< HEAD
from eval.decision import decide, read_evidence
from eval.statistics.power import rows_for_difference
from eval.verdict.record import Decision
from eval.verdict.rules import Rules
=======
import eval as package
>>>>>>> statistics

Seen = list[dict[str, Any]]
KEPT = Path(".cache/bench-verdict.jsonl")
HEADS = {
    "null": "false winners % (95 % CI) | interval holds the truth %", "known": "false winners % (95 % CI) | interval holds the truth %",
    "power": "the better wins % (95 % CI) | interval holds the truth %", "rows": "pilots that ask | rows (median) | settled % (95 % CI)",
    "means": "held %, median width, for each mean", "today": "said 70 to 80 %: best % (95 % CI) | loss said, true | of the choice",
}  # fmt: skip


<<<<<<< HEAD
@dataclass(frozen=True)
class Cell:
    """One kind of experiment."""

    scores: str
    """`binary`: right or wrong; `continuous`: like token F1, many zeros and some ones; `narrow`: like chrF, near its mean."""
    clustered: bool
    rows: int
    difference: float = 0.0
    level: float = 0.5
    """The lower arms' mean."""
    arms: int = 2
    cluster_size: int = 4
    """The mean; sizes run from 1 to twice this less one."""
    seeds: int = 1
    seed_sd: float = 0.0
    """How far training runs lie apart, on the latent scale."""

    @property
    def name(self) -> str:
        extra = f", {self.arms} arms" * (self.arms > 2) + f", {self.seeds} seeds" * (self.seeds > 1)
        extra += f", mean {self.level:g}" * (self.level != 0.5) + f", clusters of {self.cluster_size}" * (self.cluster_size != 4)
        return f"{self.scores}, {'clustered' if self.clustered else 'independent'}{extra}"


def experiment(cell: Cell, rng: np.random.Generator) -> pd.DataFrame:
    """A table of scores; arm `a0` is better by `cell.difference`, the others are equal."""
    clusters = _clusters(cell, rng)
    shape = (cell.arms, cell.seeds, cell.rows)
    of_rows, of_clusters = np.sqrt(1 - ICC), np.sqrt(ICC) if cell.clustered else 0.0
    of_rows = of_rows if cell.clustered else 1.0
    count = int(clusters.max()) + 1
    shared = of_clusters * rng.normal(size=count)[clusters] + of_rows * rng.normal(size=cell.rows)
    own = of_clusters * rng.normal(size=(cell.arms, 1, count))[:, :, clusters] + of_rows * rng.normal(size=(cell.arms, 1, cell.rows))
    runs = cell.seed_sd * rng.normal(size=(cell.arms, cell.seeds, 1))
    latent = (np.sqrt(PAIRED) * shared + np.sqrt(1 - PAIRED) * own + runs) / np.sqrt(1 + cell.seed_sd**2)
    levels = np.full((cell.arms, 1, 1), cell.level)
    levels[0] += cell.difference
    values = np.broadcast_to(_scored(cell.scores, special.ndtr(latent), levels), shape)
    arm, seed, row = np.meshgrid(*(np.arange(size) for size in shape), indexing="ij")
    names = [np.array([f"{letter}{i}" for i in range(size)]) for letter, size in zip("asr", shape, strict=True)]
    return pd.DataFrame({
        "row": names[2][row.ravel()], "group": np.array([f"g{c}" for c in range(count)])[clusters][row.ravel()],
        "arm": names[0][arm.ravel()], "seed": seed.ravel(), "metric": "score", "value": values.ravel(), "reason": "",
    })  # fmt: skip


def _clusters(cell: Cell, rng: np.random.Generator) -> NDArray[np.int64]:
    if not cell.clustered:
        return np.arange(cell.rows)
    sizes = rng.integers(1, 2 * cell.cluster_size, size=cell.rows)
    return np.repeat(np.arange(cell.rows), sizes)[: cell.rows]


def _scored(scores: str, uniform: Floats, mean: Floats) -> Floats:
    """Uniform → a score with that mean. Continuous: half of the mass not zero is 1, the rest is spread evenly, so mean = 3/4 mass."""
    if scores == "narrow":
        return np.clip(mean + (uniform - 0.5) / 4, 0.0, 1.0)
    if scores == "binary":
        return (uniform > 1 - mean).astype(float)
    mass = mean * 4 / 3
    above = (uniform - (1 - mass)) / mass
    return np.where(above <= 0, 0.0, np.minimum(2 * above, 1.0))


RULES = Rules(metric="score", margin=MARGIN, diagnostic=())


def decided(cell: Cell, seed: int) -> Decision:
    return decide(experiment(cell, np.random.default_rng(seed)), RULES, {}, sensitivity=False)


@dataclass(frozen=True)
class Seen:
    """What one experiment showed."""

    winner: bool
    covered: bool | None
    rows: int


def one_null(task: tuple[Cell, int]) -> Seen:
    cell, seed = task
    decision = decided(cell, seed)
    first = next(c for c in decision.comparisons if {c.a, c.b} == {"a0", "a1"})
    truth = cell.difference if first.a == "a0" else -cell.difference
    covered = None if first.low is None or first.high is None else first.low <= truth <= first.high
    return Seen(decision.verdict == "winner", covered, cell.rows)


def one_power(task: tuple[Cell, int]) -> Seen:
    """A pilot, then an experiment with the rows that the pilot asks for."""
    cell, seed = task
    pilot = experiment(cell, np.random.default_rng([seed, 1]))
    pair = read_evidence(pilot, RULES, {})[0].gathered(RULES).pairs[0]
    needed = rows_for_difference(pair.noise, MARGIN, RULES.alpha)
    assert needed is not None
    decision = decide(experiment(replace(cell, rows=needed.rows), np.random.default_rng([seed, 2])), RULES, {}, sensitivity=False)
    return Seen(decision.verdict == "winner" and decision.arm == "a0", None, needed.rows)


def null_cells() -> list[Cell]:
    return [
        Cell(scores, clustered, rows)
        for scores, clustered, rows in product(("binary", "continuous", "narrow"), (False, True), (50, 100, 200, 500))
    ]


def power_cells() -> list[Cell]:
    return [
        Cell(scores, clustered, rows, MARGIN) for scores, clustered, rows in product(("binary", "continuous"), (False, True), (100, 300))
    ]


def hard_cells() -> list[Cell]:
    return [
        *(Cell("continuous", True, rows, cluster_size=8) for rows in (50, 100)),
        *(Cell(scores, clustered, 100, level=0.05) for scores, clustered in product(("binary", "continuous"), (False, True))),
        *(Cell(scores, False, 200, arms=4) for scores in ("binary", "continuous")),
        *(Cell(scores, True, 200, seeds=seeds, seed_sd=0.15) for scores, seeds in product(("binary", "continuous"), (1, 2, 3, 5))),
    ]  # fmt: skip


def share(hits: Iterable[bool]) -> tuple[float, float, float]:
=======
def share(hits: Sequence[bool]) -> tuple[float, float, float]:
>>>>>>> statistics
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


def power_told(line: Line, seen: Seen) -> tuple[str, bool]:
    wins = [one["winner"] and one["best"] for one in seen]
    return f"{told(wins)} | {told([one['covered'] for one in seen if one['covered'] is not None])}", True


def rows_told(line: Line, seen: Seen) -> tuple[str, bool]:
    settled = [one["settled"] for one in seen if one["settled"] is not None]
    middle, low, high = share(settled)
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
    said, lost = (float(np.mean([one[key] for one in seen])) for key in ("loss", "lost"))
    own = [float(np.mean([one[key][one["chosen"]] for one in seen])) for key in ("loss", "lost")]
    _, low, high = share(hits)
    words = f"{told(hits)} of {len(hits)} | {100 * said:.2f}, {100 * lost:.2f} | {100 * own[0]:.2f}, {100 * own[1]:.2f}"
    return words, high >= 70 and low <= 80


TELL = {"null": null_told, "known": null_told, "power": power_told, "rows": rows_told, "means": means_told, "today": today_told}


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


def made(line: Line, count: int, kept: Path, stored: dict[str, Seen]) -> Seen:
    if (name := key(line, count)) not in stored:
        first = zlib.crc32(f"{line.group} {line.name} {line.world.rows}".encode())
        found = [line.one(line.world, first + number) for number in range(count)]
        stored[name] = [one for one in found if one is not None]
        kept.parent.mkdir(parents=True, exist_ok=True)
        with kept.open("a") as file:
            file.write(json.dumps({"key": name, "seen": stored[name]}) + "\n")
    return stored[name]


def show(group: str, count: int, kept: Path, stored: dict[str, Seen]) -> bool:
    print(
        f"\n{group}: {count} experiments a line\n\n| | clusters/rows | {HEADS[group]} |\n|---|---|{'---|' * (HEADS[group].count('|') + 1)}",
        flush=True,
    )
    all_kept = True
    for line in GROUPS[group]():
        words, good = TELL[group](line, made(line, count, kept, stored))
        all_kept &= good
        where = f"{line.world.clusters or line.world.rows}/{line.world.rows}"
        print(f"| {line.name} | {where} | {words} |{'' if good or group == 'known' else ' !'}", flush=True)
    return all_kept or group == "known"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--experiments", type=int, default=1000)
    parser.add_argument("--only", choices=tuple(GROUPS), nargs="+", default=tuple(GROUPS))
    parser.add_argument("--keep", type=Path, default=KEPT)
    asked = parser.parse_args()
    start = time.monotonic()
    lines = asked.keep.read_text().splitlines() if asked.keep.exists() else []
    stored = {one["key"]: one["seen"] for one in map(json.loads, lines)}
    shown = [show(group, asked.experiments, asked.keep, stored) for group in asked.only]
    kept = all(shown)
    print(f"\ncode {version()}, {time.monotonic() - start:.0f} s; {'all promises kept' if kept else 'a promise is broken (!)'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
