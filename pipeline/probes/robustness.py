"""How much each arm loses when its input or its passages are changed by rule. Writes `robustness.json`; no model paraphrases anything.

Every arm is held against itself: its answers to the same rows as they were. Passages are retrieved anew for a changed input, as they
would be in use.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from eval.metrics.answer import containment
from pipeline.arms import ARMS, Arm
from pipeline.experiment.load import Experiment, answering, dump
from pipeline.probes import perturb
from pipeline.probes.measure import metric_of, scores_of
from pipeline.records import Example, Hit
from pipeline.stages import index, train
from pipeline.stages.base import Context, Stage, drawn, seeded
from pipeline.stages.prediction import likelihood, predict
from pipeline.stages.prediction.answers import Sheet
from pipeline.stages.prediction.prompting import Prompter
from pipeline.stages.tuning.retrieval_settings import settings_of
from pipeline.tasks.prompts import PassageText

ROWS = 60
DISTRACTORS = 2
LOOKED_AT = 40
"""Passages drawn to find distractors among."""
OUTPUT = "robustness.json"
CODE = ("pipeline/probes/robustness.py", "pipeline/probes/perturb.py", "pipeline/probes/measure.py")
CHANGES = {
    "typos": f"{100 * perturb.TYPO_RATE:.0f} of 100 longer words mistyped, at least one a row; never words of the right answer",
    "reworded": "a greeting before, thanks after, a small first letter, no last stop",
    "distractors": f"{DISTRACTORS} passages about something else in front of the retrieved ones",
    "conflict": "beside the gold passage the same one with other numbers, where the answer depends on them",
}
NOTES = (
    "Each interval is of one comparison alone: among many, some exclude zero by chance.",
    "One training run an arm. A loss that is not shown here may still be there: the rows are few.",
)


@dataclass(frozen=True)
class Changed:
    """A row as it is put after the change."""

    row: Example
    hits: list[Hit]


def changes_of(arm: Arm) -> tuple[str, ...]:
    """Passages are changed where a language model reads them."""
    return tuple(CHANGES) if arm.passages == "retrieved" and arm.language_model else ("typos", "reworded")


def stages(experiment: Experiment, arms: Sequence[Arm]) -> list[Stage]:
    """For each arm that could win its answers to the changed rows, then the table."""
    seed, tested = (experiment.finetune.seeds or [0])[0], [arm for arm in arms if not arm.diagnostic]
    seeds = {arm.name: seed if arm.adapter else 0 for arm in tested}
    asked = [_asking(experiment, arm, seeds[arm.name]) for arm in tested]
    whole = [predict.stage_name(name, one) for name, one in seeds.items()]
    settings = dump(experiment)
    inputs = {"metric": settings["decision"]["metric"], "task": answering(experiment), "seeds": seeds}
    needs = ("data", *whole, *(stage.name for stage in asked))
    return [*asked, Stage("robustness", (OUTPUT,), inputs, ("eval", "pipeline/tasks", *CODE), needs, partial(work, seeds=seeds))]


def _asking(experiment: Experiment, arm: Arm, seed: int) -> Stage:
    return Stage(
        name=f"robustness {arm.name}",
        outputs=(f"robustness/{arm.name}",),
        inputs={**predict.inputs_of(experiment, arm), "split": experiment.data.split.seed, "retrieval": dump(experiment)["retrieval"]},
        code=(*predict.CODE, "retrieval", *index.CODE, *CODE),
        needs=(
            *index.found_by(experiment),
            predict.stage_name(arm.name, seed),
            *((train.stage_name(arm.adapter, seed),) if arm.adapter else ()),
        ),
        work=partial(_ask, arm=arm, seed=seed),
        job=f"robustness {arm.name}",
    )


def chosen(context: Context) -> list[Example]:
    """At most `ROWS` test rows, drawn by the split's seed: the same for every arm."""
    return drawn(context.test, ROWS, context.experiment.data.split.seed, "robustness")


def sheet_of(context: Context, arm: str, change: str, seed: int) -> Sheet:
    return Sheet(arm, seed, context.run.path / "robustness" / arm / f"{change}.jsonl")


def _ask(context: Context, arm: Arm, seed: int) -> None:
    prompter, rows = Prompter(context), chosen(context)
    for change in changes_of(arm):
        changed, sheet = RULES[change](context, prompter, arm, rows), sheet_of(context, arm.name, change, seed)
        if not arm.language_model:
            predict.without_model(context, arm, [one.row for one in changed], {one.row.id: one.hits for one in changed}, sheet, prompter)
            continue
        generator = context.answering(arm, seed)
        asked = [prompter.ask(one.row, one.hits, shots=arm.shots) for one in changed]
        settle = likelihood.settler(context, arm, seed, generator, prompter, asked)
        predict.ask(context, generator, context.task, asked, sheet, settle)


def _draw(context: Context, change: str, row: Example) -> random.Random:
    return random.Random(seeded(context.experiment.data.split.seed, change, row.id))


