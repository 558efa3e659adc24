"""Weights → a model in memory: precision, device, quantisation, an adapter. Refuses whatever would compute something else than was named.

Every arm loads its model here, training and answering alike, so that what was trained is what answers.
"""

from __future__ import annotations

import importlib.util
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from finetune.chat import OWN, Chat, ChatSettings
from finetune.checkpoint import ADAPTER, config_of, named_ends, quantised_by
from finetune.errors import SetupError
from finetune.peft_import import import_peft, without_false_alarm
from finetune.pretrained import Quantization, Weights, quiet

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Dtype = Literal["auto", "float32", "bfloat16", "float16"]
KNOWN_LEFTOVERS = ("rotary_emb.inv_freq", "attn.masked_bias", "attn.bias")
"""Ends of names in older checkpoints that hold tables, not weights; newer code computes them."""
SHOWN = 3


def load_tokenizer(weights: Weights) -> PreTrainedTokenizerBase:
    """The model's own, with a padding token (that of the end where it has none); SetupError where it cannot be loaded."""
    from transformers import AutoTokenizer

    quiet()
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            str(weights.path), local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, ImportError, KeyError, AttributeError) as error:
        raise SetupError(f"the tokenizer of {weights.name} could not be loaded: {_first_line(error)}") from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(weights: Weights, *, dtype: Dtype = "auto", adapter: Path | None = None, device: str | None = None) -> PreTrainedModel:
    """The model in eval mode on `device` (None: CUDA where there is one), with what was trained.

    An adapter is merged into the weights, except into quantised ones: merging would round them anew, to others than were trained.
    Raises SetupError where weights are missing or left over, and where device, packages or files do not fit.
    """
    place = device_of(device)
    trained_whole = adapter is not None and not (adapter / ADAPTER).exists()
    folder = adapter if adapter is not None and trained_whole else weights.path
    model: Any = _whole_model(folder, weights, _torch_dtype(weights, dtype, place), place)
    if adapter is not None and not trained_whole:
        model = _with_adapter(model, adapter, merged=not is_quantised(weights))
    model.eval()
    return model  # type: ignore[no-any-return]


def is_quantised(weights: Weights) -> bool:
    """Whether the weights are computed with in fewer bits: as asked for, or as they were stored."""
    return weights.quantization != "none" or bool(quantised_by(weights.path))


def device_of(asked: str | None) -> str:
    """The device that is used; SetupError for one that is not there."""
    import torch

    if asked is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        kind = torch.device(asked).type
    except RuntimeError as error:
        raise SetupError(f"model.device: {asked!r} is no device; say cpu, cuda or cuda:1, or leave it out") from error
    if kind == "cuda" and not torch.cuda.is_available():
        built = "this PyTorch is built for the CPU alone (make install TORCH=cuda)" if torch.version.cuda is None else "no GPU was found"
        raise SetupError(f"model.device: {asked!r} needs CUDA, and {built}. Leave model.device out to use what is there")
    return asked


def dtype_of(weights: Weights, asked: Dtype, device: str) -> str:
    """What the model computes in: as asked; `auto` is the checkpoint's own precision on a GPU, float32 on a CPU.

    bfloat16 is no faster on most CPUs (docs/log.md), and float32 holds it exactly.
    """
    if asked != "auto":
        return asked
    config = config_of(weights.path)
    text = config.get("text_config") or {}
    own = next((str(c[k]) for c in (config, text) for k in ("dtype", "torch_dtype") if c.get(k)), "float32")
    return own if device != "cpu" and own in ("float32", "bfloat16", "float16") else "float32"


def _torch_dtype(weights: Weights, asked: Dtype, device: str) -> Any:
    import torch

    return getattr(torch, dtype_of(weights, asked, device))


def _whole_model(folder: Path, weights: Weights, dtype: Any, device: str) -> Any:
    """The model of this folder, every weight from its files."""
    from transformers import AutoModelForCausalLM

    quiet()
    factory: Any = AutoModelForCausalLM
    placed = _quantised(weights, dtype, device) if weights.quantization != "none" else {}
    model, told = _told_plainly(
        lambda: factory.from_pretrained(
            str(folder), dtype=dtype, local_files_only=True, trust_remote_code=False, weights_only=True, output_loading_info=True, **placed
        ),
        weights,
    )
    _complete(told, weights)
    if is_quantised(weights):
        _same_in_training(model)
    else:
        model.to(device)
    return model


def _complete(told: dict[str, Any], weights: Weights) -> None:
    missing = sorted(told["missing_keys"])
    left_over = sorted(key for key in told["unexpected_keys"] if not key.endswith(KNOWN_LEFTOVERS))
    for names, what in ((missing, "lack weights that the model computes with"), (left_over, "hold weights that the model would not use")):
        if names:
            shown = ", ".join(map(str, names[:SHOWN])) + (", …" if len(names) > SHOWN else "")
            raise SetupError(
                f"the files of {weights.name} {what} ({len(names)}: {shown}). It would be another model than is named: copy or download it "
                "whole, or name a model for text generation"
            )


def _quantised(weights: Weights, dtype: Any, device: str) -> dict[str, Any]:
    """Arguments of from_pretrained. NF4 with double quantisation: Dettmers et al. 2023; int8: Dettmers et al. 2022."""
    if stored := quantised_by(weights.path):
        raise SetupError(f"{weights.name} is stored quantised by {stored} already; leave model.quantization out")
    if importlib.util.find_spec("bitsandbytes") is None:
        raise SetupError("model.quantization needs the package bitsandbytes: pip install 'bakeoff[quantized]'")
    import transformers

    import_peft()
    factory: Any = transformers.BitsAndBytesConfig
    if weights.quantization == "nf4":
        how = factory(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype)
    else:
        how = factory(load_in_8bit=True)
    return {"quantization_config": how, "device_map": {"": device}}


def _same_in_training(model: Any) -> None:
    """Quantised layers compute the same while they answer as while they train.

    On a CPU bitsandbytes has two ways for each layer: for int8 it rounds the layer's inputs too, and for nf4 it packs the weights for
    another kernel, where a model is not in training mode.
    """
    for module in model.modules():
        if type(module).__name__ == "Linear8bitLt" and module.weight.device.type == "cpu":
            module.register_forward_pre_hook(_as_in_training)
        elif hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False


def _as_in_training(module: Any, inputs: Any) -> None:
    module.training = True


def _with_adapter(model: Any, adapter: Path, merged: bool) -> Any:
    import_peft()
    from peft import PeftModel

    with without_false_alarm():
        with_it = PeftModel.from_pretrained(model, str(adapter))
    return with_it.merge_and_unload() if merged else with_it.get_base_model()


def _told_plainly(load: Callable[[], Any], weights: Weights) -> Any:
    from safetensors import SafetensorError

    try:
        return load()
    except ImportError as error:
        raise SetupError(f"{weights.name} needs a package that is not installed: {_first_line(error)}") from error
    except pickle.UnpicklingError as error:
        raise SetupError(
            f"the weights of {weights.name} are a pickle that holds more than numbers, and a pickle can run code: it was not read. "
            "Convert it to safetensors where you trust it, or name a model that has them"
        ) from error
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        raise SetupError(f"{weights.name} could not be loaded: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:2])[:400] or type(error).__name__


__all__ = ["Dtype", "Quantization", "device_of", "dtype_of", "is_quantised", "load_model", "load_tokenizer"]


def load_chat(weights: Weights, settings: ChatSettings = OWN) -> Chat:
    """How the model in this folder is talked to. SetupError for a template that cannot be used."""
    return Chat(load_tokenizer(weights), settings, named_ends(weights.path))
