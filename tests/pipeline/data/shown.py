"""What `bakeoff init FILE --json` shows of files, asked in this process."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from pipeline.cli.main import app

Json = dict[str, Any]


def shown(*files: Path) -> Json:
    """The proposal, every row as it will be used, and what is left out."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "experiment.yaml"
        done = CliRunner().invoke(app, ["init", *map(str, files), "--json", "-o", str(output)], catch_exceptions=False)
        found: Json = json.loads(done.stdout)
        assert found["written"] == str(output)
        return found


def jsonl(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def turns(row: Json) -> list[tuple[str, str]]:
    return [(turn["role"], turn["content"]) for turn in row["turns"]]


def why(found: Json) -> list[str]:
    return [bad["why"] for bad in found["quarantined"]]


def notes(found: Json) -> str:
    return "\n".join(note["why"] for note in found["notes"])
