"""Stored answers and scores → where each answer went wrong. Explains with eval's rules; measures nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.arms import table
from pipeline.records import Example, Prediction
from pipeline.stages.base import Context

if TYPE_CHECKING:
    import pandas as pd

    from eval.metrics.diagnosis import Observed
    from eval.metrics.hallucination import Outcome


def shares_of(context: Context, frame: pd.DataFrame, predictions: dict[str, list[Prediction]]) -> dict[str, dict[str, Any]]:
    """arm → n, missing, the share of each kind (they add up to one) and of missed rows that the gold passage would mend."""
    from dataclasses import asdict

    from eval.metrics.diagnosis import shares

    return {arm: asdict(found) for arm, found in shares(observed(context, frame, predictions)).items()}


def observed(context: Context, frame: pd.DataFrame, predictions: dict[str, list[Prediction]]) -> list[Observed]:
    """What is known of every answer."""
    from eval.metrics.diagnosis import Observed

    rows, arms = {row.id: row for row in context.test}, table(context.experiment)
    outcomes = outcomes_of(frame)
    oracle = {p.row: outcomes.get((p.row, "oracle", p.seed)) == "correct" for p in predictions.get("oracle", [])}
    return [
        Observed(
            p.row, p.arm, p.seed, outcomes.get((p.row, p.arm, p.seed)), bool(rows[p.row].references),
            arms[p.arm].passages == "retrieved" or _placed(p), _gold_found(rows[p.row], p), p.well_formed, oracle.get(p.row),
        )
        for said in predictions.values()
        for p in said
    ]  # fmt: skip


def outcomes_of(frame: pd.DataFrame) -> dict[tuple[str, str, int], Outcome]:
    """(row, arm, seed) → the one of the three that was scored; a row that was not measured is not there."""
    from eval.metrics.hallucination import OUTCOMES

    hit = frame[frame["metric"].isin(OUTCOMES) & (frame["value"] == 1.0)]
    return {
        (row, arm, int(seed)): metric for row, arm, seed, metric in zip(hit["row"], hit["arm"], hit["seed"], hit["metric"], strict=True)
    }


def _placed(prediction: Prediction) -> bool:
    """Whether a system said what it retrieved, and some of it is known here."""
    hits = prediction.passages
    return prediction.told_passages and (not hits or any(hit.gold is not None for hit in hits))


def _gold_found(row: Example, prediction: Prediction) -> bool | None:
    hits = prediction.passages
    if not row.gold_passages or (hits and all(hit.gold is None for hit in hits)):
        return None
    return any(hit.gold for hit in hits)