def _typos(context: Context, prompter: Prompter, arm: Arm, rows: Sequence[Example]) -> list[Changed]:
    def mistyped(row: Example) -> str:
        right = {word for text in (*row.references, *row.choices) for word in re.findall(r"\w+", text.lower())}
        return perturb.typos(row.input, _draw(context, "typos", row), right)

    return _asked_otherwise(context, prompter, arm, rows, mistyped)


def _reworded(context: Context, prompter: Prompter, arm: Arm, rows: Sequence[Example]) -> list[Changed]:
    return _asked_otherwise(context, prompter, arm, rows, lambda row: perturb.reworded(row.input, _draw(context, "reworded", row)))


def _asked_otherwise(
    context: Context, prompter: Prompter, arm: Arm, rows: Sequence[Example], change: Callable[[Example], str]
) -> list[Changed]:
    """Rows whose input the rule changed, with what is retrieved for the changed input."""
    made = [replace(row, input=text) for row in rows if (text := change(row)) != row.input]
    if arm.passages != "retrieved" or not made:
        return [Changed(row, []) for row in made]
    found = index.open_retriever(context).retrieve([row.query for row in made], settings_of(context.run, context.experiment.retrieval).k)
    prompter.learn(one for hits in found for one in hits)
    return [Changed(row, [index.hit_of(row, one) for one in hits]) for row, hits in zip(made, found, strict=True)]


def _distracted(context: Context, prompter: Prompter, arm: Arm, rows: Sequence[Example]) -> list[Changed]:
    """Passages of other documents, none of which holds an accepted answer."""
    made = []
    for row in rows:
        hits = prompter.found(row)
        near = {hit.document for hit in hits} | set(row.gold_passages)
        far = sorted((p, d) for d, passages in prompter.documents.items() if d not in near for p in passages)
        drawn = _draw(context, "distractors", row).sample(far, min(LOOKED_AT, len(far)))
        taken = [(p, d) for p, d in drawn if not (row.references and containment(prompter.text(p).text, row.references))][:DISTRACTORS]
        if taken:
            made.append(Changed(row, [*(Hit(p, d, 0.0, False if row.gold_passages else None) for p, d in taken), *hits]))
    return made


def _contradicted(context: Context, prompter: Prompter, arm: Arm, rows: Sequence[Example]) -> list[Changed]:
    """Rows whose gold passage was retrieved and holds the answer as a number: its contradiction stands right before or after it."""
    made = []
    for row in rows:
        hits, draw = prompter.found(row), _draw(context, "conflict", row)
        for place, hit in enumerate(hits):
            text = prompter.text(hit.passage)
            other = perturb.other_numbers(text.text, draw)
            if hit.gold and row.references and containment(text.text, row.references) and not containment(other, row.references):
                name = f"{hit.passage}:contradicted"
                prompter.put(name, PassageText(text.title, other, text.label))
                beside = place + draw.randrange(2)
                made.append(Changed(row, [*hits[:beside], Hit(name, hit.document, hit.score, False), *hits[beside:]]))
                break
    return made


RULES: dict[str, Callable[[Context, Prompter, Arm, Sequence[Example]], list[Changed]]] = {
    "typos": _typos, "reworded": _reworded, "distractors": _distracted, "conflict": _contradicted,
}  # fmt: skip


def work(context: Context, seeds: dict[str, int]) -> None:
    """Score the answers to changed wordings beside those to the plain ones, and write down each arm's loss."""
    metric = metric_of(context.experiment, context.task)
    measured = [entry for arm, seed in seeds.items() for entry in _losses(context, metric, ARMS[arm], seed)]
    context.run.write_json(
        OUTPUT,
        {
            "schema": 1, "metric": metric, "rows": len(chosen(context)), "changes": CHANGES, "arms": measured,
            "sentence": _sentence(measured), "notes": list(NOTES),
        },
    )  # fmt: skip


def _losses(context: Context, metric: str, arm: Arm, seed: int) -> Iterator[dict[str, Any]]:
    from eval import scores
    from eval.explain.before_after import shift

    rows, own = {row.id: row for row in context.test}, context.run.predictions(arm.name, seed)
    for change in changes_of(arm):
        said = sheet_of(context, arm.name, change, seed).predictions()
        asked = {one.row for one in said}
        clean = scores_of(context.task, metric, "clean", [one for one in own if one.row in asked], rows)
        table = scores.table([*clean, *scores_of(context.task, metric, change, said, rows)])
        moved = shift(table, metric, "clean", change)
        yield {"arm": arm.name, "change": change, **asdict(moved), "shown": moved.shown}


def _sentence(measured: Sequence[dict[str, Any]]) -> str:
    lost = sorted((one for one in measured if one["shown"] and one["difference"] < 0), key=lambda one: float(one["difference"]))
    if not lost:
        return "No change of input or passages is shown to cost an arm anything on these rows."
    told = [f"{ARMS[one['arm']].label} loses {-one['difference']:.2f} by {one['change']}" for one in lost]
    return f"Shown to cost something: {'; '.join(told)}."
