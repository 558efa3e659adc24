"""Which facts to change, and how: a number or a name that answers a test row, everywhere in its gold document. Reads no predictions."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.probes.perturb import NUMBER, other_numbers
from pipeline.records import Document, Example
from pipeline.stages.base import drawn, seeded

MOST = 20
NAME = re.compile(r"[A-Z]\w+(?: [A-Z]\w+){0,3}")
TRIES = 20


@dataclass(frozen=True)
class Edit:
    """One value that becomes another one in one document."""

    document: str
    old: str
    new: str
    row: str
    """The test row whose answer it is."""


def edits_of(rows: Sequence[Example], documents: Sequence[Document], seed: int, most: int = MOST) -> list[Edit]:
    """At most `most` edits, one a row, rows in a seeded order; no new value stood in its document before, and none is given twice."""
    texts = {document.id: document.text for document in documents}
    names = sorted({ref for row in rows for ref in row.references if NAME.fullmatch(ref)})
    found: list[Edit] = []
    for row in drawn(rows, len(rows), seed, "change"):
        document = next((name for name in row.gold_passages if name in texts), None)
        if document is None or len(found) >= most:
            continue
        taken = {value for edit in found if edit.document == document for value in (edit.old, edit.new)}
        pair = _change(row, texts[document], taken, names, random.Random(seeded(seed, "edit", row.id)))
        if pair:
            found.append(Edit(document, *pair, row.id))
    return found


def _change(row: Example, text: str, taken: set[str], names: Sequence[str], draw: random.Random) -> tuple[str, str] | None:
    """The first number of an answer, else an answer that is a name; never one that the question itself mentions."""
    for reference in row.references:
        numbers = NUMBER.findall(reference)
        if numbers and numbers[0] in NUMBER.findall(text) and numbers[0] not in taken | set(NUMBER.findall(row.input)):
            tried = [other_numbers(numbers[0], draw) for _ in range(TRIES)]
            free = [new for new in tried if new not in taken and new not in NUMBER.findall(text)]
            if free:
                return numbers[0], free[0]
    for reference in row.references:
        if NAME.fullmatch(reference) and reference not in taken and reference not in row.input and re.search(_whole(reference), text):
            free = [
                n for n in names if n not in text and n not in taken and n not in row.references and n.count(" ") == reference.count(" ")
            ]
            if free:
                return reference, draw.choice(free)
    return None


def applied(text: str, edits: Sequence[Edit]) -> str:
    """All edits at once, on whole numbers and whole names."""
    swap = {edit.old: edit.new for edit in edits}
    names = [_whole(old) for old in sorted(swap, key=len, reverse=True) if not NUMBER.fullmatch(old)]
    return re.sub("|".join([*names, NUMBER.pattern]), lambda match: swap.get(match.group(), match.group()), text)


def _whole(name: str) -> str:
    return rf"(?<!\w){re.escape(name)}(?!\w)"
