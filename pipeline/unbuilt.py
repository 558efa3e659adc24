"""Settings that the experiment file knows and the flow does not act on yet: refused, so that nobody thinks they did something."""

from __future__ import annotations

from pipeline.errors import UserError
from pipeline.experiment.load import Experiment
from pipeline.tasks import KINDS


def refuse(experiment: Experiment) -> None:
    """One UserError that names all of them."""
    asked = {
        f"task.kind: {experiment.task.kind}": experiment.task.kind not in KINDS,
        "task.cite (for tasks other than question answering)": experiment.task.cite and experiment.task.kind != "question_answering",
        "task.constrained (for tasks other than extraction)": experiment.task.constrained and experiment.task.kind != "extraction",
        "finetune.quote (for tasks other than question answering)": experiment.finetune.quote
        and experiment.task.kind != "question_answering",
    }
    unbuilt = [name for name, wanted in asked.items() if wanted]
    if unbuilt:
        raise UserError(f"not built yet: {', '.join(unbuilt)}.", remedy="Leave it out; docs/files.md says what is there.")
