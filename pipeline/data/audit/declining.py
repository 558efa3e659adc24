"""Whether adapters are taught to decline, and whether an arm does: before the run by the training rows, after it by its answers."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.arms import chosen, trainings
from pipeline.data.audit.finding import Finding, origins
from pipeline.data.audit.material import Material

MANY = 0.4
"""Share of the rows an adapter learns from that may lack an answer before it is likely to unlearn answering (docs/log.md)."""
CHOOSE = "set finetune.unanswerable_share to dev, which chooses it by right answers to dev rows"


def find(material: Material) -> Iterator[Finding]:
    """Where a share that was set lets an adapter learn mostly to decline."""
    share, without = material.experiment.finetune.unanswerable_share, [row for row in material.train if not row.references]
    there = len(without) / max(1, len(material.train))
    if not isinstance(share, float) or min(share, there) <= MANY or not _trains(material):
        return
    yield Finding(
        "taught_to_decline", "warning",
        f"{100 * min(share, there):.0f} of 100 rows that adapters learn from have no answer (finetune.unanswerable_share {share:g}): "
        "a small model that is mostly taught to decline declines everything",
        len(without), origins(without), f"{CHOOSE[0].upper()}{CHOOSE[1:]}, or leave it out: at most 20 of 100 are taken then.",
    )  # fmt: skip


def _trains(material: Material) -> bool:
    arms = chosen(material.experiment)
    return bool(trainings(arms)) or any(arm.hosted for arm in arms)


def nearly_all(label: str, declined: float, taught: tuple[int, int] | None, share: float | str | None) -> Finding:
    """Of an arm that declines this share of the questions that have an answer.

    `taught`: of the rows its adapter learnt from those without an answer, and all of them; None: it was not trained. `share`: as set.
    """
    without, rows = taught or (0, 0)
    why, remedy = "", "Look at its prompt: it may be told too plainly to decline (task.instructions)."
    if without:
        why = f"; {without} of the {rows} rows that it learnt from have no answer, and a small model soon learns to decline"
        lower = "set finetune.unanswerable_share to a smaller number (0: none of them)" if share == "dev" else CHOOSE
        remedy = f"{lower[0].upper()}{lower[1:]}, or train on more rows that have an answer."
    elif taught:
        remedy = "Its training rows all have an answer: look at its answers and its losses before the verdict is used."
    message = f"{label} declines {100 * declined:.0f} of 100 questions that have an answer{why}"
    return Finding("declines_all", "warning", message, round(100 * declined), [], remedy)
