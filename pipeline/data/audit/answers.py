"""Whether two rows have the same answer."""

from __future__ import annotations

from pipeline.records import Example


def agree(row: Example, other: Example, *, whole: bool) -> bool:
    """One accepted answer in common; `whole`: all of them, where a row's references are its labels. Neither answerable: they agree."""
    ours, theirs = ({plain(reference) for reference in each.references} for each in (row, other))
    return ours == theirs if whole or not ours or not theirs else not ours.isdisjoint(theirs)


def plain(text: str) -> str:
    """Case, blanks, and the punctuation that ends a sentence do not count; inside code or a record, all other does."""
    return " ".join(text.casefold().split()).strip(" .!?")
