"""The gate's two sides, each an arm of a finished run, a bundle or a table of scores: their rows, slices and rules. No statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.records import Example, read_examples
from pipeline.results import outcomes
from pipeline.results.taken import taken
from pipeline.run_folder.store import RunFolder, find

if TYPE_CHECKING:
    import pandas as pd

    from eval.verdict.gate import Gate, Terms

TABLES = (".csv", ".tsv", ".parquet")
MOST_BROKEN = 20
"""Rows named that the old one has right and the new one has not."""


@dataclass(frozen=True)
class Asked:
    """What the caller chose; None: as the new run has it."""

    arm: str | None = None
    baseline_arm: str | None = None
    metric: str | None = None
    margin: float | None = None
    alpha: float | None = None
    scale: str | None = None
    """Of tables: the best value there can be; None: 1."""


@dataclass(frozen=True)
class Side:
    """One of the two."""

    name: str
    arm: str
    scores: pd.DataFrame
    """Of this arm and the metric's table."""
    known: Mapping[str, str] | None
    """By what each test row is known again, by id; None for a table."""
    rows: Mapping[str, Example] | None = None
    """The test rows by id; None for a table and for a bundle, which holds no texts."""


@dataclass(frozen=True)
class Held:
    """The gate's result and what it was made of."""

    new: Side
    old: Side
    terms: Terms
    gate: Gate
    left_out: int
    """Rows of the new one that the old one does not have, or has with another question or other references."""
    broken: list[str]
    """Rows whose value fell, the furthest first, at most `MOST_BROKEN`."""

    def to_json(self) -> dict[str, Any]:
        """`{"outcome", "new", "baseline", "metric", …}` as plain values."""
        told = asdict(self.gate)
        sides = {name: {"name": side.name, "arm": side.arm} for name, side in (("new", self.new), ("baseline", self.old))}
        return {"schema": 1, **told, **sides, **asdict(self.terms), "left_out": self.left_out, "broken": self.broken}


def hold(runs: Path, new: str, baseline: str, asked: Asked) -> Held:
    """Hold the arm of `new` against that of `baseline`; a UserError where they cannot be compared."""
    from eval.errors import SetupError
    from eval.verdict.gate import gate

    try:
        terms = _terms(runs, new, asked)
        ours, theirs = (
            _side(runs, name, arm, terms.metric, asked.scale) for name, arm in ((new, asked.arm), (baseline, asked.baseline_arm))
        )
        same = _same_rows(ours, theirs)
        scores = ours.scores[ours.scores["row"].isin(same)]
        found = gate(scores, theirs.scores, terms, _slices(ours, same))
    except SetupError as error:
        raise UserError(str(error)) from error
    return Held(ours, theirs, terms, found, ours.scores["row"].nunique() - len(same), _broken(scores, theirs.scores, terms.metric))


def _is_table(name: str) -> bool:
    return Path(name).suffix.lower() in TABLES


def _terms(runs: Path, new: str, asked: Asked) -> Terms:
    from eval.verdict.gate import Terms

    if _is_table(new):
        metric = asked.metric or str(_table(new, None, asked.scale)["metric"].iloc[0])
        return Terms(metric, 0.03 if asked.margin is None else asked.margin, asked.alpha or 0.05)
    run = find(runs, new)
    rules, primary = load(run.path / "experiment.yaml").decision, _decision(run)["metric"]
    metric = asked.metric or primary
    margin = rules.margin if asked.margin is None else asked.margin
    return Terms(metric, margin, asked.alpha or rules.alpha, rules.cost_of_wrong if metric == primary == "right" else 0.0)


def _table(name: str, metric: str | None, scale: str | None) -> pd.DataFrame:
    from eval.external_scores import OWN, scaled_scores

    if scale == OWN:
        raise UserError(
            f"--scale {OWN}: the gate tells points of 100, so it needs the best value there can be.", remedy="Add --scale 100, or the like."
        )
    return scaled_scores(Path(name), metric, scale)


def _side(runs: Path, name: str, arm: str | None, metric: str, scale: str | None) -> Side:
    from eval import scores

    if _is_table(name):
        frame = _table(name, metric, scale)
        arms = list(dict.fromkeys(frame["arm"]))
        if arm is None and len(arms) > 1:
            raise UserError(f"{name} holds several arms: {', '.join(arms)}.", remedy="Choose one with --arm or --baseline-arm.")
        return Side(name, arm or arms[0], _of(frame, arm or arms[0], name), None)
    if (bundle := outcomes.read(Path(name))) is not None:
        told, frame, known = bundle
        return Side(f"the bundle of {told['run']}", arm or told["arm"], _of(frame, arm or told["arm"], name), known)
    run = find(runs, name)
    chosen = arm or taken(run)
    frame = scores.read(run.path / "scores.parquet")
    rows = {row.id: row for row in read_examples(run.path / "data/test.jsonl")}
    return Side(run.id, chosen, _of(frame, chosen, run.id), {name: outcomes.known_by(row) for name, row in rows.items()}, rows)


def _of(frame: pd.DataFrame, arm: str, name: str) -> pd.DataFrame:
    if (found := frame[frame["arm"] == arm]).empty:
        raise UserError(f"{name} has no arm {arm!r}.", remedy=f"It has {', '.join(dict.fromkeys(frame['arm']))}.")
    return found


def _decision(run: RunFolder) -> dict[str, Any]:
    if (decision := run.read_json("decision.json")) is None:
        raise UserError(f"{run.id} has no verdict yet.", remedy=f"Finish it with `bakeoff resume {run.id}`.")
    return dict(decision)


def _same_rows(new: Side, old: Side) -> set[str]:
    """Rows of both with the same question and references, as far as they are known."""
    shared = set(new.scores["row"]) & set(old.scores["row"])
    if new.known is not None and old.known is not None:
        shared = {row for row in shared if new.known.get(row) == old.known.get(row)}
    if not shared:
        raise UserError("the two have no test row in common.", remedy="Compare runs of the same test rows: the same files and split.")
    return shared


def _slices(side: Side, same: set[str]) -> dict[str, list[str]]:
    """`name = value` → rows, of slices with at least two values."""
    found: dict[str, dict[str, list[str]]] = {}
    for row in (side.rows or {}).values():
        for name, value in row.slices.items() if row.id in same else ():
            found.setdefault(name, {}).setdefault(value, []).append(row.id)
    return {f"{name} = {value}": rows for name, values in found.items() if len(values) > 1 for value, rows in values.items()}


def _broken(new: pd.DataFrame, old: pd.DataFrame, metric: str) -> list[str]:
    means = [frame[frame["metric"] == metric].groupby("row", sort=False)["value"].mean() for frame in (new, old)]
    fell = (means[0] - means[1]).dropna()
    return [str(row) for row in fell[fell < 0].sort_values(kind="stable").index[:MOST_BROKEN]]
