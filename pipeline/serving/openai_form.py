"""OpenAI's chat API, as far as one measured candidate can keep it: a request → a row, an answer → a response. No HTTP, no model."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.records import Example, Turn
from pipeline.results.ask import Said

Json = dict[str, Any]
ROLES = ("system", "developer", "user", "assistant", "tool")
REFUSED = {
    "tools": "tools", "functions": "functions", "response_format": "a response format", "logprobs": "log-probabilities", "audio": "audio",
}  # fmt: skip
"""What would need another candidate than the one that was measured."""
IGNORED = (
    "temperature",
    "top_p",
    "seed",
    "stop",
    "max_tokens",
    "max_completion_tokens",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
)
"""Accepted and without effect: answers are as long and as greedy as they were measured."""


class BadRequest(Exception):
    """What is wrong with a request, in the words of the reply; `param` names the field."""

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


@dataclass(frozen=True)
class Request:
    """What is asked."""

    row: Example
    stream: bool
    usage: bool
    """Whether a stream ends with its token counts."""
    ignored: tuple[str, ...]
    """Fields that were sent and have no effect."""


def read(body: Any) -> Request:
    """The request in a JSON body; BadRequest names what cannot be done."""
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    if (count := body.get("n")) not in (None, 1):
        raise BadRequest(f"n must be 1, not {count!r}: answers are greedy, so that all would be the same", "n")
    for name, what in REFUSED.items():
        if body.get(name):
            raise BadRequest(f"{what} cannot be asked for: the candidate is served as it was measured", name)
    turns = _turns(body.get("messages"))
    spoken = [turn for turn in turns if turn.role != "system"]
    if not spoken or spoken[-1].role != "user":
        raise BadRequest("the last message must be the user's", "messages")
    ignored = [name for name in IGNORED if body.get(name) is not None]
    if len(spoken) < len(turns):
        ignored.append("system messages")
    row = Example("asked", spoken[-1].content, (), choices=choices_of(body.get("choices")), history=tuple(spoken[:-1]))
    options = body.get("stream_options")
    return Request(row, bool(body.get("stream")), isinstance(options, dict) and bool(options.get("include_usage")), tuple(ignored))


def _turns(messages: Any) -> list[Turn]:
    if not isinstance(messages, list) or not messages:
        raise BadRequest("messages must be a list with at least one message", "messages")
    found = []
    for message in messages:
        role = message.get("role") if isinstance(message, dict) else None
        if role not in ROLES:
            raise BadRequest(f"a message needs a role, one of {', '.join(ROLES)}", "messages")
        found.append(Turn("system" if role == "developer" else str(role), _text(message.get("content"))))
    return found


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [None]
    texts = [part.get("text") if isinstance(part, dict) and part.get("type", "text") == "text" else None for part in parts]
    if not all(isinstance(text, str) for text in texts):
        raise BadRequest("a message's content must be text", "messages")
    return "\n".join(map(str, texts))


def choices_of(value: Any) -> tuple[str, ...]:
    """The closed set of answers of this row, a field of Bakeoff's own."""
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise BadRequest("choices must be a list of texts", "choices")
    return tuple(value)


def head(model: str, stream: bool) -> Json:
    """What begins every response."""
    kind = "chat.completion.chunk" if stream else "chat.completion"
    return {"id": f"chatcmpl-{uuid.uuid4().hex[:24]}", "object": kind, "created": int(time.time()), "model": model}


def whole(begun: Json, said: Said, ignored: Sequence[str]) -> Json:
    """A response that does not stream."""
    message = {"role": "assistant", "content": said.text, "refusal": None, "annotations": citations(said)}
    chosen = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {**begun, "choices": [chosen], "usage": usage(said), "bakeoff": told(said, ignored)}


def piece(begun: Json, delta: Json, reason: str | None = None) -> Json:
    """One part of a stream."""
    return {**begun, "choices": [{"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}]}


def citations(said: Said) -> list[Json]:
    """The passages that stood in the prompt, in their order: number n is what `[n]` in the answer refers to."""
    return [
        {
            "type": "file_citation",
            "file_citation": {"index": place, "file_id": given.document, "filename": given.document, "quote": given.text},
        }
        for place, given in enumerate(said.passages, start=1)
    ]


def usage(said: Said) -> Json | None:
    """None where the candidate counts no tokens."""
    if said.prompt_tokens is None or said.completion_tokens is None:
        return None
    asked, written = said.prompt_tokens, said.completion_tokens
    return {"prompt_tokens": asked, "completion_tokens": written, "total_tokens": asked + written}


def told(said: Said, ignored: Sequence[str]) -> Json:
    """What OpenAI's form has no place for."""
    return {"arm": said.arm, "seconds": said.seconds, "ignored": list(ignored)}


def error(message: str, kind: str, param: str | None = None, code: str | None = None) -> Json:
    """An error in OpenAI's form."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
