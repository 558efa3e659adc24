"""Metrics of the team's own, under `task.metrics`, each key with its type, default and meaning."""

from __future__ import annotations

import re
from typing import Any, Self

from pydantic import Field, model_validator

from eval.metrics.fabrication import COLUMNS
from eval.names import METRIC_NAMES
from pipeline.experiment.data_section import Section
from pipeline.experiment.systems_section import are_variables, reference_fault

WITHOUT_MODEL = (
    "BleuScore", "CHRFScore", "DataCompyScore", "ExactMatch", "NonLLMStringSimilarity", "QuotedSpansAlignment", "RougeScore",
    "SemanticSimilarity", "StringPresence",
)  # fmt: skip
"""Of ragas' classes those that ask no model."""


class RagasMetric(Section):
    """A metric of ragas by its class's name (docs/systems.md). One that asks a model asks the experiment's judge."""

    ragas: str
    """A class of ragas.metrics.collections, or DiscreteMetric or NumericMetric with a prompt of your own."""
    arguments: dict[str, Any] = {}
    """What the class takes, without its model: `{mode: recall}`; of the two with a prompt: `{prompt: "… {response} …"}`."""
    called: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]{0,40}$")
    """Its name here, after `judge_` (or `ragas_`, where no model is asked). If left out: the class's."""
    range: tuple[float, float] = (0.0, 1.0)
    """The worst and the best value. Scores are stored as shares of it, from 0 to 1."""
    values: dict[str, float] = {}
    """DiscreteMetric: each of its words and the number that it stands for, within the range."""

    @property
    def asks(self) -> bool:
        """Whether a model is asked."""
        return self.ragas not in WITHOUT_MODEL

    @property
    def name(self) -> str:
        plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", self.ragas).lower()
        return f"{'judge' if self.asks else 'ragas'}_{self.called or plain}"

    @model_validator(mode="after")
    def _has_a_range(self) -> Self:
        if self.range[0] == self.range[1]:
            raise ValueError("range: the worst and the best value are the same")
        return self


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
