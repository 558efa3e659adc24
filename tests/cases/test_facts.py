"""Checks on the bundled sample case `facts`: its handbook, its questions and the split between them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from difflib import SequenceMatcher
from pathlib import Path
from typing import TypedDict

import pytest

ROOT = Path(__file__).resolve().parents[2]
CASE = ROOT / "pipeline" / "samples" / "facts"
SPLITS = ("train", "dev", "test")
FIELDS = {"id", "question", "answers", "gold_doc_ids", "group", "split"}


class Row(TypedDict):
    """One line of questions.jsonl."""

    id: str
    question: str
    answers: list[str]
    gold_doc_ids: list[str]
    group: str
    split: str


def read_rows() -> list[Row]:
    lines = (CASE / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def read_documents() -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted((CASE / "documents").glob("*.md"))}


ROWS = read_rows()
DOCUMENTS = read_documents()
ANSWERABLE = [row for row in ROWS if row["answers"]]
YES_NO = [row for row in ANSWERABLE if row["answers"] in (["Yes"], ["No"])]
LOOKUPS = [row for row in ANSWERABLE if row not in YES_NO]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def plain(text: str) -> str:
    return " ".join(words(text))


def sentences(text: str) -> set[str]:
    """Sentences, list items and table rows of a document, as plain lower-case words (list numbers left out)."""
    pieces = re.split(r"(?<=[.!?])\s+|\n", text)
    return {plain(piece) for piece in pieces if len(words(piece)) > 1}


def of_split(split: str) -> list[Row]:
    return [row for row in ROWS if row["split"] == split]


def test_rows_have_the_expected_fields() -> None:
    for row in ROWS:
        assert set(row) == FIELDS, row
        assert row["split"] in SPLITS, row
        assert row["question"] == row["question"].strip(), row
        assert row["question"].endswith((".", "?")), row


def test_ids_and_questions_are_unique() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    assert len({plain(row["question"]) for row in ROWS}) == len(ROWS)


def test_counts() -> None:
    assert 38 <= len(DOCUMENTS) <= 42
    assert 230 <= len(ROWS) <= 250
    ranges = {"train": (110, 120), "dev": (25, 31), "test": (90, 100)}
    groups = {"train": (18, 20), "dev": (4, 6), "test": (15, 17)}
    for split in SPLITS:
        rows = of_split(split)
        assert ranges[split][0] <= len(rows) <= ranges[split][1], split
        assert groups[split][0] <= len({row["group"] for row in rows}) <= groups[split][1], split
        unanswerable = sum(not row["answers"] for row in rows)
        assert 0.08 <= unanswerable / len(rows) <= 0.14, split
    assert 22 <= len(ROWS) - len(ANSWERABLE) <= 28


def test_half_of_the_questions_ask_for_yes_or_no_on_every_side() -> None:
    """By design for train, dev and test alike: three a document, drawn before anything was run."""
    for split in SPLITS:
        asked = [row for row in YES_NO if row["split"] == split]
        assert 0.45 <= len(asked) / len(of_split(split)) <= 0.55, split
        assert 0.4 <= sum(row["answers"] == ["Yes"] for row in asked) / len(asked) <= 0.6, split
    per_document = {group: sum(row["group"] == group for row in YES_NO) for group in DOCUMENTS}
    assert set(per_document.values()) == {3}
    assert {row["gold_doc_ids"][0] for row in YES_NO} == set(DOCUMENTS)


@pytest.mark.parametrize("row", LOOKUPS, ids=lambda row: row["id"])
def test_first_answer_is_in_the_gold_document(row: Row) -> None:
    assert row["gold_doc_ids"] == [row["group"]]
    assert row["answers"][0].lower() in DOCUMENTS[row["group"]].lower()
    assert row["answers"][0].lower() not in row["question"].lower()


def test_answers_are_short_and_distinct() -> None:
    for row in ANSWERABLE:
        assert all(1 <= len(answer.split()) <= 6 for answer in row["answers"]), row
        assert len({answer.lower() for answer in row["answers"]}) == len(row["answers"]), row


def test_unanswerable_questions_have_no_gold_document() -> None:
    for row in ROWS:
        assert bool(row["answers"]) == bool(row["gold_doc_ids"]), row


def test_every_document_is_known_and_used() -> None:
    assert {row["group"] for row in ROWS} == set(DOCUMENTS)
    assert {doc_id for row in ROWS for doc_id in row["gold_doc_ids"]} == set(DOCUMENTS)


def test_no_group_is_on_two_sides() -> None:
    sides: defaultdict[str, set[str]] = defaultdict(set)
    for row in ROWS:
        sides[row["group"]].add(row["split"])
    assert {group: found for group, found in sides.items() if len(found) > 1} == {}


def test_no_near_duplicate_between_train_and_held_out() -> None:
    for held_out in (*of_split("test"), *of_split("dev")):
        for train in of_split("train"):
            left, right = words(held_out["question"]), words(train["question"])
            shared = len(set(left) & set(right)) / len(set(left) | set(right))
            assert shared < 0.6, (held_out["question"], train["question"])
            if shared >= 0.3:
                ratio = SequenceMatcher(None, " ".join(left), " ".join(right), autojunk=False).ratio()
                assert ratio < 0.85, (held_out["question"], train["question"])


def test_no_held_out_answer_is_an_answer_in_training() -> None:
    trained = {plain(answer) for row in of_split("train") if row not in YES_NO for answer in row["answers"]}
    for row in (*of_split("test"), *of_split("dev")):
        assert row in YES_NO or not trained & {plain(answer) for answer in row["answers"]}, row


def test_no_test_answer_is_given_away_by_a_training_question() -> None:
    asked = " | ".join(f" {plain(row['question'])} " for row in of_split("train"))
    for row in of_split("test"):
        for answer in row["answers"] if row not in YES_NO else ():
            assert f" {plain(answer)} " not in asked, row


@pytest.mark.parametrize("doc_id", DOCUMENTS)
def test_document_form(doc_id: str) -> None:
    text = DOCUMENTS[doc_id]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", doc_id)
    assert re.match(r"# \S", text)
    assert 60 <= len(text.split()) <= 220


def test_no_two_documents_share_a_sentence() -> None:
    seen: dict[str, str] = {}
    for doc_id, text in DOCUMENTS.items():
        for sentence in sentences(text):
            assert sentence not in seen, (sentence, doc_id, seen[sentence])
            seen[sentence] = doc_id
