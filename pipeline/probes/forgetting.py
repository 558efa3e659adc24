"""What training made a model forget: a fixed set of questions put to the base and to every adapter. Writes `forgetting.json`.

`general.jsonl`: short questions that a small model may know; `refuse.jsonl`: questions that nobody who is asked could answer. Both are
put as question answering, whatever the experiment's task is, so that runs can be held beside each other; no row of the team is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.arms import ARMS, Arm, Training, trainings
from pipeline.experiment.load import Experiment, Task, dump
from pipeline.files import hash_of
from pipeline.probes.measure import scores_of
from pipeline.records import Example, read_examples
from pipeline.stages import train
from pipeline.stages.base import Context, Stage, weights_of
from pipeline.stages.prediction import predict
from pipeline.stages.prediction.answers import Sheet
from pipeline.stages.prediction.prompting import Asked
from pipeline.tasks.prompts import messages
from pipeline.tasks.question_answering import QuestionAnswering

if TYPE_CHECKING:
    import pandas as pd

    from eval.scores import Score

FOLDER = Path(__file__).resolve().parent
OUTPUT = "forgetting.json"
BASE = "base"
CODE = ("pipeline/probes/forgetting.py", "pipeline/probes/measure.py")
FLOOR = 5
"""With fewer right answers of the base than this there is hardly anything to forget."""


def questions(name: str) -> list[Example]:
    """`general` or `refuse`."""
    return read_examples(FOLDER / f"{name}.jsonl")


def stages(experiment: Experiment, arms: Sequence[Arm]) -> list[Stage]:
    """The base, then each adapter, then the table; none where nothing is trained."""
    found, seeds = trainings(arms), experiment.finetune.seeds or [0]
    if not found:
        return []
    asked = [_asking(experiment, None, 0), *(_asking(experiment, training, seed) for training in found for seed in seeds)]
    needs = tuple(stage.name for stage in asked)
    who = [(training.name, seed) for training in found for seed in seeds]
    return [
        *asked,
        Stage("forgetting", (OUTPUT,), {"who": who, **_sets()}, ("eval", "pipeline/tasks", *CODE), needs, partial(work, who=who)),
    ]


def _asking(experiment: Experiment, training: Training | None, seed: int) -> Stage:
    name = training.name if training else BASE
    path = _path(name, seed)
    return Stage(
        name=f"forgetting {name} seed-{seed}",
        outputs=(path, path.replace(".jsonl", ".timings.jsonl")),
        inputs={"model": dump(experiment)["model"], "revision": weights_of(experiment).revision, **_sets()},
        code=(*predict.CODE, *CODE),
        needs=(train.stage_name(name, seed),) if training else (),
        work=partial(_ask, name=name, seed=seed),
        job=f"forgetting {name} seed-{seed}",
    )


def _sets() -> dict[str, str]:
    return {name: hash_of(FOLDER / f"{name}.jsonl") for name in ("general", "refuse")}


def _path(name: str, seed: int) -> str:
    return f"forgetting/{name}/seed-{seed}.jsonl"


def _task() -> QuestionAnswering:
    return QuestionAnswering(Task(kind="question_answering"), [])


def _ask(context: Context, name: str, seed: int) -> None:
    from finetune.rows import Message

    task, asked = _task(), []
    for row in [*questions("general"), *questions("refuse")]:
        asked.append(Asked(row, tuple(Message(m["role"], m["content"]) for m in messages(task, row)), (), 0))
    trained = None if name == BASE else context.adapter_folder(name, seed)
    predict.ask(context, context.generator(trained), task, asked, Sheet(name, seed, context.run.path / _path(name, seed)))


def work(context: Context, who: Sequence[tuple[str, int]]) -> None:
    """Score the questions of general knowledge and refusal before and after training, and write down each adapter's shift."""
    from eval import scores

    task = _task()
    rows = {row.id: row for name in ("general", "refuse") for row in questions(name)}
    found: list[Score] = []
    for name, seed in [(BASE, 0), *who]:
        said = Sheet(name, seed, context.run.path / _path(name, seed)).predictions()
        for metric in ("correct", "abstained"):
            found += scores_of(task, metric, name, said, rows)
    table = scores.table(found)
    measured = [entry for name in dict.fromkeys(name for name, _ in who) for entry in _shifts(table, name, rows)]
    sizes = {name: len(questions(name)) for name in ("general", "refuse")}
    context.run.write_json(OUTPUT, {"schema": 1, "questions": sizes, "trainings": measured, **_told(measured)})


def _shifts(table: pd.DataFrame, name: str, rows: dict[str, Example]) -> Iterator[dict[str, Any]]:
    """Right general answers, refusals that were right, and refusals of questions that have an answer."""
    from dataclasses import asdict

    from eval.explain.before_after import shift

    answerable = table["row"].isin([row.id for row in rows.values() if row.references])
    for what, part, metric in (
        ("general right", table[answerable], "correct"),
        ("refused, as it should", table[~answerable], "abstained"),
        ("refused without need", table[answerable], "abstained"),
    ):
        moved = shift(part, metric, BASE, name)
        yield {"training": name, "what": what, **asdict(moved), "shown": moved.shown}


def _told(measured: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The sentence: what is shown to have moved, else that nothing is."""
    moved = [entry for entry in measured if entry["shown"]]
    parts = [
        f"{ARMS[entry['training']].label}: {entry['what']} {100 * entry['before']:.0f} before and {100 * entry['after']:.0f} after, of 100"
        for entry in moved
    ]
    said = f"Training moved this, beyond chance: {'; '.join(parts)}." if parts else "No change by training is shown on these few questions."
    general = [entry for entry in measured if entry["what"] == "general right" and entry["before"] is not None]
    thin = any(entry["before"] * entry["n"] < FLOOR for entry in general)
    notes = ["The questions come with Bakeoff: few, easy and English. What training cost in other fields they do not tell."]
    if thin:
        notes.append("The base itself has hardly any of the general questions right: there was little to forget.")
    return {"sentence": said, "notes": notes}
