"""The table of arms: what each arm's prompt holds, and which weights it uses. Loads nothing, scores nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.experiment.load import Experiment

Passages = Literal["none", "retrieved", "gold"]


@dataclass(frozen=True)
class Arm:
    """One candidate of the comparison."""

    name: str
    label: str
    """As people read it."""
    passages: Passages = "none"
    """What stands in its prompt beside the input."""
    shots: bool = False
    """Whether fixed training examples stand in its prompt."""
    adapter: str | None = None
    """The training run whose adapter it answers with; None: the base weights."""
    language_model: bool = True
    diagnostic: bool = False
    """Never a winner: it is given what a deployment would not have."""
    endpoint: str | None = None
    """The endpoint that answers, by its name in the experiment; None: a model on this machine."""


ARMS: dict[str, Arm] = {
    arm.name: arm
    for arm in (
        Arm("base", "Base model"),
        Arm("few_shot", "Few-shot", shots=True),
        Arm("classic", "Classic baseline", passages="retrieved", language_model=False),
        Arm("rag", "RAG", passages="retrieved"),
        Arm("oracle", "Oracle (gold passage)", passages="gold", diagnostic=True),
        Arm("lora", "Fine-tuned", adapter="lora"),
        Arm("lora_rag", "Fine-tuned + RAG", passages="retrieved", adapter="lora"),
        Arm("hybrid", "Hybrid", passages="retrieved", adapter="hybrid"),
    )
}
"""In the order in which they are asked, so that each set of weights is loaded once."""


def table(experiment: Experiment) -> dict[str, Arm]:
    """All arms there are, those of the experiment's endpoints after the own ones: `<endpoint>_<arm>`, the same prompts."""
    remote = [
        replace(ARMS[name], name=f"{endpoint.name}_{name}", label=f"{endpoint.name}: {ARMS[name].label}", endpoint=endpoint.name)
        for endpoint in experiment.endpoints
        for name in endpoint.arms
    ]
    return {**ARMS, **{arm.name: arm for arm in remote}}


@dataclass(frozen=True)
class Training:
    """One adapter to train."""

    name: str
    retrieved: bool
    """Whether the training prompts hold retrieved passages."""


TRAININGS: dict[str, Training] = {
    "lora": Training("lora", retrieved=False),
    "hybrid": Training("hybrid", retrieved=True),
}


def chosen(experiment: Experiment) -> list[Arm]:
    """The arms of an experiment in the order of the table; all arms of its endpoints."""
    return [arm for arm in table(experiment).values() if arm.endpoint or arm.name in experiment.arms]


def trainings(arms: Iterable[Arm]) -> list[Training]:
    """The adapters these arms need, each once."""
    needed = {arm.adapter for arm in arms}
    return [training for training in TRAININGS.values() if training.name in needed]
