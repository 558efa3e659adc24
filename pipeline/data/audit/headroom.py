"""Whether the base model's scores leave room for improvement. Runs no model."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.data.audit.finding import Finding

NO_ROOM = 0.9
"""Share of rows that the base gets right from which no arm can show much."""


def headroom(values: Sequence[float | None]) -> Finding | None:
    """From the base arm's `correct` (1 right, 0 wrong, None not measured) on each row; None where there is room.

    Missing values count neither as right nor as wrong; where not half of the rows are measured, the finding says so.
    """
    measured = [value for value in values if value is not None]
    if not values or len(measured) < 0.5 * len(values):
        return Finding(
            "headroom_unknown", "info", f"the base arm's score is known for {len(measured)} of {len(values)} rows: too few to tell",
            len(measured), [], "See why the scores are missing.",
        )  # fmt: skip
    right = sum(value >= 1 for value in measured)
    if right < NO_ROOM * len(measured):
        return None
    return Finding(
        "no_headroom", "warning",
        f"the base model is already right on {right} of {len(measured)} rows: no arm can be more than "
        f"{1 - right / len(measured):.2f} better, and little can be shown",
        right, [], "Test with harder rows, or take the base model as it is.",
        {"measured": len(measured), "missing": len(values) - len(measured)},
    )  # fmt: skip
