"""Likelihoods of a closed set, held against those of an empty input (Zhao et al. 2021, section 5), where dev shows that it helps.

Decided for each arm and seed by its right answers on dev rows; test rows have no say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.arms import Arm
from pipeline.records import Example
from pipeline.stages.base import Context
from pipeline.stages.prompting import Prompter
from pipeline.store import RunFolder

if TYPE_CHECKING:
    from finetune.generate import Generation, Generator, Prompt

NOTHING = "N/A"
"""The input that says nothing."""
MOST_ROWS = 100
"""Dev rows that are asked at most."""
Chances = dict[str, float]


@dataclass(frozen=True)
class Calibration:
    """What is subtracted from each row's log-likelihoods; nothing where `used` is false."""

    used: bool
    free: Mapping[str, Chances]
    """For each test row the log-likelihoods of its choices after the input that says nothing."""

    def settle(self, generation: Generation) -> Generation:
        """The generation with its best choice by what remains."""
        if not self.used or generation.choices is None:
            return generation
        free = self.free[generation.id]
        left = {choice: value - free[choice] for choice, value in generation.choices.items()}
        return replace(generation, text=max(left, key=lambda choice: left[choice]), choices=left)


def decide(context: Context, arm: Arm, seed: int, rows: Sequence[Example]) -> Calibration:
    """Asks dev rows twice, and the test rows' own prompts without their input where that is worth it; nothing where sets are open."""
    if not any(context.task.choices(row) for row in rows):
        context.run.write_json(name(arm.name, seed), {"schema": 1, "used": False})
        return Calibration(False, {})
    dev = [row for row in context.dev if row.references and context.task.choices(row) and (arm.passages != "gold" or row.gold_passages)]
    dev = sorted(dev, key=lambda row: row.id)[:MOST_ROWS]
    generator, prompter = context.generator(arm.adapter, seed), Prompter(context)
    plain = _scores(context, generator, prompter, arm, dev)
    empty = _scores(context, generator, prompter, arm, dev, empty=True)
    right = _right(context, dev, plain)
    left = {row: {choice: value - empty[row][choice] for choice, value in scores.items()} for row, scores in plain.items()}
    calibrated = _right(context, dev, left)
    used = calibrated > right
    said = {"schema": 1, "dev_rows": len(dev), "plain": right, "calibrated": calibrated, "used": used}
    context.run.write_json(name(arm.name, seed), said)
    return Calibration(used, _scores(context, generator, prompter, arm, rows, empty=True) if used else {})


def name(arm: str, seed: int) -> str:
    return f"predictions/{arm}/seed-{seed}.calibration.json"


def notes(run: RunFolder) -> list[str]:
    """Which arms had their likelihoods held against an empty input, and what dev said."""
    told = []
    for path in sorted(run.path.glob("predictions/*/seed-*.calibration.json")):
        stored = run.read_json(str(Path(path).relative_to(run.path))) or {}
        if stored.get("used"):
            arm, seed = path.parent.name, path.name.removeprefix("seed-").removesuffix(".calibration.json")
            told.append(f"{arm} (seed {seed}: {stored['plain']} to {stored['calibrated']} right of {stored['dev_rows']} on dev)")
    if not told:
        return []
    return [f"Label likelihoods are held against those of an empty input for {'; '.join(told)}; for the others that did not help on dev."]


def _scores(
    context: Context, generator: Generator, prompter: Prompter, arm: Arm, rows: Sequence[Example], *, empty: bool = False
) -> dict[str, Chances]:  # fmt: skip
    """The log-likelihoods of each row's choices; rows with the same prompt are asked once."""
    from finetune.generate import Prompt

    by_prompt: dict[Prompt, list[str]] = {}
    for row in rows:
        asked = prompter.for_arm(arm, row, NOTHING if empty else None)
        by_prompt.setdefault(Prompt("", asked.messages, context.task.choices(row)), []).append(row.id)
    prompts = {replace(prompt, id=ids[0]): ids for prompt, ids in by_prompt.items()}
    found: dict[str, Chances] = {}
    for batch in generator.plan(list(prompts)):
        for done in generator.run(batch, 1):
            ids = next(ids for prompt, ids in prompts.items() if prompt.id == done.id)
            found |= dict.fromkeys(ids, done.choices or {})
    return found


def _right(context: Context, rows: Sequence[Example], scores: Mapping[str, Chances]) -> int:
    """How many rows are answered right by their best choice."""
    best = {row.id: max(scores[row.id].items(), key=lambda pair: pair[1])[0] for row in rows}
    return sum(context.task.is_correct(context.task.measure(context.task.read(best[row.id], row).content, row)) for row in rows)
