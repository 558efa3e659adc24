"""Evidence and rules → winner, tie, undecided or blocked. A pure function of what was measured; writes no sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Literal

from eval.statistics.paired import holm
from eval.verdict.choice import Means, best
from eval.verdict.constraints import Check, Measures, checks
from eval.verdict.evidence import Evidence, Pair
from eval.verdict.floor import Floor, floor
from eval.verdict.guard import Against, against
from eval.verdict.judge_error import freed
from eval.verdict.rules import Rules
from eval.verdict.settle import UNSETTLED, Settle, settling

VerdictKind = Literal["winner", "tie", "undecided", "none", "blocked"]
"""`none`: no candidate is shown to be better than a constant response, or good enough."""
Withheld = Literal["", "contradiction", "missing", "judge"]


@dataclass(frozen=True)
class Tested:
    """A pair of candidates, judged by the rules."""

    pair: Pair
    p_holm: float
    """Over all pairs of candidates: the family, fixed before anything was measured."""
    equivalent: bool
    """Shown to lie within the margin."""
    better: bool
    """`a` is better by this pair's own p: what a winner needs against every other candidate."""
    listed: bool
    """`a` is better after Holm too: what it takes to name `b` among several that are shown to be worse."""


@dataclass(frozen=True)
class Judgement:
    verdict: VerdictKind
    arm: str | None
    chosen_by: str = ""
    """`difference`, `constraints`, or for ties `cost`, `weights`, `mean`."""
    leaders: tuple[str, ...] = ()
    """The arm that leads and those not shown to be worse, best first."""
    tested: tuple[Tested, ...] = ()
    excluded: tuple[tuple[str, str], ...] = ()
    """(arm, why it cannot be chosen)."""
    checks: tuple[Check, ...] = ()
    blocks: tuple[str, ...] = ()
    settle: Settle = UNSETTLED
    """How many rows would settle an undecided verdict."""
    open: tuple[Pair, ...] = ()
    """Pairs of leaders that are neither told apart nor shown to be equal."""
    floor: Floor = field(default_factory=lambda: Floor(None, ()))
    against: tuple[Against, ...] = ()
    """Candidates that are right more often than the arm that is chosen, or would have been."""
    withheld: Withheld = ""
    """Why an arm that leads by a shown difference is no winner all the same."""

    @property
    def candidates(self) -> tuple[str, ...]:
        """All that could be chosen, in no order that matters."""
        return tuple(dict.fromkeys(arm for one in self.tested for arm in (one.pair.a, one.pair.b))) or self.leaders

    def between(self, one: str, other: str) -> Tested:
        return next(t for t in self.tested if {t.pair.a, t.pair.b} == {one, other})


def judge(evidence: Evidence, rules: Rules, measures: Measures, means: Means, blocks: Sequence[str] = ()) -> Judgement:
    """The verdict, in the order of its rules: constraints, coverage, differences, and among equals the choice."""
    held = tuple(checks(rules, [arm for arm in evidence.arms if arm not in rules.barred], measures))
    excluded = _excluded(evidence, rules, held)
    left = [arm for arm in evidence.arms if arm not in excluded]
    hindrances, too_thin = _coverage(evidence, rules, left)
    excluded |= too_thin
    candidates = evidence.ranked([arm for arm in left if arm not in too_thin and arm in evidence.values])
    wanting = not candidates and _all_too_weak(evidence, rules, held)
    hindrances += _alone(candidates, too_thin, rules, held) if not hindrances and not wanting else []
    hindrances += [
        f"{p.a} and {p.b} were not measured on the same rows; score both on all rows." for p in _family(evidence, candidates) if not p.n
    ]
    tested = _tested(_family(evidence, candidates), rules)
    base = Judgement("blocked", None, tested=tested, excluded=tuple(excluded.items()), checks=held, blocks=(*blocks, *hindrances))
    if base.blocks:
        return base
    if wanting:
        return replace(base, verdict="none", chosen_by="constraints", leaders=_weak(evidence, rules))
    decided = _decided(replace(base, floor=floor(evidence, rules, candidates)), candidates, rules, means)
    return _withheld(decided, evidence, candidates, rules, measures)


