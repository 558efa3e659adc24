"""What was fixed before the run: how a verdict is reached. Values alone; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eval.metrics.fabrication import COLUMNS


@dataclass(frozen=True)
class Traits:
    """What constraints need to know of an arm. None: not known."""

    retrieves: bool | None = False
    trained: bool | None = False
    documents_in_weights: bool | None = False
    """Whether passages of the documents stood in its training rows."""
    outside: bool = False
    """Whether it was made elsewhere: nothing is known of it but what it said, and what was declared."""


TRAITS: dict[str, Traits] = {
    "base": Traits(),
    "few_shot": Traits(),
    "classic": Traits(retrieves=True),
    "rag": Traits(retrieves=True),
    "oracle": Traits(retrieves=True),
    "lora": Traits(trained=True),
    "lora_rag": Traits(retrieves=True, trained=True),
    "hybrid": Traits(retrieves=True, trained=True, documents_in_weights=True),
}
LOWER_IS_BETTER = (
    "fabricated", "abstained", *COLUMNS, "unsupported_figures", "unsupported_claims", "judge_fabricated", "judge_abstained",
)  # fmt: skip
"""Metrics that can be a constraint or a weight, and never the one that decides."""
SIMPLE = ("base", "few_shot", "classic")
"""Arms that neither retrieve passages into a prompt nor train a language model: with them, neither is needed."""


@dataclass(frozen=True)
class Rules:
    """Fixed before anything was measured."""

    metric: str
    """The one metric that decides."""
    margin: float = 0.03
    """The smallest difference the team cares about, in the metric's units."""
    alpha: float = 0.05
    coverage_floor: float = 0.9
    constraints: Mapping[str, Any] = field(default_factory=dict)
    """`p95_seconds`, `cost_per_1000`, `max_fabricated`, `min_right`, `must_cite`, `facts_change`, `documents_in_weights`; None: free."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """What chooses among arms that are tied: a metric's name, or `cost`, `latency`, `training`, `tokens`. Empty: cost alone."""
    prices: Mapping[str, Any] = field(default_factory=dict)
    """`queries_per_month` (10,000 if left out); the others are already in the costs."""
    diagnostic: tuple[str, ...] = ("oracle",)
    """Arms that can never be chosen."""
    constants: tuple[str, ...] = ()
    """Constant responses that stand among the scores as arms: what a candidate must beat. They can never be chosen."""
    cost_of_wrong: float = 0.0
    """What a wrong answer costs beside a declined one, in right answers: a row is worth 1, 0 or minus this."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """How an arm is called in sentences; its name where there is none."""
    traits: Mapping[str, Traits] = field(default_factory=dict)
    """Of arms beside the usual ones."""

    @property
    def barred(self) -> tuple[str, ...]:
        """Arms that can never be chosen: diagnostic ones and constant responses."""
        return (*self.diagnostic, *self.constants)

    def label(self, arm: str) -> str:
        return self.labels.get(arm, arm)

    def traits_of(self, arm: str) -> Traits:
        """Given, known by name, or by how the name ends (`gpt_rag` is a `rag`); else those of an arm with nothing to it."""
        if arm in self.traits:
            return self.traits[arm]
        ends = _usual(arm)
        return TRAITS[max(ends, key=len)] if ends else Traits()

    def trained_here(self, arm: str) -> bool:
        """Whether this comparison trained it."""
        traits = self.traits_of(arm)
        return bool(traits.trained) and not traits.outside

    def knows(self, arm: str) -> bool:
        """Whether what this arm is can be told at all."""
        return arm in self.traits or bool(_usual(arm))


def _usual(arm: str) -> list[str]:
    """The usual arms that this one's name is or ends in."""
    return [name for name in TRAITS if arm == name or arm.endswith(f"_{name}")]
