"""Looks at an experiment without running it: the import, the split and the audit, in a folder that is gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Sized
from pathlib import Path
from typing import Any

from pipeline.experiment import Experiment
from pipeline.progress import Progress
from pipeline.run import inputs_exist
from pipeline.stages import audit, data
from pipeline.stages.base import Context
from pipeline.store import RunFolder


def audit_only(experiment: Experiment) -> dict[str, Any]:
    """The audit's findings and how many rows stand on each side."""
    inputs_exist(experiment)
    with tempfile.TemporaryDirectory(prefix="bakeoff-audit-") as folder:
        run = RunFolder(Path(folder))
        context = Context(run, experiment, Progress(run))
        data.work(context)
        audit.work(context)
        found: dict[str, Any] = run.read_json("audit.json") or {}
        sides: dict[str, Sized] = {"train": context.train, "dev": context.dev, "test": context.test, "documents": context.documents}
        return {**found, "rows": {name: len(rows) for name, rows in sides.items()}}
