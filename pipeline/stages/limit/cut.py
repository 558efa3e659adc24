"""What a run leaves out to keep its limit of time, as it is stored. Measures nothing and decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.experiment.load import Experiment
from pipeline.records import Example
from pipeline.run_folder.store import RunFolder

OUTPUT = "limit/cut.json"
"""Only what is cut, so that two measurements that cut nothing leave the same bytes."""
MEASURED = "limit/measured.json"
"""The seconds it was decided by, and how they were told."""


@dataclass(frozen=True)
class Cut:
    """None where nothing is cut."""

    rows: tuple[str, ...] | None = None
    """Ids of the training rows that every arm has."""
    k: int | None = None
    """Passages in a prompt."""
    epochs: float | None = None

    def left(self, rows: list[Example]) -> list[Example]:
        """The training rows that are not cut, in their order."""
        if self.rows is None:
            return rows
        kept = set(self.rows)
        return [row for row in rows if row.id in kept]

    def applied(self, experiment: Experiment) -> Experiment:
        """The experiment with fewer passages and epochs."""
        retrieval = experiment.retrieval.model_copy(update={"k": self.k} if self.k else {})
        finetune = experiment.finetune.model_copy(update={"epochs": self.epochs} if self.epochs else {})
        return experiment.model_copy(update={"retrieval": retrieval, "finetune": finetune})


def cut_of(run: RunFolder) -> Cut:
    """What was cut in this run; nothing where it has no limit."""
    stored = run.read_json(OUTPUT) or {}
    rows = stored.get("rows")
    return Cut(None if rows is None else tuple(rows), stored.get("k"), stored.get("epochs"))
