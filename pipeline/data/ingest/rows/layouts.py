"""The layouts that fine-tuning and question-answering data come in → rows of named cells. Reads no files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

ASSISTANT = {"assistant", "gpt", "model", "bot", "chatgpt"}
SYSTEM = {"system"}


def reshaped(cells: dict[str, Any]) -> dict[str, Any]:
    """Chat messages, ShareGPT's `conversations` and Alpaca's three columns as `input` and `references`; any other row as it is.

    Of a conversation the last assistant turn is the target and what stands before it the input; one without is left as it is.
    """
    for key in ("messages", "conversations"):
        turns = _turns(cells.get(key))
        last = max((place for place, (who, _) in enumerate(turns) if who in ASSISTANT), default=0)
        if last > 0:
            rest = {name: value for name, value in cells.items() if name != key}
            if system := "\n".join(said for who, said in turns[:last] if who in SYSTEM):
                rest["system"] = system
            return {**rest, "input": _conversation(turns[:last]), "references": [turns[last][1]]}
    if {"instruction", "input", "output"} <= cells.keys():
        asked = "\n\n".join(str(cells[name]) for name in ("instruction", "input") if cells[name])
        return {**{k: v for k, v in cells.items() if k != "instruction"}, "input": asked}
    return cells


def _turns(value: Any) -> list[tuple[str, str]]:
    """Who said what, in either spelling (`role`/`content`, `from`/`value`); empty where it is no conversation."""
    if not isinstance(value, list) or not all(isinstance(turn, dict) for turn in value):
        return []
    turns = [(turn.get("role", turn.get("from")), turn.get("content", turn.get("value"))) for turn in value]
    return [(who.lower(), said.strip()) for who, said in turns if isinstance(who, str) and isinstance(said, str)]


def _conversation(turns: Sequence[tuple[str, str]]) -> str:
    """One turn alone as it was said; several each with who said it. System messages are the team's instructions, not the input."""
    spoken = [(who, said) for who, said in turns if who not in SYSTEM]
    if len(spoken) == 1:
        return spoken[0][1]
    return "\n".join(f"{'Assistant' if who in ASSISTANT else 'User'}: {said}" for who, said in spoken)


def table_of(value: Any) -> list[Any] | None:
    """The rows in a JSON value: a list, SQuAD v1 or v2, or the one list under a mapping's key; None where there is none."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return None
    data = value.get("data")
    if isinstance(data, list) and data and all(isinstance(article, dict) and "paragraphs" in article for article in data):
        return list(_squad(data))
    lists = [found for found in value.values() if isinstance(found, list) and found and all(isinstance(row, dict) for row in found)]
    return lists[0] if len(lists) == 1 else None


def _squad(articles: Sequence[dict[str, Any]]) -> Iterator[Any]:
    """A row a question; the paragraph is its group, so that no text is met in training and in test."""
    for number, article in enumerate(articles):
        for place, paragraph in enumerate(_dicts(article.get("paragraphs"))):
            group = f"{article.get('title') or number}-{place}"
            for question in _dicts(paragraph.get("qas")):
                answers = [answer.get("text") for answer in _dicts(question.get("answers"))]
                yield {
                    "id": question.get("id"), "question": question.get("question"), "answers": answers, "group": group,
                    "gold_doc_ids": [group],
                    "context": paragraph.get("context"), "is_impossible": question.get("is_impossible", False),
                }  # fmt: skip


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
