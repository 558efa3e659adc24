"""The decision as it is stored: decision.json and its comparisons. Decides nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from eval.verdict.judgement import VerdictKind


@dataclass(frozen=True)
class Comparison:
    """Two arms on the rows both were measured on; `a` has the higher mean."""

    a: str
    b: str
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    """Of this pair alone: what a winner needs against every other candidate. Below alpha exactly where `low` to `high` excludes zero."""
    p_holm: float | None
    """Over all pairs of candidates: what it takes to list an arm as shown to be worse. None where one of the two was not a candidate: then
    it describes and decides nothing."""
    n: int
    test: str
    equivalent: bool
    """Shown to lie within the margin."""
    clusters: int
    seeds: int


@dataclass(frozen=True)
class Decision:
    """decision.json."""

    verdict: VerdictKind
    arm: str | None
    metric: str
    sentence: str
    reasons: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    required_rows: int | None
    """Test rows in all that would settle an undecided verdict."""
    required: dict[str, int] | None
    """The same with its interval: rows, low, high; one of the two numbers of `settle`."""
    margin: float
    alpha: float
    coverage_floor: float
    chosen_by: str
    constraints: tuple[dict[str, Any], ...]
    """Every constraint for every arm: constraint, arm, limit, value, passed, reason."""
    flips: tuple[dict[str, Any], ...]
    costs: dict[str, dict[str, Any]]
    coverage: dict[str, float | None]
    leaders: tuple[str, ...]
    excluded: dict[str, str]
    blocks: tuple[str, ...]
    caveats: tuple[str, ...]
    changes: tuple[str, ...]
    """What would change the verdict, in words."""
    not_tested: tuple[str, ...]
    floor: dict[str, Any] | None = None
    """The best constant response and the candidates shown to be better: `{"arm", "mean", "above"}`; None where none was scored."""
    against: tuple[dict[str, Any], ...] = ()
    """Candidates that are right more often than the arm named: `{"arm", "right", "rows", "other_right", "shown"}`."""
    withheld: str = ""
    """Why an arm that leads is not named: `contradiction`, `missing`; empty where nothing is withheld."""
    right: dict[str, dict[str, int]] = field(default_factory=dict)
    """By arm, on how many rows it is right, and on how many that was measured."""
    break_even: tuple[dict[str, Any], ...] = ()
    """Each arm that retrieves against each that is trained instead: see `eval.verdict.break_even`."""
    repeat: dict[str, Any] | None = None
    """What the comparison would cost once more, by the run's own clock: see `eval.verdict.repeat_cost`; None: not known."""
    settle: dict[str, Any] | None = None
    """`as_seen` and `at_margin`, each rows, low, high or None (see `eval.verdict.settle`), and `chance`; None: it is not undecided."""
    today: dict[str, Any] | None = None
    """What to take if it has to be today: see `eval.verdict.today`; None for a blocked verdict."""
    approach: dict[str, Any] | None = None
    """Retrieval, fine-tuning, both or neither: see `eval.explain.approach`; None: not said by that version, or not known of its arms."""
    schema: int = field(default=1)

    def to_json(self) -> dict[str, Any]:
        """Plain values; no NaN."""
        plain: dict[str, Any] = plain_values(asdict(self))
        return {"schema": plain.pop("schema"), **plain}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        fields: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in value.items()}
        fields["comparisons"] = tuple(Comparison(**one) for one in value["comparisons"])
        return cls(**fields)


def plain_values(value: Any) -> Any:
    """What JSON can hold: keys as text, tuples as lists, None for a number that is none."""
    if isinstance(value, Mapping):
        return {str(name): plain_values(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
