"""Numbers that stand for labels, as `datasets` stores them → the labels' names. Imports no library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Named = Callable[[Any], Any]


def named(features: Any) -> dict[str, Named]:
    """For each column that holds class labels, what turns its values into names; `features` as in `dataset_info.json`."""
    columns = features if isinstance(features, dict) else {}
    return {str(name): made for name, feature in columns.items() if (made := _of(feature)) is not None}


def apply(cells: dict[str, Any], names: dict[str, Named]) -> dict[str, Any]:
    """The row with names in place of numbers."""
    return {name: names[name](value) if name in names else value for name, value in cells.items()}


def _of(feature: Any) -> Named | None:
    """None where nothing in this feature is a class label."""
    if isinstance(feature, list) and len(feature) == 1:
        return _each(_of(feature[0]))
    if not isinstance(feature, dict):
        return None
    kind = feature.get("_type")
    if kind == "ClassLabel" and isinstance(names := feature.get("names"), list):
        return lambda value: _name(value, names)
    if kind in ("Sequence", "List", "LargeList"):
        return _each(_of(feature.get("feature")))
    if kind is None:
        inner = named(feature)
        return (lambda value: apply(value, inner) if isinstance(value, dict) else value) if inner else None
    return None


def _each(one: Named | None) -> Named | None:
    return None if one is None else lambda value: [one(item) for item in value] if isinstance(value, list) else one(value)


def _name(value: Any, names: list[Any]) -> Any:
    """-1 is how a hidden or missing label is stored."""
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    return None if value < 0 else str(names[value]) if value < len(names) else value
