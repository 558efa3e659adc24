"""Whether the test is large enough for the smallest difference the team cares about."""

from __future__ import annotations

from collections.abc import Iterator

from eval.statistics.power import POWER, TYPICAL_VARIANCE, Noise, detectable, rows_for_difference
from pipeline.data.audit.finding import Finding
from pipeline.data.audit.material import Material

FEW_ROWS = 50


def find(material: Material) -> Iterator[Finding]:
    """One of the two: too few rows for anything, or too few for the margin.

    Before a run the variance of a difference is not known. Assumed: one row in four is right in one arm and wrong in the other, and
    rows are independent; several arms (Holm) and rows alike within a group need more.
    """
    decision, rows = material.experiment.decision, len(material.test)
    needed = rows_for_difference(Noise(TYPICAL_VARIANCE, 0.0), decision.margin, decision.alpha)
    details = {"rows": rows, "groups": len({row.unit for row in material.test}), "needed": needed.rows if needed else None}
    if rows < FEW_ROWS:
        yield Finding(
            "few_test_rows", "warning", f"only {rows} test rows: small differences cannot be shown", rows, [],
            "Add test rows, or accept that only large differences will show.", details,
        )  # fmt: skip
    elif needed and rows < needed.rows:
        yield Finding(
            "test_too_small", "warning",
            f"{rows} test rows can show a difference of about {detectable(rows, decision.alpha):.2f}, not the {decision.margin:g} that "
            f"matters: that takes about {_round(needed.rows):,} ({POWER:.0%} power, if one row in four differs between two arms)",
            rows, [], "Add test rows, or raise decision.margin; else expect `undecided` unless the arms lie far apart.", details,
        )  # fmt: skip


def _round(rows: int) -> int:
    """Two digits that count: the assumption carries no more."""
    step: int = 10 ** max(0, len(str(rows)) - 2)
    return -(-rows // step) * step
