"""Personal data and secrets in rows and documents, counted by kind and place and never shown; which rows would be uploaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pipeline.data.audit.finding import SHOWN, Finding, origins
from pipeline.data.audit.material import Material
from pipeline.data.personal import Kind, hint
from pipeline.data.personal import find as found_in

NAMES: dict[Kind, tuple[str, str]] = {
    "email": ("e-mail address", "e-mail addresses"), "phone": ("telephone number", "telephone numbers"),
    "card": ("card number", "card numbers"), "iban": ("bank account number", "bank account numbers"), "key": ("key", "keys"),
}  # fmt: skip
PERSONAL: tuple[Kind, ...] = ("email", "phone", "card", "iban")


def find(material: Material) -> Iterator[Finding]:
    """Personal data and secrets in rows and documents, a few of each with all but a hint left out."""
    counts: Counter[tuple[Kind, str]] = Counter()
    shown: dict[Kind, list[str]] = {kind: [] for kind in NAMES}
    for place, origin, text in _texts(material):
        for found in found_in(text):
            counts[found.kind, place] += 1
            if len(shown[found.kind]) < SHOWN:
                shown[found.kind].append(f"{origin}: {found.kind} {hint(text, found)}")
    yield from _finding("personal_data", PERSONAL, counts, shown, "Set data.mask_personal_data, or make sure that it may be used here.")
    yield from _finding("secrets", ("key",), counts, shown, "Take them out of the data and have them replaced: they count as disclosed.")
    yield from _uploads(material)


def _texts(material: Material) -> Iterator[tuple[str, str, str]]:
    """Place, origin and text of everything that a model or a person may see."""
    for row in material.rows:
        yield "inputs", row.origin or row.id, row.asked
        for reference in row.references:
            yield "references", row.origin or row.id, reference
    for document in material.documents:
        yield "documents", material.place(document), document.text


def _finding(
    code: str, kinds: tuple[Kind, ...], counts: Counter[tuple[Kind, str]], shown: dict[Kind, list[str]], remedy: str
) -> Iterator[Finding]:
    by_kind = {kind: {place: n for (k, place), n in sorted(counts.items()) if k == kind} for kind in kinds}
    parts = [_said(kind, places) for kind, places in by_kind.items() if places]
    if parts:
        total = sum(sum(places.values()) for places in by_kind.values())
        examples = [example for kind in kinds for example in shown[kind]][:SHOWN]
        yield Finding(code, "warning", "; ".join(parts), total, examples, remedy, {k: p for k, p in by_kind.items() if p})


def _said(kind: Kind, places: dict[str, int]) -> str:
    """`3 e-mail addresses (inputs 1, documents 2)`."""
    total = sum(places.values())
    return f"{total} {NAMES[kind][total != 1]} ({', '.join(f'{place} {n}' for place, n in places.items())})"


def _uploads(material: Material) -> Iterator[Finding]:
    """One for each endpoint that fine-tunes at its service."""
    for endpoint in material.experiment.endpoints:
        if endpoint.finetune is None:
            continue
        arms = ", ".join(f"{endpoint.name}_{arm}" for arm in endpoint.finetune.arms)
        passages = " (for hybrid with retrieved passages of the documents)" if "hybrid" in endpoint.finetune.arms else ""
        yield Finding(
            "uploaded", "info",
            f"the {len(material.train)} training and {len(material.dev)} dev rows{passages} are uploaded to {endpoint.training_address}, "
            f"to fine-tune {arms} there; test rows are sent one by one, as to any endpoint, without their answers",
            len(material.train), origins(material.train),
            "This needs `bakeoff run --upload-training-data`. Set data.mask_personal_data where the rows name people.",
        )  # fmt: skip
