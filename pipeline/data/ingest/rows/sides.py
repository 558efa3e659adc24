"""Which side of the split a file holds, by its name. Reads no file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pipeline.data.split import NAMES


def by_word(path: Path) -> str:
    """The side that one word of the name tells (`train-00000-of-2.parquet`, `dev_v2.json`), else that of its folder; empty: none."""
    told = {NAMES[word] for word in re.split("[^a-z]+", path.stem.lower()) if word in NAMES}
    return told.pop() if len(told) == 1 else NAMES.get(path.parent.name.lower(), "") if not told else ""


def by_name(path: Path) -> str:
    """The side that the whole name is (`train.csv`); empty: none."""
    return NAMES.get(path.stem.lower(), "")


def given(sides: Sequence[str]) -> list[str]:
    """The sides of files as a split that can stand: one that has test or dev, and a file left to train on; else all are open.

    Without a test file the files to train on are open too, so that the test rows can be drawn from them.
    """
    if not {"dev", "test"} & set(sides) or all(side in ("dev", "test") for side in sides):
        return [""] * len(sides)
    return list(sides) if "test" in sides else [side if side == "dev" else "" for side in sides]
