"""A metric against people: answers drawn and written out to be labelled, labels taken in, agreement written to calibration.json.

All arithmetic is eval's. Labels can only be compared with the answer they were given to: one whose answer has changed is not counted.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.arms import table
from pipeline.errors import UserError
from pipeline.experiment.load import Experiment, Judge, load
from pipeline.files import hash_of, write_bytes
from pipeline.run_folder import labels
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context
from pipeline.stages.evaluation.answer_rows import answer_rows

if TYPE_CHECKING:
    import pandas as pd

    from eval.judge.people.cards import Card, Key

OUTPUT = "calibration.json"
Values = dict["Key", "float | None"]


def open_run(run: RunFolder, *metrics: str) -> Context:
    """A run that has been scored, read back; UserError before that, or where one of `metrics` cannot be held against people."""
    from eval import scores

    if not (run.path / "scores.parquet").exists():
        raise UserError(f"{run.id} has no scores yet.", remedy=f"Finish it with `bakeoff resume {run.id}`.")
    if metrics:
        frame = scores.read(run.path / "scores.parquet")
        for metric in metrics:
            _values(frame, metric)
    return Context(run, load(run.path / "experiment.yaml"), Progress(run))


def draw(context: Context, metric: str | None, rows: int) -> labels.Draw:
    """The cards of this run, drawn now if need be. Where labels are stored already, cards are only ever added."""
    from eval import scores
    from eval.judge.people.cards import draw as draw_cards

    run, there = context.run, labels.drawn(context.run)
    if there is not None and labels.read(run):
        if metric not in (None, there.metric):
            raise UserError(
                f"the cards of {run.id} were drawn by {there.metric} and carry labels.",
                remedy=f"These labels serve every metric: `bakeoff calibrate {run.id} --metric {metric} --labels FILE`.",
            )
        if rows <= len(there.cards):
            return there
        metric = there.metric
    frame = scores.read(run.path / "scores.parquet")
    metric = metric or _usual(context, frame)
    arms = table(context.experiment)
    answers = [row for row in answer_rows(context, run.predicted()) if not arms[row.arm].diagnostic]
    made = labels.Draw(metric, tuple(draw_cards(answers, _values(frame, metric), rows, context.experiment.data.split.seed)))
    if not made.cards:
        raise UserError(f"no answer of {run.id} has a value of {metric}.", remedy="Choose another with --metric.")
    labels.keep(run, made)
    return made


def write_cards(context: Context, cards: tuple[Card, ...], path: Path, rater: str) -> None:
    """The cards as CSV with this rater's labels so far; never over a file that is there."""
    from eval.judge.people.cards import to_csv

    if path.exists():
        raise UserError("this file exists, and may hold labels.", where=str(path), remedy="Choose another with --output.")
    said = labels.read(context.run).get(labels.rater_name(rater), {})
    write_bytes(path, to_csv(cards, said).encode("utf-8-sig"))


def take_labels(run: RunFolder, path: Path, rater: str) -> int:
    """Store the labels of a CSV file; returns how many it holds. Nothing is stored unless all of it can be read."""
    from eval.judge.people.cards import read_labels

    rater, there = labels.rater_name(rater), labels.drawn(run)
    if there is None:
        raise UserError(f"no answers of {run.id} were drawn yet.", remedy=f"Begin with `bakeoff calibrate {run.id}`.")
    found = read_labels(path, {card.id for card in there.cards})
    if not found:
        raise UserError(
            "no answer has a label.", where=str(path), remedy="Fill in the column label: correct, abstained, fabricated or unsure."
        )
    known = labels.read(run).get(rater, {})
    labels.add(run, rater, {card: label for card, label in found.items() if known.get(card) != label})
    return len(found)


def write_figures(context: Context, *also: str) -> dict[str, Any]:
    """calibration.json, made anew from the stored labels and scores; `also`: metrics beside the usual ones."""
    made = figures(context, also)
    context.run.write_json(OUTPUT, made)
    return made


