"""Conversations as tools write them down: the last answer is the target, what stands before keeps its roles, nothing is dropped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.experiment.load import Task
from pipeline.records import Example, Turn
from pipeline.tasks import task_for
from pipeline.tasks.prompts import messages
from tests.pipeline.data.shown import jsonl, notes, shown, turns, why

COUNT = 24


def said(role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


def asked(i: int) -> dict[str, Any]:
    return said("user", f"Where is item {i}?")


def told(i: int) -> dict[str, Any]:
    return said("assistant", f"shelf {i}")


def parts(text: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text}]


def call(i: int) -> dict[str, Any]:
    function = {"name": "find", "arguments": json.dumps({"item": i})}
    return said("assistant", None, tool_calls=[{"id": "c", "type": "function", "function": function}])


BEFORE = [("user", "Hello"), ("assistant", "Hello, how can I help?")]
GREETED = [said(*turn) for turn in BEFORE]
ASKED = [("user", "Where is item 3?")]
CALLED = [*ASKED, ("assistant", '{"name": "find", "arguments": {"item": 3}}'), ("tool", '{"shelf": 3}')]
CHATS: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    # OpenAI's fine-tuning files
    "parts": (lambda i: {"messages": [*GREETED, said("user", parts(f"Where is item {i}?")), told(i)]}, [*BEFORE, *ASKED]),
    "tools": (lambda i: {"messages": [asked(i), call(i), said("tool", json.dumps({"shelf": i}), tool_call_id="c"), told(i)]}, CALLED),
    "old-calls": (
        lambda i: {
            "messages": [
                asked(i),
                said("assistant", None, function_call={"name": "find", "arguments": json.dumps({"item": i})}),
                said("function", json.dumps({"shelf": i}), name="find"),
                told(i),
            ]
        },
        CALLED,
    ),
    "weights": (
        lambda i: {"messages": [*GREETED, asked(i), {**told(i), "weight": 1}, said("user", "And?"), said("assistant", "no", weight=0)]},
        [*BEFORE, *ASKED],
    ),
    "ends-with-user": (lambda i: {"messages": [asked(i), told(i), said("user", "Thanks!")]}, ASKED),
    "as-text": (lambda i: {"messages": json.dumps([*GREETED, asked(i), told(i)])}, [*BEFORE, *ASKED]),
    "as-python-text": (lambda i: {"messages": str([*GREETED, asked(i), told(i)])}, [*BEFORE, *ASKED]),
    # ShareGPT, LLaMA-Factory
    "sharegpt": (
        lambda i: {"conversations": [{"from": "human", "value": f"Where is item {i}?"}, {"from": "gpt", "value": f"shelf {i}"}]},
        ASKED,
    ),
    "observations": (
        lambda i: {
            "conversations": [
                {"from": "human", "value": f"Where is item {i}?"},
                {"from": "function_call", "value": json.dumps({"name": "find", "arguments": {"item": i}})},
                {"from": "observation", "value": json.dumps({"shelf": i})},
                {"from": "gpt", "value": f"shelf {i}"},
            ]
        },
        CALLED,
    ),
    "alpaca-history": (
        lambda i: {
            "instruction": f"Where is item {i}?",
            "input": "",
            "output": f"shelf {i}",
            "history": [["Hello", "Hello, how can I help?"]],
        },
        [*BEFORE, *ASKED],
    ),
    # TRL
    "prompt-completion": (lambda i: {"prompt": [*GREETED, asked(i)], "completion": [told(i)]}, [*BEFORE, *ASKED]),
    "prompt-text": (lambda i: {"prompt": f"Where is item {i}?", "completion": [told(i)]}, ASKED),
    "dpo": (lambda i: {"prompt": [asked(i)], "chosen": [told(i)], "rejected": [said("assistant", "no idea")]}, ASKED),
    "dpo-whole": (lambda i: {"chosen": [asked(i), told(i)], "rejected": [asked(i), said("assistant", "no idea")]}, ASKED),
    "dpo-ultrafeedback": (
        lambda i: {"prompt": f"Where is item {i}?", "chosen": [asked(i), told(i)], "rejected": [asked(i), said("assistant", "no")]},
        ASKED,
    ),
    "dpo-hh": (
        lambda i: {
            "chosen": f"\n\nHuman: Where is item {i}?\n\nAssistant: shelf {i}",
            "rejected": f"\n\nHuman: Where is item {i}?\n\nAssistant: no",
        },
        ASKED,
    ),
    "openai-preference": (
        lambda i: {
            "input": {"messages": [*GREETED, asked(i)], "tools": []},
            "preferred_output": [told(i)],
            "non_preferred_output": [said("assistant", "no")],
        },
        [*BEFORE, *ASKED],
    ),
    # other vendors
    "anthropic": (
        lambda i: {
            "messages": [
                said("user", parts(f"Where is item {i}?")),
                said("assistant", [{"type": "thinking", "thinking": "hm"}, {"type": "tool_use", "name": "find", "input": {"item": i}}]),
                said("user", [{"type": "tool_result", "tool_use_id": "t", "content": json.dumps({"shelf": i})}]),
                said("assistant", parts(f"shelf {i}")),
            ]
        },
        CALLED,
    ),
    "gemini": (
        lambda i: {
            "contents": [{"role": "user", "parts": [{"text": f"Where is item {i}?"}]}, {"role": "model", "parts": [{"text": f"shelf {i}"}]}]
        },
        ASKED,
    ),
    "cohere": (
        lambda i: {"messages": [{"role": "User", "content": f"Where is item {i}?"}, {"role": "Chatbot", "content": f"shelf {i}"}]},
        ASKED,
    ),
    "openai-evals": (lambda i: {"input": [*GREETED, asked(i)], "ideal": f"shelf {i}"}, [*BEFORE, *ASKED]),
    "langsmith": (lambda i: {"inputs": {"messages": [*GREETED, asked(i)]}, "outputs": {"message": told(i)}}, [*BEFORE, *ASKED]),
    "answer-beside": (lambda i: {"messages": [*GREETED, asked(i)], "answer": f"shelf {i}"}, [*BEFORE, *ASKED]),
}


@pytest.mark.parametrize("name", CHATS)
def test_turns_keep_their_roles_and_the_last_answer_is_the_target(name: str, tmp_path: Path) -> None:
    make, right = CHATS[name]
    found = shown(jsonl(tmp_path / "chat.jsonl", [make(i) for i in range(COUNT)]))
    assert (len(found["rows"]), found["quarantined"]) == (COUNT, [])
    row = found["rows"][3]
    assert turns(row) == right
    assert (row["input"], row["references"]) == ("Where is item 3?", ["shelf 3"])


@pytest.mark.parametrize("role", ["developer", "system"])
def test_instructions_of_all_rows_are_the_experiments_and_others_stay_with_their_row(role: str, tmp_path: Path) -> None:
    same = shown(jsonl(tmp_path / "same.jsonl", [{"messages": [said(role, "Only the shelf."), asked(i), told(i)]} for i in range(COUNT)]))
    assert same["proposal"]["task"]["instructions"] == "Only the shelf."
    assert turns(same["rows"][3]) == ASKED
    rows = [{"messages": [said(role, f"You are clerk {i % 2}."), asked(i), told(i)]} for i in range(COUNT)]
    each = shown(jsonl(tmp_path / "each.jsonl", rows))
    assert "instructions" not in each["proposal"]["task"]
    assert turns(each["rows"][3]) == [("system", "You are clerk 1."), *ASKED]
    beside = [{"system": "Only the shelf.", "conversations": [asked(i), told(i)]} for i in range(COUNT)]
    assert shown(jsonl(tmp_path / "beside.jsonl", beside))["proposal"]["task"]["instructions"] == "Only the shelf."


def test_what_is_read_in_a_way_of_its_own_is_told(tmp_path: Path) -> None:
    rows = {
        "preferred answer is the target": CHATS["dpo"][0],
        "after the last answer of a conversation is left out": CHATS["ends-with-user"][0],
        "call of a tool": lambda i: {"messages": [asked(i), call(i)]},
    }
    for number, (mention, make) in enumerate(rows.items()):
        found = shown(jsonl(tmp_path / f"{number}.jsonl", [make(i) for i in range(COUNT)]))
        assert mention in notes(found)
        assert f"({COUNT} rows)" in notes(found)
        assert any(mention in question for question in found["proposal"]["questions"])
    last = shown(tmp_path / "2.jsonl")
    assert json.loads(last["rows"][5]["references"][0]) == {"name": "find", "arguments": {"item": 5}}
    assert last["proposal"]["task"]["kind"] == "extraction"


def test_a_conversation_that_cannot_be_used_is_named_and_no_earlier_turn_takes_its_answers_place(tmp_path: Path) -> None:
    good = [{"messages": [asked(i), told(i)]} for i in range(COUNT)]
    image = [{"type": "image_url", "image_url": {"url": "x"}}]
    bad = {
        "holds no answer": [asked(1)],
        "part that is no text (image_url)": [said("user", image), told(1)],
        "role 'moderator'": [said("moderator", "x"), told(1)],
        "weight 0": [asked(1), {**told(1), "weight": 0}],
        "the last answer of this conversation is empty": [asked(1), told(1), said("user", "And?"), said("assistant", "")],
        "no user speaks": [said("system", "x"), told(1)],
    }
    found = shown(jsonl(tmp_path / "chat.jsonl", [*good, *({"messages": turns} for turns in bad.values())]))
    assert len(found["rows"]) == COUNT
    assert all(mention in reason for mention, reason in zip(bad, why(found), strict=True)), why(found)


def test_a_prompt_gives_the_turns_with_their_roles() -> None:
    history = (Turn("system", "You are a clerk."), Turn("user", "Hello"), Turn("assistant", "Hello!"))
    steps = (Turn("assistant", "find(3)"), Turn("tool", "shelf 3"))
    row = Example("r", "Where is it?", ("shelf 3",), history=history, steps=steps)
    made = messages(task_for(Task(kind="generation"), [row]), row)
    assert [(turn["role"], turn["content"]) for turn in made] == [
        ("system", "You are a clerk."),
        ("user", "Hello"),
        ("assistant", "Hello!"),
        ("user", "Where is it?"),
        ("assistant", "find(3)"),
        ("user", "Result of the tool:\nshelf 3"),
    ]
    told = messages(task_for(Task(kind="generation", instructions="Be brief."), [row]), row)
    assert told[0] == {"role": "system", "content": "Be brief.\n\nYou are a clerk."}
    assert (
        Example.from_json(
            json.loads(json.dumps({**row.__dict__, "history": [t.__dict__ for t in history], "steps": [t.__dict__ for t in steps]}))
        )
        == row
    )
    assert (row.query, row.asked.split("\n")[0]) == ("Hello\nWhere is it?", "You are a clerk.")


@pytest.mark.parametrize("make", [
    lambda i, good: {"prompt": f"Where is item {i}?", "completion": f"shelf {i}" if good else "no", "label": good},
    lambda i, good: {"prompt": [asked(i)], "completion": [told(i) if good else said("assistant", "no")], "label": good},
    lambda i, good: {"messages": [asked(i), told(i) if good else said("assistant", "no")], "kto_tag": "true" if good else "false"},
], ids=["trl", "trl-chat", "llama-factory"])  # fmt: skip
def test_answers_marked_bad_are_no_targets(make: Any, tmp_path: Path) -> None:
    found = shown(jsonl(tmp_path / "kto.jsonl", [make(i, i % 3 != 0) for i in range(COUNT)]))
    assert [row["references"] for row in found["rows"]] == [[f"shelf {i}"] for i in range(COUNT) if i % 3]
    assert [row["input"] for row in found["rows"]] == [f"Where is item {i}?" for i in range(COUNT) if i % 3]
    assert why(found) == ["the answer of this row is marked as a bad one"] * (COUNT // 3)
    assert "the good ones are the targets" in notes(found)


def test_a_label_beside_a_question_stays_the_answer(tmp_path: Path) -> None:
    found = shown(jsonl(tmp_path / "labels.jsonl", [{"messages": [asked(i)], "label": bool(i % 2)} for i in range(COUNT)]))
    assert [row["references"] for row in found["rows"]] == [[str(bool(i % 2)).lower()] for i in range(COUNT)]
