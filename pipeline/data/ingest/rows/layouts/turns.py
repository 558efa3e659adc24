"""One conversation as tools write it down → turns with known roles and plain text. Chooses no answer among them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.data.ingest.rows.layouts.parsed import parsed

ROLES = {
    **dict.fromkeys(("assistant", "gpt", "model", "bot", "chatgpt", "chatbot", "ai", "function_call", "tool_call"), "assistant"),
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("user", "human", "prompter", "customer"), "user"),
    **dict.fromkeys(("tool", "function", "observation", "function_response", "tool_response", "tool_result", "ipython"), "tool"),
}
WHOLE = ("messages", "conversations", "conversation", "dialog", "dialogue", "chat", "turns", "contents")
"""Columns that may hold a whole conversation."""
CALLS = ("function_call", "tool_call")
"""Roles of turns that are calls of tools."""
SAID = ("content", "value", "text", "parts", "message")
THOUGHT = ("thinking", "redacted_thinking", "reasoning")


class Unusable(Exception):
    """Why a conversation cannot be used as a row."""


@dataclass(frozen=True)
class Said:
    """A turn as it was read."""

    role: str
    content: str
    learnt: bool = True
    """False where the data says that the turn is not to be learnt (`weight: 0`)."""
    calls: bool = False
    """Whether it calls a tool: its content then holds the call, as JSON."""


def is_conversation(value: Any) -> bool:
    """A list of turns, each an object with a role and something said."""
    return isinstance(value, list) and bool(value) and all(isinstance(turn, dict) and _role(turn) is not None for turn in value)


def ends_answered(value: Any) -> bool:
    """Whether it is a conversation whose last turn is the assistant's."""
    return is_conversation(value) and ROLES.get(str(_role(value[-1]))) == "assistant"


def read_turns(value: Sequence[dict[str, Any]]) -> list[Said]:
    """Every turn; those of one role that follow each other are joined. Unusable where a role or a part is not known."""
    out: list[Said] = []
    for turn in value:
        said = _said(turn)
        if not said.content and not said.calls and said.role != "assistant":
            continue
        last = out[-1] if out else None
        if last and last.role == said.role != "tool" and last.learnt == said.learnt and not last.calls:
            joined = "\n\n".join(text for text in (last.content, said.content) if text)
            out[-1] = Said(said.role, joined, said.learnt, said.calls)
        else:
            out.append(said)
    return out


def _role(turn: dict[str, Any]) -> str | None:
    who = turn.get("role", turn.get("from", turn.get("speaker", turn.get("author"))))
    if isinstance(who, dict):
        who = who.get("role")
    told = any(key in turn for key in (*SAID, "tool_calls", "function_call", "refusal"))
    return who.strip().lower() if isinstance(who, str) and told else None


def _said(turn: dict[str, Any]) -> Said:
    who = str(_role(turn))
    if who not in ROLES:
        raise Unusable(f"the role {who[:40]!r} of a turn is not known (known: system, user, assistant, tool and their usual other names)")
    content = next((turn[key] for key in SAID if turn.get(key) is not None), None)
    texts, inner = _parts(content)
    calls = [*inner, *_calls(turn)]
    if who in CALLS:
        texts, calls = [], [*calls, *(_call(parsed(text)) for text in texts)]
    if turn.get("refusal") and not texts:
        texts = [str(turn["refusal"])]
    weight = turn.get("weight", 1)
    role = "tool" if isinstance(content, list) and any(_kind(part) == "tool_result" for part in content) else ROLES[who]
    text = "\n".join(part for part in (*texts, *calls) if part.strip()).strip()
    learnt = weight not in (0, "0", False) and turn.get("train", True) is not False
    return Said(role, text, learnt, bool(calls))


def _kind(part: Any) -> str:
    return str(part.get("type") or "") if isinstance(part, dict) else ""


def _parts(content: Any) -> tuple[list[str], list[str]]:
    """The texts and the calls in what a turn holds; Unusable where something in it is no text."""
    if content is None:
        return [], []
    if isinstance(content, str):
        return [content.strip()], []
    if isinstance(content, dict) and isinstance(content.get("parts"), list):
        content = content["parts"]
    texts: list[str] = []
    calls: list[str] = []
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, str):
            texts.append(part.strip())
        elif not isinstance(part, dict):
            texts.append("" if part is None else json.dumps(part, ensure_ascii=False))
        elif isinstance(text := part.get("text", part.get("refusal")), str):
            texts.append(text.strip())
        elif _kind(part) in ("tool_use", "function_call") or "functionCall" in part or "toolUse" in part:
            calls.append(_call(part.get("functionCall", part.get("toolUse", part))))
        elif _kind(part) == "tool_result":
            texts += _parts(part.get("content"))[0]
        elif "functionResponse" in part or "toolResult" in part:
            texts.append(json.dumps(part.get("functionResponse", part.get("toolResult")), ensure_ascii=False))
        elif _kind(part) not in THOUGHT:
            raise Unusable(f"a turn holds a part that is no text ({_kind(part) or ', '.join(map(str, part))[:60]})")
    return texts, calls


def _calls(turn: dict[str, Any]) -> list[str]:
    """The calls in OpenAI's fields, each as one JSON object."""
    listed = turn.get("tool_calls") or ([turn["function_call"]] if turn.get("function_call") else [])
    listed = parsed(listed)
    return [_call(call.get("function", call) if isinstance(call, dict) else call) for call in (listed if isinstance(listed, list) else [])]


def _call(call: Any) -> str:
    if not isinstance(call, dict):
        return call if isinstance(call, str) else json.dumps(call, ensure_ascii=False)
    arguments = parsed(next((call[key] for key in ("arguments", "input", "args", "parameters") if key in call), {}))
    if "name" not in call:
        return json.dumps(call, ensure_ascii=False)
    return json.dumps({"name": call["name"], "arguments": arguments}, ensure_ascii=False)
