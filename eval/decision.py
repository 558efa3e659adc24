"""Scores, rules and costs → the verdict with its evidence (decision.json). The door to everything that decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import pandas as pd

from eval.errors import SetupError
from eval.explain.approach import approach
from eval.explain.caveats import NOT_TESTED, caveats
from eval.explain.changes import changes
from eval.explain.counts import right_of, values_of
from eval.explain.reasons import reasons
from eval.explain.sentence import sentence
from eval.explain.today import today_told
from eval.explain.told import Told
from eval.statistics.describe import describe
from eval.statistics.grid import Layout, deciding, grid, layout
from eval.statistics.power import POWER
from eval.verdict.break_even import paybacks
from eval.verdict.choice import Means, month
from eval.verdict.constraints import Measures
from eval.verdict.economics import ArmCost
from eval.verdict.evidence import Evidence, Laid, Pair
from eval.verdict.guard import YARDSTICKS, yardstick
from eval.verdict.judge_error import JudgeError
from eval.verdict.judgement import Judgement, judge
from eval.verdict.leave_one_out import leave_out
from eval.verdict.other_measures import other_measures, weighable
from eval.verdict.record import Comparison, Decision, plain_values
from eval.verdict.rules import LOWER_IS_BETTER, Rules, Traits
from eval.verdict.sensitivity import Case, Flip, flips
from eval.verdict.today import today

__all__ = ["Comparison", "Decision", "Rules", "Traits", "decide"]


def decide(
    frame: pd.DataFrame, rules: Rules, costs: Mapping[str, ArmCost], blocks: Sequence[str] = (), sensitivity: bool = True,
    judge_errors: Mapping[str, JudgeError] | None = None,
) -> Decision:  # fmt: skip
    """The verdict from a table of scores (see `eval.scores`). `blocks`: findings that forbid one. Same input, same decision.

    `judge_errors`: by arm, where a judge's metric decides: a lead must stand once they are taken off.
    `sensitivity`: also look for what would flip the verdict, which takes most of the time.
    """
    laid, measures, means = read_evidence(frame, rules, costs)
    measures = replace(measures, judge_errors=judge_errors)
    evidence = laid.gathered(rules)
    judged = judge(evidence, rules, measures, means, blocks)
    case = Case(evidence, rules, measures, means, judged)
    looked = sensitivity and not blocks
    found = [*flips(case), *_other_measures(case, frame), *leave_out(case, laid)] if looked else []
    told = Told(judged, evidence, rules, measures)
    return replace(_told(told, found, looked), today=plain_values(today_told(told, today(judged, laid.deciding, rules, means))))


def read_evidence(frame: pd.DataFrame, rules: Rules, costs: Mapping[str, ArmCost]) -> tuple[Laid, Measures, Means]:
    """The deciding metric laid out, and what constraints and weights are held against."""
    if rules.metric in LOWER_IS_BETTER:
        raise SetupError(f"decision.metric: of {rules.metric!r} less is better; choose not_fabricated, or a constraint max_fabricated.")
    shared = layout(frame)
    right = yardstick("", shared.metrics)
    names = {name for name in ("fabricated", "abstained", right, *rules.weights) if name in shared.metrics}
    described = describe([grid(frame, name, shared) for name in sorted(map(str, names))], 1 - rules.alpha, rules.barred)
    fabricated, declined, rights = (
        {one.arm: one for one in described if one.metric == name} for name in ("fabricated", "abstained", right)
    )
    means = Means(costs, {(one.arm, one.metric): one for one in described}, tuple(sorted(shared.metrics)))
    if rules.cost_of_wrong and not weighable(rules.metric, shared.metrics):
        raise SetupError(f"decision.cost_of_wrong: it weighs right and wrong answers, so decision.metric must be {right or 'right'!r}.")
    laid = _lay(frame, shared, rules.metric, rules.cost_of_wrong)
    return laid, Measures(costs, fabricated, right=rights, declined=declined), means


def _other_measures(case: Case, frame: pd.DataFrame) -> list[Flip]:
    shared = layout(frame)
    return other_measures(case, partial(_lay, frame, shared), shared.metrics)


def _lay(frame: pd.DataFrame, shared: Layout, metric: str, cost_of_wrong: float) -> Laid:
    """The scores that this metric decides by, and right answers beside them where they are something else."""
    right = yardstick("" if cost_of_wrong else metric, shared.metrics)
    return Laid(deciding(frame, metric, shared, cost_of_wrong), grid(frame, right, shared) if right else None)


def _told(told: Told, found: Sequence[Flip], looked: bool) -> Decision:
    judged, rules, evidence = told.judged, told.rules, told.evidence
    weighed = looked and judged.verdict != "blocked" and bool(told.measures.fabricated) and evidence.metric in YARDSTICKS
    required = judged.settle.planned
    return Decision(
        verdict=judged.verdict, arm=judged.arm, metric=evidence.metric, sentence=sentence(told), reasons=tuple(reasons(told)),
        comparisons=comparisons(judged, evidence, rules), required_rows=required.rows if required else None,
        required=asdict(required) if required else None, margin=rules.margin, alpha=rules.alpha,
        coverage_floor=rules.coverage_floor, chosen_by=judged.chosen_by,
        constraints=tuple(plain_values(asdict(check)) for check in judged.checks),
        flips=tuple(plain_values(asdict(flip)) for flip in found), costs=_costs(told.measures.costs, rules),
        coverage={arm: one.coverage for arm, one in evidence.arms.items()}, leaders=judged.leaders, excluded=dict(judged.excluded),
        blocks=judged.blocks, caveats=tuple(caveats(told)), changes=tuple(changes(told, found, weighed)), not_tested=NOT_TESTED,
        floor=_floor(told), against=_against(told), withheld=judged.withheld, right=_right(told),
        break_even=tuple(paybacks(rules, told.measures.costs)), settle=_settle(judged), approach=approach(told),
    )  # fmt: skip


def _settle(judged: Judgement) -> dict[str, Any] | None:
    if judged.verdict != "undecided":
        return None
    found = {name: getattr(judged.settle, name) for name in ("as_seen", "at_margin")}
    return {"chance": POWER, **{name: asdict(rows) if rows else None for name, rows in found.items()}}


def _floor(told: Told) -> dict[str, Any] | None:
    best = told.judged.floor.best
    return {"arm": best, "mean": told.evidence.arms[best].mean, "above": list(told.judged.floor.above)} if best else None


def _against(told: Told) -> tuple[dict[str, Any], ...]:
    chosen = told.judged.arm or next(iter(told.judged.leaders), "")
    found = []
    for one in told.judged.against:
        if counts := right_of(told.evidence, chosen, one.arm):
            (right, other), rows = counts
            found.append({"arm": one.arm, "right": other, "rows": rows, "other_right": right, "shown": one.shown})
    return tuple(found)


def _right(told: Told) -> dict[str, dict[str, int]]:
    counted = {arm: right_of(told.evidence, arm) for arm in values_of(told.evidence)}
    return {arm: {"right": counts[0][0], "rows": counts[1]} for arm, counts in counted.items() if counts}


def _costs(costs: Mapping[str, ArmCost], rules: Rules) -> dict[str, dict[str, Any]]:
    return {arm: {**asdict(cost), "month": month(rules, arm, costs)} for arm, cost in costs.items()}


def comparisons(judged: Judgement, evidence: Evidence, rules: Rules) -> tuple[Comparison, ...]:
    """The candidates' pairs, the leader's first; then, described alone, the leading arm against those that could not be chosen."""
    tested = {(one.pair.a, one.pair.b): one for one in judged.tested}
    ranked = evidence.ranked([*evidence.values])
    leader = judged.leaders[0] if judged.leaders else next((arm for arm in ranked if arm not in rules.barred), None)
    told = [pair for pair in evidence.pairs if not {pair.a, pair.b} & set(rules.constants)]
    chosen = [pair for pair in told if (pair.a, pair.b) in tested or leader in (pair.a, pair.b)]
    holm = {key: one.p_holm for key, one in tested.items()}

    def place(pair: Pair) -> tuple[bool, bool, int, int]:
        return (pair.a, pair.b) not in tested, leader not in (pair.a, pair.b), ranked.index(pair.a), ranked.index(pair.b)

    return tuple(_comparison(pair, holm.get((pair.a, pair.b)), rules) for pair in sorted(chosen, key=place))


def _comparison(pair: Pair, p_holm: float | None, rules: Rules) -> Comparison:
    measured = pair.spread.units > 0
    return Comparison(
        a=pair.a, b=pair.b, difference=pair.spread.mean if measured else None, low=pair.low, high=pair.high,
        p=pair.p if pair.test != "none" else None, p_holm=p_holm if pair.test != "none" else None, n=pair.n, test=pair.test,
        equivalent=measured and pair.equivalence_p(rules.margin) <= rules.alpha, clusters=pair.spread.units, seeds=pair.spread.seeds,
    )  # fmt: skip
