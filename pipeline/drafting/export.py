"""Accepted drafts → rows that `bakeoff init` reads, with the documents beside them. Decides nothing.

Rows over the same document, or over two documents that one question ties together, bear one group, so that the split keeps them on one
side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from pipeline.drafting.folder import DraftSet
from pipeline.drafting.reviews import Outcome, outcomes, reviews
from pipeline.errors import UserError
from pipeline.files import told_plainly, write_bytes
from pipeline.records import write_lines

ROWS, DOCUMENTS = "questions.jsonl", "documents.jsonl"
RANKS = ((1, "1"), (5, "2 to 5"), (20, "6 to 20"))
BEYOND = "beyond 20"


@dataclass(frozen=True)
class Exported:
    """What was written."""

    accepted: int
    unreviewed: int
    rows: Path
    documents: Path


def export(drafts: DraftSet, folder: Path, unreviewed: bool = False, force: bool = False) -> Exported:
    """Write both files into `folder`. `unreviewed`: with the drafts that nobody decided, which then are for training.

    UserError where there is nothing to write, or a file would be replaced.
    """
    found = [one for one in outcomes(drafts.kept(), reviews(drafts)) if one.taken or (unreviewed and one.state == "draft")]
    if not found:
        remedy = "Accept some on the page Questions (`bakeoff app`), or add --with-unreviewed."
        raise UserError("no draft of this set was accepted.", where=str(drafts.path), remedy=remedy)
    if not force and (there := [name for name in (ROWS, DOCUMENTS) if (folder / name).exists()]):
        raise UserError(f"{there[0]} already exists.", where=str(folder), remedy="Choose another folder, or replace it with --force.")
    groups = _groups(found)
    with told_plainly(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(folder / ROWS, b"".join(orjson.dumps(_row(one, groups)) + b"\n" for one in found))
        write_lines(folder / DOCUMENTS, drafts.documents())
    taken = sum(one.taken for one in found)
    return Exported(taken, len(found) - taken, folder / ROWS, folder / DOCUMENTS)


def _row(one: Outcome, groups: dict[str, str]) -> dict[str, Any]:
    draft = one.draft
    return {
        "id": draft.id, "question": one.question, "answers": list(one.answers),
        "gold_doc_ids": list(draft.documents) if one.answers else [], "group": groups[draft.documents[0]],
        "kind": draft.kind, "user": draft.user, "rank": rank_slice(draft.rank),
        "draft_state": one.state, "draft_rater": ", ".join(one.raters), "draft_generator": draft.generator,
        "draft_passage": ", ".join(place.id for place in draft.passages), "draft_quote": " … ".join(draft.quotes),
        "draft_seed": draft.seed, "draft_why": one.why,
    }  # fmt: skip


def rank_slice(rank: int | None) -> str:
    """At which rank the passage was retrieved when the question was drafted, as a slice."""
    return next((name for most, name in RANKS if rank is not None and rank <= most), BEYOND)


def _groups(found: Sequence[Outcome]) -> dict[str, str]:
    """Document → the documents that any of these questions ties together, as one name."""
    tied: dict[str, set[str]] = {}
    for one in found:
        together = set(one.draft.documents).union(*(tied.get(name, set()) for name in one.draft.documents))
        for name in together:
            tied[name] = together
    return {name: " + ".join(sorted(together)) for name, together in tied.items()}
