"""Files in the layouts that teams come with, and what is right for each."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Rows = list[dict[str, Any]]
COUNT = 24
REPLY = "Thank you for writing to us about parcel number {i}. We have looked into it and will send another one tomorrow, free of charge."
ARTICLE = "The council met on day {i} and spoke for hours about roads, bridges and the swimming pool, which nobody wanted to pay for. " * 3


def rows(make: Callable[[int], dict[str, Any]]) -> Rows:
    return [make(i) for i in range(COUNT)]


@dataclass(frozen=True)
class Layout:
    """A file as a team might have it, and what is right."""

    name: str
    ending: str
    content: Rows | dict[str, Any]
    kind: str
    input: str
    references: str
    settings: dict[str, Any] = field(default_factory=dict)
    asks: bool = False


def of(name: str, ending: str, made: Any, kind: str, columns: str, *, asks: bool = False, **settings: Any) -> Layout:
    asked, right = columns.split(" → ")
    return Layout(name, ending, made, kind, asked, right, settings, asks)


LABELS = ("billing", "delivery", "returns")
LAYOUTS = [
    of(
        "qa",
        ".jsonl",
        rows(lambda i: {"question": f"Who built house {i}?", "answers": [f"Ada {i}"]}),
        "question_answering",
        "question → answers",
    ),
    of(
        "qa-plain",
        ".csv",
        rows(lambda i: {"Question": f"Where is depot {i}?", "Answer": f"Oslo {i}"}),
        "question_answering",
        "Question → Answer",
    ),
    of("qa-query", ".tsv", rows(lambda i: {"query": f"what is code {i}", "response": f"X{i}"}), "question_answering", "query → response"),
    of(
        "qa-expected",
        ".csv",
        rows(lambda i: {"Prompt": f"How old is tree {i}?", "Expected Output": f"{i} years"}),
        "question_answering",
        "Prompt → Expected Output",
    ),
    of(
        "qa-long",
        ".jsonl",
        rows(lambda i: {"question": f"Why did pump {i} stop?", "answer": f"Because the seal of pump {i} was worn and leaked oil."}),
        "question_answering",
        "question → answer",
        asks=True,
    ),
    of(
        "yes-no",
        ".csv",
        rows(lambda i: {"question": f"Is {i} even?", "answer": ("yes", "no")[i % 2]}),
        "question_answering",
        "question → answer",
        choices=["no", "yes"],
    ),
    of(
        "boolean",
        ".jsonl",
        rows(lambda i: {"question": f"Does law {i} hold?", "label": bool(i % 2)}),
        "question_answering",
        "question → label",
        choices=["false", "true"],
    ),
    of(
        "choices",
        ".jsonl",
        rows(lambda i: {"question": f"Pick {i}", "options": ["a", f"b{i}"], "answer": "a"}),
        "question_answering",
        "question → answer",
    ),
    of(
        "unanswerable",
        ".jsonl",
        rows(lambda i: {"question": f"Who is {i}?", "answers": [f"Bo {i}"] if i % 3 else []}),
        "question_answering",
        "question → answers",
    ),
    of(
        "squad",
        ".json",
        {
            "data": [
                {
                    "title": "t",
                    "paragraphs": [
                        {
                            "context": f"Text {i}.",
                            "qas": [{"id": f"q{i}", "question": f"What is {i}?", "answers": [{"text": f"Text {i}", "answer_start": 0}]}],
                        }
                        for i in range(COUNT)
                    ],
                }
            ]
        },
        "question_answering",
        "question → answers",
    ),
    of(
        "labels", ".csv", rows(lambda i: {"text": f"my parcel {i} is late", "category": LABELS[i % 3]}), "classification", "text → category"
    ),
    of(
        "intents",
        ".tsv",
        rows(lambda i: {"utterance": f"order {i} please", "intent": LABELS[i % 2]}),
        "classification",
        "utterance → intent",
    ),
    of(
        "sentiment",
        ".jsonl",
        rows(lambda i: {"review": f"Hotel {i} was as one expects", "sentiment": ("good", "bad")[i % 2]}),
        "classification",
        "review → sentiment",
    ),
    of("ratings", ".csv", rows(lambda i: {"comment": f"stay number {i}", "rating": str(i % 5 + 1)}), "classification", "comment → rating"),
    of(
        "booleans",
        ".csv",
        rows(lambda i: {"message": f"win {i} now", "label": ("true", "false")[i % 2]}),
        "classification",
        "message → label",
    ),
    of(
        "numbered",
        ".csv",
        rows(lambda i: {"id": f"r{i}", "sentence": f"case {i}", "class": str(i % 2)}),
        "classification",
        "sentence → class",
    ),
    of(
        "semicolon",
        ";csv",
        rows(lambda i: {"Ticket": f"Drucker {i} streikt, wieder", "Category": LABELS[i % 3]}),
        "classification",
        "Ticket → Category",
    ),
    of(
        "tags",
        ".jsonl",
        rows(lambda i: {"text": f"note {i}", "tags": [LABELS[i % 3], LABELS[(i + 1) % 3]][: 1 + i % 2]}),
        "classification",
        "text → tags",
        multi_label=True,
    ),
    of(
        "foreign",
        ".csv",
        rows(lambda i: {"Anfrage": f"Wo bleibt mein Paket {i}", "Art": LABELS[i % 3]}),
        "classification",
        "Anfrage → Art",
        asks=True,
    ),
    of(
        "records",
        ".jsonl",
        rows(lambda i: {"text": f"Bill {i}: 4 EUR", "output": json.dumps({"number": i, "total": 4})}),
        "extraction",
        "text → output",
    ),
    of(
        "objects",
        ".jsonl",
        rows(lambda i: {"email": f"Mail {i}", "fields": {"sender": f"a{i}", "day": None}}),
        "extraction",
        "email → fields",
    ),
    of("replies", ".csv", rows(lambda i: {"email": f"Where is my parcel {i}", "reply": REPLY.format(i=i)}), "generation", "email → reply"),
    of(
        "summaries",
        ".jsonl",
        rows(lambda i: {"article": ARTICLE.format(i=i), "highlights": f"The council spoke on day {i} about roads and a pool."}),
        "generation",
        "article → highlights",
    ),
    of(
        "chat",
        ".jsonl",
        rows(
            lambda i: {
                "messages": [
                    {"role": "system", "content": "You are kind."},
                    {"role": "user", "content": f"Parcel {i}"},
                    {"role": "assistant", "content": REPLY.format(i=i)},
                ]
            }
        ),
        "generation",
        "input → references",
        instructions="You are kind.",
    ),
    of(
        "sharegpt",
        ".json",
        rows(lambda i: {"conversations": [{"from": "human", "value": f"Hi {i}"}, {"from": "gpt", "value": REPLY.format(i=i)}]}),
        "generation",
        "input → references",
    ),
    of(
        "alpaca",
        ".json",
        rows(lambda i: {"instruction": "Write a reply.", "input": f"Parcel {i}", "output": REPLY.format(i=i)}),
        "generation",
        "input → output",
    ),
    of(
        "completions",
        ".jsonl",
        rows(lambda i: {"prompt": f"Write about {i}", "completion": REPLY.format(i=i)}),
        "generation",
        "prompt → completion",
    ),
    of(
        "under-a-key",
        ".json",
        {"version": 1, "rows": rows(lambda i: {"question": f"Who is {i}?", "answer": f"Bo {i}"})},
        "question_answering",
        "question → answer",
    ),
    of(
        "camel",
        ".jsonl",
        rows(lambda i: {"questionId": f"q{i}", "query": f"what is {i}?", "goldAnswer": f"It {i}"}),
        "question_answering",
        "query → goldAnswer",
    ),
]


def written(layout: Layout, folder: Path) -> Path:
    path = folder / f"data{layout.ending.replace(';', '.')}"
    if layout.ending[1:] in ("csv", "tsv"):
        assert isinstance(layout.content, list)
        delimiter = "\t" if layout.ending == ".tsv" else layout.ending[0].replace(".", ",")
        with path.open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, list(layout.content[0]), delimiter=delimiter)
            writer.writeheader()
            writer.writerows(layout.content)
    elif layout.ending == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in layout.content), encoding="utf-8")
    else:
        path.write_text(json.dumps(layout.content), encoding="utf-8")
    return path
