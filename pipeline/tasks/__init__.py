"""One module a kind of task. To add one: a subclass of `TaskKind` and a line in `KINDS`."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.errors import UserError
from pipeline.experiment.load import Task
from pipeline.records import Example
from pipeline.tasks.base import TaskKind
from pipeline.tasks.classification import Classification
from pipeline.tasks.extraction import Extraction
from pipeline.tasks.generation import Generation
from pipeline.tasks.multi_label import MultiLabel
from pipeline.tasks.question_answering import QuestionAnswering

KINDS: dict[str, type[TaskKind]] = {
    "question_answering": QuestionAnswering,
    "classification": Classification,
    "extraction": Extraction,
    "generation": Generation,
}


def task_for(settings: Task, train: Sequence[Example], quoting: bool = False) -> TaskKind:
    """The task of an experiment over its training rows."""
    if settings.kind not in KINDS:
        raise UserError(f"the task {settings.kind!r} is not built yet (available: {', '.join(KINDS)}).", where="task.kind")
    if settings.multi_label:
        return MultiLabel(settings, train)
    return KINDS[settings.kind](settings, train, quoting)
