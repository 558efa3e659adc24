"""What does not fit the model: targets longer than it may write, prompts longer than it can read. Counts as the tokenizer it is given.

A text is counted only where its UTF-8 bytes leave it open: a tokenizer that falls back to bytes never makes more tokens than those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.arms import ARMS, built
from pipeline.data.audit.finding import Finding, origins
from pipeline.data.audit.material import Material, Tokens
from pipeline.records import Example
from pipeline.tasks import prompts
from pipeline.tasks.base import TaskKind

TEMPLATE = 64
"""Tokens that a chat template puts around two messages, at most."""


def find(material: Material) -> Iterator[Finding]:
    """Answers longer than the model may write and prompts longer than it reads, by its own tokens; nothing where no model is asked."""
    if not built(material.experiment):
        return
    if material.tokens is None:
        yield Finding(
            "tokens_not_counted", "info", "the model's tokenizer was not there: what does not fit is not known", 0, [],
            "Check model.name; the run itself will tell.",
        )  # fmt: skip
        return
    yield from _targets(material, material.task, material.tokens)
    yield from _prompts(material, material.task, material.tokens)


def _targets(material: Material, task: TaskKind, tokens: Tokens) -> Iterator[Finding]:
    limit = task.max_new_tokens
    rows = [row for row in material.test if row.references and not task.scored(row)]
    whole = material.experiment.task.multi_label
    long = [row for row in rows if all(_longer(text, limit, tokens) for text in ((task.target(row),) if whole else row.references))]
    if long:
        yield Finding(
            "targets_too_long", "warning",
            f"{len(long)} of {len(material.test)} test rows have no reference of at most {limit} tokens, which is all the model may write",
            len(long), origins(long), "Raise task.max_new_tokens, or shorten the references: no arm can write these.",
        )  # fmt: skip


def _longer(text: str, limit: int, tokens: Tokens) -> bool:
    return len(text.encode()) + 1 > limit and tokens.completion(text) > limit


def _prompts(material: Material, task: TaskKind, tokens: Tokens) -> Iterator[Finding]:
    experiment = material.experiment
    room, context = experiment.room(task.max_new_tokens, tokens.most), experiment.model.context(tokens.most)
    rows = material.rows
    over = _over(rows, room, task, tokens)
    if over:
        yield Finding(
            "prompts_too_long", "warning",
            f"{len(over)} of {len(rows)} inputs leave no room for an answer within {context} tokens, even alone",
            len(over), origins(over), "Raise model.max_context as far as the model allows, or shorten these inputs.",
            {side: sum(row.split == side for row in over) for side in ("train", "dev", "test")},
        )  # fmt: skip
    retrieval = experiment.retrieval
    if not material.reads_documents or not any(
        ARMS[name].passages == "retrieved" and ARMS[name].language_model for name in experiment.arms
    ):
        return
    passages = retrieval.k * retrieval.chunk_tokens
    cut = _over([row for row in material.test if row not in over], room - passages, task, tokens)
    if cut:
        yield Finding(
            "passages_too_long", "info",
            f"{len(cut)} of {len(material.test)} test rows have no room for {retrieval.k} passages of {retrieval.chunk_tokens} tokens "
            f"within {context}; the last ones will be left out",
            len(cut), origins(cut), "Lower retrieval.k or retrieval.chunk_tokens, or raise model.max_context.",
        )  # fmt: skip


def _over(rows: Sequence[Example], room: int, task: TaskKind, tokens: Tokens) -> list[Example]:
    """Rows whose prompt without passages is longer than `room`."""
    frame = len(task.system.encode()) + TEMPLATE
    return [row for row in rows if frame + len(task.ask(row).encode()) > room and tokens.prompt(prompts.messages(task, row)) > room]
