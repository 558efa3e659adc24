"""Languages that training, test and documents do not share. Rows whose language cannot be told are counted, never guessed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.data.audit.finding import Finding, origins
from pipeline.data.audit.language import guess
from pipeline.data.audit.material import Material
from pipeline.records import Example

FEWEST = 3
"""Rows of a language from which it is more than a chance."""
SHARE = 0.05
"""Of the rows that can be told."""
MOST_TEXTS = 2000
"""Looked at on each side: a share needs no more."""


@dataclass(frozen=True)
class Languages:
    """How many texts are in which language."""

    counts: Counter[str]
    unknown: int

    @property
    def main(self) -> set[str]:
        """Those that at least `FEWEST` texts and a share of `SHARE` are in."""
        told = sum(self.counts.values())
        return {name for name, count in self.counts.items() if count >= max(FEWEST, SHARE * told)}

    def __str__(self) -> str:
        known = ", ".join(f"{name} {count}" for name, count in self.counts.most_common())
        return f"{known or 'none told'}; cannot tell {self.unknown}"


def of(texts: Sequence[str]) -> Languages:
    """Of at most `MOST_TEXTS` texts, evenly taken."""
    step = -(-len(texts) // MOST_TEXTS) or 1
    guesses = [guess(text) for text in texts[::step]]
    return Languages(Counter(name for name in guesses if name), guesses.count(""))


def find(material: Material) -> Iterator[Finding]:
    """Test rows in a language that training lacks, and a test in several languages."""
    train, test = of([row.input for row in material.train]), of([row.input for row in material.test])
    details = {"train": str(train), "test": str(test)}
    foreign = test.main - train.counts.keys() if train.counts else set()
    if foreign:
        rows = _in(material.test, foreign)
        yield Finding(
            "languages_differ", "warning", f"{len(rows)} test rows are in a language that training lacks: {', '.join(sorted(foreign))}",
            len(rows), origins(rows), "Train on every language that is tested, or test the languages apart.", details,
        )  # fmt: skip
    elif len(test.main) > 1:
        main = test.counts.most_common(1)[0][0]
        rows = _in(material.test, test.main - {main})
        yield Finding(
            "languages_mixed", "info", f"the test is in several languages ({test})", len(rows), origins(rows),
            "Name the language as a slice (data.columns.slices), so that each is seen on its own.", details,
        )  # fmt: skip
    yield from _documents(material, test)


def _documents(material: Material, test: Languages) -> Iterator[Finding]:
    documents = of([document.text for document in material.documents])
    foreign = test.main - documents.counts.keys()
    if not material.reads_documents or not documents.counts or not foreign:
        return
    rows = _in(material.test, foreign)
    yield Finding(
        "documents_in_another_language", "warning",
        f"{len(rows)} test rows are in {', '.join(sorted(foreign))}, and no document is ({documents})", len(rows), origins(rows),
        "Choose a multilingual embedder (retrieval.embedder), or add documents in that language.", {"documents": str(documents)},
    )  # fmt: skip


def _in(rows: Sequence[Example], languages: set[str]) -> list[Example]:
    return [row for row in rows if guess(row.input) in languages]
