"""The form in which a comparison asks a system of the team's own (docs/systems.md): a row → an answer with its contexts. No HTTP."""

from __future__ import annotations

from typing import Any

from pipeline.records import Example, Turn
from pipeline.results.ask import Said
from pipeline.serving.openai_form import BadRequest, choices_of


def read(body: Any) -> Example:
    """The row in `{"id", "input", "history", "choices"}`; BadRequest names what is wrong."""
    if not isinstance(body, dict) or not isinstance(body.get("input"), str):
        raise BadRequest("the body must be an object with a text as input", "input")
    turns = body.get("history") or []
    if not isinstance(turns, list) or not all(
        isinstance(turn, dict) and all(isinstance(turn.get(key), str) for key in ("role", "content")) for turn in turns
    ):
        raise BadRequest("history must be a list of objects with role and content", "history")
    history = tuple(Turn(turn["role"], turn["content"]) for turn in turns)
    return Example(str(body.get("id", "asked")), body["input"], (), choices=choices_of(body.get("choices")), history=history)


def told(said: Said) -> dict[str, Any]:
    """What the system's own form has a place for."""
    contexts = [{"id": given.document, "text": given.text} for given in said.passages]
    counts = {"prompt_tokens": said.prompt_tokens, "completion_tokens": said.completion_tokens}
    return {"answer": said.text, "contexts": contexts, "seconds": said.seconds, **{k: v for k, v in counts.items() if v is not None}}
