"""The layouts that fine-tuning and question-answering data come in → rows of named cells. Reads no files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.data.ingest.rows.layouts.chats import PREFERRED, as_chat
from pipeline.data.ingest.rows.layouts.marked import BAD, GOOD, mark_of
from pipeline.data.ingest.rows.layouts.options import with_choices
from pipeline.data.ingest.rows.layouts.shaped import Cells, Shaped
from pipeline.data.ingest.rows.layouts.tools import as_exported
from pipeline.records import Turn


def reshaped(cells: Cells) -> Shaped:
    """Conversations, instruction layouts, multiple choice and other tools' exports; any other row as it is."""
    cells = as_exported(cells)
    mark = mark_of(cells)
    if mark is None:
        return _reshaped(cells)
    name, good = mark
    rest = {key: value for key, value in cells.items() if key != name}
    if not good:
        return Shaped(rest, problem=BAD)
    made = _reshaped(rest)
    return Shaped(made.cells, made.turns, (*made.remarks, GOOD), made.problem)


def _reshaped(cells: Cells) -> Shaped:
    if chat := as_chat(cells):
        return chat
    made = _instructed(cells) or Shaped(cells)
    if {"chosen", "rejected"} <= cells.keys():
        made = Shaped(made.cells, made.turns, (*made.remarks, PREFERRED))
    return Shaped(with_choices(made.cells), made.turns, made.remarks)


def _instructed(cells: Cells) -> Shaped | None:
    """Alpaca's three columns, with LLaMA-Factory's `history` and `system`; a prompt with its `system_prompt`."""
    if {"instruction", "input", "output"} <= cells.keys():
        asked = "\n\n".join(text for name in ("instruction", "input") if (text := str(cells[name] or "").strip()))
        rest = {key: value for key, value in cells.items() if key not in ("instruction", "history")}
        before = [*_system(cells.get("system")), *_history(cells.get("history"))]
        turns = (*before, Turn("user", asked)) if before else ()
        return Shaped({**rest, "input": asked}, turns)
    for name in ("question", "prompt", "instruction", "query"):
        if _system(cells.get("system_prompt")) and isinstance(cells.get(name), str):
            return Shaped(
                {**cells, "system": cells["system_prompt"]}, (*_system(cells["system_prompt"]), Turn("user", cells[name].strip()))
            )
    return None


def _system(value: Any) -> list[Turn]:
    return [Turn("system", value.strip())] if isinstance(value, str) and value.strip() else []


def _history(value: Any) -> list[Turn]:
    """LLaMA-Factory's pairs of what was asked and answered."""
    pairs = [pair for pair in value if isinstance(pair, list) and len(pair) == 2] if isinstance(value, list) else []
    return [Turn(role, str(text).strip()) for pair in pairs for role, text in zip(("user", "assistant"), pair, strict=True)]


def table_of(value: Any) -> list[Any] | None:
    """The rows in a JSON value: a list, SQuAD v1 or v2, a table of pandas, or the one list under a mapping's key; None: there is none."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return None
    data = value.get("data")
    if isinstance(data, list) and data and all(isinstance(article, dict) and "paragraphs" in article for article in data):
        return list(_squad(data))
    return _pandas(value) or _only_list(value)


def _only_list(value: dict[str, Any]) -> list[Any] | None:
    lists = [found for found in value.values() if isinstance(found, list) and found and all(isinstance(row, dict) for row in found)]
    return lists[0] if len(lists) == 1 else None


def _pandas(value: dict[str, Any]) -> list[Any] | None:
    """`to_json` with `orient` split (columns, index, data), columns or index (a mapping of mappings)."""
    if {"columns", "data"} <= value.keys() and isinstance(value["columns"], list) and isinstance(value["data"], list):
        rows = value["data"]
        if all(isinstance(row, list) and len(row) == len(value["columns"]) for row in rows):
            return [dict(zip(map(str, value["columns"]), row, strict=True)) for row in rows]
    if len(value) > 1 and all(isinstance(column, dict) for column in value.values()):
        keys = list(next(iter(value.values())))
        same = keys and all(list(column) == keys for column in value.values())
        if same and all(key.isdecimal() for key in keys):
            return [{name: column[key] for name, column in value.items()} for key in keys]
        if all(name.isdecimal() for name in value):
            return list(value.values())
    return None


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
