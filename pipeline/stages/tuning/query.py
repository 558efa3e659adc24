"""Whether a model words the search, chosen by recall of the gold documents on training and dev questions. Sees no test question.

As with search and passage size the question as it is stands unless another way finds more by twice the standard error of the difference.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from pipeline.records import Example
from pipeline.stages.base import Context, drawn
from pipeline.stages.queries import MODES, Rewriter, Rewriting
from pipeline.stages.tuning.retrieval_settings import QUERY

if TYPE_CHECKING:
    from pipeline.stages.own_store import Searching

ROWS, FEWEST = 48, 20
"""Questions with gold documents that are searched for at most, and below which nothing is chosen."""


def choose(context: Context, plain: Searching, own: Mapping[str, Collection[str]]) -> None:
    """Writes the way to use, with every way's recall and the reason. `own`: by row id the documents that it may not be given."""
    known = [row for row in (*context.train, *context.dev) if row.gold_passages]
    rows = drawn(known, ROWS, context.experiment.data.split.seed, "query")
    if len(rows) < FEWEST:
        told = f"questions are searched for as they are: only {len(known)} training and dev rows name gold passages; {FEWEST} are needed"
        context.run.write_json(QUERY, {"schema": 1, "query": "plain", "reason": told, "trials": []})
        return
    ways: dict[str, Searching] = {"plain": plain, **{mode: Rewriting(plain, Rewriter(context, mode, keep=True)) for mode in MODES}}
    recalls = {name: _recalls(context, way, rows, own) for name, way in ways.items()}
    chosen, reason = best(recalls)
    trials = [{"query": name, "recall": round(fmean(values), 6)} for name, values in recalls.items()]
    context.run.write_json(QUERY, {"schema": 1, "query": chosen, "reason": reason, "trials": trials})
    context.progress.note(reason)


def best(recalls: Mapping[str, Sequence[float]]) -> tuple[str, str]:
    """The way of the highest mean recall where it leads the plain question by twice the standard error of the differences, and why."""
    plain, name = recalls["plain"], max(recalls, key=lambda one: fmean(recalls[one]))
    leads = [a - b for a, b in zip(recalls[name], plain, strict=True)]
    asked = f"{len(recalls)} ways of wording the search tried on {len(plain)} training and dev questions"
    if fmean(leads) > 2 * stdev(leads) / len(leads) ** 0.5:
        return name, f"{asked}; {name} finds the gold documents in {fmean(recalls[name]):.1%} instead of {fmean(plain):.1%}"
    return "plain", f"{asked}; none finds more than the question itself ({fmean(plain):.1%}) beyond luck"


def _recalls(context: Context, way: Searching, rows: Sequence[Example], own: Mapping[str, Collection[str]]) -> list[float]:
    """Of each row the share of its gold documents among its k best passages, of the most that k could hold."""
    k = context.experiment.retrieval.k
    found = way.retrieve([row.query for row in rows], k, exclude=[own.get(row.id, ()) for row in rows])
    return [
        len(set(row.gold_passages) & {one.passage.document for one in hits}) / min(k, len(set(row.gold_passages)))
        for row, hits in zip(rows, found, strict=True)
    ]
