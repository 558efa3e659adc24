"""JSON values → a schema that all of them follow, for decoding under it. Only types, keys and items: no ranges, no patterns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}


def schema_of(values: Sequence[Any]) -> dict[str, Any]:
    """The narrowest schema of its kind; a key that some objects lack may be null. No values: anything goes."""
    plain = {TYPES[type(value)] for value in values if type(value) in TYPES}
    if "number" in plain:
        plain.discard("integer")
    objects = [value for value in values if isinstance(value, dict)]
    lists = [value for value in values if isinstance(value, list)]
    options: list[dict[str, Any]] = [{"type": sorted(plain) if len(plain) > 1 else plain.pop()}] if plain else []
    if objects:
        options.append(_object(objects))
    if lists:
        options.append({"type": "array", "items": schema_of([item for value in lists for item in value])})
    return options[0] if len(options) == 1 else {"anyOf": options} if options else {}


def _object(objects: Sequence[dict[str, Any]]) -> dict[str, Any]:
    names = list(dict.fromkeys(name for value in objects for name in value))
    return {
        "type": "object",
        "properties": {name: schema_of([value.get(name) for value in objects]) for name in names},
        "required": names,
        "additionalProperties": False,
    }
