"""Checks on the bundled sample case `hybrid`: its product cards, messages and replies, and how they were made."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TypedDict

import pytest

from pipeline.data.ingest import load_documents, load_examples
from pipeline.experiment.load import load
from pipeline.samples import experiment_of
from pipeline.samples.hybrid import make


class Row(TypedDict):
    """One line of messages.jsonl."""

    id: str
    message: str
    replies: list[str]
    gold_doc_ids: list[str]
    group: str
    split: str


CASE = Path(make.__file__).parent
ROWS: list[Row] = [json.loads(line) for line in (CASE / "messages.jsonl").read_text(encoding="utf-8").splitlines()]
CARDS = {path.stem: path.read_text(encoding="utf-8") for path in sorted((CASE / "documents").glob("*.md"))}
REPLY = re.compile(r"Ahoy from the bench!\n(?P<said>.+) \(card (?P<card>HW-\d{3})\)\.\nFair winds, Hollin & Wray, ticket (?P<ticket>\d{5})")


def parts_of(row: Row) -> re.Match[str]:
    match = REPLY.fullmatch(row["replies"][0])
    assert match is not None, row
    return match


def figure(said: str) -> str:
    return str(re.findall(r"\d+", said)[0])


def question_and_figure(row: Row) -> tuple[str, str]:
    """The reply without product and figure, which says what was asked; and the figure."""
    said = parts_of(row)["said"]
    return re.sub(r"The [A-Z][\w -]*? (?=(tent|stove|flask|quilt|lantern|rucksack))\w+|the [A-Z]\S+.*?(?= holds)|\d+", "*", said), figure(
        said
    )


def test_the_script_reproduces_the_files() -> None:
    made = make.files()
    assert {name for name in made if name.startswith("documents/")} == {f"documents/{stem}.md" for stem in CARDS}
    for name, content in made.items():
        assert content == (CASE / name).read_text(encoding="utf-8"), name


def test_the_experiment_imports_every_row_and_card() -> None:
    experiment = load(experiment_of("hybrid"))
    loaded = load_examples(experiment.data, experiment.task)
    assert not loaded.quarantined
    assert [example.references for example in loaded.records] == [tuple(row["replies"]) for row in ROWS]
    documents = load_documents(experiment.data)
    assert {document.id for document in documents.records} == set(CARDS)


def test_counts() -> None:
    assert Counter(row["split"] for row in ROWS) == {"train": 108, "dev": 20, "test": 72}
    assert Counter(row["group"] for row in ROWS) == dict.fromkeys(CARDS, make.ASKED)
    assert len({row["id"] for row in ROWS}) == len({row["message"] for row in ROWS}) == len(ROWS)


def test_no_card_is_on_two_sides() -> None:
    assert len({(row["group"], row["split"]) for row in ROWS}) == len(CARDS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_reply_has_the_form_and_its_figures_stand_on_the_card(row: Row) -> None:
    reply = parts_of(row)
    assert row["gold_doc_ids"] == [row["group"]]
    numbers = set(re.findall(r"\d+", CARDS[row["group"]]))
    assert figure(reply["said"]) in numbers
    assert reply["card"] in CARDS[row["group"]]
    assert reply["ticket"] in row["message"]
    assert figure(reply["said"]) not in re.findall(r"\d+", row["message"])
    assert len(row["replies"][0]) <= 190


def test_no_figure_of_a_held_out_reply_answers_the_same_question_in_training() -> None:
    trained = {question_and_figure(row) for row in ROWS if row["split"] == "train"}
    assert len({question for question, _ in trained}) == 21
    for row in ROWS:
        if row["split"] != "train":
            assert question_and_figure(row) not in trained, row


def test_cards_are_told_apart_by_number_and_title() -> None:
    assert len(CARDS) == 50
    codes = [re.findall(r"HW-\d{3}", card) for card in CARDS.values()]
    assert all(len(found) == 1 for found in codes)
    assert len({found[0] for found in codes}) == len({card.splitlines()[0] for card in CARDS.values()}) == len(CARDS)


def test_cards_are_short() -> None:
    for name, card in CARDS.items():
        assert 45 <= len(card.split()) <= 120, name
