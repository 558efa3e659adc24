"""One reply of a chat API → its answer, or why it holds none. Whatever stands in the reply: it comes from elsewhere. Sends nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from finetune.inference.safe_http import HALF, count, text_of

TAGS = "think|thinking|thought|reasoning"
THOUGHTS = re.compile(rf"\s*<({TAGS})>.*?</\1>", re.DOTALL | re.IGNORECASE)
"""What some models think before they answer."""
CLOSED = re.compile(rf"(?:(?!<(?:{TAGS})>).)*?</(?:{TAGS})>", re.DOTALL | re.IGNORECASE)
"""The same where the chat template has written the opening tag."""
OPENED = re.compile(rf"\s*<(?:{TAGS})>", re.IGNORECASE)


class Unanswered(Exception):
    """No answer could be had; the message is the reason. `again`: another try may help."""

    def __init__(self, reason: str, again: bool = False) -> None:
        super().__init__(reason)
        self.again = again


@dataclass(frozen=True)
class Usage:
    """Tokens as the server told; None where it told nothing that can be believed."""

    sent: int | None
    written: int | None


def usage(reply: Any) -> Usage:
    told = _field(reply, "usage")
    return Usage(count(_field(told, "prompt_tokens")), count(_field(told, "completion_tokens")))


def answer(reply: Any) -> str:
    """The text of the first choice, without thoughts; Unanswered where there is none. Empty where the model ended without a word."""
    if error := _field(reply, "error"):
        raise Unanswered(f"the server reports an error: {_field(error, 'message') or error}"[:200], again=True)
    choices = _field(reply, "choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    message = _field(first, "message")
    if not isinstance(message, dict):
        raise Unanswered("the reply holds no answer", again=True)
    ended, refusal, text = _field(first, "finish_reason"), message.get("refusal"), text_of(message.get("content"))
    if ended == "content_filter" or (refusal and isinstance(refusal, str)):
        raise Unanswered(f"the model refused ({refusal or ended})"[:200])
    said = _said(text or "")
    thought = (
        said is None or bool((text or "").strip() and not said) or any(message.get(name) for name in ("reasoning_content", "reasoning"))
    )
    if said is None or (not said and (thought or ended == "length")):
        raise Unanswered(_nothing(ended, thought))
    if text is None:
        raise Unanswered(f"the reply holds no text ({ended})"[:200] if isinstance(ended, str) else "the reply holds no text", again=True)
    if HALF.search(said):
        raise Unanswered("the answer holds halves of characters (lone surrogates)", again=True)
    return said


def was_cut(reply: Any) -> bool:
    """Whether the server says that the answer ended at a limit of tokens, not where the model ended it."""
    choices = _field(reply, "choices")
    return isinstance(choices, list) and bool(choices) and _field(choices[0], "finish_reason") == "length"


def so_far(text: str) -> str:
    """What may be shown of an answer that is being written: nothing yet where it may be a thought."""
    if text.lstrip().startswith("<") and len(text.lstrip()) < len("<reasoning>"):
        return ""
    return _said(text) or ""


def _said(text: str) -> str | None:
    """Without thoughts; None where they were not ended."""
    rest = text
    while found := THOUGHTS.match(rest):
        rest = rest[found.end() :]
    if OPENED.match(rest):
        return None
    if found := CLOSED.match(rest):
        rest = rest[found.end() :]
    return rest.strip()


def _nothing(ended: Any, thought: bool) -> str:
    if ended == "length":
        while_thinking = " while thinking" if thought else ""
        return f"cut off{while_thinking} before it answered: it may write too few tokens (task.max_new_tokens)"
    return "the reply holds thoughts and no answer"


def _field(part: Any, name: str) -> Any:
    return part.get(name) if isinstance(part, dict) else None
