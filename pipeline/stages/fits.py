"""Before a run: whether its model's memory is there, for answering and for training; and the learning rate for its size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import arms
from pipeline.errors import UserError
from pipeline.experiment.load import Experiment
from pipeline.stages.base import most_of, weights_of

if TYPE_CHECKING:
    from finetune.card import Card

BILLION = 1_000_000_000
SMALL_RATE, LARGE_RATE, VERY_LARGE_RATE, FULL_RATE = 1e-3, 2e-4, 1e-4, 5e-5
"""Of adapters below a billion parameters (chosen on dev sets, docs/log.md), from there up, and from 30 billion up (both: QLoRA, Dettmers
et al. 2023, appendix B); and of a training of all weights."""


def learning_rate(experiment: Experiment) -> float:
    """As given, else by the model's size; of a model whose size cannot be told that of a small one."""
    if experiment.finetune.learning_rate:
        return experiment.finetune.learning_rate
    if experiment.finetune.method == "full":
        return FULL_RATE
    from finetune.fits import shape_of

    shape = shape_of(weights_of(experiment).path)
    size = shape.parameters if shape else 0
    return VERY_LARGE_RATE if size >= 30 * BILLION else LARGE_RATE if size >= BILLION else SMALL_RATE


def context_notes(experiment: Experiment) -> list[str]:
    """Where the model reads fewer tokens than the default, and nothing else was asked for; a clause for the report."""
    usual, context = experiment.model.context(), experiment.model.context(most_of(weights_of(experiment)))
    return [f"prompt and answer have {context} tokens together instead of {usual}: the model reads no more"] if context < usual else []


def card_of_experiment(experiment: Experiment) -> Card | None:
    """What is known of the base model; None where it is not there or not whole, which the run itself will tell."""
    from finetune.card import card_of
    from finetune.errors import SetupError

    try:
        return card_of(weights_of(experiment), experiment.model.device, experiment.model.dtype)
    except (UserError, SetupError):
        return None


def refuse(experiment: Experiment) -> None:
    """A UserError where the device has not the memory that an arm needs, with what would fit; nothing where that is not known."""
    from finetune.errors import SetupError
    from finetune.fits import Need, answering, memory_of, shape_of, training
    from finetune.loading import device_of, dtype_of, is_quantised

    chosen = [arm for arm in arms.chosen(experiment) if arm.local]
    if not chosen:
        return
    weights, model = weights_of(experiment), experiment.model
    try:
        device = device_of(model.device)
    except SetupError as error:
        raise UserError(str(error)) from error
    shape = shape_of(weights.path)
    if shape is None or (is_quantised(weights) and weights.quantization == "none"):
        return
    dtype, rank = dtype_of(weights, model.dtype, device), None if experiment.finetune.method == "full" else experiment.finetune.rank

    def needs(quantization: str, trained: int | None) -> Need:
        answer = answering(shape, dtype, quantization)
        train = training(shape, dtype, quantization, trained) if any(arm.adapter for arm in chosen) else answer
        return max(answer, train, key=lambda need: need.total)

    need, there = needs(model.quantization, rank), memory_of(device)
    if need.total <= there:
        return
    others = {
        "finetune.method: lora": rank is None and needs(model.quantization, 16).total <= there,
        "model.quantization: int8": model.quantization == "none" and needs("int8", rank or 16).total <= there,
        "model.quantization: nf4": model.quantization != "nf4" and needs("nf4", rank or 16).total <= there,
    }
    fitting = [name for name, fits in others.items() if fits]
    raise UserError(
        f"{weights.name} takes about {_gib(need.total)} of memory here (weights {_gib(need.weights)} in "
        f"{model.quantization if model.quantization != 'none' else dtype}, training {_gib(need.trained)}, work {_gib(need.work)}), and "
        f"{device} has {_gib(there)}.",
        where="model.name",
        remedy=f"What would fit: {' or '.join(fitting)}." if fitting else "Choose a smaller model, or a device with more memory.",
    )


def _gib(size: float) -> str:
    return f"{size / 2**30:.1f} GiB"
