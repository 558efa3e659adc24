"""Cells → a guess which column is what and which task it is, each with its reason. Leaves open what cannot be guessed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import mean, median
from typing import Any

from pipeline.data.ingest.rows import names
from pipeline.data.ingest.rows.examples import listed

CLOSED = {"yes", "no", "maybe", "true", "false"}
LABEL_WORDS = 6
SHORT_ANSWER = 8
"""Words in the median up to which a free answer is a short one."""
FEWEST = 8
"""Rows below which few different answers prove nothing."""
SEPARATORS = ("||", "|", ";")
SEPARATED, FEWEST_SEPARATED = 0.1, 3
"""Share and number of rows in which a sign must stand to be taken for what separates answers."""
DRAFTED_SLICES = ("kind", "rank")
"""Columns of drafted questions (`bakeoff export-drafts`)."""
Cells = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Guess:
    """One thing proposed, and why."""

    value: Any
    reason: str


@dataclass(frozen=True)
class Kind:
    """The task proposed, with the settings that come with it."""

    guess: Guess
    settings: dict[str, Any] = field(default_factory=dict)
    """Further keys of `task:`."""
    questions: tuple[str, ...] = ()


def columns(rows: Cells) -> tuple[dict[str, Guess], list[str]]:
    """The columns by their names, and where these say nothing by their content; and what must be looked at."""
    there = list(dict.fromkeys(str(name) for row in rows for name in row))
    found = {key: Guess(name, f"its name says so ({name})") for key in names.SURE if (name := names.find(there, names.EXAMPLES[key]))}
    questions: list[str] = []
    if "references" in found and found["references"] == found.get("input"):
        del found["references"]
    for key, pick in (("references", _answer_like), ("input", _input_like)):
        if key not in found and (name := pick(rows, there, _taken(found))):
            found[key] = Guess(name, "by its content; please check")
            questions.append(f"is {name!r} really the {key} column? No name says so")
    found |= _confirmed(rows, there, found)
    return found, questions


def _taken(found: dict[str, Guess]) -> set[str]:
    return {str(guess.value) for guess in found.values()}


def _confirmed(rows: Cells, there: list[str], found: dict[str, Guess]) -> dict[str, Guess]:
    """Groups that follow from gold passages; an id is one only where no value comes twice."""
    more: dict[str, Guess] = {}
    if "gold_passages" in found and "group" not in found:
        more["group"] = Guess(found["gold_passages"].value, "rows about one document stay on one side of the split")
    if "id" in found:
        values = [str(row.get(str(found["id"].value))) for row in rows]
        if len(set(values)) < len(values):
            found.pop("id")
    slices = [name for name in DRAFTED_SLICES if name in there]
    if "draft_state" in there and slices:
        more["slices"] = Guess(slices, "drafted questions are reported by kind, and by the rank of their passage")
    return more


def _answer_like(rows: Cells, there: list[str], taken: set[str]) -> str | None:
    """Of the columns left the one whose values repeat most, else the last one with text."""
    free = [name for name in there if name not in taken and any(listed(row.get(name)) for row in rows)]
    if len(free) + len(taken) < 2:
        return None
    repeats = {name: 1 - len({str(row.get(name)) for row in rows}) / len(rows) for name in free}
    best = max(free, key=lambda name: repeats[name], default=None)
    return best if best is None or repeats[best] > 0.5 else free[-1]


def _input_like(rows: Cells, there: list[str], taken: set[str]) -> str | None:
    free = [name for name in there if name not in taken]
    return max(free, key=lambda name: sum(len(str(row.get(name) or "")) for row in rows), default=None)


def separator(rows: Cells, column: str) -> str:
    """What seems to stand between several short answers in one cell; empty: nothing does."""
    texts = [text for row in rows if isinstance(text := row.get(column), str) and text.strip()[:1] not in ("{", "[")]
    for sign in SEPARATORS:
        held = [text for text in texts if sign in text]
        if len(held) >= FEWEST_SEPARATED and len(held) >= SEPARATED * len(rows) and all(_several(text, sign) for text in held):
            return sign
    return ""


def _several(text: str, sign: str) -> bool:
    parts = [part.strip() for part in text.split(sign)]
    return all(part and len(part.split()) <= LABEL_WORDS and part[-1] not in ".!?" for part in parts)


def task(rows: Cells, found: dict[str, Guess]) -> Kind:
    """By the shape of the references: JSON objects, closed sets, labels that come again, short answers, free text."""
    column = str(found["references"].value)
    answers = [values for row in rows if (values := listed(row.get(column)))]
    first = [values[0] for values in answers]
    distinct = sorted(set(first))
    if first and all(_is_object(value) for value in first):
        return Kind(Guess("extraction", "every reference is a JSON object"))
    if "choices" in found:
        return Kind(Guess("question_answering", "each row names its own choices"))
    questions = _share(str(row.get(str(found["input"].value)) or "").rstrip().endswith("?") for row in rows)
    if distinct and {value.lower() for value in distinct} <= CLOSED and questions > 0.5:
        return Kind(Guess("question_answering", f"questions whose answers are all {', '.join(distinct)}"), {"choices": distinct})
    asked, labels = names.plain(str(found["input"].value)), _labels(answers, names.plain(column))
    if labels and not (questions > 0.5 and names.plain(column) in names.ANSWERS):
        return labels
    free = _free(first, questions, asked)
    doubt = (f"are these {len(distinct)} different answers labels (classification)? They come again and again",) if labels else ()
    return replace(free, questions=(*free.questions, *doubt))


def _labels(answers: list[list[str]], column: str) -> Kind | None:
    """Few short values that come back again and again; several in a row where the column is called labels or tags."""
    every = [value for values in answers for value in values]
    distinct = set(every)
    several = _share(len(values) > 1 for values in answers)
    short = all(len(value.split()) <= LABEL_WORDS for value in distinct)
    if not short or len(every) < FEWEST or len(distinct) > max(2, len(every) // 3):
        return None
    if several == 0:
        return Kind(Guess("classification", f"{len(answers)} rows bear {len(distinct)} short labels"))
    if column in ("labels", "tags", "categories", "topics") or several > 0.2:
        reason = f"{len(answers)} rows bear {len(distinct)} short labels, {several:.0%} of them several"
        return Kind(Guess("classification", reason), {"multi_label": True})
    return None


def _free(first: list[str], questions: float, name: str) -> Kind:
    words = [len(value.split()) for value in first] or [0]
    told = f"answers are free text, {mean(words):.1f} words in the mean"
    asks = questions > 0.5 or name in ("question", "query")
    if median(words) <= SHORT_ANSWER:
        if asks:
            return Kind(Guess("question_answering", told))
        return Kind(
            Guess("question_answering", told), questions=("is this question answering? The inputs are no questions; else: generation",)
        )
    if asks and median(words) <= 3 * SHORT_ANSWER:
        return Kind(Guess("question_answering", told), questions=("are these answers (question_answering) or written texts (generation)?",))
    return Kind(Guess("generation", told))


def _is_object(value: str) -> bool:
    try:
        return isinstance(json.loads(value), dict)
    except (ValueError, RecursionError):
        return False


def _share(values: Any) -> float:
    found = [bool(value) for value in values]
    return sum(found) / len(found) if found else 0.0
