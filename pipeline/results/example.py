"""The finished example that comes with Bakeoff: a run of a bundled case as a ZIP, without weights and machine paths.

python -m pipeline.results.example RUN      makes the ZIP anew from a finished run (`make example RUN=…`)
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from pipeline.errors import UserError
from pipeline.run_folder import record
from pipeline.run_folder.store import RunFolder, find
from pipeline.samples import FOLDER

BUNDLE = FOLDER / "finished.zip"
KEPT = (
    "experiment.yaml", "status.json", "events.jsonl", "stages.json", "manifest.json", "audit.json", "calibration.json", "constants.parquet",
    "decision.json", "summary.json", "scores.parquet", "data/*.jsonl", "index/passages.jsonl", "retrieved/*", "predictions/*/*",
    "probes/*.json", "adapters/*/*/log.jsonl", "adapters/*/*/trained.json", "report/report.json", "report/report.md",
)  # fmt: skip
"""Of a run's files: all that pages and `bakeoff decide` read. The other formats of the report are made when they are asked for."""
ELSEWHERE = re.compile(rb"/(?:[^\s\"':\\]+/)+(?=pipeline/samples/)")
"""Where the run was made: nobody's business."""
EARLIEST = (1980, 1, 1, 0, 0, 0)


def opened(runs: Path) -> RunFolder:
    """The example as a run among the others, unpacked at the first call. A UserError where this installation has none."""
    if not BUNDLE.is_file():
        raise UserError("this installation holds no finished example.", remedy="Run `bakeoff demo`: it takes about ten minutes.")
    run = RunFolder((runs / f"example-{hashlib.sha256(BUNDLE.read_bytes()).hexdigest()[:8]}").resolve())
    if not (run.path / "experiment.yaml").is_file():
        runs.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=runs, prefix=".example-") as folder, zipfile.ZipFile(BUNDLE) as book:
            book.extractall(folder)
            shutil.copytree(folder, run.path, dirs_exist_ok=True)
    return run


def result(runs: Path) -> dict[str, Any]:
    """The example as `bakeoff demo` ends: `{"run", "folder", "report", "decision", "summary"}`."""
    run = opened(runs)
    stored = {name: run.read_json(f"{name}.json") for name in ("decision", "summary")}
    return {"run": run.id, "folder": str(run.path), "report": str(run.path / "report/report.md"), **stored}


def bundle(run: RunFolder, target: Path = BUNDLE) -> Path:
    """Write the ZIP; the same run gives the same bytes."""
    if (run.read_json("status.json") or {}).get("state") != "done":
        raise UserError(f"{run.id} is not finished.", remedy=f"Finish it with `bakeoff resume {run.id}`.")
    part, told = target.with_name(f".{target.name}.part"), {name: _told(path, run.path) for name, path in _files(run).items()}
    told[record.FILE] = _stages(told)
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as book:
        for name, data in sorted(told.items()):
            book.writestr(zipfile.ZipInfo(name, EARLIEST), data, zipfile.ZIP_DEFLATED)
    part.replace(target)
    return target


def _files(run: RunFolder) -> dict[str, Path]:
    return {path.relative_to(run.path).as_posix(): path for pattern in KEPT for path in run.path.glob(pattern) if path.is_file()}


def _told(path: Path, folder: Path) -> bytes:
    """Without the places of another machine."""
    data = path.read_bytes()
    return data if path.suffix == ".parquet" else ELSEWHERE.sub(b"", data.replace(bytes(folder), b"."))


def _stages(told: Mapping[str, bytes]) -> bytes:
    """With keys that no run of this machine takes for its own, and the hashes of the files that are kept, as they are kept."""
    stages = {}
    for stage, entry in record.read(told[record.FILE]).items():
        files = {name: hashlib.sha256(told[name]).hexdigest() for name in entry.files if name in told}
        stages[stage] = record.stored(replace(entry, key="example", reused_from=None, files=files))
    return orjson.dumps(stages, option=orjson.OPT_INDENT_2)


if __name__ == "__main__":
    made = bundle(find(Path("runs"), sys.argv[1]))
    sys.stdout.write(f"{made}: {made.stat().st_size / 1024:.0f} KiB\n")
