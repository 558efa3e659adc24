"""People's labels in a run folder: the cards that were drawn, and one file a rater that is only ever appended to. Computes nothing.

A label is on disk when `add` returns, whoever else is labelling. The last one of a card counts; an empty one takes it back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from pipeline.errors import UserError
from pipeline.files import append, told_plainly
from pipeline.run_folder.store import RunFolder, now

if TYPE_CHECKING:
    from eval.judge.people.cards import Card

FOLDER = "labels"
DRAW = f"{FOLDER}/cards.json"
RATER = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Draw:
    """The answers that people label."""

    metric: str
    """Whose scores the strata were made of."""
    cards: tuple[Card, ...]


def rater_name(name: str) -> str:
    """The name as it stands in the file's name: lower case, and never a path."""
    rater = name.strip().lower()
    if not RATER.fullmatch(rater):
        remedy = "Use up to 40 letters a to z, digits, hyphens and underscores; the first is a letter or a digit."
        raise UserError(f"{name!r} cannot be a rater's name.", remedy=remedy)
    return rater


def add(run: RunFolder, rater: str, labels: Mapping[str, str]) -> None:
    """Append card id → label in one write; a line that a kill cut off is closed first, so that it spoils no other."""
    path = run.path / FOLDER / f"{rater_name(rater)}.jsonl"
    lines = b"".join(orjson.dumps({"time": now(), "card": card, "label": label}) + b"\n" for card, label in labels.items())
    with told_plainly(path):
        append(path, lines)


def read(run: RunFolder) -> dict[str, dict[str, str]]:
    """Rater → card id → label, in the order in which cards were labelled last."""
    files = sorted((run.path / FOLDER).glob("*.jsonl"))
    found = {path.stem: _labels(path) for path in files if RATER.fullmatch(path.stem)}
    return {rater: labels for rater, labels in found.items() if labels}


def _labels(path: Path) -> dict[str, str]:
    labels: dict[str, str] = {}
    for line in path.read_bytes().split(b"\n"):
        try:
            told = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue  # empty, or cut off by a kill
        labels.pop(told["card"], None)
        if told["label"]:
            labels[told["card"]] = told["label"]
    return labels


def keep(run: RunFolder, draw: Draw) -> None:
    with told_plainly(run.path / DRAW):
        run.write_json(DRAW, {"metric": draw.metric, "cards": [asdict(card) for card in draw.cards]})


def drawn(run: RunFolder) -> Draw | None:
    """The cards of this run; None before any were drawn."""
    stored = run.read_json(DRAW)
    return None if stored is None else Draw(stored["metric"], tuple(_card(card) for card in stored["cards"]))


def _card(stored: dict[str, Any]) -> Card:
    from eval.judge.offline import AnswerRow
    from eval.judge.people.cards import Card

    answer: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in stored["answer"].items()}
    return Card(stored["id"], AnswerRow(**answer), stored["weight"])
