"""What is asked of a system and what it replies, whatever way it is reached. Whatever stands in a reply: it comes from elsewhere."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from finetune.inference.safe_http import HALF, count, text_of
from pipeline.records import Example

ANSWER = ("answer", "output", "result", "text", "response", "content")
"""Keys under which a reply may hold its text; the first that is there counts."""
CONTEXTS = ("contexts", "context", "source_documents", "documents")
TEXT, ID = ("text", "page_content", "content"), ("id", "document", "source")
LONGEST = 2**20
"""Characters of an answer, and of a context."""
MOST_CONTEXTS = 1000
MOST_SECONDS, MOST_MONEY = 1e6, 1e6
"""Larger numbers are not believed."""


class Malformed(ValueError):
    """A reply that holds no answer; the message says why."""


@dataclass(frozen=True)
class Question:
    """All that a system is given of a row."""

    id: str
    input: str
    history: tuple[dict[str, str], ...] = ()
    """The conversation before the input, where there is one: `{"role", "content"}`."""
    choices: tuple[str, ...] = ()
    """The possible answers that stand in the row itself."""

    def to_json(self) -> dict[str, Any]:
        """What is empty is left out."""
        more = {"history": list(self.history), "choices": list(self.choices)}
        return {"id": self.id, "input": self.input, **{name: value for name, value in more.items() if value}}


@dataclass(frozen=True)
class Retrieved:
    """One context as the system told it."""

    text: str
    id: str = ""


@dataclass(frozen=True)
class Reply:
    """One answer, or the reason why there is none. None: the system did not say."""

    text: str
    contexts: tuple[Retrieved, ...] | None = None
    """What it retrieved, best first."""
    seconds: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    failure: str = ""


def question_of(row: Example) -> Question:
    """The row without its references, gold passages, side and slices."""
    turns = tuple({"role": turn.role, "content": turn.content} for turn in (*row.history, *row.steps))
    return Question(row.id, row.input, turns, row.choices)


def failed(reason: str, seconds: float | None = None) -> Reply:
    return Reply("", seconds=seconds, failure=" ".join(HALF.sub("\ufffd", reason).split())[:300])


def reply_of(value: Any) -> Reply:
    """A reply from plain values: a text, or `{"answer", "contexts", "seconds", "prompt_tokens", "completion_tokens", "cost"}`."""
    if isinstance(value, str):
        return Reply(_text(value, "the answer"))
    if not isinstance(value, dict):
        raise Malformed(f"the reply is {_kind(value)}, not a text or an object with `answer`")
    if value.get("error") and not any(value.get(key) for key in ANSWER):
        raise Malformed(f"the system reports an error: {value['error']}"[:300])
    key = next((key for key in ANSWER if key in value), None)
    if key is None:
        raise Malformed("the reply holds no `answer`")
    said = json.dumps(value[key], ensure_ascii=False) if isinstance(value[key], dict) else text_of(value[key])
    if said is None:
        raise Malformed(f"`{key}` is {_kind(value[key])}, not a text")
    return Reply(
        _text(said, f"`{key}`"), contexts_of(next((value[key] for key in CONTEXTS if key in value), None)),
        number(value.get("seconds"), MOST_SECONDS), count(value.get("prompt_tokens")), count(value.get("completion_tokens")),
        number(value.get("cost"), MOST_MONEY),
    )  # fmt: skip


def contexts_of(value: Any) -> tuple[Retrieved, ...] | None:
    """A list of texts, or of objects with `text` and `id`; one text is a list of one. Malformed for anything else."""
    if value is None:
        return None
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or len(value) > MOST_CONTEXTS:
        raise Malformed(f"`contexts` is not a list of at most {MOST_CONTEXTS} texts")
    return tuple(_context(one) for one in value)


def number(value: Any, most: float) -> float | None:
    """Not negative, finite and at most `most`; None where it is not such a number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and 0 <= found <= most else None


def _context(one: Any) -> Retrieved:
    if isinstance(one, str):
        return Retrieved(_text(one, "a context"))
    text = _first(one, TEXT) if isinstance(one, dict) else None
    if not isinstance(text, str):
        raise Malformed("a context is not a text, nor an object with `text`")
    named = _first(one, ID) or _first(one.get("metadata") or {}, ID)
    return Retrieved(_text(text, "a context"), str(named)[:500] if isinstance(named, str | int) else "")


def _first(value: Any, keys: Sequence[str]) -> Any:
    return next((value[key] for key in keys if value.get(key) is not None), None) if isinstance(value, dict) else None


def _text(text: str, what: str) -> str:
    if len(text) > LONGEST:
        raise Malformed(f"{what} is longer than {LONGEST:,} characters")
    if HALF.search(text):
        raise Malformed(f"{what} holds halves of characters (lone surrogates)")
    return text.replace("\x00", "").strip()


def _kind(value: Any) -> str:
    return {"NoneType": "empty (null)", "list": "a list", "dict": "an object", "bool": "true or false"}.get(
        type(value).__name__, "a number"
    )
