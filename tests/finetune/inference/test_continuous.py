"""Answers of a batch that prompts join and leave at any time are those that each gets alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.inference.continuous import Joining, Ongoing
from finetune.inference.generate import Generation, Generator, Prompt
from finetune.rows import Message
from tests.finetune.tiny_model import make

COUNT, LIMIT = 7, 9
SCHEMA = {"type": "object", "properties": {"a": {"enum": ["one", "another"]}}, "required": ["a"], "additionalProperties": False}


def prompt(number: int) -> Prompt:
    return Prompt(f"p{number}", (Message("system", "be brief"), Message("user", "word " * (1 + 5 * (number % 4)) + str(number))))


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Generator:
    return Generator(make(tmp_path_factory.mktemp("tiny")))


def alone(generator: Generator, schema: dict[str, object] | None, limit: int) -> dict[str, Generation]:
    found = {}
    for number in range(COUNT):
        (batch,) = generator.plan([prompt(number)])
        (done,) = generator.run(batch, limit, schema)
        found[done.id] = done
    return found


@pytest.fixture(scope="module")
def expected(generator: Generator) -> dict[str, Generation]:
    return alone(generator, None, LIMIT)


def same(done: Generation, other: Generation) -> bool:
    return (done.text, done.prompt_tokens, done.completion_tokens, done.cut) == (
        other.text, other.prompt_tokens, other.completion_tokens, other.cut,
    )  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=COUNT, max_size=COUNT), st.sets(st.integers(0, COUNT - 1), max_size=2), st.integers(1, 6))
def test_whoever_joins_or_leaves_each_row_is_answered_as_if_alone(
    generator: Generator, expected: dict[str, Generation], steps: list[int], leaving: set[int], after: int
) -> None:
    """`steps`: how many tokens are written before each prompt joins; some leave after a while."""
    batch, done, heard = Ongoing(generator, LIMIT), {}, dict[str, list[str]]()
    for number, before in enumerate(steps):
        for _ in range(before):
            done |= {one.id: one for one in batch.step()}
        asked = prompt(number)
        batch.join([Joining(asked, batch.ids(asked), heard.setdefault(asked.id, []).append)])
    for _ in range(after):
        done |= {one.id: one for one in batch.step()}
    left = {f"p{number}" for number in leaving} - set(done)
    batch.drop(left)
    while len(batch):
        done |= {one.id: one for one in batch.step()}
    assert set(done) == set(expected) - left
    assert all(same(done[name], expected[name]) for name in done)
    assert all(heard[name][-1] == one.text and len(heard[name]) == one.completion_tokens for name, one in done.items())


def test_a_schema_holds_for_rows_that_join_later(generator: Generator) -> None:
    wanted, batch, done = alone(generator, SCHEMA, 40), Ongoing(generator, 40, SCHEMA), {}
    for number in range(COUNT):
        asked = prompt(number)
        batch.join([Joining(asked, batch.ids(asked))])
        for _ in range(3):
            done |= {one.id: one for one in batch.step()}
    while len(batch):
        done |= {one.id: one for one in batch.step()}
    assert {name: one.text for name, one in done.items()} == {name: one.text for name, one in wanted.items()}
    assert all(json.loads(one.text)["a"] in ("one", "another") for one in done.values())


def test_what_all_prompts_begin_with_is_read_once(generator: Generator, tmp_path: Path) -> None:
    batch = Ongoing(generator, LIMIT)
    first = [prompt(0), prompt(1), prompt(2)]
    for asked in first:
        batch.join([Joining(asked, batch.ids(asked))])
    shared = len(batch._prefix[0])
    assert shared >= len(generator.chat.prompt_ids([Message("system", "be brief"), Message("user", "word ")])) - 20
    assert batch._state is not None
    assert batch._state.read < sum(len(batch.ids(asked)) for asked in first) - shared
