"""Names by which columns are known, and how a name is compared. Looks at no content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

EXAMPLES: dict[str, tuple[str, ...]] = {
    "input": (
        "input", "question", "text", "prompt", "query", "sentence", "message", "instruction", "utterance", "request", "ticket", "email",
        "snippet", "review", "comment", "article", "source", "document", "description", "content", "body", "user", "frage",
        "pregunta", "domanda", "ctx",
    ),
    "references": (
        "references", "answers", "answer", "label", "labels", "category", "categories", "intent", "output", "target", "completion", "class",
        "response", "reply", "replies", "summary", "highlights", "gold", "gold_answer", "expected", "expected_output", "correct_answer",
        "ground_truth", "tag", "tags", "sentiment", "topic", "records", "record", "fields", "extracted", "entities", "chosen", "solution",
        "final_decision", "rating", "translation", "rewrite", "ideal", "annotation", "correct", "correct_option", "answer_key",
        "answer_idx", "cop", "best_answer", "correct_answers", "antwort", "antworten", "kategorie", "respuesta",
        "réponse", "reponse", "risposta",
    ),
    "id": ("id", "row_id", "uid", "qid", "example_id", "question_id", "_id", "key"),
    "group": ("group", "group_id", "cluster", "source_id", "thread_id", "conversation_id", "customer_id"),
    "gold_passages": ("gold_passages", "gold_doc_ids", "gold_documents", "doc_ids", "relevant_docs", "supporting_docs", "gold_doc_id"),
    "split": ("split", "fold", "subset", "partition"),
    "choices": ("choices", "options", "candidates", "endings"),
    "context": ("context", "passage", "abstract", "background"),
    "time": ("time", "date", "timestamp", "created_at", "created"),
}  # fmt: skip
"""What a column is by its name; of several names the first that is there."""
DOCUMENTS: dict[str, tuple[str, ...]] = {
    "id": ("doc_id", "id", "document_id", "docid", "_id", "pmid", "url", "slug"),
    "title": ("title", "name", "heading", "subject"),
    "text": ("text", "content", "body", "passage", "document", "article", "abstract", "contents"),
}
ANSWERS = ("references", "answers", "answer", "response", "reply", "gold_answer", "correct_answer", "ground_truth", "completion", "chosen")
"""Columns of answers rather than labels."""
SURE = ("input", "references", "id", "group", "gold_passages", "split", "choices")
"""Columns that the import takes by their name alone where the experiment names none; the others are proposed and must be confirmed."""


def plain(name: str) -> str:
    """`Expected Output` and `expectedOutput` as expected_output."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[\s\-./]+", "_", spaced).lower().strip("_") or name


def find(there: Iterable[str], names: Sequence[str]) -> str | None:
    """The column called by the first of these names; None where there is none."""
    columns: dict[str, str] = {}
    for name in there:
        columns.setdefault(plain(name), name)
        columns.setdefault(name.lower(), name)
    return next((columns[name] for name in names if name in columns), None)
