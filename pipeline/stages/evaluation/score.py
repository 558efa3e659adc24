"""Predictions → one score or one reason for each row, arm and metric. What cannot be measured is missing, never zero."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pipeline.arms import Arm, built, table
from pipeline.experiment.load import Experiment, dump
from pipeline.records import Example, Prediction, read_lines
from pipeline.stages.base import Context, Stage
from pipeline.stages.evaluation import constants, own_metrics
from pipeline.stages.evaluation.answer_rows import answer_rows
from pipeline.stages.evaluation.style import OUTPUT as STYLE
from pipeline.stages.tuning.retrieval_settings import settings_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from eval.judge.offline import AnswerRow
    from eval.scores import Score

NOT_RETRIEVING = "not applicable: this arm retrieves nothing"
NOTHING_CLAIMED = "not applicable: an answer that says nothing has nothing to cite"
NOT_TOLD = "not applicable: this system does not say what it retrieved"
NOT_OURS = "what it retrieved is none of the documents of this comparison"
NOT_EMBEDDED = "not applicable: nothing is embedded in a comparison of finished systems alone"
NO_GOLD = "not applicable: gold passages are not known for this row"
NO_STYLE = "not applicable: no classifier tells the team's style from the base model's better than chance"
NO_FIGURES = "not applicable: the answer holds no figure"


def stage(experiment: Experiment, predicted: tuple[str, ...]) -> Stage:
    """The stage that scores every arm's answers on the same rows."""
    return Stage(
        name="score",
        outputs=("scores.parquet", constants.OUTPUT),
        inputs={"task": dump(experiment)["task"], "k": experiment.retrieval.k},
        code=("eval", "pipeline/tasks", *(f"pipeline/stages/evaluation/{part}.py" for part in ("score", "constants", "answer_rows"))),
        needs=predicted,
        work=work,
    )


def work(context: Context) -> None:
    """Write `scores.parquet`: a value, or the reason why there is none, for each arm, seed, row and metric."""
    from eval import scores

    found: list[Score] = []
    files, arms = context.run.predicted(), table(context.experiment)
    k = settings_of(context.run, context.experiment.retrieval).k
    for done, (arm, seed) in enumerate(files):
        predictions = {p.row: p for p in context.run.predictions(arm, seed)}
        for row in context.test:
            if row.id in predictions:
                found += _row_scores(context, arms[arm], row, predictions[row.id], k)
            elif arms[arm].passages != "gold" or row.gold_passages:
                raise RuntimeError(f"{arm} seed {seed} gave no prediction for row {row.id}")
        context.progress.step(done + 1, len(files) + 1)
    rows = answer_rows(context, files)
    found += [*_split(context, rows, found), *_offline(context, rows), *_judged(context), *own_metrics.scores(context, constant=False)]
    if context.task.styled:
        found += [*_styled(context, rows), *_unsupported(context, rows)]
    scores.write(context.run.path / "scores.parquet", scores.table(found))
    constants.write(context, own_metrics.scores(context, constant=True))


def _row_scores(context: Context, arm: Arm, row: Example, prediction: Prediction, k: int) -> Iterator[Score]:
    from eval.scores import Score

    def score(metric: str, value: float | None, reason: str = "") -> Score:
        return Score(row.id, row.unit, prediction.arm, prediction.seed, metric, value, reason)

    if prediction.failure:
        for metric in context.task.metrics:
            yield score(metric, None, prediction.failure)
    else:
        for metric, measured in context.task.score(prediction, row).items():
            yield score(metric, measured.value, measured.reason)
    yield from (score(*ranked) for ranked in _ranking(arm, row, prediction, k))
    if context.task.settings.cite:
        yield score("cites_gold", *cites_gold(arm, row, prediction))


def cites_gold(arm: Arm, row: Example, prediction: Prediction) -> tuple[float | None, str]:
    """1 where a gold passage is among those that the answer names; asked only of answers, and of arms that were given passages."""
    if arm.passages == "none":
        return None, NOT_RETRIEVING
    if not row.gold_passages:
        return None, NO_GOLD
    if prediction.failure or prediction.abstained or not prediction.answer.strip():
        return None, prediction.failure or NOTHING_CLAIMED
    if prediction.passages and all(hit.gold is None for hit in prediction.passages):
        return None, NOT_OURS
    return float(any(prediction.passages[number - 1].gold for number in prediction.cited)), ""