def figures(context: Context, also: tuple[str, ...] = ()) -> dict[str, Any]:
    """As docs/files.md describes it; without labels its `metrics` are empty."""
    from eval import scores
    from eval.judge.people.labels import between

    run, there, said = context.run, labels.drawn(context.run), labels.read(context.run)
    cards = _current(run, there.cards if there else ())
    known = {card.id for card in cards}
    counted = {rater: {card: label for card, label in told.items() if card in known} for rater, told in said.items()}
    frame = scores.read(run.path / "scores.parquet")
    metrics = {name: _agreement(context, frame, name, cards, counted) for name in _metrics(context, frame, there, also)} if cards else {}
    return {
        "schema": 1, "scores": hash_of(run.path / "scores.parquet"), "drawn_by": there.metric if there else None, "cards": len(cards),
        "raters": {rater: len(told) for rater, told in counted.items()},
        "stale": sum(len(told) for told in said.values()) - sum(len(told) for told in counted.values()),
        "between": [asdict(pair) for pair in between(cards, counted)],
        "metrics": {name: found for name, found in metrics.items() if found},
    }  # fmt: skip


def _agreement(
    context: Context, frame: pd.DataFrame, metric: str, cards: list[Card], said: dict[str, dict[str, str]]
) -> dict[str, Any] | None:
    """One metric's entry; None where no label can be held against it."""
    from eval.judge.people.calibration import agreement
    from eval.judge.people.correction import corrected_mean, judge_error
    from eval.judge.people.labels import consensus, differing

    values = _values(frame, metric)
    found = consensus(cards, said, values, metric)
    if not found.labelled:
        return None
    corrected, errors = {}, {}
    for arm in sorted({one.arm for one in found.labelled}):
        known = [value for (_, name, _), value in values.items() if name == arm and value is not None]
        mine = [one for one in found.labelled if one.arm == arm]
        corrected[arm], errors[arm] = corrected_mean(arm, known, mine), judge_error(mine)
    told = agreement(metric, found.labelled, min_kappa(context.experiment))
    return {
        **asdict(told), "disputed": found.disputed, "silent": found.silent,
        "corrected": {arm: asdict(mean) for arm, mean in corrected.items() if mean},
        "errors": {arm: asdict(error) for arm, error in errors.items() if error},
        "disagreements": [
            {"row": one.row, "arm": one.arm, "human": one.human, "score": one.score} for one in differing(found.labelled, told.threshold)
        ],
    }  # fmt: skip


def _metrics(context: Context, frame: pd.DataFrame, there: labels.Draw | None, also: tuple[str, ...]) -> list[str]:
    """What is worth holding against people: the judge's metrics, the one that decides, the one drawn by, and those asked for."""
    from eval.judge.people.gate import PAIRWISE

    scored = set(frame["metric"])
    wanted = {context.experiment.decision.metric or context.task.primary, there.metric if there else "", *also}
    return sorted(name for name in scored if (name.startswith("judge_") or name in wanted) and name != PAIRWISE)


def _usual(context: Context, frame: pd.DataFrame) -> str:
    """The metric that decides, unless there is a judge and it does not decide: then the judge's own word on right and wrong."""
    from eval.judge.people.gate import PAIRWISE

    decides = context.experiment.decision.metric or context.task.primary
    judged = sorted(name for name in set(frame["metric"]) if name.startswith("judge_") and name != PAIRWISE)
    if decides in judged or not judged:
        return decides
    return "judge_correct" if "judge_correct" in judged else judged[0]


def _values(frame: pd.DataFrame, metric: str) -> Values:
    """(row, arm, seed) → value; UserError for a metric that is not there or does not lie in [0, 1]."""
    from eval.judge.people.gate import PAIRWISE

    if metric == PAIRWISE:
        raise UserError(f"{metric} compares two answers, and a label is of one.", remedy="Choose another with --metric.")
    of = frame[frame["metric"] == metric]
    if of.empty:
        raise UserError(f"there are no scores of {metric!r} (available: {', '.join(sorted(set(frame['metric'])))}).")
    if not of["value"].dropna().between(0, 1).all():
        raise UserError(f"{metric} does not lie between 0 and 1, and cannot be held against right and wrong.")
    found = zip(of["row"], of["arm"], of["seed"], of["value"], strict=True)
    return {(row, arm, int(seed)): None if value != value else float(value) for row, arm, seed, value in found}  # noqa: PLR0124  (NaN)


def _current(run: RunFolder, cards: tuple[Card, ...]) -> list[Card]:
    """The cards whose answer is still what the arm says."""
    from eval.judge.people.cards import key_of

    answers = {(p.row, arm, seed): p.answer for arm, seed in run.predicted() for p in run.predictions(arm, seed)}
    return [card for card in cards if answers.get(key_of(card.answer)) == card.answer.answer]


def min_kappa(experiment: Experiment) -> float:
    """What agreement a judge needs before it may decide."""
    settings: float = experiment.judge.min_kappa if experiment.judge else Judge.model_fields["min_kappa"].default
    return settings
