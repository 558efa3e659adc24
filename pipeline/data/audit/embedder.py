"""What the embedder cannot read: letters that its tokenizer does not know, and passages longer than it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.data.audit.finding import SHOWN, Finding, Severity
from pipeline.data.audit.material import Material, Reader

UNKNOWN = 0.05
"""Share of letters from which it is worth telling."""
LOST = 0.5
"""Share from which retrieval cannot be judged: it would lose for the embedder's sake."""
MOST_TEXTS, MOST_LETTERS = 300, 2000
"""Looked at on each side, evenly taken, and of each text."""
FEWEST = 16
"""Tokens below which a passage says nothing."""


def find(material: Material) -> Iterator[Finding]:
    """Nothing where the embedder is not there: the run itself will tell."""
    reader = material.reader
    if reader is None:
        return
    yield from _short(material, reader)
    if material.reads_documents:
        texts = [(material.place(document), document.text) for document in material.documents]
        yield from _unknown(material, reader, "documents", texts)
    yield from _unknown(material, reader, "inputs", [(row.origin or row.id, row.query) for row in material.rows])


def _short(material: Material, reader: Reader) -> Iterator[Finding]:
    asked, name = material.experiment.retrieval.chunk_tokens, material.experiment.retrieval.embedder_name
    if reader.room >= asked:
        return
    if reader.room < FEWEST:
        yield Finding(
            "embedder_reads_nothing", "blocks", f"the embedder {name} reads no more than {reader.room} tokens of a passage", asked, [],
            "Choose another embedder (retrieval.embedder).",
        )  # fmt: skip
        return
    yield Finding(
        "passages_shortened", "info",
        f"the embedder {name} reads {reader.room} tokens of a passage: passages are cut to that instead of {asked}, so that none of "
        "their text is lost to the search", asked, [], f"Set retrieval.chunk_tokens to {reader.room} or less, or choose another embedder.",
    )  # fmt: skip


def _unknown(material: Material, reader: Reader, what: str, texts: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    step = -(-len(texts) // MOST_TEXTS) or 1
    read = [(place, reader.unread(text[:MOST_LETTERS])) for place, text in texts[::step]]
    unknown, letters = sum(one for _, (one, _all) in read), sum(every for _, (_one, every) in read)
    if unknown <= UNKNOWN * letters:
        return
    share, affected = unknown / letters, [place for place, (one, _all) in read if one]
    by_vectors = material.experiment.retrieval.search != "lexical"
    severity: Severity = "blocks" if share > LOST and by_vectors else "warning"
    yield Finding(
        f"unreadable_{what}", severity,
        f"the embedder {material.experiment.retrieval.embedder_name} does not know {100 * share:.0f} % of the letters of the {what}, so "
        "that it cannot find by them: arms that retrieve would lose for its sake", len(affected), affected[:SHOWN],
        "Choose a multilingual embedder, such as retrieval.embedder: intfloat/multilingual-e5-small.", {"unknown_share": round(share, 4)},
    )  # fmt: skip