def _ranking(arm: Arm, row: Example, prediction: Prediction, k: int) -> Iterator[tuple[str, float | None, str]]:
    """Recall, reciprocal rank and nDCG over documents; of the diagnostic arm they would say nothing."""
    from eval.metrics import ranking

    names = (f"recall_at_{k}", "mrr", f"ndcg_at_{k}")
    if arm.passages != "retrieved" and not prediction.told_passages:
        yield from ((name, None, NOT_TOLD if arm.system else NOT_RETRIEVING) for name in names)
    elif not row.gold_passages:
        yield from ((name, None, NO_GOLD) for name in names)
    elif prediction.passages and all(hit.gold is None for hit in prediction.passages):
        yield from ((name, None, NOT_OURS) for name in names)
    else:
        ranked = list(dict.fromkeys(hit.document for hit in prediction.passages))
        gold = row.gold_passages
        values = (ranking.recall_at(k, ranked, gold), ranking.mrr(ranked, gold), ranking.ndcg_at(k, ranked, gold))
        yield from ((name, value, "") for name, value in zip(names, values, strict=True))


def _split(context: Context, rows: Sequence[AnswerRow], found: Sequence[Score]) -> Iterator[Score]:
    """Fabricated answers by how they stand to the gold evidence; 0 for all that are not fabricated."""
    from eval.metrics.fabrication import COLUMNS, KINDS
    from eval.scores import Score

    fabricated = {(one.row, one.arm, one.seed): one for one in found if one.metric == "fabricated"}
    examples = {row.id: row for row in context.test}
    for row in rows:
        measured = fabricated[row.row, row.arm, row.seed]
        kind = context.task.wrong(row.answer, examples[row.row], row.gold_contexts) if measured.value else None
        for column, name in zip(COLUMNS, KINDS, strict=True):
            value = None if measured.value is None else float(name == kind)
            yield Score(row.row, row.group, row.arm, row.seed, column, value, measured.reason)


def _judged(context: Context) -> list[Score]:
    """What the judge said, where there is one."""
    from eval.scores import Score

    if context.experiment.judge is None:
        return []
    groups = {row.id: row.unit for row in context.test}
    return [
        Score(v["row"], groups[v["row"]], v["arm"], v["seed"], v["metric"], v["value"], v["reason"])
        for v in read_lines(context.run.path / "judged.jsonl")
    ]


def _offline(context: Context, rows: Sequence[AnswerRow]) -> list[Score]:
    """Metrics that need no judge, where the task asks for them."""
    from eval.judge.grounded import GROUNDED, grounded
    from eval.judge.offline import offline_scores
    from eval.scores import Score

    metrics = context.task.offline_metrics
    if not metrics:
        return []
    metrics, unmeasured = (metrics, ()) if built(context.experiment) else _without_embedder(metrics)

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        return context.embedder.encode(texts, "passage")

    values = offline_scores(rows, embed, [metric for metric in metrics if metric != GROUNDED])
    values += grounded(rows, embed) if GROUNDED in metrics else []
    groups = {row.row: row.group for row in rows}
    found = [Score(v.row, groups[v.row], v.arm, v.seed, v.metric, v.value, v.reason) for v in values]
    return [*found, *(Score(row.row, row.group, row.arm, row.seed, name, None, NOT_EMBEDDED) for row in rows for name in unmeasured)]


def _without_embedder(metrics: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those that compare words, and those that compare meanings."""
    from eval.judge.grounded import GROUNDED

    meaning = ("semantic_similarity", GROUNDED)
    return tuple(name for name in metrics if name not in meaning), tuple(name for name in metrics if name in meaning)


def _styled(context: Context, rows: Sequence[AnswerRow]) -> Iterator[Score]:
    """How surely each answer is taken for the team's own writing, where the classifier is better than chance."""
    from eval.metrics.style import fit
    from eval.scores import Score

    stored = context.run.read_json(STYLE) or {"usable": False}
    matched = None
    if stored["usable"]:
        embed, pairs = context.embedder.encode, stored["pairs"]
        style = fit(embed([p["team"] for p in pairs], "passage"), embed([p["base"] for p in pairs], "passage"))
        matched = style.match(embed([row.answer or " " for row in rows], "passage")) if style else None
    for place, row in enumerate(rows):
        if matched is None or row.failure:
            yield Score(row.row, row.group, row.arm, row.seed, "style_match", None, row.failure or NO_STYLE)
        else:
            yield Score(row.row, row.group, row.arm, row.seed, "style_match", float(matched[place]) if row.answer.strip() else 0.0)


def _unsupported(context: Context, rows: Sequence[AnswerRow]) -> Iterator[Score]:
    """The share of each answer's figures, and of its sentences, that reference, gold passage and input do not support."""
    from eval.judge.grounded import unsupported_claims
    from eval.metrics.figures import unsupported_share
    from eval.scores import Score

    if built(context.experiment):
        for row, claims in zip(rows, unsupported_claims(rows, lambda texts: context.embedder.encode(texts, "passage")), strict=True):
            yield Score(row.row, row.group, row.arm, row.seed, claims.metric, claims.value, claims.reason)
    for row in rows:
        value = None if row.failure else unsupported_share(row.answer, (row.question, *row.references, *row.gold_contexts))
        reason = "" if value is not None else row.failure or NO_FIGURES
        yield Score(row.row, row.group, row.arm, row.seed, "unsupported_figures", value, reason)
