"""Rows whose references are whole sentences: graded by a judge that people's labels have checked, else by key facts. Asks nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.records import kept, read_examples
from pipeline.run_folder.store import RunFolder

if TYPE_CHECKING:
    import pandas as pd

    from eval.verdict.judge_error import JudgeError
    from pipeline.experiment.load import Experiment

JUDGE = "judge_correct"
GRADED = {"right": JUDGE, "correct": JUDGE, "abstained": "judge_abstained", "fabricated": "judge_fabricated"}
"""What a judge's word takes the place of."""
DECLINED = {"right": 0.0, "correct": 0.0, "abstained": 1.0, "fabricated": 0.0}
"""Of a question that has an answer; no judge has to be asked."""


def rows(run: RunFolder, experiment: Experiment) -> tuple[list[str], int]:
    """The test rows whose references cannot be held against an answer word by word, and how many test rows there are."""
    long, count = kept(_long, run.path / "data/test.jsonl")
    if experiment.task.kind != "question_answering" or experiment.task.choices:
        return [], count
    return list(long), count


def _long(test: Path) -> tuple[tuple[str, ...], int]:
    from eval.metrics.grading.grade import is_short

    there = read_examples(test)
    long = (row.id for row in there if row.references and not row.choices and not any(map(is_short, row.references)))
    return tuple(long), len(there)


def hindrance(agreement: Mapping[str, Any], min_kappa: float) -> str:
    """Why the judge's word does not count; empty where it does."""
    from eval.judge.people import gate

    return gate.hindrance(JUDGE, agreement.get(JUDGE), min_kappa)


def judged(frame: pd.DataFrame, long: Sequence[str]) -> pd.DataFrame:
    """The table of scores with the judge's word on these rows, for all arms alike; a row that it did not judge is missing there."""
    import pandas as pd

    here = frame["row"].isin(long)
    replaced = here & (frame["metric"].isin(GRADED) | frame["metric"].str.startswith("fabricated_"))
    said = [frame[here & (frame["metric"] == theirs)].assign(metric=ours) for ours, theirs in GRADED.items()]
    return pd.concat([frame[~replaced], *said], ignore_index=True)


def constants(floor: pd.DataFrame | None, long: Sequence[str]) -> pd.DataFrame | None:
    """The same rows of the constant responses: declining is known to be right on none of them, another answer was not judged."""
    if floor is None or not long:
        return floor
    here = floor["row"].isin(long)
    known = here & (floor["arm"] == "declines_all") & floor["metric"].isin(DECLINED)
    kept = floor[~here | known].copy()
    filled = kept["row"].isin(long)
    kept.loc[filled, "value"] = kept.loc[filled, "metric"].map(DECLINED)
    kept.loc[filled, "reason"] = ""
    return kept


def errors(agreement: Mapping[str, Any], share: float) -> dict[str, JudgeError]:
    """By arm, the judge's error in a mean of which it gave this share of the rows."""
    from eval.verdict.judge_error import JudgeError

    found = agreement[JUDGE].get("errors", {})
    return {arm: JudgeError(one["shift"] * share, one["se"] * share, one["labels"]) for arm, one in found.items()}


def told(long: Sequence[str], count: int, agreement: Mapping[str, Any], min_kappa: float) -> list[str]:
    """Who says what is right on these rows."""
    if not long:
        return []
    which = f"On {len(long)} of {count} test rows, whose references are sentences,"
    if not (why := hindrance(agreement, min_kappa)):
        kappa = agreement[JUDGE]["kappa"]["value"]
        return [f"{which} the judge says what is right: it agrees with people at κ {kappa:.2f} over {agreement[JUDGE]['n']} labels."]
    asked = f" {why[0].upper()}{why[1:]}." if JUDGE in agreement else " A judge that people's labels have checked would grade meaning."
    return [f"{which} key facts say what is right (figures, dates, names, yes or no); nobody judged meaning.{asked}"]
