"""Small comparisons of finished systems alone: rows of the bundled case `facts`, its documents, and files of answers."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import yaml

from pipeline.samples import experiment_of

ROWS = 30


def rows() -> list[dict[str, Any]]:
    source = experiment_of("facts").parent / "questions.jsonl"
    every = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    return [row for row in every if row["answers"]][:ROWS]


def write_answers(path: Path, right: int, **columns: list[Any]) -> Path:
    """A CSV that answers the first `right` rows rightly, and the others wrongly."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "answer", *columns])
        for place, row in enumerate(rows()):
            said = row["answers"][0] if place < right else "nobody but the caretaker"
            writer.writerow([row["id"], said, *(values[place] for values in columns.values())])
    return path


def write_experiment(folder: Path, systems: list[dict[str, Any]], **changes: Any) -> Path:
    """Its rows have no side, so that all of them are test rows; `changes` replace whole sections."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = [{key: value for key, value in row.items() if key not in ("split", "group")} for row in rows()]
    (folder / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")
    documents = experiment_of("facts").parent / "documents"
    columns = {"input": "question", "references": "answers", "id": "id", "gold_passages": "gold_doc_ids"}
    data = {"examples": "questions.jsonl", "columns": columns, "documents": str(documents)}
    experiment = {"name": "systems", "task": {"kind": "question_answering"}, "data": data, "arms": [], "systems": systems, **changes}
    path = folder / "experiment.yaml"
    path.write_text(yaml.safe_dump(experiment), encoding="utf-8")
    return path
