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
    hosted: str | None = None
    """The training at the endpoint's service whose model answers (`lora` or `hybrid`); None: the endpoint's own model."""
    system: str | None = None
    """The system that answers, by its name in the experiment: not made here, and asked nothing but the row."""

    @property
    def local(self) -> bool:
        """Whether a language model on this machine answers."""
        return self.language_model and not self.elsewhere

    @property
    def paid_by(self) -> str:
        """Under which name its tokens have a price (`Experiment.token_prices`)."""
        return f"{self.endpoint}/tuned" if self.hosted else self.endpoint or self.system or ""

    @property
    def elsewhere(self) -> bool:
        """Whether it is answered by what does not run here."""
        return bool(self.endpoint or self.system)


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
    """All arms there are: our own, those of endpoints (`<endpoint>_<arm>`, the same prompts), and the team's own systems."""
    remote = [_of_endpoint(endpoint.name, ARMS[name]) for endpoint in experiment.endpoints for name in endpoint.all_arms]
    systems = [Arm(system.name, system.name, system=system.name) for system in experiment.systems]
    return {**ARMS, **{arm.name: arm for arm in (*remote, *systems)}}


def _of_endpoint(endpoint: str, like: Arm) -> Arm:
    """The same prompts, answered by the endpoint: by its own model, or by the one that its service fine-tuned."""
    return replace(
        like, name=f"{endpoint}_{like.name}", label=f"{endpoint}: {like.label}", endpoint=endpoint, adapter=None, hosted=like.adapter
    )


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
    """The arms of an experiment in the order of the table; all arms of its endpoints, and its systems."""
    return [arm for arm in table(experiment).values() if arm.elsewhere or arm.name in experiment.arms]


def built(experiment: Experiment) -> bool:
    """Whether anything is built or asked by us: without it nothing is trained, indexed or embedded, and no model is loaded."""
    return bool(experiment.arms or experiment.endpoints)


def hosted(arms: Iterable[Arm], endpoint: str) -> list[Training]:
    """The trainings at this endpoint's service that these arms need, each once."""
    needed = {arm.hosted for arm in arms if arm.endpoint == endpoint}
    return [training for training in TRAININGS.values() if training.name in needed]


def trainings(arms: Iterable[Arm]) -> list[Training]:
    """The adapters these arms need, each once."""
    needed = {arm.adapter for arm in arms}
    return [training for training in TRAININGS.values() if training.name in needed]
