"""The lines of bench/verdict.py: which worlds, what is asked of each, and what one experiment shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from verdict_worlds import Arm, Kind, World, equal, frame

from eval.decision import decide, read_evidence
from eval.statistics.describe import describe
from eval.verdict.record import Decision
from eval.verdict.rules import Rules

Seen = dict[str, Any]
RULES = Rules(metric="score", diagnostic=())
WIDE = replace(RULES, margin=0.08)
"""A large margin, so that the experiments that it asks for stay small."""
MOST_ROWS = 3_000
"""Of an experiment with as many rows as a pilot asks for; pilots that ask for more are counted and left out."""


@dataclass(frozen=True)
class Line:
    group: str
    """`null`, `ties`, `known`, `power`, `rows`, `means`, `today`."""
    name: str
    world: World
    one: Callable[[World, int], Seen | None]


def decided(world: World, seed: Any, rules: Rules = RULES) -> Decision:
    return decide(frame(world, np.random.default_rng(seed)), rules, {}, sensitivity=False)


def verdict(world: World, seed: int) -> Seen:
    """Whether there was a winner, whether it was a0, and whether the interval of the first two held the truth."""
    decision = decided(world, seed)
    first = next(c for c in decision.comparisons if {c.a, c.b} == {"a0", "a1"})
    truth = (world.arms[0].mean - world.arms[1].mean) * (1 if first.a == "a0" else -1)
    covered = None if first.low is None or first.high is None else bool(first.low <= truth + 1e-12 and truth - 1e-12 <= first.high)
    return {"winner": decision.verdict == "winner", "tie": decision.verdict == "tie", "best": decision.arm == "a0", "covered": covered}


def as_seen(world: World, seed: int) -> Seen | None:
    """A pilot, then an experiment in which the truth is what the pilot saw, with the rows it asked for."""
    pilot = decided(world, [seed, 1], WIDE)
    need = (getattr(pilot, "settle", None) or {}).get("as_seen")
    difference = pilot.comparisons[0].difference or 0.0
    if pilot.verdict != "undecided" or need is None or difference <= 0:
        return None
    if need["rows"] > MOST_ROWS:
        return {"rows": need["rows"], "settled": None}
    low = world.arms[1].mean
    truth = replace(world.scaled(need["rows"]), arms=(Arm(low + difference, world.arms[0].kind), world.arms[1]))
    again = decided(truth, [seed, 2], WIDE)
    return {"rows": need["rows"], "settled": again.verdict == "tie" or (again.verdict == "winner" and again.arm == "a0")}


def at_margin(world: World, seed: int) -> Seen | None:
    """The same where the truth is only the margin."""
    pilot = decided(world, [seed, 1], WIDE)
    need = (getattr(pilot, "settle", None) or {}).get("at_margin")
    if pilot.verdict != "undecided" or need is None:
        return None
    if need["rows"] > MOST_ROWS:
        return {"rows": need["rows"], "settled": None}
    low = world.arms[1].mean
    truth = replace(world.scaled(need["rows"]), arms=(Arm(low + WIDE.margin, world.arms[0].kind), world.arms[1]))
    again = decided(truth, [seed, 2], WIDE)
    return {"rows": need["rows"], "settled": again.verdict == "winner" and again.arm == "a0"}


def means(world: World, seed: int) -> Seen:
    """Of every arm whether its interval held its mean, and how wide it was."""
    found = describe([read_evidence(frame(world, np.random.default_rng(seed)), RULES, {})[0].deciding], 0.95)
    ends = [(one.low or 0.0, 1.0 if one.high is None else one.high) for one in found]
    held = [bool(low <= arm.mean <= high) for arm, (low, high) in zip(world.arms, ends, strict=True)]
    return {"held": held, "wide": [high - low for low, high in ends]}


def today(world: World, seed: int) -> Seen:
    """True means scattered anew in each experiment, by 3 to 12 points around that of the world; `mean` of the arms are their sds beyond."""
    rng = np.random.default_rng([seed, 3])
    scatter = rng.uniform(0.03, 0.12)
    truth = np.clip([arm.mean + scatter * rng.normal() for arm in world.arms], 0.01, 0.99)
    decision = decided(replace(world, arms=tuple(Arm(float(one)) for one in truth)), [seed, 4])
    assert decision.today is not None
    told = [decision.today["arms"][f"a{place}"] for place in range(len(truth))]
    lost = [float(truth.max() - one) for one in truth]
    chosen = int(np.argmin([one["loss"] for one in told]))
    return {"best": [one["best"] for one in told], "loss": [one["loss"] for one in told], "lost": lost, "chosen": chosen}


SETTINGS = ((16, 98), (30, 200), (48, 300))


def null_lines() -> list[Line]:
    plain = [
        (f"{kind}, {'clustered' if clustered else 'independent'}", World(equal(2, kind=kind), rows, rows // 4 if clustered else 0))  # type: ignore[arg-type]
        for kind, clustered, rows in product(("binary", "continuous", "narrow"), (False, True), (50, 100, 200, 500))
    ]
    short_long = [
        (f"short against long, {mean:g}, {sizes}", World((Arm(mean), Arm(mean, "long")), rows, count, sizes))
        for mean, (count, rows), sizes in product((0.05, 0.15), SETTINGS, ("mild", "skewed"))
    ]
    of_seven = [
        (f"{top} equal of 7, the others {100 * below:g} lower", World(equal(top, below=below, of=7), 300, 48))
        for top, below in ((2, 0.3), (2, 0.13), (3, 0.3), (3, 0.13), (7, 0.0))
    ]
    giant = [
        (f"{name}, one giant cluster", World(arms, rows, count, "giant"))
        for (name, arms), (count, rows) in product(
            (("binary", equal(2)), ("short against long, 0.15", (Arm(0.15), Arm(0.15, "long")))), (SETTINGS[0], SETTINGS[2])
        )
    ]
    skewed = [("binary, skewed clusters", World(equal(2), rows, count, "skewed")) for count, rows in SETTINGS]
    seeds = [
        (f"{kind}, {count} seeds", World(equal(2, kind=kind), 200, 50, seeds=count, seed_sd=0.15))  # type: ignore[arg-type]
        for kind, count in product(("binary", "continuous"), (2, 3))
    ]
    rare = [(f"{kind}, mean 0.05", World(equal(2, top=0.05, kind=kind), 100, 25)) for kind in ("binary", "continuous")]
    return [Line("null", name, world, verdict) for name, world in (*plain, *short_long, *of_seven, *giant, *skewed, *seeds, *rare)]


def known_lines() -> list[Line]:
    """What is not mended yet, printed so that it is not forgotten."""
    lost = [(f"missing where wrong, {rows} rows", World((Arm(0.5, lost=0.09), Arm(0.5)), rows)) for rows in (100, 300, 1000)]
    lenient = [
        (f"a judge lenient to one arm, {rows} rows", World((Arm(0.5, lenient=0.15), Arm(0.5, lenient=0.02)), rows))
        for rows in (100, 300, 1000)
    ]
    one_seed = [("one seed where seeds differ", World(equal(2), 200, 50, seeds=1, seed_sd=0.3))]
    return [Line("known", name, world, verdict) for name, world in (*lost, *lenient, *one_seed)]


def tie_lines() -> list[Line]:
    """The difference is the margin of 3 points itself, so that a tie is a false one."""
    pairs: tuple[tuple[float, float, Kind], ...] = (
        (0.53, 0.5, "binary"), (0.04, 0.01, "binary"), (0.0301, 0.0001, "binary"), (0.33, 0.3, "continuous"), (0.33, 0.3, "narrow"),
    )  # fmt: skip
    lines = [
        (f"{a:g} against {b:g}, {kind}, {sizes}", World((Arm(a, kind), Arm(b, kind)), rows, count, sizes))
        for (a, b, kind), (sizes, count, rows) in product(
            pairs, (("mild", 0, 150), ("mild", 16, 150), ("skewed", 48, 300), ("mild", 100, 1000))
        )
    ]
    return [Line("ties", name, world, verdict) for name, world in lines]


def power_lines() -> list[Line]:
    two = [(0.47, 0.34, 16, 98), (0.47, 0.34, 48, 300), (0.6, 0.4, 8, 100), (0.12, 0.01, 16, 98), (0.08, 0.002, 16, 98)]
    lines = [(f"{a:g} against {b:g}", World((Arm(a), Arm(b)), rows, count, icc=0.1)) for a, b, count, rows in two]
    lines += [
        (f"{a:g} and {b:g} of 7 arms, the others at .3", World((Arm(a), Arm(b), *(Arm(0.3),) * 5), rows, count, icc=0.1))
        for a, b, count, rows in two[:2]
    ]
    lines += [("one arm 10 points above six equal", World((Arm(0.5), *(Arm(0.4),) * 6), 300, 0))]
    lines += [
        (f"{name}, continuous", World((Arm(a, "continuous"), Arm(b, "continuous")), 300, 48, icc=0.1))
        for name, a, b in (("0.47 against 0.34", 0.47, 0.34),)
    ]
    return [Line("power", name, world, verdict) for name, world in lines]


def rows_lines() -> list[Line]:
    worlds = [
        (f"{kind}, {'clustered' if count else 'independent'}, truth {gap:g}", World((Arm(0.45 + gap, kind), Arm(0.45, kind)), rows, count))  # type: ignore[arg-type]
        for kind, gap, (rows, count) in product(("binary", "continuous"), (0.05, 0.1), ((100, 0), (300, 0), (98, 16), (300, 48)))
    ]
    return [
        Line("rows", f"{what}: {name}", world, one)
        for name, world in worlds
        for what, one in (("as seen", as_seen), ("at margin", at_margin))
    ]


def means_lines() -> list[Line]:
    binary = tuple(Arm(mean) for mean in (0.02, 0.05, 0.2, 0.5, 0.8, 0.95, 0.98))
    mixed = tuple(Arm(mean, "continuous") for mean in (0.02, 0.07, 0.3, 0.6))
    made = []
    for count, rows in ((10, 60), (16, 98), (40, 300)):
        for sizes, icc in product(("equal", "skewed"), (0.0, 0.1, 0.3)):
            world = World(binary, rows, count, sizes, icc, observed=True)
            made += [
                (f"binary, {sizes}, correlation {icc:g}", world),
                (f"F1 mixture, {sizes}, {icc:g}", replace(world, arms=mixed, observed=False)),
            ]
        made.append(("binary, 3 seeds", World(binary, rows, count, seeds=3, seed_sd=0.15)))
    return [Line("means", name, world, means) for name, world in made]


def today_lines() -> list[Line]:
    worlds = [
        (f"{count} arms", World(equal(count), rows, groups)) for count, (groups, rows) in product((2, 3, 5, 7), (SETTINGS[0], SETTINGS[2]))
    ]
    worlds += [
        ("3 arms, 2 seeds", World(equal(3), 200, 50, seeds=2, seed_sd=0.15)),
        ("3 arms about 0.15", World(equal(3, top=0.15), 200, 50)),
    ]
    return [Line("today", name, world, today) for name, world in worlds]


GROUPS: dict[str, Callable[[], list[Line]]] = {
    "null": null_lines, "ties": tie_lines, "known": known_lines, "power": power_lines, "rows": rows_lines, "means": means_lines,
    "today": today_lines,
}  # fmt: skip
