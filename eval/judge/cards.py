"""Answers for people to label: drawn by strata, shown blind, in a CSV file out and in. Knows nothing of agreement.

A card does not say which arm the answer comes from or what a judge thinks of it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.calibration import Labelled
from eval.errors import SetupError
from eval.judge.offline import AnswerRow

Key = tuple[str, str, int]
"""Row, arm, seed."""
LABELS = ("correct", "abstained", "fabricated", "unsure")
"""The keys 1 to 4 mean the same."""
COLUMNS = ("card", "question", "answer", "accepted_answers", "evidence", "label")
EVIDENCE_CHARACTERS = 1500
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet begins a formula; such text is written behind an apostrophe."""


@dataclass(frozen=True)
class Card:
    """One answer to label."""

    id: str
    """Of row, arm and seed; tells nothing."""
    answer: AnswerRow
    weight: float
    """How many answers of its arm it stands for."""


def card_id(key: Key) -> str:
    return hashlib.sha256(repr(key).encode()).hexdigest()[:12]


def draw(answers: Sequence[AnswerRow], scores: Mapping[Key, float | None], count: int = 50, seed: int = 0) -> list[Card]:
    """About `count` cards: each arm alike, and within it low, middle and high scores alike, in mixed order.

    `scores`: of the metric to calibrate. Answers without a score are not drawn: a label could not be compared with anything.
    """
    chance = random.Random(seed)
    strata = _strata([answer for answer in answers if scores.get(_key(answer)) is not None], scores)
    for members in strata.values():
        chance.shuffle(members)
    taken: dict[tuple[str, int], int] = dict.fromkeys(strata, 0)
    left = min(count, sum(map(len, strata.values())))
    while left:
        # The stratum with the fewest cards so far; of those, one of the arm with the fewest.
        by_arm = {arm: sum(n for (name, _), n in taken.items() if name == arm) for arm, _ in strata}
        place = min((p for p in strata if taken[p] < len(strata[p])), key=lambda p: (by_arm[p[0]], taken[p], p))
        taken[place] += 1
        left -= 1
    cards = [
        Card(card_id(_key(answer)), answer, len(strata[place]) / n) for place, n in taken.items() for answer in strata[place][:n]
    ]  # fmt: skip
    chance.shuffle(cards)
    return cards


def _strata(answers: Sequence[AnswerRow], scores: Mapping[Key, float | None]) -> dict[tuple[str, int], list[AnswerRow]]:
    by_arm: dict[str, list[AnswerRow]] = defaultdict(list)
    for answer in answers:
        by_arm[answer.arm].append(answer)
    strata: dict[tuple[str, int], list[AnswerRow]] = defaultdict(list)
    for arm, members in sorted(by_arm.items()):
        values = sorted({float(scores[_key(answer)] or 0.0) for answer in members})
        for answer in members:
            # Thirds of the distinct values: most scores are often 0 or 1.
            place = values.index(float(scores[_key(answer)] or 0.0))
            strata[arm, 3 * place // len(values)].append(answer)
    return dict(strata)


def to_csv(cards: Sequence[Card], labels: Mapping[str, str] | None = None) -> str:
    """The text of a CSV file with an empty `label` column, or with the labels so far."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for card in cards:
        row = card.answer
        evidence = "\n\n".join(row.gold_contexts or row.contexts)[:EVIDENCE_CHARACTERS]
        texts = (row.question, row.answer, " | ".join(row.references) or "(nobody can know)", evidence)
        writer.writerow([card.id, *map(_harmless, texts), (labels or {}).get(card.id, "")])
    return out.getvalue()


def read_labels(path: Path) -> dict[str, str]:
    """Card id → label, of the cards that have one. SetupError with file and line where something else stands there."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SetupError(f"{path}: there is no such file of labels.") from None
    except UnicodeDecodeError:
        raise SetupError(f"{path}: not UTF-8; save it from the spreadsheet as CSV UTF-8.") from None
    delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    if missing := [name for name in ("card", "label") if name not in (reader.fieldnames or [])]:
        raise SetupError(f"{path}:1: no column {', '.join(missing)}. Fill in the file that `bakeoff calibrate` wrote.")
    found: dict[str, str] = {}
    for row in reader:
        if told := (row["label"] or "").strip().lower():
            found[(row["card"] or "").strip()] = _label(told, f"{path}:{reader.line_num}")
    return found


def labelled(cards: Sequence[Card], labels: Mapping[str, str], scores: Mapping[Key, float | None]) -> list[Labelled]:
    """Cards with a label and a score. *Unsure* is left out; where nobody can know the answer, abstaining is right."""
    found = []
    for card in cards:
        label, score = labels.get(card.id), scores.get(_key(card.answer))
        if label in (None, "unsure") or score is None:
            continue
        right = label == "correct" or (label == "abstained" and not card.answer.references)
        found.append(Labelled(card.answer.row, card.answer.arm, right, score, len(card.answer.answer.split()), card.weight))
    return found


def _key(answer: AnswerRow) -> Key:
    return answer.row, answer.arm, answer.seed


def _label(told: str, where: str) -> str:
    if told in ("1", "2", "3", "4"):
        return LABELS[int(told) - 1]
    if told not in LABELS:
        raise SetupError(f"{where}: {told!r} is no label. Use {', '.join(LABELS)}, or 1 to 4.")
    return told


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
