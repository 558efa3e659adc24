"""The metrics of ragas that an experiment names: every answer under each, by the experiment's judge. Values are stored as they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from pipeline import files
from pipeline.errors import UserError
from pipeline.experiment.load import Experiment, dump
from pipeline.experiment.metrics_section import RagasMetric
from pipeline.records import Prediction
from pipeline.stages.base import Context
from pipeline.stages.evaluation import constants, judge
from pipeline.stages.evaluation.answer_rows import answer_rows

if TYPE_CHECKING:
    from eval.judge.named import Named
    from eval.judge.offline import AnswerRow, MetricValue

CODE = ("eval/judge", *(f"pipeline/stages/evaluation/{part}.py" for part in ("ragas_metrics", "answer_rows", "judge")))
STAGE = "own metrics"


def asked_for(experiment: Experiment) -> list[RagasMetric]:
    return [metric for metric in experiment.task.metrics if isinstance(metric, RagasMetric)]


def inputs_of(experiment: Experiment) -> list[dict[str, Any]]:
    """What the values depend on; nothing where no metric of ragas is named."""
    asked = asked_for(experiment)
    judged = dump(experiment)["judge"] if any(metric.asks for metric in asked) else None
    by = {key: value for key, value in (judged or {}).items() if key not in ("min_kappa", "metrics")}
    return [{**metric.model_dump(mode="json"), "judge": by if metric.asks else None} for metric in asked]


def refuse(experiment: Experiment) -> None:
    """A UserError for a name that is none of ragas', arguments that it does not take, or a name that the judge's own metrics have.

    Imports ragas only where it is named.
    """
    asked = asked_for(experiment)
    if not asked:
        return
    from eval.judge.named import mistake

    taken = _of_the_judge(experiment)
    for metric in asked:
        if told := mistake(_named(metric)):
            raise UserError(told, where="task.metrics")
        if by := taken.get(metric.name):
            raise UserError(
                f"{metric.ragas} would be called {metric.name}, as {by} of judge.metrics is.", where="task.metrics",
                remedy=f"Give it another name with `called`, or list judge.metrics without {by}.",
            )  # fmt: skip


def measured(
    context: Context, answers: Sequence[Prediction], path: Path, known: Sequence[dict[str, Any]], told: Callable[[int], None]
) -> None:  # fmt: skip
    """A line for each answer and metric that is not known; what endpoint, network or budget left missing is asked for by a resumed run."""
    from eval.errors import SetupError

    asked, done = asked_for(context.experiment), {(line["metric"], line["arm"], line["seed"], line["row"]) for line in known}
    if not asked:
        return
    from eval.judge.named import measure
    from eval.judge.settings import JudgeSettings

    def keep(value: MetricValue) -> None:
        files.append(path, orjson.dumps(asdict(value)) + b"\n")
        done.add((value.metric, value.arm, value.seed, value.row))
        told(len(done))

    section = dump(context.experiment)["judge"] if any(metric.asks for metric in asked) else None
    try:
        spent, unfinished = measure(
            _rows(context, answers), [_named(metric) for metric in asked], JudgeSettings(**section) if section else None,
            context.run.path / "judge.sqlite", judge.tools_of(context), keep,
            lambda row, metric: (metric.name, row.arm, row.seed, row.row) in done,
        )  # fmt: skip
    except SetupError as error:
        raise UserError(str(error), where="task.metrics") from error
    if section:
        context.progress.note(f"ragas' metrics asked the judge for {spent.tokens:,} tokens")
    if unfinished:
        context.incomplete.add(STAGE)
        context.progress.note(f"{unfinished} values of ragas' metrics are missing; resuming the run asks for them again")


def _of_the_judge(experiment: Experiment) -> dict[str, str]:
    """What the judge's own metrics are called → which of them; those that mean something to the verdict also where it is not asked them."""
    from eval.judge.metrics import METRICS

    asked = experiment.judge.metrics if experiment.judge else []
    return {column: name for name, one in METRICS.items() if name in (*asked, "outcome", "preference") for column in one.columns}


def _named(metric: RagasMetric) -> Named:
    from eval.judge.named import Named

    return Named(metric.name, metric.ragas, metric.arguments, metric.range, metric.values)


def _rows(context: Context, answers: Sequence[Prediction]) -> list[AnswerRow]:
    """Every answer as it was written, without a model's thoughts; the constant responses among them."""
    from eval.judge.offline import AnswerRow
    from eval.metrics.grading.reading import without_reasoning

    texts = {(said.arm, said.seed, said.row): without_reasoning(said.text) for said in answers}
    rows = [replace(row, answer=texts[row.arm, row.seed, row.row]) for row in answer_rows(context, context.run.predicted())]
    constant = [
        AnswerRow(row.id, said.arm, 0, row.unit, row.input, said.text, row.references, (), (), said.abstained, retrieves=False)
        for row, said in constants.responses(context)
    ]
    return [*rows, *constant]
