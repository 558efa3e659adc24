"""Search and passage size chosen by recall of the gold passage on training and dev questions. Sees no test question.

The experiment's own settings stand unless another way finds more by twice the standard error of the difference: with few questions
the best of many trials is luck (docs/log.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.experiment.load import Experiment, Retrieval, dump
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context, Stage
from pipeline.stages.embedder import embedder_of
from pipeline.stages.tuning.retrieval_settings import DEPTH, OUTPUT, QUERY

if TYPE_CHECKING:
    from retrieval.tune import TuneResult

FEWEST = 50
"""Questions with gold passages below which nothing is chosen."""
TRIALS = 12


def stage(experiment: Experiment) -> Stage:
    """The stage that chooses how to search, on training and dev questions."""
    return Stage(
        name="tune retrieval",
        outputs=(OUTPUT,),
        inputs={
            "retrieval": dump(experiment)["retrieval"],
            "embedder": embedder_of(experiment).revision,
            "engine": experiment.model.engine,
        },
        code=("retrieval", "pipeline/stages/tuning/tune.py", "pipeline/stages/sources.py"),
        needs=("data",),
        work=work,
        job="index",
    )


def work(context: Context) -> None:
    """Write down what was tried and chosen, or why retrieval stays as it is."""
    from pipeline.stages.sources import sources
    from retrieval.tune import Budget, Candidate, tune, usual

    settings = context.experiment.retrieval
    if settings.store:
        reason = f"{settings.store} searches in its own way"
        context.run.write_json(OUTPUT, {"schema": 1, "changed": {}, "reason": f"retrieval stays as it is: {reason}", "result": None})
        return
    rows = [row for row in (*context.train, *context.dev) if row.gold_passages]
    if len(rows) < FEWEST or not context.documents:
        reason = f"only {len(rows)} training and dev questions name their gold passages; {FEWEST} are needed to choose by them"
        context.progress.note(f"retrieval stays as it is: {reason}")
        context.run.write_json(OUTPUT, {"schema": 1, "changed": {}, "reason": reason, "result": None})
        return
    room = context.embedder.room
    size, overlap = min(settings.chunk_tokens, room), min(settings.overlap_tokens, room - 1)
    own = Candidate(size, overlap, settings.search, settings.k, settings.mmr, settings.reranker)
    candidates = usual(own, room)
    result = tune(sources(context), [r.query for r in rows], [r.gold_passages for r in rows], candidates, Budget(TRIALS), context.embedder)
    changed = _changed(result, settings)
    context.progress.note(_told(result, changed))
    context.run.write_json(OUTPUT, {"schema": 1, "changed": changed, "reason": _told(result, changed), "result": result.to_json()})


def notes(run: RunFolder) -> list[str]:
    return [f"Retrieval: {stored['reason']}." for name in (OUTPUT, DEPTH, QUERY) if (stored := run.read_json(name))]


def _changed(result: TuneResult, settings: Retrieval) -> dict[str, Any]:
    """What the chosen candidate has otherwise; nothing where its lead may be luck."""
    lead = result.lead()
    if lead.standard_error is None or lead.recall <= 2 * lead.standard_error:
        return {}
    chosen = result.chosen.candidate
    found = {"chunk_tokens": chosen.chunk_tokens, "overlap_tokens": chosen.overlap_tokens, "search": chosen.search}
    return {key: value for key, value in found.items() if value != getattr(settings, key)}


def _told(result: TuneResult, changed: dict[str, Any]) -> str:
    lead, best = result.lead(), result.chosen
    first = next(trial for trial in result.trials if trial.recall is not None)
    tried = sum(trial.recall is not None for trial in result.trials)
    found = f"{tried} ways tried on {result.questions} training and dev questions"
    if changed:
        what = ", ".join(f"{key} {value}" for key, value in changed.items())
        return f"{found}; {what} find the gold passage in {best.recall:.1%} instead of {first.recall:.1%}"
    luck = f"best lead {lead.recall:.1%}, standard error {lead.standard_error or 0.0:.1%}"
    return f"{found}; none finds more than the settings given ({first.recall:.1%}) beyond luck ({luck})"