def _decided(base: Judgement, candidates: Sequence[str], rules: Rules, means: Means) -> Judgement:
    above = [arm for arm in candidates if base.floor.holds(arm)]
    if not above:
        return replace(base, verdict="none", chosen_by="floor", leaders=tuple(candidates[:1]))
    if len(candidates) == 1:
        return replace(base, verdict="winner", arm=candidates[0], chosen_by="constraints", leaders=(candidates[0],))
    leader = above[0]
    others = [arm for arm in candidates if arm != leader]
    near = (leader, *(arm for arm in others if not _beats(base, leader, arm)))
    if len(near) == 1:
        return replace(base, verdict="winner", arm=leader, chosen_by="difference", leaders=near)
    among = [base.between(a, b) for a, b in combinations(near, 2)]
    if all(one.equivalent for one in among):
        arm, why = best(rules, [one for one in near if one in above], means)
        return replace(base, verdict="tie", arm=arm, chosen_by=why, leaders=near)
    unequal = [one for one in among if not one.equivalent]
    undecided = [one for one in unequal if not one.better] or unequal
    listed = (leader, *(arm for arm in others if arm in near or not base.between(leader, arm).listed))
    settle = settling([one.pair for one in undecided], leader, rules)
    return replace(base, verdict="undecided", leaders=listed, settle=settle, open=tuple(one.pair for one in undecided))


def _withheld(decided: Judgement, evidence: Evidence, candidates: Sequence[str], rules: Rules, measures: Measures) -> Judgement:
    """An arm is not named where another candidate is shown to be right more often, or where its lead hangs on its missing values."""
    if (chosen := decided.arm) is None or decided.chosen_by == "constraints":
        return decided
    right = None if rules.cost_of_wrong else evidence.right  # who pays for wrong answers may want the arm that gives fewer answers
    contrary = against(right, chosen, [arm for arm in candidates if arm != chosen])
    decided = replace(decided, against=contrary)
    if shown := tuple(one.arm for one in contrary if one.shown):
        return replace(decided, verdict="undecided", arm=None, chosen_by="", leaders=(chosen, *shown), withheld="contradiction")
    if decided.verdict == "winner" and (lost := _lost_at_worst(evidence, chosen, candidates, rules)):
        return replace(decided, verdict="undecided", arm=None, chosen_by="", leaders=(chosen, *lost), withheld="missing")
    if decided.verdict == "winner" and (open_ := _by_the_judge_alone(decided, measures, rules)):
        return replace(decided, verdict="undecided", arm=None, chosen_by="", leaders=(chosen, *open_), withheld="judge")
    return decided


def _lost_at_worst(evidence: Evidence, arm: str, candidates: Sequence[str], rules: Rules) -> tuple[str, ...]:
    """Candidates over which the arm's lead would not be shown, were its own missing values the least there can be."""
    pairs = {pair.b if pair.a == arm else pair.a: pair for pair in evidence.at_worst.get(arm, ())}
    return tuple(one for one in candidates if one in pairs and not (pairs[one].a == arm and _shown(pairs[one], rules)))


def _by_the_judge_alone(decided: Judgement, measures: Measures, rules: Rules) -> tuple[str, ...]:
    """Candidates over which the arm's lead is not shown once the judge's errors, as people's labels tell them, are taken off."""
    if measures.judge_errors is None:
        return ()
    found = [(one.pair.b, freed(one.pair, measures.judge_errors, 1 - rules.alpha)) for one in decided.tested if one.pair.a == decided.arm]
    return tuple(arm for arm, difference in found if difference is None or difference.low <= 0)


