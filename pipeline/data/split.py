"""Examples → sides of the split: seeded, the same for any order of the input, no group on two sides. Reads no files."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace

from pipeline.errors import UserError
from pipeline.experiment.load import Split
from pipeline.records import Example

NAMES = {
    "train": "train",
    "training": "train",
    "dev": "dev",
    "val": "dev",
    "valid": "dev",
    "validation": "dev",
    "test": "test",
    "eval": "test",
}

VOUCHED = 40
"""Rows that people wrote or accepted from which on a test is made of these alone."""


def unreviewed(row: Example) -> bool:
    """Whether a model drafted it and nobody accepted it."""
    return bool(row.draft) and row.draft.get("state") not in ("accepted", "edited")


def split(examples: Sequence[Example], settings: Split, kind: str, untrained: bool = False) -> list[Example]:
    """Every example with its side: `train`, `dev`, `test`, or `unused` where a cap sets it aside. Sorted by id."""
    return _capped(sides(examples, settings, kind, untrained), settings, kind)


def fewer(rows: Sequence[Example], count: int, settings: Split, kind: str) -> list[Example]:
    """So many of these training rows, in their order, drawn as a cap of the split draws them."""
    capped = _capped(rows, settings.model_copy(update={"train": max(1, count)}), kind)
    return [row for row in capped if row.split == "train"]


def sides(examples: Sequence[Example], settings: Split, kind: str, untrained: bool = False) -> list[Example]:
    """Every example with its side before any cap. Sorted by id.

    Sides that the data gives are kept, unless one group stands on two of them. Where it gives test but no dev, dev is taken from train.
    `untrained`: nothing is trained or chosen, so that rows without a side are test rows unless `test` says how many.
    Drafts that nobody accepted are for training once there are `VOUCHED` other rows, or `unused` where their group is tested.
    """
    rows = [_named(row) for row in examples]
    loose = [row for row in rows if unreviewed(row) and not row.split]
    if len(rows) - len(loose) < VOUCHED:
        loose = []
    apart = {row.id for row in loose}
    placed = _sides([row for row in rows if row.id not in apart], settings, kind, untrained)
    held = {row.unit for row in placed if row.split != "train"}
    placed += [replace(row, split="unused" if row.unit in held else "train") for row in loose]
    return sorted(placed, key=lambda row: row.id)


def _sides(examples: Sequence[Example], settings: Split, kind: str, untrained: bool) -> list[Example]:
    rows = sorted(examples, key=lambda row: row.id)
    by = settings.by or _way(rows, kind)
    if untrained and settings.test is None:
        rows = [row if row.split else replace(row, split="test") for row in rows]
    given = {row.split for row in rows if row.split}
    open_rows = [row for row in rows if not row.split]
    if open_rows and "test" not in given:
        count = size_of(settings.test if settings.test is not None else 0.2, len(rows), most=len(open_rows) // 2)
        open_rows, taken = _take(open_rows, count, by, settings.seed, "test")
        rows = _assign(rows, taken, "test")
    rows = [row if row.split else replace(row, split="train") for row in rows]
    pool = [row for row in rows if row.split == "train"]
    if "dev" not in given and pool:
        count = size_of(settings.dev, min(len(pool), size_of(settings.train or len(pool), len(pool))), most=len(pool) // 2)
        rows = _assign(rows, _take(pool, count, by, settings.seed, "dev")[1], "dev")
    _refuse_split_groups(rows)
    return rows


def _named(row: Example) -> Example:
    if not row.split:
        return row
    side = NAMES.get(row.split.strip().lower())
    if side is None:
        raise UserError(
            f"{row.split!r} is no side of a split.", where=row.origin, remedy="Use train, dev or test (or leave the cell empty)."
        )
    return replace(row, split=side)


def _way(rows: Sequence[Example], kind: str) -> str:
    if any(row.group for row in rows):
        return "group"
    return "stratified" if kind == "classification" else "random"


def size_of(size: float, total: int, most: int | None = None) -> int:
    """Rows from a size: below 1 a share of `total`, else a number."""
    count = round(size * total) if size < 1 else int(size)
    return max(1, min(count, total if most is None else most))


def _draw(seed: int, *names: str) -> str:
    """A value to sort by that depends on the seed and the name alone."""
    return hashlib.sha256(repr((seed, *names)).encode()).hexdigest()


def _take(rows: Sequence[Example], count: int, by: str, seed: int, side: str) -> tuple[list[Example], set[str]]:
    """The rows left and the ids taken; whole groups where the split is by group."""
    if by == "time":
        ordered = sorted(rows, key=lambda row: (row.time, row.id), reverse=True)  # the newest are tested
        taken = {row.id for row in ordered[:count]}
    elif by == "stratified":
        taken = _stratified(rows, count, seed, side)
    else:
        taken = _whole_groups(rows, count, seed, side)
    return [row for row in rows if row.id not in taken], taken


def _whole_groups(rows: Sequence[Example], count: int, seed: int, side: str) -> set[str]:
    groups: dict[str, list[str]] = {}
    for row in rows:
        groups.setdefault(row.unit, []).append(row.id)
    taken: set[str] = set()
    for group in sorted(groups, key=lambda name: _draw(seed, side, name)):
        if len(taken) >= count:
            break
        taken.update(groups[group])
    return taken


def _stratified(rows: Sequence[Example], count: int, seed: int, side: str, every: bool = False) -> set[str]:
    """Each label in proportion (largest remainders), rows within a label drawn by the seed; `every` label keeps one, if there is room."""
    labels: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        labels.setdefault(row.references, []).append(row.id)
    shares = {label: count * len(ids) / len(rows) for label, ids in labels.items()}
    sizes = {label: math.floor(share) for label, share in shares.items()}
    rest = sorted(labels, key=lambda label: (sizes[label] - shares[label], _draw(seed, side, *label)))
    for label in rest[: count - sum(sizes.values())]:
        sizes[label] += 1
    if every and count >= len(labels):
        for label in sorted(label for label, size in sizes.items() if not size):
            sizes[max(sizes, key=lambda other: (sizes[other], other))] -= 1
            sizes[label] = 1
    return {name for label, ids in labels.items() for name in sorted(ids, key=lambda i: _draw(seed, side, i))[: sizes[label]]}


def _assign(rows: Sequence[Example], taken: set[str], side: str) -> list[Example]:
    return [replace(row, split=side) if row.id in taken else row for row in rows]


def _refuse_split_groups(rows: Sequence[Example]) -> None:
    sides: dict[str, Example] = {}
    for row in rows:
        other = sides.setdefault(row.unit, row)
        if other.split != row.split:
            raise UserError(
                f"the group {row.unit!r} stands on two sides: {other.split} ({other.origin}) and {row.split}.",
                where=row.origin,
                remedy="Give all rows of a group the same side, or leave the sides out and let data.split.by: group make them.",
            )


def _capped(rows: Sequence[Example], settings: Split, kind: str) -> list[Example]:
    """Sides larger than their cap lose rows, drawn by the seed, to `unused`."""
    by = settings.by or _way(rows, kind)
    caps = {"train": settings.train, "test": settings.test, "dev": settings.dev if settings.dev >= 1 else None}
    out = list(rows)
    for side, cap in caps.items():
        pool = [row for row in out if row.split == side]
        if cap is None or cap < 1 or len(pool) <= cap:
            continue
        way = "stratified" if by == "stratified" else "random"
        whole = side == "train"  # a label that training never saw cannot be answered
        kept = _stratified(pool, int(cap), settings.seed, "cap", whole) if way == "stratified" else _drawn(pool, int(cap), settings.seed)
        out = _assign(out, {row.id for row in pool} - kept, "unused")
    return out


def _drawn(rows: Sequence[Example], count: int, seed: int) -> set[str]:
    return {row.id for row in sorted(rows, key=lambda row: _draw(seed, "cap", row.id))[:count]}
