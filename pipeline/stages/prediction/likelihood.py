"""Likelihoods of a closed set, held against those of an empty input (Zhao et al. 2021, section 5), where dev shows that it helps.

Decided for each arm and seed by its right answers on dev rows; test rows have no say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline.arms import Arm
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context
from pipeline.stages.prediction.prompting import Asked, Prompter

if TYPE_CHECKING:
    from finetune.inference.generate import Generation, Generator, Prompt

NOTHING = "N/A"
"""The input that says nothing."""
MOST_ROWS = 100
"""Dev rows that are asked at most."""
Chances = dict[str, float]


@dataclass(frozen=True)
class Calibration:
    """What is subtracted from each row's log-likelihoods; a row that is not there keeps its own."""

    free: Mapping[str, Chances]
    """For each row the log-likelihoods of its choices after the input that says nothing."""
    cost: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    """Seconds and prompt tokens that asking this took for the row alone; nothing where it is the same for every row."""

    def settle(self, generation: Generation) -> Generation:
        """The generation with its best choice by what remains, and what that cost in all."""
        if generation.choices is None or generation.id not in self.free:
            return generation
        left, (seconds, tokens) = _less(generation.choices, self.free[generation.id]), self.cost.get(generation.id, (0.0, 0))
        return replace(
            generation, text=_best(left), choices=left, seconds=generation.seconds + seconds,
            prompt_tokens=generation.prompt_tokens + tokens,
        )  # fmt: skip


def name(arm: str, seed: int) -> str:
    return f"predictions/{arm}/seed-{seed}.calibration.json"


def decide(context: Context, arm: Arm, seed: int, generator: Generator, prompter: Prompter) -> None:
    """Asks dev rows with and without their input and stores which way has more right; open sets of answers are left alone."""
    rows = [row for row in context.dev if row.references and (arm.passages != "gold" or row.gold_passages)]
    dev = [prompter.for_arm(arm, row) for row in sorted(rows, key=lambda row: row.id)[:MOST_ROWS] if context.task.scored(row)]
    if not dev:
        context.run.write_json(name(arm.name, seed), {"schema": 1, "used": False, "dev_rows": 0})
        return
    plain = _chances(_asked(context, generator, dev))
    empty = _chances(_asked(context, generator, _emptied(arm, prompter, dev)))
    right = _right(context, dev, plain)
    calibrated = _right(context, dev, {row: _less(scores, empty[row]) for row, scores in plain.items()})
    said = {"schema": 1, "dev_rows": len(dev), "plain": right, "calibrated": calibrated, "used": calibrated > right}
    context.run.write_json(name(arm.name, seed), said)


def settler(
    context: Context, arm: Arm, seed: int, generator: Generator, prompter: Prompter, asked: Sequence[Asked]
) -> Callable[[Generation], Generation]:
    """How the answers to these prompts are settled, as was decided for this arm and seed."""
    stored = context.run.read_json(name(arm.name, seed)) or {}
    used = [a for a in asked if context.task.scored(a.row)] if stored.get("used") else []
    found = _asked(context, generator, _emptied(arm, prompter, used))
    own = found if arm.passages != "none" else {}
    return Calibration(_chances(found), {row: (done.seconds, done.prompt_tokens) for row, done in own.items()}).settle


def notes(run: RunFolder) -> list[str]:
    """Which arms had their likelihoods held against an empty input, and what dev said."""
    told = []
    for path in sorted(run.path.glob("predictions/*/seed-*.calibration.json")):
        stored = run.read_json(str(path.relative_to(run.path))) or {}
        if stored.get("used"):
            arm, seed = path.parent.name, path.name.removeprefix("seed-").removesuffix(".calibration.json")
            told.append(f"{arm} (seed {seed}: {stored['plain']} to {stored['calibrated']} right of {stored['dev_rows']} on dev)")
    if not told:
        return []
    return [f"Label likelihoods are held against those of an empty input for {'; '.join(told)}; for the others that did not help on dev."]


def _emptied(arm: Arm, prompter: Prompter, asked: Sequence[Asked]) -> list[Asked]:
    """The same prompts with nothing in the place of the input."""
    return [replace(prompter.ask(replace(a.row, input=NOTHING), a.passages, shots=arm.shots), row=a.row) for a in asked]


def _asked(context: Context, generator: Generator, asked: Sequence[Asked]) -> dict[str, Generation]:
    """What came of each row's prompt; rows with the same prompt are asked once."""
    from finetune.inference.generate import Prompt

    rows: dict[Prompt, list[str]] = {}
    for one in asked:
        rows.setdefault(Prompt("", one.messages, context.task.scored(one.row)), []).append(one.row.id)
    named = {ids[0]: (replace(prompt, id=ids[0]), ids) for prompt, ids in rows.items()}
    found: dict[str, Generation] = {}
    for batch in generator.plan([prompt for prompt, _ in named.values()]):
        for done in generator.run(batch, 1):
            found |= dict.fromkeys(named[done.id][1], done)
    return found


def _chances(found: Mapping[str, Generation]) -> dict[str, Chances]:
    """The log-likelihoods of each row's choices."""
    return {row: done.choices or {} for row, done in found.items()}


def _less(scores: Chances, free: Chances) -> Chances:
    return {choice: value - free[choice] for choice, value in scores.items()}


def _best(scores: Chances) -> str:
    return max(scores.items(), key=lambda pair: pair[1])[0]


def _right(context: Context, asked: Sequence[Asked], scores: Mapping[str, Chances]) -> int:
    """How many rows are answered right by their best choice."""
    task = context.task
    return sum(task.is_right(_best(scores[a.row.id]), a.row) for a in asked)