def _all_too_weak(evidence: Evidence, rules: Rules, held: Sequence[Check]) -> bool:
    """Whether every arm that was measured fails `min_right`: then no other limit is to blame."""
    weak = {check.arm for check in held if check.constraint == "min_right" and not check.passed and check.value is not None}
    return bool(weak) and weak >= {arm for arm in evidence.values if arm not in rules.barred}


def _weak(evidence: Evidence, rules: Rules) -> tuple[str, ...]:
    return tuple(evidence.ranked([arm for arm in evidence.values if arm not in rules.barred])[:1])


def _beats(base: Judgement, leader: str, arm: str) -> bool:
    """By the pair's own p. A verdict claims that the leader, or each of the equals, is better than all others at once, and is given only
    where each of these tests rejects: none needs an adjustment (an intersection-union test, Berger 1982). That the data choose the leader
    costs nothing: of two equal arms either may lead and p is two-sided, and each further equal arm is one more to beat."""
    tested = base.between(leader, arm)
    return tested.better and not tested.equivalent and tested.pair.a == leader


def _excluded(evidence: Evidence, rules: Rules, held: Sequence[Check]) -> dict[str, str]:
    reasons = {arm: "diagnostic: it is given what a deployment would not have" for arm in evidence.arms if arm in rules.diagnostic}
    reasons |= {arm: "a constant response: what a candidate must beat" for arm in evidence.arms if arm in rules.constants}
    for arm, one in evidence.arms.items():
        if one.coverage is None and arm not in reasons:
            reasons[arm] = f"{evidence.metric} does not apply to it"
    failed = [check for check in held if not check.passed]
    for arm in dict.fromkeys(check.arm for check in failed):
        reasons.setdefault(arm, "; ".join(check.reason for check in failed if check.arm == arm))
    return reasons


def _coverage(evidence: Evidence, rules: Rules, left: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """An arm with too many missing scores blocks the verdict if it might lead were they known; else it is left out."""
    covered = [arm for arm in left if (evidence.arms[arm].coverage or 0.0) >= rules.coverage_floor]
    reached = max((evidence.arms[arm].mean or 0.0 for arm in covered), default=None)
    blocks, excluded = [], {}
    for arm in [arm for arm in left if arm not in covered]:
        one = evidence.arms[arm]
        why = next(iter(one.missing), "no reason given")
        share, floor = 100 * (one.coverage or 0), 100 * rules.coverage_floor
        said = f"{rules.label(arm)} has a score on {share:.0f} % of its rows, below the floor of {floor:g} %"
        if reached is not None and one.best is not None and one.best < reached:
            excluded[arm] = f"{said}; even with every missing score at its best it would not lead"
        else:
            blocks.append(f"{said} (most often: {why}); mend that and score again, or leave the arm out.")
    return blocks, excluded


def _alone(candidates: Sequence[str], too_thin: Mapping[str, str], rules: Rules, held: Sequence[Check]) -> list[str]:
    failed = {check.constraint for check in held if not check.passed}
    if not candidates:
        names = ", ".join(sorted(failed))
        return [f"no arm is left to choose; loosen {names}." if failed else "no arm was measured; there is nothing to compare."]
    if len(candidates) == 1 and not failed:
        left_out = "".join(f" ({why})" for why in too_thin.values())
        return [f"{rules.label(candidates[0])} is the only arm that can be chosen; a comparison needs two{left_out}."]
    return []


def _family(evidence: Evidence, candidates: Sequence[str]) -> list[Pair]:
    return [evidence.pair(a, b) for a, b in combinations(candidates, 2)]


def _tested(family: Sequence[Pair], rules: Rules) -> tuple[Tested, ...]:
    adjusted = holm([pair.p for pair in family])
    return tuple(
        Tested(pair, p, pair.equivalence_p(rules.margin) <= rules.alpha, better=pair.p <= rules.alpha, listed=p <= rules.alpha)
        for pair, p in zip(family, adjusted, strict=True)
    )


def _shown(pair: Pair, rules: Rules) -> bool:
    return pair.p <= rules.alpha and pair.low is not None and pair.low > 0
