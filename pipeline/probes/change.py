"""When facts change: numbers and names in documents are edited, the index is updated in place, and the questions about them asked again.

Writes `change.json` and, for review, every edit as `change/edits.diff`. Nothing is trained again: what an adapter learnt stays old, and
that is the question. The run's own documents and index stay as they were; the edited ones are copies.
"""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from eval.metrics.answer import containment
from pipeline.arms import ARMS, Arm
from pipeline.experiment.load import Experiment, answering, dump
from pipeline.files import write_bytes
from pipeline.probes.facts import Edit, applied, edits_of
from pipeline.records import Document, Example, Prediction, read_documents, read_lines, write_lines
from pipeline.stages import index, train
from pipeline.stages.base import Context, Stage
from pipeline.stages.prediction import likelihood, predict
from pipeline.stages.prediction.answers import Sheet
from pipeline.stages.prediction.prompting import Prompter
from pipeline.stages.sources import source_of

if TYPE_CHECKING:
    from eval.scores import Score

OUTPUT = "change.json"
EDITS, DOCUMENTS, DIFF, INDEX = "change/edits.jsonl", "change/documents.jsonl", "change/edits.diff", "change/index"
CODE = ("pipeline/probes/change.py", "pipeline/probes/facts.py", "pipeline/probes/perturb.py")
NEW, OLD = "the new fact", "the old fact"
UNSEEN = "No training row is about these documents: what adapters remember of them could only come from elsewhere."
NOTES = (
    "An arm that retrieves nothing cannot know of the change: its answers are those of the run.",
    "Only what can be edited safely was changed: numbers and names that stand word for word in the gold document.",
)


def stages(experiment: Experiment, arms: Sequence[Arm]) -> list[Stage]:
    """The edits, the updated index, the arms that retrieve asked again, then the table."""
    seed, tested = (experiment.finetune.seeds or [0])[0], [arm for arm in arms if not arm.diagnostic]
    seeds = {arm.name: seed if arm.adapter else 0 for arm in tested}
    settings = dump(experiment)
    edited = Stage(
        name="change documents",
        outputs=(EDITS, DOCUMENTS, DIFF, INDEX),
        inputs={"task": answering(experiment), "seed": experiment.data.split.seed, "retrieval": settings["retrieval"]},
        code=("retrieval", *index.CODE, *CODE),
        needs=index.found_by(experiment),
        work=_edit,
        job="change documents",
    )
    asked = [_asking(experiment, arm, seeds[arm.name]) for arm in tested if arm.passages == "retrieved"]
    needs = ("data", edited.name, *(predict.stage_name(name, one) for name, one in seeds.items()), *(stage.name for stage in asked))
    table = Stage("change", (OUTPUT,), {"seeds": seeds}, ("eval", "pipeline/tasks", *CODE), needs, partial(work, seeds=seeds))
    return [edited, *asked, table]


def _asking(experiment: Experiment, arm: Arm, seed: int) -> Stage:
    return Stage(
        name=f"change {arm.name}",
        outputs=(f"change/{arm.name}.jsonl", f"change/{arm.name}.timings.jsonl"),
        inputs=predict.inputs_of(experiment, arm),
        code=(*predict.CODE, "retrieval", *index.CODE, *CODE),
        needs=(
            *index.found_by(experiment),
            "change documents",
            predict.stage_name(arm.name, seed),
            *((train.stage_name(arm.adapter, seed),) if arm.adapter else ()),
        ),
        work=partial(_ask, arm=arm, seed=seed),
        job=f"change {arm.name}",
    )


def _edit(context: Context) -> None:
    retrieved = source_of(context.experiment, bool(context.documents)) != "examples"
    usable = context.task.settings.kind == "question_answering" and retrieved and context.experiment.retrieval.store is None
    edits = edits_of(context.test, context.documents, context.experiment.data.split.seed) if usable else []
    by_document: dict[str, list[Edit]] = {}
    for edit in edits:
        by_document.setdefault(edit.document, []).append(edit)
    before = {document.id: document for document in context.documents if document.id in by_document}
    after = [replace(d, text=applied(d.text, by_document[d.id]), title=applied(d.title, by_document[d.id])) for d in before.values()]
    write_bytes(context.run.path / EDITS, b"".join(orjson.dumps(asdict(edit)) + b"\n" for edit in edits))
    write_lines(context.run.path / DOCUMENTS, after)
    write_bytes(context.run.path / DIFF, "".join(line for d in after for line in _diff(before[d.id], d)).encode())
    _update_index(context, after)
    context.progress.note(f"{len(edits)} facts changed in {len(after)} documents (change/edits.diff)")


def _diff(before: Document, after: Document) -> Iterator[str]:
    for line in difflib.unified_diff(before.text.splitlines(), after.text.splitlines(), f"a/{before.id}", f"b/{after.id}", lineterm=""):
        yield line + "\n"


