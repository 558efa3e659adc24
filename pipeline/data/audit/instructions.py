"""Prompt injection in the data: texts that instruct the model, and markers of a chat template."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.data.audit.finding import SHOWN, Finding
from pipeline.data.audit.material import Material

PATTERNS = {
    "asks to ignore instructions": re.compile(
        r"\b(?:ignore|disregard|forget|override)\s+(?:(?:all|any|the|your|my|these|of|every|everything)\s+){0,3}"
        r"(?:previous|prior|above|earlier|preceding|foregoing|original)\s+(?:\w+\s+)?(?:instructions?|prompts?|messages?|rules|directions)\b"
        r"|\bignorier\w*\s+(?:\w+\s+){0,3}(?:vorherigen|bisherigen|obigen|früheren)\s+(?:anweisung|befehl|vorgabe)\w*",
        re.IGNORECASE,
    ),
    "gives the model a role": re.compile(
        r"\b(?:you are now|from now on,? you are|act as|pretend to be)\s+(?:\w+\s+){0,4}?"
        r"(?:ai|assistant|chatbot|bot|language model|llm|dan|jailbroken|unrestricted|unfiltered|developer mode|admin mode)\b",
        re.IGNORECASE,
    ),
    "speaks of its prompt": re.compile(
        r"(?:^|\n|[.!?]\s)\W{0,4}system prompt\s*:|\b(?:reveal|print|repeat|show|output)\s+(?:\w+\s+){0,2}system prompt\b", re.IGNORECASE
    ),
    "holds marks of a chat template": re.compile(
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|begin_of_text|start_header_id|end_header_id|end)\|>"
        r"|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|</?passage>|^#{2,3} (?:Instruction|Response):",
        re.MULTILINE,
    ),
}


def find(material: Material) -> Iterator[Finding]:
    """In what is retrieved: documents, and training rows where those are shown as examples."""
    counts = dict.fromkeys(PATTERNS, 0)
    places: list[str] = []
    for place, text in _retrieved(material):
        kinds = [kind for kind, pattern in PATTERNS.items() if pattern.search(text)]
        for kind in kinds:
            counts[kind] += 1
        if kinds:
            places.append(f"{place}: {', '.join(kinds)}")
    if places:
        yield Finding(
            "instructions_in_documents", "warning", f"{len(places)} texts that may be retrieved speak to the model", len(places),
            places[:SHOWN], "Read them and take out what is no content: prompts fence passages as material, which a model may disregard.",
            {kind: count for kind, count in counts.items() if count},
        )  # fmt: skip


def _retrieved(material: Material) -> Iterator[tuple[str, str]]:
    if material.reads_documents:
        yield from ((material.place(document), f"{document.title}\n{document.text}") for document in material.documents)
    if material.experiment.retrieval.source in ("examples", "both") or not material.documents:
        yield from ((row.origin or row.id, row.query) for row in material.train)
