"""A trained adapter → a folder for vLLM, Ollama or transformers: merged weights, the adapter, and how to load them."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from finetune.errors import SetupError
from finetune.folders import put
from finetune.loading import Dtype, is_quantised, load_model, load_tokenizer
from finetune.pretrained import Weights

ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")

GUIDE = """# {title}

Made from `{base}` (revision {revision}, licence {licence}). The weights derive from that model: its licence goes with them{caution}.
The model was trained with the prompts of its experiment; ask it with the same system message and the same form, or expect worse.
Answers were decoded greedily (temperature 0).

## transformers

    from transformers import AutoModelForCausalLM, AutoTokenizer
    model, tokenizer = AutoModelForCausalLM.from_pretrained("merged"), AutoTokenizer.from_pretrained("merged")

## vLLM

    vllm serve ./merged --served-model-name tuned
{adapter}
## llama.cpp and Ollama

With a checkout of llama.cpp:

    python convert_hf_to_gguf.py ./merged --outfile tuned.gguf
    llama-server -m tuned.gguf

For Ollama, write a `Modelfile` of one line, `FROM ./tuned.gguf`, then

    ollama create tuned -f Modelfile

A quantised GGUF answers differently from the weights that were measured: compare again before relying on the verdict.
"""
ADAPTER_GUIDE = """
Or the adapter alone, beside others on the same base model:

    vllm serve {base} --enable-lora --max-lora-rank {rank} --lora-modules tuned=./adapter
"""
QUANTISED_GUIDE = """# {title}

An adapter for `{base}` (revision {revision}, licence {licence}), trained and measured on that model's weights in {bits}.
The adapter derives from that model: its licence goes with it{caution}.
There are no merged weights here: merging rounds quantised weights anew, to others than were measured.
The model was trained with the prompts of its experiment; ask it with the same system message and the same form, or expect worse.
Answers were decoded greedily (temperature 0).

## transformers and PEFT

    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
    base = AutoModelForCausalLM.from_pretrained("{base}"{how})
    model, tokenizer = PeftModel.from_pretrained(base, "adapter"), AutoTokenizer.from_pretrained("{base}")

## vLLM

    vllm serve {base} --quantization bitsandbytes --enable-lora --max-lora-rank {rank} --lora-modules tuned=./adapter

vLLM quantises in four bits only: compare again before relying on the verdict.
"""
HOW = {
    "nf4": ', quantization_config=BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True)',
    "int8": ", quantization_config=BitsAndBytesConfig(load_in_8bit=True)",
    "none": "",
}


@dataclass(frozen=True)
class Exported:
    """What was written."""

    folder: Path
    merged: Path | None
    """Weights with the adapter in them, as safetensors, with config, tokenizer and chat template; None for quantised weights, which are
    not what was measured once something is merged into them."""
    adapter: Path | None
    """The adapter alone; None where all weights were trained."""
    guide: Path


def export(weights: Weights, adapter: Path, target: Path, dtype: Dtype = "auto") -> Exported:
    """Write `target/merged`, `target/adapter` and `target/README.md`; `target` appears whole or not at all.

    For quantised weights the adapter alone, with how to put it on its base: a merged file would hold other weights than were measured.
    Raises SetupError where `target` exists or `adapter` holds none.
    """
    if target.exists():
        raise SetupError(f"{target} exists already; name a folder that does not")
    small = (adapter / "adapter_config.json").is_file()
    if not small and not (adapter / "config.json").is_file():
        raise SetupError(f"{adapter} holds neither an adapter nor weights; let the training end first")
    quantised = is_quantised(weights)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".export-", dir=target.parent))
    try:
        if not quantised:
            load_model(weights, dtype=dtype, adapter=adapter, device="cpu").save_pretrained(str(part / "merged"), safe_serialization=True)
            load_tokenizer(weights).save_pretrained(str(part / "merged"))
        rank = _copy_adapter(weights, adapter, part / "adapter") if small else None
        (part / "README.md").write_text(_guide(weights, target.name, rank), encoding="utf-8")
        put(part, target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Exported(target, None if quantised else target / "merged", target / "adapter" if small else None, target / "README.md")


def _copy_adapter(weights: Weights, adapter: Path, target: Path) -> int:
    """Its rank. The base model is named as the user named it: the path of this machine's cache means nothing elsewhere."""
    target.mkdir()
    config = json.loads((adapter / ADAPTER_FILES[0]).read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = weights.name
    (target / ADAPTER_FILES[0]).write_text(json.dumps(config, indent=2), encoding="utf-8")
    shutil.copyfile(adapter / ADAPTER_FILES[1], target / ADAPTER_FILES[1])
    return int(config["r"])


def _guide(weights: Weights, title: str, rank: int | None) -> str:
    caution = "; it is not known here, so read it before you pass them on" if weights.licence == "unknown" else ""
    if is_quantised(weights):
        bits = weights.quantization if weights.quantization != "none" else "the bits that they are stored in"
        return QUANTISED_GUIDE.format(
            title=title, base=weights.name, revision=weights.revision, licence=weights.licence, caution=caution, bits=bits, rank=rank,
            how=HOW[weights.quantization],
        )  # fmt: skip
    lora = ADAPTER_GUIDE.format(base=weights.name, rank=rank) if rank else ""
    return GUIDE.format(
        title=title, base=weights.name, revision=weights.revision, licence=weights.licence, caution=caution, adapter=lora
    )  # fmt: skip
