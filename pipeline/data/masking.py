"""Rows and documents without personal data, for `data.mask_personal_data`. Ids, groups, slices and origins stay as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from pipeline.data.personal import mask
from pipeline.records import Document, Example


def masked_example(row: Example) -> Example:
    """Conversation, references and choices masked; references that become the same are kept once."""
    references = tuple(dict.fromkeys(masked_reference(reference) for reference in row.references))
    choices = tuple(dict.fromkeys(mask(choice) for choice in row.choices))
    history, steps = (tuple(replace(turn, content=mask(turn.content)) for turn in turns) for turns in (row.history, row.steps))
    return replace(row, input=mask(row.input), references=references, choices=choices, history=history, steps=steps)


def masked_document(document: Document) -> Document:
    return replace(document, text=mask(document.text), title=mask(document.title))


def masked_reference(text: str) -> str:
    """The text masked; a JSON object stays one, with the values inside it masked."""
    if mask(text) == text:
        return text
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return mask(text)
    return orjson.dumps(_masked(value)).decode() if isinstance(value, dict | list) else mask(text)


def _masked(value: Any) -> Any:
    """Strings masked, numbers that are something personal turned into their mark; names of fields stay."""
    if isinstance(value, dict):
        return {name: _masked(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if isinstance(value, str):
        return mask(value)
    written = str(value)
    return value if isinstance(value, bool) or mask(written) == written else mask(written)
