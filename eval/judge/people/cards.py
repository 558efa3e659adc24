"""Answers for people to label: drawn by strata, shown blind, in a CSV file out and in. Knows nothing of agreement.

A card does not say which arm the answer comes from or what a judge thinks of it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import random
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.errors import SetupError
from eval.judge.offline import AnswerRow

Key = tuple[str, str, int]
"""Row, arm, seed."""
LABELS = ("correct", "abstained", "fabricated", "unsure")
"""What a person can say of an answer; the keys 1 to 4 mean the same."""
WRONG = "wrong"
"""A label that files alone know: not correct, without saying in which way."""
WORDS = {
    **dict(zip("1234", LABELS, strict=True)), **dict.fromkeys(("yes", "y", "true", "right"), "correct"),
    **dict.fromkeys(("0", "no", "n", "false", "incorrect"), WRONG), **{label: label for label in (*LABELS, WRONG)},
}  # fmt: skip
COLUMNS = ("card", "question", "accepted_answers", "answer", "evidence", "label")
EVIDENCE_CHARACTERS = 1500
TEXT_CHARACTERS = 20_000
FORMULA = tuple("=+-@\t\r\n'\uff1d\uff0b\uff0d\uff20")
"""With these a spreadsheet begins a formula; such text is written behind an apostrophe, and so is one that begins with an apostrophe."""


@dataclass(frozen=True)
class Card:
    """One answer to label."""

    id: str
    """Of row, arm, seed and answer; tells nothing."""
    answer: AnswerRow
    weight: float
    """How many answers of its arm it stands for."""


def card_id(key: Key, answer: str) -> str:
    """Another answer is another card. Begins with a letter, or a spreadsheet would read `1234e5` as a number."""
    return "c" + hashlib.sha256(repr((key, answer)).encode()).hexdigest()[:11]


def draw(answers: Sequence[AnswerRow], scores: Mapping[Key, float | None], count: int = 50, seed: int = 0) -> list[Card]:
    """About `count` cards: each arm alike, and within it low, middle and high scores alike, in mixed order.

    `scores`: of the metric to calibrate. Answers without a score are not drawn: a label could not be compared with anything. A larger
    `count` adds cards to those of a smaller one.
    """
    chance = random.Random(seed)
    strata = _strata([answer for answer in answers if scores.get(key_of(answer)) is not None], scores)
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
    cards = [_card(answer, len(strata[place]) / n) for place, n in taken.items() for answer in strata[place][:n]]
    chance.shuffle(cards)
    return cards


def _card(answer: AnswerRow, weight: float) -> Card:
    return Card(card_id(key_of(answer), answer.answer), answer, weight)


def _strata(answers: Sequence[AnswerRow], scores: Mapping[Key, float | None]) -> dict[tuple[str, int], list[AnswerRow]]:
    by_arm: dict[str, list[AnswerRow]] = defaultdict(list)
    for answer in answers:
        by_arm[answer.arm].append(answer)
    strata: dict[tuple[str, int], list[AnswerRow]] = defaultdict(list)
    for arm, members in sorted(by_arm.items()):
        values = sorted({float(scores[key_of(answer)] or 0.0) for answer in members})
        for answer in members:
            # Thirds of the distinct values: most scores are often 0 or 1.
            place = values.index(float(scores[key_of(answer)] or 0.0))
            strata[arm, 3 * place // len(values)].append(answer)
    return dict(strata)


def evidence(answer: AnswerRow) -> str:
    """The gold passages: the same beside every arm's answer, for what an arm retrieved would give it away."""
    return "\n\n".join(answer.gold_contexts)[:EVIDENCE_CHARACTERS]


def to_csv(cards: Sequence[Card], labels: Mapping[str, str] | None = None) -> str:
    """The text of a CSV file with an empty `label` column, or with the labels so far."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for card in cards:
        row = card.answer
        texts = (row.question, " | ".join(row.references) or "(nobody can know)", row.answer, evidence(row))
        writer.writerow([card.id, *map(harmless, texts), (labels or {}).get(card.id, "")])
    return out.getvalue()


def read_labels(path: Path, known: Collection[str] | None = None) -> dict[str, str]:
    """Card id → label, of the cards that have one. SetupError with file and line where something else stands there.

    `known`: ids of the cards there are; None: any.
    """
    found: dict[str, str] = {}
    reader = csv.DictReader(io.StringIO(_text(path)), delimiter=_delimiter(_text(path)))
    try:
        if missing := [name for name in ("card", "label") if name not in (reader.fieldnames or [])]:
            raise SetupError(f"{path}:1: no column {', '.join(missing)}. Fill in the file that `bakeoff calibrate` wrote.")
        for row in reader:
            card, told = (bare((row[name] or "").strip()) for name in ("card", "label"))
            if told:
                where = f"{path}:{reader.line_num}"
                _take(found, card, _label(told.lower(), where), where, known)
    except csv.Error as error:
        raise SetupError(f"{path}:{reader.line_num}: this line is no CSV ({error}). Save it from the spreadsheet as CSV UTF-8.") from None
    return found


def _take(found: dict[str, str], card: str, label: str, where: str, known: Collection[str] | None) -> None:
    if known is not None and card not in known:
        raise SetupError(f"{where}: {card!r} is no card of this run. Fill in the file that `bakeoff calibrate` wrote for it.")
    if found.setdefault(card, label) != label:
        raise SetupError(f"{where}: card {card} has two labels, {found[card]} and {label}. Leave one of them.")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SetupError(f"{path}: there is no such file of labels.") from None
    except UnicodeDecodeError:
        raise SetupError(f"{path}: not UTF-8; save it from the spreadsheet as CSV UTF-8.") from None
    except OSError as error:
        raise SetupError(f"{path}: cannot be read ({error.strerror}).") from None


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max(",;\t", key=head.count)


def key_of(answer: AnswerRow) -> Key:
    return answer.row, answer.arm, answer.seed


def _label(told: str, where: str) -> str:
    if told not in WORDS:
        raise SetupError(f"{where}: {told!r} is no label. Use {', '.join(LABELS)} (or 1 to 4), or wrong (or 0); empty: not labelled.")
    return WORDS[told]


def harmless(text: str) -> str:
    """As text a spreadsheet takes for nothing but text, of a length it can hold; `bare` takes the apostrophe off again."""
    text = text.replace("\x00", "\ufffd")[:TEXT_CHARACTERS]
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def bare(text: str) -> str:
    """What `harmless` was given."""
    return text[1:] if text.startswith("'") else text
