"""Metrics of the team's own, under `task.metrics`, each key with its type, default and meaning."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, model_validator

from eval.metrics.fabrication import COLUMNS
from eval.names import METRIC_NAMES
from pipeline.experiment.data_section import Section
from pipeline.experiment.systems_section import are_variables, reference_fault


class OwnMetric(Section):
    """A function `(answer, references, input, contexts) → float | None | (float, reason)`. Its name alone stands for the defaults."""

    function: str
    """`package.module:function`. Found in the folder `own_code`. The metric is called as the function is."""
    range: tuple[float, float] = (0.0, 1.0)
    """The worst and the best value. Scores are stored as shares of it, from 0 to 1."""
    timeout_s: float = Field(default=30, gt=0)
    """Seconds for one answer."""
    environment: list[str] = []
    """Environment variables with keys that it needs. No other key is passed on to it."""

    @property
    def name(self) -> str:
        return self.function.rpartition(":")[2].rpartition(".")[2]

    @model_validator(mode="before")
    @classmethod
    def _its_name_alone(cls, value: Any) -> Any:
        return {"function": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _can_be_called(self) -> Self:
        if fault := reference_fault(self.function):
            raise ValueError(f"function {fault}")
        taken = self.name in METRIC_NAMES or self.name in COLUMNS or self.name.startswith(("judge_", "recall_at_", "ndcg_at_"))
        if taken or self.name == "not_fabricated":
            raise ValueError(f"the name {self.name!r} is that of a metric which is there already; give the function another name")
        if self.range[0] == self.range[1]:
            raise ValueError("range: the worst and the best value are the same")
        are_variables(self.environment)
        return self
