"""Values as libraries give them → values as JSON holds them. Knows no columns."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any


def plain(value: Any) -> Any:
    """Dates as ISO text, missing numbers as nothing, bytes as the text they are or as nothing, maps as objects."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    for kind, made in WAYS:
        if isinstance(value, kind):
            return made(value)
    return plain(value.tolist()) if hasattr(value, "tolist") else str(value)


def _moment(value: datetime) -> str:
    """A date alone where no time of day is told, as in a sheet's cell."""
    return value.date().isoformat() if value.time() == time() and value.tzinfo is None else value.isoformat()


def _sequence(value: list[Any] | tuple[Any, ...]) -> Any:
    """A list, or the object that a column of maps gives as pairs."""
    if value and all(isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str) for item in value):
        return {name: plain(item) for name, item in value}
    return [plain(item) for item in value]


def _text(value: bytes) -> str | None:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() or not any(letter < " " and letter not in "\n\r\t" for letter in text) else None


WAYS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (datetime, _moment),
    ((date, time), lambda value: value.isoformat()),
    ((bytes, bytearray, memoryview), lambda value: _text(bytes(value))),
    (Decimal, lambda value: format(value, "f") if value.is_finite() else None),
    (dict, lambda value: {str(name): plain(item) for name, item in value.items()}),
    ((list, tuple), _sequence),
)
