"""How the answers to these rows will be graded: by the words of short references, by key facts, or not at all without a judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eval.metrics.grading.grade import Asked, is_short, ungradable
from pipeline.data.ingest.rows.examples import listed

JUDGE = "a judge (`judge:`) that people's labels have checked would grade meaning"


def graded_by(rows: Sequence[Mapping[str, Any]], references: str, task: str) -> str:
    """One sentence about a sample of rows; empty where nothing has to be said: labels, choices, records, no answers."""
    found = [tuple(texts) for row in rows if (texts := listed(row.get(references)))]
    if not found or task not in ("question_answering", "generation"):
        return ""
    if task == "generation":
        told = sum(not ungradable(Asked(texts, "", "generation")) for texts in found)
        return f"replies are graded by the figures of the reference, which {_of(told, found)} hold; {JUDGE}"
    short = sum(any(map(is_short, texts)) for texts in found)
    if short == len(found):
        return "the references are short: an answer is right where it states one and does not take it back"
    facts = sum(not any(map(is_short, texts)) and not ungradable(Asked(texts)) for texts in found)
    parts = [f"{_of(short, found)} references are short and looked for in the answer"] if short else []
    parts.append(f"{_of(facts, found)} are sentences, graded by their key facts (figures, dates, names, yes or no), not by meaning")
    if rest := len(found) - short - facts:
        parts.append(f"{_of(rest, found)} hold no such fact and are not graded")
    return f"{'; '.join(parts)}; {JUDGE}"


def _of(count: int, rows: Sequence[object]) -> str:
    return f"{count} of {len(rows)}"
