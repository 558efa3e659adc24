"""Puts an adapter of the chosen kind on a base model, and writes it down. It does not train."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finetune.errors import SetupError
from finetune.folders import put

if TYPE_CHECKING:
    from finetune.pretrained import Weights
    from finetune.training.settings import TrainSettings


def wrap(weights: Weights, settings: TrainSettings) -> Any:
    """The model to train, in training mode: base weights frozen under a seeded adapter, or all weights for `full`.

    LoRA: Hu et al. 2021. rsLoRA scales by alpha / sqrt(rank) (Kalajdzievski 2023); DoRA splits magnitude from direction
    (Liu et al. 2024). QLoRA (Dettmers et al. 2023) is LoRA on weights that are quantised wherever they are used (`weights.quantization`).
    """
    import torch

    from finetune.loading import is_quantised, load_model
    from finetune.peft_import import import_peft, without_false_alarm
    from finetune.training.distributed import own_device

    import_peft()
    from transformers import set_seed  # which imports PEFT

    set_seed(settings.seed)
    if settings.method == "full" and is_quantised(weights):
        raise SetupError(f"finetune.method full cannot train the quantised weights of {weights.name}; take lora, or leave out quantization")
    model: Any = load_model(weights, dtype=settings.dtype, device=own_device(settings.device))
    if settings.method == "full":
        return model.train()
    from peft import get_peft_model

    torch.manual_seed(settings.seed)
    try:
        with without_false_alarm():
            return get_peft_model(model, _config(settings, model)).train()
    except ValueError as error:
        if "arget modules" not in str(error):
            raise
        names = ", ".join(_linear_names(model))
        raise SetupError(f"finetune.targets: the model has no layers {settings.targets!r}. Its linear layers: {names}") from error


def _config(settings: TrainSettings, model: Any) -> Any:
    from peft import LoraConfig

    depth, targets = model.config.get_text_config().num_hidden_layers, settings.targets
    last = list(range(max(0, depth - settings.layers), depth)) if settings.layers else None
    if last and targets == "all-linear":
        targets = _linear_names(model)
    return LoraConfig(
        r=settings.rank, lora_alpha=round(settings.alpha), lora_dropout=settings.dropout, target_modules=targets,
        use_rslora=settings.method == "rslora", use_dora=settings.method == "dora", task_type="CAUSAL_LM", layers_to_transform=last,
    )  # fmt: skip


def _linear_names(model: Any) -> list[str]:
    """What PEFT's "all-linear" stands for, which it does not take together with a choice of layers."""
    from torch import nn

    head = model.get_output_embeddings()
    return sorted({name.rpartition(".")[2] for name, part in model.named_modules() if isinstance(part, nn.Linear) and part is not head})


def recompute(model: Any) -> None:
    """Activations are computed again on the way back, not kept; never the reentrant way, under which autograd.grad finds no gradient."""
    kwargs = {"use_reentrant": False}
    if hasattr(model, "activation_checkpointing_enable"):
        model.activation_checkpointing_enable(activation_checkpointing_kwargs=kwargs)
    else:  # transformers before 5.23
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs=kwargs)


def save(model: Any, folder: Path) -> None:
    """Write the adapter (or all weights) as safetensors; the folder appears whole or not at all."""
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    model.save_pretrained(str(part), safe_serialization=True)
    _sort(part / "adapter_config.json")
    shutil.rmtree(folder, ignore_errors=True)
    put(part, folder)


def _sort(config: Path) -> None:
    """Keys and names in order: PEFT writes sets, whose order is another in every process."""
    if config.exists():
        told = json.loads(config.read_text(encoding="utf-8"))
        names = {key for key, value in told.items() if isinstance(value, list) and all(isinstance(one, str) for one in value)}
        told |= {key: sorted(told[key]) for key in names}
        config.write_text(json.dumps(told, indent=2, sort_keys=True), encoding="utf-8")
