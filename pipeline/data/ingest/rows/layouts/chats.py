"""Rows that are conversations (chat messages, ShareGPT, TRL, preference pairs) → input, answer, and the turns before it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pipeline.data.ingest.rows.layouts.parsed import parsed
from pipeline.data.ingest.rows.layouts.shaped import Cells, Shaped
from pipeline.data.ingest.rows.layouts.turns import WHOLE, Said, Unusable, is_conversation, read_turns
from pipeline.data.ingest.rows.names import EXAMPLES, find
from pipeline.records import Turn

PREFERRED = "preference data: the preferred answer is the target; the rejected one is not used"
AFTER = "what stands after the last answer of a conversation is left out"
CALL = "conversations end with a call of a tool: the call, as JSON, is the target"
TOOLS = "the definitions of tools (column `tools`) are not put into the prompt"
DESCRIBED = ("system", "system_prompt", "system_instruction", "systemInstruction", "system_message")
"""Columns with instructions beside a conversation or a prompt."""
HH = re.compile(r"\n\n(Human|Assistant):")


def as_chat(cells: Cells) -> Shaped | None:
    """The row as a conversation; None where it is none."""
    found = _conversation(cells)
    if found is None:
        return None
    turns, used, remarks = found
    rest = {name: value for name, value in cells.items() if name not in used}
    try:
        said = read_turns([*_system(rest), *turns])
    except Unusable as error:
        return Shaped(rest, problem=str(error))
    return _labelled(rest, said) or _shaped(rest, said, remarks)


def _labelled(cells: Cells, turns: list[Said]) -> Shaped | None:
    """A conversation that ends with the user, with its answer or label in a column beside it."""
    column = find(map(str, cells), EXAMPLES["references"])
    if column is None or cells[column] in (None, "", []) or not turns or turns[-1].role not in ("user", "tool"):
        return None
    asked = [turn.content for turn in turns if turn.role == "user"]
    return Shaped({**cells, "input": asked[-1]}, tuple(Turn(turn.role, turn.content) for turn in turns)) if asked else None


def _conversation(cells: Cells) -> tuple[list[Any], set[str], list[str]] | None:
    """All turns, the columns they came from, and what is to be told."""
    for made in (_preferred(cells), _prompted(cells)):
        if made:
            return made
    for key in WHOLE:
        value = parsed(cells.get(key))
        if isinstance(value, dict):
            value = value.get("messages")
        if is_conversation(value):
            return value, {key}, []
    return None


def _preferred(cells: Cells) -> tuple[list[Any], set[str], list[str]] | None:
    """TRL's `chosen` and `rejected`, with the prompt apart or in both; OpenAI's `preferred_output`."""
    if {"input", "preferred_output"} <= cells.keys() and isinstance(cells["input"], dict):
        asked, answer = cells["input"].get("messages"), cells["preferred_output"]
        if isinstance(asked, list) and isinstance(answer, list) and is_conversation(asked) and is_conversation(answer):
            return [*asked, *answer], {"input", "preferred_output", "non_preferred_output"}, [PREFERRED]
    if not {"chosen", "rejected"} <= cells.keys():
        return None
    used = {"chosen", "rejected", "prompt"}
    chosen, prompt = parsed(cells["chosen"]), parsed(cells.get("prompt"))
    if isinstance(chosen, str) and chosen.startswith("\n\nHuman:"):
        said = HH.split(chosen)[1:]
        return [{"role": who, "content": text} for who, text in zip(said[::2], said[1::2], strict=True)], used, [PREFERRED]
    if isinstance(chosen, dict):
        chosen = [chosen]
    if is_conversation(prompt) and isinstance(chosen, str):
        chosen = [{"role": "assistant", "content": chosen}]
    if not is_conversation(chosen):
        return None
    if len(chosen) > 1 or prompt is None:
        return chosen, used, [PREFERRED]
    return [*_opened(prompt), *chosen], used, [PREFERRED]


def _prompted(cells: Cells) -> tuple[list[Any], set[str], list[str]] | None:
    """TRL's `prompt` and `completion` (OpenAI's evals: `input` and `ideal`), one of them or both as lists of turns."""
    asked = next((name for name in ("prompt", "input") if name in cells), "prompt")
    answer_in = next((name for name in ("completion", "response", "output", "ideal") if name in cells), "completion")
    prompt, completion = parsed(cells.get(asked)), parsed(cells.get(answer_in))
    if isinstance(completion, dict):
        completion = [completion]
    answered = is_conversation(completion)
    if not answered and not (is_conversation(prompt) and isinstance(completion, str)):
        return None
    answer = completion if answered else [{"role": "assistant", "content": completion}]
    if not is_conversation(prompt) and not isinstance(prompt, str):
        return None
    return [*_opened(prompt), *answer], {asked, answer_in}, []


def _opened(prompt: Any) -> list[Any]:
    return prompt if is_conversation(prompt) else [{"role": "user", "content": prompt}]


def _system(cells: Cells) -> list[dict[str, Any]]:
    """The row's instructions where they stand in a column of their own, which is taken out of the cells."""
    found = [{"role": "system", "content": cells.pop(name)} for name in DESCRIBED if cells.get(name)]
    return [turn for turn in found if isinstance(turn["content"], str | list | dict)]


def _shaped(cells: Cells, turns: list[Said], remarks: Iterable[str]) -> Shaped:
    """The last assistant turn is the answer, what stands before it the conversation."""
    answers = [place for place, turn in enumerate(turns) if turn.role == "assistant" and turn.learnt]
    if not answers:
        unlearnt = any(turn.role == "assistant" for turn in turns)
        return Shaped(
            cells, problem="no answer of this conversation is to be learnt (weight 0)" if unlearnt else "the conversation holds no answer"
        )
    last = answers[-1]
    before, answer = turns[:last], turns[last]
    asked = max((place for place, turn in enumerate(before) if turn.role == "user"), default=-1)
    if asked < 0:
        return Shaped(cells, problem="no user speaks before the answer of this conversation")
    if not answer.content:
        return Shaped(cells, problem="the last answer of this conversation is empty")
    told = [
        *remarks,
        *([AFTER] if last < len(turns) - 1 else []),
        *([CALL] if answer.calls else []),
        *([TOOLS] if "tools" in cells else []),
    ]
    system = "\n\n".join(turn.content for turn in before if turn.role == "system")
    named = {**cells, **({"system": system} if system else {}), "input": before[asked].content, "references": [answer.content]}
    return Shaped(named, tuple(Turn(turn.role, turn.content) for turn in before), tuple(told))
