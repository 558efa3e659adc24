"""The arms that were not made here: each row to the system's door, its reply onto the sheet. Rows are stored as they come."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pipeline.arms import Arm
from pipeline.errors import UserError
from pipeline.experiment.load import Experiment, answering
from pipeline.records import Example, Prediction, Timing, write_lines
from pipeline.stages.base import Context, Stage
from pipeline.stages.prediction.answers import Sheet, append

if TYPE_CHECKING:
    from pipeline.systems.matching import Documents
    from pipeline.systems.reply import Question, Reply

CODE = ("pipeline/systems", "pipeline/own_code", "pipeline/tasks", "pipeline/stages/prediction/outside.py", "pipeline/arms.py")


def stage_name(arm: str) -> str:
    return f"predict {arm} seed-0"


def stage(experiment: Experiment, arm: Arm) -> Stage:
    """The stage in which one system answers the test rows; it needs nothing that we build."""
    from pipeline.systems.door import identity, named

    system = named(experiment, arm.name)
    return Stage(
        name=stage_name(arm.name),
        outputs=(f"predictions/{arm.name}/seed-0.jsonl", f"predictions/{arm.name}/seed-0.timings.jsonl"),
        inputs={"arm": arm.name, "task": answering(experiment), "system": identity(system, experiment.own_code)},
        code=CODE,
        needs=("data",),
        work=partial(work, arm=arm),
    )


def work(context: Context, arm: Arm) -> None:
    """Every test row, to an answer or its failure; what failed and may come when asked again leaves the stage unfinished."""
    from pipeline.systems.door import named, opened
    from pipeline.systems.matching import Documents
    from pipeline.systems.reply import question_of

    sheet = Sheet(arm.name, 0, context.run.predictions_path(arm.name, 0))
    door = opened(named(context.experiment, arm.name), context.experiment.own_code, known_ids(context))
    done = _kept(context, sheet)
    rows, known, documents = {row.id: row for row in context.test}, {p.row for p in done}, Documents(context.documents)
    failures = []

    def on_reply(question: Question, reply: Reply) -> None:
        """Onto the sheet."""
        row = rows[question.id]
        if reply.failure:
            failures.append(reply.failure)
        elif reply.seconds is not None:
            append(sheet.timings, [Timing(row.id, round(reply.seconds, 6), 1)])
        append(sheet.path, [prediction(context, sheet, row, reply, documents)])
        known.add(row.id)
        context.progress.step(len(known), len(rows))

    door.run([question_of(row) for row in context.test if row.id not in known], on_reply)
    if not failures:
        return
    if len(failures) == len(rows) and not door.again:
        system = named(context.experiment, arm.name)
        raise UserError(
            f"this file answers none of the {len(rows)} test rows.", where=str(system.answers),
            remedy="`bakeoff export-questions EXPERIMENT FILE` writes the rows to answer, with their ids.",
        )  # fmt: skip
    again = "; resuming asks for them again" if door.again else ""
    context.progress.note(f"{arm.name}: {len(failures)} of {len(rows)} rows have no answer ({failures[0]}){again}")
    if door.again:
        context.incomplete.add(stage_name(arm.name))


def prediction(context: Context, sheet: Sheet, row: Example, reply: Reply, documents: Documents) -> Prediction:
    """What is kept of one reply."""
    answer = context.task.read(reply.text, row)
    return Prediction(
        row=row.id, arm=sheet.arm, seed=sheet.seed, text=reply.text, answer=answer.content, abstained=answer.abstained,
        well_formed=answer.well_formed, passages=documents.hits(row, sheet.arm, reply.contexts or ()),
        prompt_tokens=reply.prompt_tokens, completion_tokens=reply.completion_tokens, failure=reply.failure,
        told_passages=reply.contexts is not None, cost=reply.cost,
    )  # fmt: skip


def known_ids(context: Context) -> list[str]:
    """Of all rows of the experiment, whichever their side, also those that a cap set aside."""
    from pipeline.records import read_examples

    return [row.id for side in ("test", "train", "dev", "unused") for row in read_examples(context.run.path / f"data/{side}.jsonl")]


def _kept(context: Context, sheet: Sheet) -> list[Prediction]:
    """What earlier sessions stored and need not ask again; both files begin with it."""
    done = [p for p in sheet.predictions() if not p.failure] if sheet.path.exists() else []
    known = {p.row for p in done}
    write_lines(sheet.path, done)
    timed = context.run.timings(sheet.arm, sheet.seed) if sheet.timings.exists() else []
    write_lines(sheet.timings, [t for t in timed if t.row in known])
    return done
