"""A log of real questions, as `bakeoff serve --log-texts` writes it, line for line. Reads and judges nothing."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import UserError


@dataclass(frozen=True)
class Line:
    """A question of the log, and of its answer what was kept."""

    input: str
    answer: str | None
    score: float | None = None
    """Of the best passage that was found for it, in the retriever's own measure."""


def read(log: Path) -> tuple[list[Line], int]:
    """Its questions, and how many lines are none and no server's line of a request. UserError where there is no question."""
    if not log.is_file():
        raise UserError("there is no such file.", where=str(log))
    lines, odd = [], 0
    for text in log.read_bytes().decode("utf-8", "replace").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            odd += bool(text.strip())
            continue
        asked = line.get("input", line.get("question")) if isinstance(line, dict) else None
        if isinstance(asked, str) and asked.strip():
            answer, score = line.get("answer"), line.get("score")
            lines.append(Line(asked, answer if isinstance(answer, str) else None, _number(score)))
        elif not (isinstance(line, dict) and "status" in line):
            odd += 1
    if not lines:
        raise UserError(
            "no line of this log holds a question.",
            where=str(log),
            remedy='Lines are JSON: {"input": …, "answer": …}, as `bakeoff serve --log-texts` writes them.',
        )
    return lines, odd


def _number(value: object) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if known else None  # type: ignore[arg-type]
