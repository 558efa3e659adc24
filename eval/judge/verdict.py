"""Schemas of a judge's reply: ragas' answer models with stricter types, and the check that a reply follows them. Asks nothing.

ragas takes any integer for a verdict of 0 or 1, and any number of verdicts for the statements it sent; both move a score in silence.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

Answer = TypeVar("Answer", bound=BaseModel)
ALLOWED: dict[str, tuple[int, ...]] = {
    "verdict": (0, 1), "attributed": (0, 1), "noncommittal": (0, 1), "score": (1, 2, 3, 4, 5)
}  # fmt: skip
"""The integers that ragas' prompts ask for, by the name of the field."""
SOURCES = ("answer", "response", "text")
"""Where the text stands that is to be taken apart into statements, claims or entities."""
THINKING = re.compile(r"<think>.*?</think>", re.DOTALL)


class Unfit(Exception):
    """Not such an answer; the message says why, for the judge to read."""


def schema_for(model: type[BaseModel], data: dict[str, Any]) -> dict[str, Any]:
    """The JSON schema of `model` for an answer to `data`: every field needed, no other, integers and lengths as they must be.

    A list of findings has one entry for each statement of the data. A list of statements has room for one in four words: more
    than any text holds, and an end for small models that do not find one.
    """
    schema: dict[str, Any] = _tight(_loose(model), _room(data), _expected(data))
    return schema


def parse(text: str, model: type[Answer], data: dict[str, Any]) -> Answer:
    """The answer as ragas wants it; Unfit where it is none."""
    try:
        answer = model.model_validate_json(_json_in(text))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise Unfit(f"{'.'.join(map(str, first['loc'])) or 'the answer'}: {first['msg']}") from None
    _check(answer.model_dump(), _expected(data))
    return answer


@cache
def _loose(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _tight(node: Any, room: int, expected: int | None) -> Any:
    if isinstance(node, list):
        return [_tight(part, room, expected) for part in node]
    if not isinstance(node, dict):
        return node
    tight = {name: _tight(value, room, expected) for name, value in node.items()}
    if node.get("type") == "object" and "properties" in node:
        tight |= {"required": list(node["properties"]), "additionalProperties": False}
        for name, values in ALLOWED.items():
            if tight["properties"].get(name, {}).get("type") == "integer":
                tight["properties"][name]["enum"] = list(values)
        findings = tight["properties"].get("statements", {})
        if expected is not None and "$ref" in findings.get("items", {}):
            findings |= {"minItems": expected, "maxItems": expected}
    if node.get("type") == "array" and "maxItems" not in tight:
        tight["maxItems"] = room
    return tight


def _check(answer: Any, expected: int | None) -> None:
    if isinstance(answer, list):
        for part in answer:
            _check(part, expected)
    if not isinstance(answer, dict):
        return
    findings = answer.get("statements")
    if expected is not None and isinstance(findings, list) and len(findings) != expected:
        raise Unfit(f"statements: {expected} findings are needed, one for each statement, not {len(findings)}")
    for name, value in answer.items():
        if name in ALLOWED and value not in ALLOWED[name]:
            raise Unfit(f"{name}: must be one of {', '.join(map(str, ALLOWED[name]))}")
        _check(value, None)


def _expected(data: dict[str, Any]) -> int | None:
    statements = data.get("statements")
    return len(statements) if isinstance(statements, list) else None


def _room(data: dict[str, Any]) -> int:
    text = " ".join(value for name in SOURCES if isinstance(value := data.get(name), str))
    listed = sum(len(value) for value in data.values() if isinstance(value, list))
    return 4 + max(len(text.split()) // 4, listed)


def _json_in(text: str) -> str:
    """The outermost object, without what some models think or mark up around it."""
    text = THINKING.sub("", text)
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text
