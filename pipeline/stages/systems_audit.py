"""After systems have answered, before anything is decided: whether they were given test rows beforehand. Writes `systems_audit.json`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.experiment.load import Experiment
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context, Stage
from pipeline.stages.prediction.outside import stage_name

if TYPE_CHECKING:
    from pipeline.data.audit.finding import Finding

OUTPUT = "systems_audit.json"


def stage(experiment: Experiment) -> Stage:
    """The stage that looks over what systems retrieved, and the few-shots that were declared."""
    from pipeline.systems.door import identities

    return Stage(
        name="audit systems",
        outputs=(OUTPUT,),
        inputs={name: told.get("few_shots") for name, told in identities(experiment).items()},
        code=("pipeline/data/audit", "pipeline/stages/systems_audit.py", "eval/metrics/answer.py"),
        needs=("data", *(stage_name(system.name) for system in experiment.systems)),
        work=work,
    )


def work(context: Context) -> None:
    """Write the findings, and say aloud what is more than information."""
    found = list(_findings(context))
    for finding in found:
        if finding.severity != "info":
            context.progress.note(f"{finding.severity}: {finding.message}")
    context.run.write_json(OUTPUT, {"schema": 1, "findings": [asdict(finding) for finding in found]})


def findings(run: RunFolder) -> list[dict[str, Any]]:
    """Of the audit, and of what systems were given; as stored."""
    return [finding for name in ("audit.json", OUTPUT) for finding in (run.read_json(name) or {"findings": []})["findings"]]


def _findings(context: Context) -> Iterator[Finding]:
    from pipeline.data.audit.systems import in_contexts, in_few_shots
    from pipeline.data.ingest.text import read_text

    for system in context.experiment.systems:
        answers = context.run.predictions(system.name, 0)
        yield from in_contexts(system.name, context.test, [(p.row, hit.text) for p in answers for hit in p.passages])
        if system.few_shots:
            path = Path(system.few_shots)
            yield from in_few_shots(system.name, context.test, read_text(path), path.name)
