"""Before anything is spent: what would make the comparison unfair. Writes `audit.json`; trains nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.arms import built
from pipeline.errors import UserError
from pipeline.experiment.load import Experiment, dump
from pipeline.stages.base import Context, Stage, most_of

if TYPE_CHECKING:
    from pipeline.data.audit import Reader, Tokens

CODE = (
    "pipeline/data/audit", "pipeline/data/personal.py", "pipeline/tasks", "pipeline/arms.py", "pipeline/stages/audit.py",
    "eval/metrics/answer.py", "eval/judge/people/correction.py", "eval/statistics/power.py", "pipeline/data/split.py",
    "finetune/chat.py", "retrieval/embed.py", "retrieval/prefixes.py",
)  # fmt: skip


def stage(experiment: Experiment) -> Stage:
    """The stage that looks over the data before any arm is built."""
    settings = dump(experiment)
    return Stage(
        name="audit",
        outputs=("audit.json",),
        inputs={
            **{name: settings[name] for name in ("task", "decision", "retrieval", "model", "arms")},
            "unanswerable_share": settings["finetune"]["unanswerable_share"],
            **({} if built(experiment) else {"built": False}),
            **_uploads(experiment),
        },
        code=CODE,
        needs=("data",),
        work=work,
    )


def _uploads(experiment: Experiment) -> dict[str, Any]:
    there = [(one.name, one.training_address, one.finetune.arms) for one in experiment.endpoints if one.finetune]
    return {"uploads": there} if there else {}


def work(context: Context) -> None:
    """Write `audit.json`, and say aloud what is more than information."""
    from pipeline.data.audit import audit

    ready = built(context.experiment)
    tokens, reader = (_tokens(context), _reader(context)) if ready else (None, None)
    found = audit(context.experiment, context.train, context.dev, context.test, context.documents, tokens, reader)
    for finding in found.findings:
        if finding.severity != "info":
            context.progress.note(f"{finding.severity}: {finding.message}")
    context.run.write_json("audit.json", found.to_json())


def _reader(context: Context) -> Reader | None:
    """What the embedder reads; None where it is not there, which the stage that needs it then says."""
    from pipeline.data.audit import Reader
    from retrieval.errors import SetupError

    try:
        embedder = context.embedder
        return Reader(embedder.room, lambda text: embedder.unread([text]))
    except (UserError, SetupError):
        return None


def _tokens(context: Context) -> Tokens | None:
    """The model's own count; None where the model is not there, which the audit then says."""
    from pipeline.data.audit import Tokens

    try:
        context.weights  # noqa: B018  (located, not loaded: most data needs no tokenizer)
    except UserError:
        return None
    return Tokens(context.count_tokens, lambda text: len(context.chat.completion_ids(text)), most_of(context.weights))
