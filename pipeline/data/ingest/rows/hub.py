"""A `datasets` folder on disk, or a dataset of the hub by its id → rows. The only part of the import that may use the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.data.ingest.rows.class_labels import apply, named
from pipeline.data.ingest.rows.quarantine import EXCERPT
from pipeline.data.ingest.rows.row import Rows, shaped_row
from pipeline.data.ingest.rows.values import plain
from pipeline.errors import UserError

PREFIX = "hub:"
MARKS = ("dataset_dict.json", "state.json")


def is_dataset_folder(path: Path) -> bool:
    """Whether `save_to_disk` made this folder."""
    return path.is_dir() and any((path / mark).is_file() for mark in MARKS)


def folder_rows(path: Path) -> Rows:
    """Every row; of several splits each row says which it is in, unless a column of its own does."""
    import datasets

    try:
        loaded = datasets.load_from_disk(str(path))
    except Exception as error:  # whatever a damaged folder makes the library raise
        raise UserError(f"this datasets folder cannot be read ({_told(error)}).", where=str(path), remedy="Save it anew.") from None
    yield from _rows(loaded, str(path))


def hub_rows(name: str, split: str, revision: str | None) -> Rows:
    """Every row of one split of `hub:owner/name`, fetched where the library's cache does not hold it."""
    import datasets

    try:
        loaded = datasets.load_dataset(name.removeprefix(PREFIX), split=split, revision=revision)
    except Exception as error:  # no network, no such name, no such split: each its own class, none stable
        raise UserError(
            f"this dataset cannot be had ({_told(error)}).", where=name,
            remedy="Check the id, data.hub_split and the network; or save it to a folder elsewhere and name that.",
        ) from None  # fmt: skip
    yield from _rows(loaded, name)


def _rows(loaded: Any, name: str) -> Rows:
    """Every row, class labels by their names."""
    parts = loaded.items() if hasattr(loaded, "items") else [("", loaded)]
    number = 0
    for split, part in parts:
        labels = named(part.features.to_dict())
        for cells in part.with_format(None):
            number += 1
            row = apply({str(key): plain(value) for key, value in cells.items()}, labels)
            yield shaped_row(name, number, {"split": split, **row} if split else row)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:EXCERPT]}"
