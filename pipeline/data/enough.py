"""Whether the sides of the split hold enough rows to compare anything, and how many are to be added. Splits nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pipeline.data.split import size_of
from pipeline.errors import UserError
from pipeline.experiment.load import Split
from pipeline.records import Example

MOST = 100_000


def refuse_too_few(rows: Sequence[Example], settings: Split, given: bool, where: str) -> None:
    """A UserError where a side is too small; `given`: whether the data itself says which rows are for training and which for the test."""
    counts = Counter(row.split for row in rows)
    short = {side: least - counts[side] for side, least in (("test", settings.least_test), ("train", settings.least_train))}
    missing = {side: count for side, count in short.items() if count > 0}
    if not missing:
        return
    there = f"{len(rows)} rows give {counts['test']} test and {counts['train']} training rows"
    needed = f"at least {settings.least_test} test and {settings.least_train} training rows are needed"
    if given:
        remedy = f"Add at least {' and '.join(f'{count} {NAMES[side]} rows' for side, count in missing.items())}."
    elif more := _needed(len(rows), settings):
        remedy = f"Add at least {more} rows."
    else:
        remedy = "Add rows, and raise data.split.test and data.split.train (sizes below 1 are shares, others are rows)."
    raise UserError(f"too few rows: {there}; {needed}.", where=where, remedy=remedy)


NAMES = {"test": "test", "train": "training"}


def _needed(there: int, settings: Split) -> int:
    """The fewest rows to add with which a random split has enough on both sides; 0 where no number would do."""
    for total in range(there + 1, MOST):
        test = size_of(settings.test if settings.test is not None else 0.2, total, most=total // 2)
        pool = total - test
        train = min(pool, size_of(settings.train or pool, pool)) if settings.train else pool
        dev = size_of(settings.dev, train, most=pool // 2)
        if test >= settings.least_test and min(pool - dev, train) >= settings.least_train:
            return total - there
        if settings.test is not None and 1 <= settings.test < settings.least_test:
            return 0
    return 0
