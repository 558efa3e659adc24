"""The lines of bench/verdict.py: which worlds, what is asked of each, and what one experiment shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from verdict_worlds import Arm, Kind, Table, World, equal, labelled, table

from eval.statistics.describe import describe
from eval.verdict.choice import Means
from eval.verdict.constraints import Measures
from eval.verdict.evidence import Evidence, Laid
from eval.verdict.judgement import Judgement, judge
from eval.verdict.rules import Rules
from eval.verdict.today import today as of_today

Seen = dict[str, Any]
RULES = Rules(metric="score", diagnostic=())
WIDE = replace(RULES, margin=0.08)
"""A large margin, so that the experiments that it asks for stay small."""
MOST_ROWS = 3_000
"""Of an experiment with as many rows as a pilot asks for; pilots that ask for more are counted and left out."""
NOTHING = Means({}, {}, ("score",))


@dataclass(frozen=True)
class Line:
    group: str
    """`null`, `ties`, `known`, `power`, `rows`, `means`, `today`, `fixed`."""
    name: str
    world: World
    one: Callable[[World, int], Seen | None]


class Decided(NamedTuple):
    table: Table
    evidence: Evidence
    judged: Judgement


def decided(world: World, seed: Any, rules: Rules = RULES) -> Decided:
    """By the code that decides, without the table of scores and without its sentences (see eval/decision.py)."""
    rng = np.random.default_rng(seed)
    made = table(world, rng)
    evidence = Laid(made.grid, None).gathered(rules, bounded=False)
    measures = Measures({}, {}, labelled(made, world.labels, rng) if world.labels else None)
    return Decided(made, evidence, judge(evidence, rules, measures, NOTHING))


def verdict(world: World, seed: int) -> Seen:
    """Whether there was a winner, whether it was a0, and whether the interval of the first two held the truth."""
    found = decided(world, seed)
    pair, judged = found.evidence.minus("a0", "a1"), found.judged
    truth = world.arms[0].mean - world.arms[1].mean
    covered = None
    if pair is not None and pair.low is not None and pair.high is not None:
        covered = bool(pair.low <= truth + 1e-12 and truth - 1e-12 <= pair.high)
    return {"winner": judged.verdict == "winner", "tie": judged.verdict == "tie", "best": judged.arm == "a0", "covered": covered}


def as_seen(world: World, seed: int, rules: Rules = WIDE) -> Seen | None:
    """A pilot, then an experiment in which the truth is what the pilot saw, with the rows it asked for."""
    pilot = decided(world, [seed, 1], rules).judged
    need, difference = pilot.settle.as_seen, pilot.tested[0].pair.spread.mean
    if pilot.verdict != "undecided" or need is None or difference <= 0:
        return None
    return _again(world, seed, need.rows, difference, tie_settles=True, rules=rules)


def at_margin(world: World, seed: int, rules: Rules = WIDE) -> Seen | None:
    """The same where the truth is only the margin."""
    pilot = decided(world, [seed, 1], rules).judged
    need = pilot.settle.at_margin
    if pilot.verdict != "undecided" or need is None:
        return None
    return _again(world, seed, need.rows, rules.margin, tie_settles=False, rules=rules)


def _again(world: World, seed: int, rows: int, difference: float, tie_settles: bool, rules: Rules) -> Seen:
    if rows > MOST_ROWS:
        return {"rows": rows, "settled": None}
    low = world.arms[1]
    truth = replace(world.scaled(rows), arms=(Arm(low.mean + difference, world.arms[0].kind), low))
    judged = decided(truth, [seed, 2], rules).judged
    return {"rows": rows, "settled": (judged.verdict == "tie" and tie_settles) or (judged.verdict == "winner" and judged.arm == "a0")}


def means(world: World, seed: int) -> Seen:
    """Of every arm whether its interval held its mean, and how wide it was."""
    found = describe([table(world, np.random.default_rng(seed)).grid], 0.95)
    ends = [(one.low or 0.0, 1.0 if one.high is None else one.high) for one in found]
    held = [bool(low <= arm.mean <= high) for arm, (low, high) in zip(world.arms, ends, strict=True)]
    return {"held": held, "wide": [high - low for low, high in ends]}


def today(world: World, seed: int, scatter: tuple[float, float] = (0.03, 0.12), ahead: float = 0.0) -> Seen | None:
    """True means scattered anew in each experiment about that of the world, by so much; the first `ahead` of the others."""
    rng = np.random.default_rng([seed, 3])
    apart = rng.uniform(*scatter)
    truth = np.clip([arm.mean + apart * rng.normal() + ahead * (place == 0) for place, arm in enumerate(world.arms)], 0.01, 0.99)
    found = decided(
        replace(world, arms=tuple(replace(arm, mean=float(one)) for arm, one in zip(world.arms, truth, strict=True))), [seed, 4]
    )
    told = of_today(found.judged, found.table.grid, RULES, NOTHING)
    if told is None:
        return None
    chances = [told.chances[f"a{place}"] for place in range(len(truth))]
    lost = [float(truth.max() - one) for one in truth]
    chosen = int(np.argmin([one.loss for one in chances]))
    return {"best": [one.best for one in chances], "loss": [one.loss for one in chances], "lost": lost, "chosen": chosen}


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
    seeds += [(f"{count} seeds that lie twice as far apart", World(equal(2), 200, 50, seeds=count, seed_sd=0.3)) for count in (2, 3)]
    seeds += [
        (f"trained with {count} seeds against untrained", World((Arm(0.5), Arm(0.5, trained=False)), 200, 50, seeds=count, seed_sd=0.15))
        for count in (2, 3)
    ]
    lost = [(f"missing where wrong, {rows} rows", World((Arm(0.5, lost=0.09), Arm(0.5)), rows)) for rows in (100, 300, 1000)]
    lenient = [
        (f"a judge lenient to one arm, {labels} labels", World((Arm(0.5, lenient=0.15), Arm(0.5, lenient=0.02)), rows, labels=labels))
        for labels, rows in ((30, 300), (60, 300), (60, 1000))
    ]
    rare = [(f"{kind}, mean 0.05", World(equal(2, top=0.05, kind=kind), 100, 25)) for kind in ("binary", "continuous")]
    return [
        Line("null", name, world, verdict)
        for name, world in (*plain, *short_long, *of_seven, *giant, *skewed, *seeds, *lost, *lenient, *rare)
    ]


def known_lines() -> list[Line]:
    """What no rule can mend, printed so that it is not forgotten: the sentence says what it speaks for."""
    unknown = [
        (f"a judge lenient to one arm that nobody checked, {rows} rows", World((Arm(0.5, lenient=0.15), Arm(0.5, lenient=0.02)), rows))
        for rows in (100, 300)
    ]
    one_seed = [("one seed where seeds differ", World(equal(2), 200, 50, seeds=1, seed_sd=0.3))]
    far = [
        (
            "trained with 2 seeds, twice as far apart, against untrained",
            World((Arm(0.5), Arm(0.5, trained=False)), 200, 50, seeds=2, seed_sd=0.3),
        )
    ]
    return [Line("known", name, world, verdict) for name, world in (*unknown, *one_seed, *far)]


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
    lines += [
        (f"0.6 against 0.45, {count} seeds {apart:g} apart", World((Arm(0.6), Arm(0.45)), 300, 48, icc=0.1, seeds=count, seed_sd=apart))
        for count, apart in ((2, 0.05), (2, 0.15), (3, 0.15))
    ]
    return [Line("power", name, world, verdict) for name, world in lines]


def rows_lines() -> list[Line]:
    worlds = [
        (f"{kind}, {'clustered' if count else 'independent'}, truth {gap:g}", World((Arm(0.45 + gap, kind), Arm(0.45, kind)), rows, count))  # type: ignore[arg-type]
        for kind, gap, (rows, count) in product(("binary", "continuous"), (0.05, 0.1), ((100, 0), (300, 0), (98, 16), (300, 48)))
    ]
    lines = [
        Line("rows", f"{what}: {name}", world, one)
        for name, world in worlds
        for what, one in (("as seen", as_seen), ("at margin", at_margin))
    ]
    narrow = [("72 rows, 18 clusters", 72, 18), ("300 rows, 75 clusters", 300, 75)]
    for name, rows, count in narrow:  # scores that vary so little take a margin of their own
        world, rules = World((Arm(0.6, "narrow"), Arm(0.57, "narrow")), rows, count), replace(RULES, margin=0.03 if rows < 100 else 0.015)
        for what, one in (("as seen", as_seen), ("at margin", at_margin)):
            lines.append(Line("rows", f"{what}: narrow, {name}", world, partial(one, rules=rules)))
    return lines


def means_lines() -> list[Line]:
    binary = tuple(Arm(mean) for mean in (0.02, 0.05, 0.2, 0.5, 0.8, 0.95, 0.98))
    rare = tuple(Arm(mean, "rare") for mean in (0.06, 0.1, 0.2))
    mixed = tuple(Arm(mean, "continuous") for mean in (0.02, 0.07, 0.3, 0.6))
    made = []
    for count, rows in ((10, 60), (16, 98), (40, 300)):
        for sizes, icc in product(("equal", "skewed"), (0.0, 0.1, 0.3)):
            world = World(binary, rows, count, sizes, icc, observed=True)
            made += [
                (f"binary, {sizes}, correlation {icc:g}", world),
                (f"F1 mixture, {sizes}, {icc:g}", replace(world, arms=mixed, observed=False)),
            ]
        made += [(f"long answers, 2 % exact, {n} arms", World(rare[:n], rows, count, icc=0.1)) for n in (1, 3)]
        made.append(("chrF-like", World((Arm(0.5, "narrow"),), rows, count, icc=0.1)))
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


def fixed_lines() -> list[Line]:
    """Truths that lie otherwise than the prior supposes: all within 2 points, all equal, one ahead of equals."""
    truths = {"2 points apart": ((0.02, 0.02), 0.0), "equal": ((0.0, 0.0), 0.0), "one 8 points ahead": ((0.0, 0.0), 0.08)}
    return [
        Line("fixed", f"{count} arms, {name}", World(equal(count), rows, groups), partial(today, scatter=scatter, ahead=ahead))
        for (name, (scatter, ahead)), count, (groups, rows) in product(truths.items(), (2, 7), (SETTINGS[0], SETTINGS[2]))
    ]


GROUPS: dict[str, Callable[[], list[Line]]] = {
    "null": null_lines, "ties": tie_lines, "known": known_lines, "power": power_lines, "rows": rows_lines, "means": means_lines,
    "today": today_lines, "fixed": fixed_lines,
}  # fmt: skip
