"""Rows as they will be used, as lines of text."""

from __future__ import annotations

from pipeline.planning.first_rows import SHOWN, FirstRows, row_text

LISTED = 10


def first_rows_text(found: FirstRows) -> str:
    """The first rows with their turns, answers and choices; then what is left out, and remarks."""
    out = [bad for bad in found.quarantined if bad.kind != "note"]
    notes = [bad for bad in found.quarantined if bad.kind == "note"]
    documents = f" and {len(found.documents)} documents" if found.documents else ""
    lines = [f"{len(found.rows)} rows{documents} read, {len(out)} left out. The first {min(SHOWN, len(found.rows))} as they will be used:"]
    for row in found.rows[:SHOWN]:
        lines += ["", row_text(row)]
    if out:
        lines += ["", "Left out:", *(f"  {bad.where}: {bad.reason}" for bad in out[:LISTED])]
        lines += [f"  and {len(out) - LISTED} more"] if len(out) > LISTED else []
    if notes:
        lines += ["", "Please check:", *(f"  {bad.file}: {bad.reason}" for bad in notes)]
    return "\n".join(lines)
