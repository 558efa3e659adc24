"""What the verdict would be by another metric, or if wrong answers cost more or less. Judges stored scores again; measures nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from eval.verdict.evidence import Laid
from eval.verdict.guard import yardstick
from eval.verdict.judgement import Judgement, judge
from eval.verdict.sensitivity import Case, Flip, changed

COSTS = (0.0, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 9.0)
"""Costs of a wrong answer, in right ones, at which all is judged again; 9: as bad as ten unanswered questions."""
HALVINGS = 4
"""How often the stretch in which the verdict changes is halved."""
METRICS = (
    ("right", "token_f1", "exact_match"), ("accuracy", "correct"), ("field_f1", "exact_record"), ("label_f1", "exact_labels"),
    ("chrf", "figure_f1", "rouge_l"),
)  # fmt: skip
"""What may decide in place of each other."""

Relaid = Callable[[str, float], Laid]
"""A deciding metric and a cost of wrong answers → the scores they decide by."""


def weighable(metric: str, measured: Collection[str]) -> bool:
    """Whether wrong answers can cost something: right answers must decide, and wrong ones must be known."""
    return "fabricated" in measured and metric == yardstick("", measured)


def other_measures(case: Case, relaid: Relaid, measured: Collection[str]) -> list[Flip]:
    """At which cost of a wrong answer the verdict changes, nearest first, then by which other metrics it is another."""
    if case.judged.verdict == "blocked":
        return []
    costs = list(_costs(case, relaid)) if weighable(case.rules.metric, measured) else []
    return [*costs, *_metrics(case, relaid, measured)]


def _costs(case: Case, relaid: Relaid) -> Iterator[Flip]:
    now = case.rules.cost_of_wrong
    up, down = [cost for cost in COSTS if cost > now], [cost for cost in reversed(COSTS) if cost < now]
    for direction, stretch in (("above", up), ("below", down)):
        last, told = now, case.judged
        for cost in stretch:
            judged = _at(case, relaid, case.rules.metric, cost)
            # The first change, and behind it the first other arm that is named.
            if changed(judged, told) and (told is case.judged or judged.arm not in (None, case.judged.arm)):
                yield _crossing(case, relaid, (last, cost), direction, judged)
                told = judged
                if judged.arm is not None:
                    break
            last = cost


def _crossing(case: Case, relaid: Relaid, between: tuple[float, float], direction: str, judged: Judgement) -> Flip:
    """Halves the stretch in which the verdict becomes `judged`; `at` is a value at which it holds."""
    without, at = between
    for _ in range(HALVINGS):
        middle = (without + at) / 2
        found = _at(case, relaid, case.rules.metric, middle)
        without, at = (without, middle) if (found.verdict, found.arm) == (judged.verdict, judged.arm) else (middle, at)
    now = case.rules.cost_of_wrong
    return Flip("cost", "cost_of_wrong", now, at, direction, judged.verdict, judged.arm, judged.leaders)


def _metrics(case: Case, relaid: Relaid, measured: Collection[str]) -> Iterator[Flip]:
    now = case.rules.metric
    alike = next((names for names in METRICS if now in names), ())
    counted = yardstick("", measured)
    for name in dict.fromkeys((*([counted] if counted else []), *alike)):
        if name in measured and name != now and not {name, now} <= {"accuracy", "correct"}:
            judged = _at(case, relaid, name, 0.0)
            if changed(judged, case.judged):
                yield Flip("metric", name, now, name, "set to", judged.verdict, judged.arm, judged.leaders)


def _at(case: Case, relaid: Relaid, metric: str, cost: float) -> Judgement:
    rules = replace(case.rules, metric=metric, cost_of_wrong=cost)
    measures = case.measures if metric == case.rules.metric else replace(case.measures, judge_errors=None)
    return judge(relaid(metric, cost).gathered(rules, bounded=False), rules, measures, case.means)
