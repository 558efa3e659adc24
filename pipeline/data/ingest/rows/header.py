"""The first rows of a table → its header: titles above it, columns without a name, names that come twice. Reads no file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errors import UserError

LOOKED_AT = 30
"""Rows among which the header is looked for."""
EMPTY = {"nan", "#n/a", "<na>", "nat", "#nv"}
"""What programs write into a cell that holds nothing."""
FAULTS = {"#ref!", "#div/0!", "#value!", "#wert!", "#bezug!", "#name?", "#num!", "#zahl!", "#null!", "#spill!"}
"""What Excel shows where a formula failed."""


@dataclass(frozen=True)
class Header:
    """Where the header stands and what its columns are called; an empty name: nothing stands below it."""

    place: int
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def cells(self, values: Sequence[Any]) -> dict[str, Any] | str:
        """The row by column; where it does not fit the header, why."""
        more = [value for value in values[len(self.names) :] if not blank(value)]
        lost = [number for number, name in enumerate(self.names[: len(values)]) if not name and not blank(values[number])]
        short = [name for name in self.names[len(values) :] if name]
        if more or short:
            return f"{len(values)} cells where the header has {len([name for name in self.names if name])} columns"
        named = {name: _held(value) for name, value in zip(self.names, values, strict=False) if name}
        return named | {f"column {number + 1}": _held(values[number]) for number in lost}


def header_at(rows: Sequence[Sequence[Any]], file: str, lines: Sequence[int]) -> Header:
    """The header among the first rows of a table; UserError where there is none or two columns have one name."""
    place = _place(rows)
    if place is None:
        raise UserError("this table is empty.", where=file, remedy="Give each column a name in the first row, and rows below it.")
    names = ["" if value is None else str(value).strip().lstrip("\ufeff").strip() for value in rows[place]]
    where = f"{file}:{lines[place]}"
    _refuse_twice(names, where)
    below = rows[place + 1 :]
    notes = []
    for number, name in enumerate(names):
        if not name and any(not blank(row[number]) for row in below if number < len(row)):
            names[number] = _unnamed(number, names)
            notes.append(f"column {number + 1} has no name in the header and is called {names[number]!r}")
    return Header(place, tuple(names), tuple(notes))


def blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _held(value: Any) -> Any:
    """The cell's value; nothing where it only says that it holds nothing, or that a formula failed."""
    text = value.strip().lower() if isinstance(value, str) else ""
    return None if text in EMPTY or text in FAULTS else value


def _unnamed(number: int, names: Sequence[str]) -> str:
    name = f"column {number + 1}"
    while name in names:
        name += "_"
    return name


def _place(rows: Sequence[Sequence[Any]]) -> int | None:
    """The first row that is no title: titles fill one cell of a table that has more."""
    filled = [sum(not blank(value) for value in row) for row in rows]
    usual = Counter(count for count in filled if count).most_common(1)
    if not usual:
        return None
    for place, (row, count) in enumerate(zip(rows, filled, strict=True)):
        title = count == 1 and usual[0][0] >= 2 and (not blank(row[0]) or usual[0][0] >= 3)
        if count and not title:
            return place
    return next(place for place, count in enumerate(filled) if count)


def _refuse_twice(names: Sequence[str], where: str) -> None:
    places: dict[str, list[int]] = {}
    for number, name in enumerate(names, 1):
        if name:
            places.setdefault(name, []).append(number)
    for name, numbers in places.items():
        if len(numbers) > 1:
            raise UserError(
                f"columns {' and '.join(map(str, numbers))} have one name, {name!r}, so that it is not known which one is meant.",
                where=where, remedy=f"Rename one of them, for example to {name + ' 2'!r}, or delete the one that is not needed.",
            )  # fmt: skip
