"""What a report must tell of how the run's models were trained and computed, as trainings and predictions wrote it down."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.arms import chosen
from pipeline.experiment.load import Experiment
from pipeline.run_folder.store import RunFolder

LIBRARY = (
    "Models ran on transformers' and PEFT's own code throughout (model.engine: library), which is slower than the usual way: seconds and "
    "costs are those of that code."
)


def notes(run: RunFolder, experiment: Experiment) -> list[str]:
    """A sentence for each thing that is to be told, with all that it is true of."""
    told: dict[str, list[str]] = {}
    for whose, note in (*_of_trainings(run), *_of_answers(run)):
        told.setdefault(note, []).append(whose)
    local = any(arm.local for arm in chosen(experiment))
    own = [LIBRARY] if local and experiment.model.engine == "library" else []
    return [*own, *(f"{'; '.join(whose)}: {note}." for note, whose in told.items())]


def _of_trainings(run: RunFolder) -> Iterator[tuple[str, str]]:
    for path in sorted(run.path.glob("adapters/*/seed-*/trained.json")):
        stored = run.read_json(str(path.relative_to(run.path))) or {}
        for note in stored["notes"]:
            yield f"Training of {path.parent.parent.name}, {path.parent.name}", note


def _of_answers(run: RunFolder) -> Iterator[tuple[str, str]]:
    for path in sorted(run.path.glob("predictions/*/seed-*.alone.json")):
        stored = run.read_json(str(path.relative_to(run.path))) or {}
        for note in (*stored.get("engine", {}).get("notes", []), *stored.get("chat", [])):  # the classic baseline has neither
            yield f"Answers of {path.parent.name}, {path.name.removesuffix('.alone.json')}", note
