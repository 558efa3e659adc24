"""Before anything is spent: what would make the comparison unfair. Writes `audit.json`; trains nothing."""

from __future__ import annotations

from pipeline.experiment import Experiment, dump
from pipeline.stages.base import Context, Stage


def stage(experiment: Experiment) -> Stage:
    return Stage(
        name="audit",
        outputs=("audit.json",),
        inputs={
            "task": dump(experiment)["task"],
            "decision": dump(experiment)["decision"],
            "retrieval": dump(experiment)["retrieval"],
        },
        code=("pipeline/audit.py", "pipeline/tasks", "pipeline/stages/audit.py"),
        needs=("data",),
        work=work,
    )


def work(context: Context) -> None:
    from pipeline.audit import audit

    found = audit(context.experiment, context.train, context.dev, context.test, context.documents)
    for finding in found.findings:
        if finding.severity != "info":
            context.progress.note(f"{finding.severity}: {finding.message}")
    context.run.write_json("audit.json", found.to_json())
