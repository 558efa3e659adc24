"""What to keep in mind beside a verdict, and what was not tested at all. Decides nothing."""

from __future__ import annotations

from eval.explain.sentence import POOR
from eval.explain.told import Told
from eval.numerals import listed
from eval.verdict.evidence import Pair

FEW_CLUSTERS = 20
NOT_TESTED = (
    "Other base models, other prompts and other settings of training and retrieval than those of this run.",
    "Rows unlike the test rows: other sources, other times, other users.",
    "All metrics but the deciding one: they describe, no test was made on them.",
)


def caveats(told: Told) -> list[str]:
    judged = told.judged
    compared = [one.pair for one in judged.tested if {one.pair.a, one.pair.b} & set(judged.leaders)]
    made = [*_poor(told), *_one_run(told), *_few_clusters(compared), *_missing(told), *_ceilings(told), *_documents(told)]
    return [*made, *told.evidence.notes]


def _poor(told: Told) -> list[str]:
    arm = told.judged.arm
    described = told.evidence.arms.get(arm) if arm else None
    graded = told.whole and not told.rules.cost_of_wrong
    if arm is None or described is None or described.mean is None or not graded or described.mean >= POOR:
        return []
    return [f"{told.label(arm)} reaches only {described.mean:.2f} of 1: the best of these may still not be good enough."]


def _one_run(told: Told) -> list[str]:
    trained = [arm for arm in told.judged.leaders if told.rules.trained_here(arm) and len(told.evidence.arms[arm].seeds) == 1]
    if not trained:
        return []
    was = "was" if len(trained) == 1 else "were each"
    return [f"{listed([told.label(arm) for arm in trained])} {was} trained with one seed: this speaks for that one training run."]


def _few_clusters(pairs: list[Pair]) -> list[str]:
    units = min((pair.spread.units for pair in pairs if pair.spread.units < pair.n), default=FEW_CLUSTERS)
    if units >= FEW_CLUSTERS:
        return []
    return [f"The rows come from {units} independent group{'s' * (units != 1)} only; intervals from so few are rough."]


def _missing(told: Told) -> list[str]:
    """Whether the missing scores could turn the order round, were they all against the leader."""
    if not told.judged.leaders:
        return []
    leader, arms = told.judged.leaders[0], told.evidence.arms
    worst = arms[leader].worst
    turned = [
        arm for pair in told.judged.tested if pair.pair.a == leader and (arm := pair.pair.b) not in told.judged.leaders
        and worst is not None and (best := arms[arm].best) is not None and best >= worst and (arms[leader].missing or arms[arm].missing)
    ]  # fmt: skip
    if not turned:
        return []
    return [
        f"Scores are missing; if all of them went against {told.label(leader)}, "
        f"its lead over {listed([told.label(a) for a in turned])} would be gone."
    ]


def _ceilings(told: Told) -> list[str]:
    """A measured share passes or fails by its mean; here its interval lies on both sides."""
    made = []
    for check in told.judged.checks:
        described = told.measures.fabricated.get(check.arm) if check.constraint == "max_fabricated" else None
        if described and described.low is not None and described.high is not None and described.low <= check.limit < described.high:
            made.append(
                f"{100 * (check.value or 0):.0f} of 100 answers of {told.label(check.arm)} are wrong, {100 * described.low:.0f} to "
                f"{100 * described.high:.0f} by its interval: it is not certain that the ceiling of {100 * check.limit:.0f} "
                f"is {'kept' if check.passed else 'broken'}."
            )
    return made


def _documents(told: Told) -> list[str]:
    if told.rules.constraints.get("documents_in_weights") is not False:
        return []
    trained = [arm for arm in told.judged.leaders if told.rules.trained_here(arm)]
    return [f"{told.label(arm)} was trained on the examples' answers, which may quote documents." for arm in trained]
