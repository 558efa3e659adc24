"""Long rows for the limit of time: receipts of about 600 tokens, to be entered as JSON, two similar ones in each prompt."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import yaml

SHOPS = ("Fenwick & Daughter", "Old Mill Stores", "Harbour Ironmongers", "The Paper Room", "Larkspur Garden Centre")
THINGS = (
    "brass hinge", "oak dowel", "copper nail", "garden twine", "seed tray", "sanding block", "paint roller", "door handle", "box of screws",
    "roll of tape", "pot of glue", "tin of wax", "pair of gloves", "wire brush",
)  # fmt: skip
LINES = 33


def receipt(draw: random.Random, number: int) -> dict[str, Any]:
    """One row: its text, and the record it stands for."""
    shop, day = draw.choice(SHOPS), f"2026-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}"
    lines, total = [], 0
    for _ in range(LINES):
        count, cents = draw.randrange(1, 6), draw.randrange(50, 2000)
        total += count * cents
        lines.append(f"{count} x {draw.choice(THINGS)} {cents / 100:.2f} {count * cents / 100:.2f}")
    text = "\n".join([shop, f"Receipt {number}", f"Date {day}", *lines, f"TOTAL {total / 100:.2f}", "Thank you"])
    record = {"shop": shop, "number": str(number), "date": day, "total": total / 100}
    return {"id": f"r{number}", "text": text, "record": json.dumps(record)}


def write(folder: Path, rows: int, **changes: Any) -> Path:
    """The rows and their experiment; `changes` replace whole sections."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = random.Random(0)
    made = [receipt(draw, 1000 + number) for number in range(rows)]
    (folder / "receipts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")
    experiment = {
        "name": "receipts", "preset": "quick", "task": {"kind": "extraction"}, "retrieval": {"source": "examples", "k": 2},
        "data": {"examples": "receipts.jsonl", "columns": {"input": "text", "references": "record", "id": "id"}}, **changes,
    }  # fmt: skip
    path = folder / "experiment.yaml"
    path.write_text(yaml.safe_dump(experiment, sort_keys=False), encoding="utf-8")
    return path
