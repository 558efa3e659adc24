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


def line(name: str, found: Outcome) -> str:
    if found.refused:
        return f"| {name} | refused: {found.refused} | | | | | |\n"
    figures = f"{found.loss:.0e} | {found.gradient:.0e} | {found.texts} of {ROWS} | {found.ended} | {found.scores:.0e}"
    return f"| {name} | the whole way | {figures} |\n"


def table(found: Mapping[str, Outcome]) -> str:
    return HEAD + "".join(line(name, one) for name, one in found.items())


if __name__ == "__main__":
    Path(PAGE).write_text(INTRODUCTION + table({name: outcome(name) for name in FAMILIES}), encoding="utf-8")
