"""The team's own metrics: every answer to each function, in a process of its own. Values are stored as they come, resumed from there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from pipeline import files
from pipeline.arms import table
from pipeline.errors import UserError
from pipeline.experiment.load import Experiment
from pipeline.experiment.metrics_section import OwnMetric
from pipeline.files import write_bytes
from pipeline.own_code.process import Broken, Failed, OwnProcess
from pipeline.own_code.source import hash_of_source
from pipeline.records import Example, Prediction, read_lines
from pipeline.stages.base import Context, Stage
from pipeline.stages.evaluation import constants, ragas_metrics
from pipeline.stages.prediction.prompting import Prompter

if TYPE_CHECKING:
    from eval.scores import Score

OUTPUT = "own_metrics.jsonl"
AT_FIRST = 8
"""Answers of which the first so many all bring no value by a fault of the function: then it is not asked about the others."""
NONE = "it gave no value (None)"


@dataclass(frozen=True)
class Value:
    """A share of the metric's range in [0, 1], or why there is none; `reason` may also stand beside a value."""

    value: float | None
    reason: str = ""
    fault: bool = False
    """Whether the function itself failed."""


def stage(experiment: Experiment, needs: Sequence[str]) -> Stage:
    """The stage that asks the functions."""
    own, folder, named = functions(experiment), experiment.own_code, ragas_metrics.asked_for(experiment)
    return Stage(
        name="own metrics",
        outputs=(OUTPUT,),
        inputs=[{**metric.model_dump(mode="json"), "source": source_of(metric, folder)} for metric in own]
        + ragas_metrics.inputs_of(experiment),
        code=(
            "pipeline/own_code",
            "pipeline/stages/evaluation/own_metrics.py",
            "pipeline/stages/evaluation/constants.py",
            *(ragas_metrics.CODE if named else ()),
            "pipeline/tasks",
        ),
        needs=tuple(needs),
        work=work,
    )


def functions(experiment: Experiment) -> list[OwnMetric]:
    """The team's own, without those of ragas."""
    return [metric for metric in experiment.task.metrics if isinstance(metric, OwnMetric)]


def source_of(metric: OwnMetric, folder: str) -> str:
    return hash_of_source(metric.function, folder, "task.metrics")


def work(context: Context) -> None:
    """A line for each answer and metric: `{"row", "arm", "seed", "metric", "value", "reason"}`."""
    path = context.run.path / OUTPUT
    again = {metric.name for metric in ragas_metrics.asked_for(context.experiment)}
    known = [line for line in read_lines(path) if line["value"] is not None or line["metric"] not in again]
    write_bytes(path, b"".join(orjson.dumps(line) + b"\n" for line in known))
    done = {(line["metric"], line["arm"], line["seed"], line["row"]) for line in known}
    answers, rows, prompter = list(_answers(context)), {row.id: row for row in context.test}, Prompter(context)
    total = len(answers) * len(context.experiment.task.metrics)
    ragas_metrics.measured(context, answers, path, known, partial(context.progress.step, total=total))
    for metric in functions(context.experiment):
        with _Asking(metric, context.experiment.own_code) as asking:
            for said in answers:
                if (metric.name, said.arm, said.seed, said.row) in done:
                    continue
                found = asking.value(said, rows[said.row], [hit.text or prompter.text(hit.passage).text for hit in said.passages])
                line = {
                    "row": said.row,
                    "arm": said.arm,
                    "seed": said.seed,
                    "metric": metric.name,
                    "value": found.value,
                    "reason": found.reason,
                }
                files.append(path, orjson.dumps(line) + b"\n")
                done.add((metric.name, said.arm, said.seed, said.row))
                context.progress.step(len(done), total)
            if asking.faults:
                context.progress.note(f"{metric.name}: no value for {asking.faults} answers ({asking.last})")


def scores(context: Context, *, constant: bool) -> Iterator[Score]:
    """As stored, of the arms or of the constant responses."""
    from eval.scores import Score

    groups = {row.id: row.unit for row in context.test}
    for line in read_lines(context.run.path / OUTPUT) if context.experiment.task.metrics else ():
        if (line["arm"] in constants.LABELS) == constant:
            reason = "" if line["value"] is not None else line["reason"]
            yield Score(line["row"], groups[line["row"]], line["arm"], line["seed"], line["metric"], line["value"], reason)


def value_of(told: Any, metric: OwnMetric) -> Value:
    """What a function returned, as a share of its range; anything but a number within it is no value."""
    value, reason = (told[0], str(told[1] or "")) if isinstance(told, list) and len(told) == 2 else (told, "")
    if value is None:
        return Value(None, f"{metric.name}: {reason[:300] or NONE}")
    if not isinstance(value, int | float):
        return Value(None, f"{metric.name} returned {_shown(value)}, which is no number", fault=True)
    (worst, best), number = metric.range, float(value)
    if not math.isfinite(number) or not min(worst, best) <= number <= max(worst, best):
        return Value(None, f"{metric.name} returned {number:g}, outside of its range {worst:g} to {best:g}", fault=True)
    return Value((number - worst) / (best - worst), reason[:1000])


class _Asking:
    """One function, asked about one answer after the other."""

    def __init__(self, metric: OwnMetric, folder: str) -> None:
        self._metric = metric
        self._process = OwnProcess(metric.function, folder, "metric", metric.timeout_s, tuple(metric.environment))
        self.faults, self.last, self._measured = 0, "", False

    def __enter__(self) -> _Asking:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.close()

    def value(self, said: Prediction, row: Example, contexts: Sequence[str]) -> Value:
        """Of an answer that could not be had, why it could not."""
        if said.failure:
            return Value(None, said.failure)
        hopeless = not self._measured and self.faults >= AT_FIRST
        found = Value(None, f"{self.last} (as for the first {AT_FIRST} answers)", True) if hopeless else self._asked(said, row, contexts)
        self._measured = self._measured or not found.fault
        if found.fault:
            self.faults += 1
            self.last = self.last if hopeless else found.reason
        return found

    def _asked(self, said: Prediction, row: Example, contexts: Sequence[str]) -> Value:
        from eval.metrics.grading.reading import without_reasoning

        asked = {"answer": without_reasoning(said.text), "references": list(row.references), "input": row.input, "contexts": list(contexts)}
        try:
            return value_of(self._process.ask(asked).value, self._metric)
        except Broken as error:
            raise UserError(
                f"{error}.", where="task.metrics", remedy="It runs without your keys: name those it needs in environment."
            ) from None
        except Failed as error:
            return Value(None, f"{self._metric.name}: {error}", fault=True)


def _answers(context: Context) -> Iterator[Prediction]:
    """Of every arm, and the constant responses that arms are held against."""
    known = table(context.experiment)
    for arm, seed in context.run.predicted():
        if arm in known:
            yield from context.run.predictions(arm, seed)
    yield from (said for _, said in constants.responses(context))


def _shown(value: Any) -> str:
    return f"the text {value[:40]!r}" if isinstance(value, str) else f"a {type(value).__name__}"
