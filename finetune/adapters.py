"""Puts an adapter of the chosen kind on a base model, and writes it down. It does not train."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finetune.errors import SetupError

if TYPE_CHECKING:
    from finetune.pretrained import Weights
    from finetune.train import TrainSettings


def wrap(weights: Weights, settings: TrainSettings) -> Any:
    """The model to train: base weights frozen under a seeded adapter, or all weights for `full`.

    LoRA: Hu et al. 2021. rsLoRA scales by alpha / sqrt(rank) (Kalajdzievski 2023); DoRA splits magnitude from direction
    (Liu et al. 2024). QLoRA (Dettmers et al. 2023) needs CUDA; not verified on a machine without it.
    """
    import torch
    from transformers import set_seed

    from finetune.linear import speed_up
    from finetune.pretrained import load_model
    from finetune.processes import own_device

    set_seed(settings.seed)
    if settings.method == "qlora":
        return _quantised(weights, settings)
    model = load_model(weights, dtype=settings.dtype, device=settings.device or own_device())
    if settings.method == "full":
        return model.train()
    from peft import get_peft_model

    torch.manual_seed(settings.seed)
    adapted = get_peft_model(model, _config(settings))
    speed_up(adapted)
    return adapted


def _config(settings: TrainSettings) -> Any:
    from peft import LoraConfig

    return LoraConfig(
        r=settings.rank, lora_alpha=round(settings.alpha), lora_dropout=settings.dropout, target_modules=settings.targets,
        use_rslora=settings.method == "rslora", use_dora=settings.method == "dora", task_type="CAUSAL_LM",
    )  # fmt: skip


def _quantised(weights: Weights, settings: TrainSettings) -> Any:
    import torch

    if not torch.cuda.is_available():
        raise SetupError("finetune.method qlora needs a CUDA device; use lora on this machine")
    import peft
    import transformers

    libraries: Any = (peft, transformers)
    four_bits = libraries[1].BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16)
    model = transformers.AutoModelForCausalLM.from_pretrained(str(weights.path), quantization_config=four_bits, local_files_only=True)
    return peft.get_peft_model(libraries[0].prepare_model_for_kbit_training(model), _config(settings))


def save(model: Any, folder: Path) -> None:
    """Write the adapter (or all weights) as safetensors; the folder appears whole or not at all."""
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    model.save_pretrained(str(part), safe_serialization=True)
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