def _update_index(context: Context, documents: Sequence[Document]) -> None:
    """A copy of the run's index, in which only the passages that changed are taken out, embedded and added."""
    from retrieval.chunk import Source

    folder = context.run.path / INDEX
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(context.run.path / "index", folder)
    if documents:
        retriever = index.load_retriever(context, folder)
        change = retriever.update([Source(d.id, d.text, d.title, d.metadata) for d in documents], index.splitter_of(context))
        context.progress.note(f"index: {change.added} passages added, {change.removed} removed, {change.kept} as they were")
        retriever.save(folder)


def edits(context: Context) -> list[Edit]:
    return [Edit(**line) for line in read_lines(context.run.path / EDITS)]


def changed_rows(context: Context) -> dict[str, Example]:
    """By row id the test rows whose answer is an edited value, with the new accepted answers.

    Left out: rows whose new answer does not stand in the edited document, or whose old one still does, in words perhaps.
    """
    found: dict[str, Example] = {}
    texts = {document.id: document.text for document in read_documents(context.run.path / DOCUMENTS)}
    by_document: dict[str, list[Edit]] = {}
    for edit in edits(context):
        by_document.setdefault(edit.document, []).append(edit)
    for row in context.test:
        theirs = [edit for document in row.gold_passages for edit in by_document.get(document, [])]
        fresh = tuple(new for old in row.references if (new := applied(old, theirs)) != old)
        text = "\n".join(texts.get(document, "") for document in row.gold_passages)
        if fresh and containment(text, fresh) and not containment(text, row.references):
            found[row.id] = replace(row, references=fresh)
    return found


def _sheet(context: Context, arm: str, seed: int) -> Sheet:
    return Sheet(arm, seed, context.run.path / "change" / f"{arm}.jsonl")


def _ask(context: Context, arm: Arm, seed: int) -> None:
    rows, folder, sheet = list(changed_rows(context).values()), context.run.path / INDEX, _sheet(context, arm.name, seed)
    prompter = Prompter(context, folder)
    found = index.worded(context, index.load_retriever(context, folder)).retrieve([row.query for row in rows], prompter.k) if rows else []
    hits = {row.id: [index.hit_of(row, one) for one in some] for row, some in zip(rows, found, strict=True)}
    if not arm.language_model:
        predict.without_model(context, arm, rows, hits, sheet, prompter)
        return
    generator = context.answering(arm, seed)
    asked = [prompter.ask(row, hits[row.id]) for row in rows]
    predict.ask(context, generator, context.task, asked, sheet, likelihood.settler(context, arm, seed, generator, prompter, asked))


def work(context: Context, seeds: Mapping[str, int]) -> None:
    """Score the answers after the change beside those before it, and write down each arm's loss."""
    from eval import scores
    from eval.explain.summary import LEVEL
    from eval.statistics.describe import describe
    from eval.statistics.grid import grid

    new, old = changed_rows(context), {row.id: row for row in context.test}
    found: list[Score] = []
    for arm, seed in seeds.items():
        again = ARMS[arm].passages == "retrieved"
        said = _sheet(context, arm, seed).predictions() if again else context.run.predictions(arm, seed)
        found += [score for one in said if one.row in new for score in _scores(context, one, new[one.row], old[one.row])]
    table = scores.table(found)
    told = {(d.arm, d.metric): d for metric in (NEW, OLD) if found for d in describe([grid(table, metric)], LEVEL)}
    entries = [
        {"arm": arm, "what": what, "mean": d.mean, "low": d.low, "high": d.high, "n": d.n}
        for arm in seeds
        for what in (NEW, OLD)
        if (d := told.get((arm, what)))
    ]
    facts = len(edits(context))
    notes = [*NOTES, *([] if _trained_on(context, new.values()) else [UNSEEN])]
    result = {"schema": 1, "facts": facts, "rows": len(new), "arms": entries, "sentence": _sentence(entries, facts), "notes": notes}
    context.run.write_json(OUTPUT, result)


def _trained_on(context: Context, rows: Iterable[Example]) -> bool:
    """Whether a training row has one of the changed documents as its gold one."""
    changed = {document for row in rows for document in row.gold_passages}
    return any(changed & set(row.gold_passages) for row in context.train)


def _scores(context: Context, said: Prediction, new: Example, old: Example) -> Iterator[Score]:
    """Whether it gives the new fact; whether the old one, and not the new."""
    from eval.scores import Score

    task = context.task
    follows, before = (task.is_right(said.text, row) for row in (new, old))
    for metric, value in ((NEW, follows), (OLD, before and not follows)):
        known = not said.failure
        yield Score(old.id, old.unit, said.arm, said.seed, metric, float(value) if known else None, said.failure)


def _sentence(entries: Sequence[Mapping[str, Any]], facts: int) -> str:
    if not entries:
        return "No fact could be changed: no test row's answer stands as a number or a name in a gold document that is retrieved from."
    counts = {
        what: {one["arm"]: round(one["mean"] * one["n"]) for one in entries if one["what"] == what and one["n"]} for what in (NEW, OLD)
    }
    told = [f"{ARMS[arm].label} gives {NEW} {new} times and {OLD} {counts[OLD][arm]} times" for arm, new in counts[NEW].items()]
    asked = max((one["n"] for one in entries), default=0)
    return f"Of {asked} questions about {facts} changed facts: {'; '.join(told)}."
