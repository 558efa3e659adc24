"""What a bundle carries of its candidate's measured test rows: their scores, and by what each is known again; no text of any row."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.records import Example, read_examples
from pipeline.run_folder.store import RunFolder

if TYPE_CHECKING:
    import pandas as pd

BUNDLE = "bundle.json"
SCORES, ROWS = "outcomes.parquet", "outcomes.json"


def write(run: RunFolder, arm: str, seed: int, folder: Path) -> None:
    """This candidate's scores, by one training, and a hash of each row's question and references; nothing where the run has no scores."""
    from eval import scores

    if not (run.path / "scores.parquet").exists():
        return
    frame = scores.read(run.path / "scores.parquet")
    frame = frame[frame["arm"] == arm]
    seeds = sorted(frame["seed"].unique())
    scores.write(folder / SCORES, frame[frame["seed"] == (seed if seed in seeds else seeds[0])] if seeds else frame)
    rows = {row.id: known_by(row) for row in read_examples(run.path / "data/test.jsonl")}
    RunFolder(folder).write_json(ROWS, {"schema": 1, "rows": rows})


def known_by(row: Example) -> str:
    """Alike for rows that ask the same and take the same answers."""
    return hashlib.sha256(repr((row.asked, tuple(row.references))).encode()).hexdigest()[:32]


def read(folder: Path) -> tuple[dict[str, Any], pd.DataFrame, dict[str, str]] | None:
    """What the bundle tells of itself, its scores, and its rows by id; None where the folder is no bundle with scores."""
    from eval import scores

    made = RunFolder(folder)
    told = made.read_json(BUNDLE) if folder.is_dir() else None
    if told is None or not (folder / SCORES).is_file():
        return None
    return told, scores.read(folder / SCORES), dict((made.read_json(ROWS) or {"rows": {}})["rows"])
