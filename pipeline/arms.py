"""The table of arms: what each is given and which weights it uses. It loads nothing and scores nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pipeline.errors import UserError


@dataclass(frozen=True)
class Arm:
    """One candidate of the comparison."""

    name: str
    label: str
    """As people read it."""
    passages: Literal["none", "retrieved", "gold"] = "none"
    """What stands in its prompt beside the input."""
    shots: bool = False
    """Whether fixed training examples stand in its prompt."""
    adapter: str | None = None
    """The training run whose adapter it answers with; None: the base weights."""
    language_model: bool = True
    diagnostic: bool = False
    """Never a winner: it is given what a deployment would not have."""


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


def chosen(names: Iterable[str]) -> list[Arm]:
    """The arms of these names in the order of the table; an unknown name is a UserError."""
    wanted = set(names)
    if unknown := wanted - ARMS.keys():
        raise UserError(f"unknown arm {sorted(unknown)[0]!r} (available: {', '.join(ARMS)}).")
    return [arm for arm in ARMS.values() if arm.name in wanted]


def trainings(arms: Iterable[Arm]) -> list[Training]:
    """The adapters these arms need, each once."""
    needed = {arm.adapter for arm in arms}
    return [training for training in TRAININGS.values() if training.name in needed]
