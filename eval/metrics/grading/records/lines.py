"""A record that is written in lines, as YAML or as a table where JSON was asked for, read by the names of a reference's fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

MOST = 200
"""Lines of an answer beyond which nothing is read."""
FEWEST = 2
"""Fields from which lines are a record: `total: 1250` alone is a sentence like any other."""
Path = tuple[str, ...]
_BULLET = re.compile(r"\A\s*(?:[-*+•]\s+|\d{1,2}[.)]\s+)?")
_RULE = re.compile(r"[\s|:+-]*--[\s|:+-]*")
_IS = r"\s*[:：=]\s*"
_ITEMS = re.compile(r"\s*[,;、，]\s*")
_QUOTED = re.compile(r"(?P<mark>[\"'])(?P<text>.*)(?P=mark)")


def record(wanted: Mapping[str, Any], text: str) -> dict[str, Any] | None:
    """What the lines say of the fields of `wanted`; None where one says anything else, or a field twice."""
    kinds = dict(_fields(wanted))
    lines = [_BULLET.sub("", line).strip() for line in text.splitlines() if line.strip()]
    if lines and lines[0].endswith((":", "：")) and not _path(lines[0].rstrip(" :："), (), kinds):
        lines = lines[1:]
    found: dict[Path, Any] = {}
    inside: Path = ()
    for name, value in _pairs(lines, kinds) if len(lines) <= MOST else ():
        path = _path(name, inside, kinds) if value is not None else None
        if path is None and isinstance(found.get(inside), list):
            found[inside].append(_bare(name))
        elif path is None or path in found:
            return None
        else:
            inside = inside if value and path[:-1] == inside else () if value else path
            if value or not isinstance(kinds[path], dict):
                found[path] = _value(value or "", kinds[path])
    return _nested(found) if len(found) >= FEWEST else None


def _fields(value: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every name in a record with what stands there; records in lists are no fields."""
    for name, item in value.items():
        yield (*path, name), item
        if isinstance(item, dict):
            yield from _fields(item, (*path, name))


def _pairs(lines: list[str], kinds: Mapping[Path, Any]) -> Iterator[tuple[str, str | None]]:
    """Names with their values; a line that is no field has none."""
    if lines and all("|" in line for line in lines):
        yield from _of_table(lines, kinds)
        return
    names = "|".join(sorted(map(_pattern, {".".join(path[n:]) for path in kinds for n in range(len(path))}), key=len, reverse=True))
    begins = re.compile(rf"(?:\A|[,;]\s+)(?P<name>{names}){_IS}", re.IGNORECASE)
    for line in lines:
        places = list(begins.finditer(line))
        if not places or places[0].start():
            yield line, None
            continue
        ends = [*(match.start() for match in places[1:]), len(line)]
        yield from ((match["name"], line[match.end() : end].strip()) for match, end in zip(places, ends, strict=True))


def _of_table(lines: list[str], kinds: Mapping[Path, Any]) -> Iterator[tuple[str, str | None]]:
    """A row for each field, below a heading of any words; or a column for each field, and one row."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if not _RULE.fullmatch(line)]
    if len(rows) == 2 and len(rows[0]) == len(rows[1]) and all(_path(name, (), kinds) for name in rows[0]):
        yield from zip(*rows, strict=True)
        return
    headed = len(lines) > 1 and _RULE.fullmatch(lines[1]) and not _path(rows[0][0], (), kinds)
    for row in rows[1:] if headed else rows:
        yield (row[0], row[1]) if len(row) == 2 else ("|".join(row), None)


def _pattern(name: str) -> str:
    """`invoiceNumber` is `invoice_number` and `Invoice number`."""
    parts = re.split(r"[\s_.-]+|(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])", name)
    return r"[\s_.-]*".join(map(re.escape, filter(None, parts))) or r"(?!)"


def _path(name: str, inside: Path, kinds: Mapping[Path, Any]) -> Path | None:
    """The field that is meant: by its whole path, within the field whose lines these are, or by its own name where no other has it."""
    meant = [path for path in kinds if any(re.fullmatch(_pattern(".".join(path[n:])), name, re.IGNORECASE) for n in range(len(path)))]
    nearest = [path for path in meant if path[:-1] == inside] or [path for path in meant if len(path) == 1] or meant
    return nearest[0] if len(nearest) == 1 else None


def _value(text: str, kind: Any) -> Any:
    if not isinstance(kind, list):
        return _bare(text)
    return [_bare(item) for item in _ITEMS.split(text.strip("[]")) if item]


def _bare(text: str) -> str:
    """Without quotes around all of it."""
    quoted = _QUOTED.fullmatch(text.strip())
    return quoted["text"] if quoted else text.strip()


def _nested(found: Mapping[Path, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for (*above, name), value in found.items():
        level = whole
        for one in above:
            level = level.setdefault(one, {})
        level[name] = value
    return whole
