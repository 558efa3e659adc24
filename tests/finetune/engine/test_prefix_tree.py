"""Rows that begin alike stand behind their beginning: every row once, little enough at a time, and the same gradient and dev loss."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.engine import prefix, prefix_tree
from finetune.engine.door import prepare
from finetune.engine.prefix_tree import Branch, planned
from finetune.pretrained import Weights
from finetune.rows import IGNORED, Encoded
from finetune.training.adapters import wrap
from finetune.training.gradient import dev_loss
from tests.finetune.gradients import STILL, gradient
from tests.finetune.tiny_model import make

SMALL, COMMON = 6, 4


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return make(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(prefix, "MIN_TOKENS", COMMON)
        changed.setattr(prefix_tree, "MIN_TOKENS", SMALL)
        yield


def row(name: str, *tokens: int, learnt: int = 2) -> Encoded:
    """A prompt, and labels behind it."""
    answer = [11, 0][-learnt:]
    return Encoded(name, [*tokens, *answer], [*[IGNORED] * len(tokens), *answer])


def family(parts: list[tuple[int, int, int]]) -> list[Encoded]:
    """Rows of a common beginning, one of three first passages, one of three second ones, and a question of their own."""
    first = {0: [], 1: list(range(30, 42)), 2: list(range(50, 58))}
    second = {0: [], 1: list(range(70, 90)), 2: list(range(90, 97))}
    return [
        row(str(i), 7, 8, 9, 10, 12, *first[a], *second[b], *(100 + (i * 7 + j) % 90 for j in range(1 + c)))
        for i, (a, b, c) in enumerate(parts)
    ]


FAMILIES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 5)), min_size=1, max_size=12).map(family)


def beginnings(branch: Branch, before: int) -> Iterator[int]:
    """The most tokens that are held at once on each way down, the common beginning not counted."""
    for part in branch.parts:
        yield branch.shared - before + len(part) * max(len(row.input_ids) - branch.shared for row in part)
    for inner in branch.branches:
        yield from beginnings(inner, before)


@given(FAMILIES, st.integers(1, 3), st.integers(8, 200))
@settings(max_examples=200)
def test_every_row_stands_once_behind_what_it_shares_and_little_is_held(rows: list[Encoded], lanes: int, tokens: int) -> None:
    plan = planned(rows, tokens, lanes, shares=True)
    assert sorted(one.id for lane in plan for one in lane.rows()) == sorted(one.id for one in rows)
    assert len({lane.shared for lane in plan}) == 1
    longest = max(len(one.input_ids) for one in rows) - plan[0].shared
    assert all(held <= max(tokens, longest) for lane in plan for held in beginnings(lane, lane.shared))
    check(plan)


def check(some: list[Branch]) -> None:
    for branch in some:
        inside = list(branch.rows())
        assert all(one.input_ids[: branch.shared] == inside[0].input_ids[: branch.shared] for one in inside)
        assert all(branch.shared < len(one.input_ids) - one.learnt for one in inside if branch.shared)
        assert all(inner.shared >= branch.shared + SMALL and len(list(inner.rows())) > 1 for inner in branch.branches)
        check(branch.branches)


def test_nested_beginnings_are_found_and_lanes_get_equal_work() -> None:
    rows = family([(1, 1, 2), (1, 1, 3), (1, 2, 1), (1, 2, 4), (2, 1, 0), (0, 0, 3), (0, 0, 1)])
    (whole,) = planned(rows, 500, shares=True)
    assert whole.shared == 5
    assert [(one.shared, len(list(one.rows()))) for one in whole.branches] == [(17, 4)]
    assert sorted((one.shared, len(list(one.rows()))) for one in whole.branches[0].branches) == [(24, 2), (37, 2)]
    assert [len(list(lane.rows())) for lane in planned(rows, 500, 2, shares=True)] == [4, 3]
    assert planned(rows, 500, shares=False)[0] == Branch(0, [sorted(rows, key=lambda one: -len(one.input_ids))])
    assert planned([], 500, 2, shares=True) == [Branch(0)]


def test_rows_of_one_passage_are_work_for_both_lanes() -> None:
    plan = planned(family([(1, 1, i % 6) for i in range(20)] + [(0, 0, 1)]), 500, 2, shares=True)
    assert [len(list(lane.rows())) for lane in plan] == [10, 11]
    assert [len(lane.branches) for lane in plan] == [1, 1]


@pytest.mark.parametrize("lanes", [1, 2])
@pytest.mark.parametrize("layers", [None, 1])
def test_gradient_and_dev_loss_are_those_of_the_rows_one_by_one(weights: Weights, layers: int | None, lanes: int) -> None:
    rows = family([(1, 1, 2), (1, 1, 3), (1, 2, 1), (1, 2, 4), (2, 1, 0), (2, 1, 5), (0, 0, 3)])
    assert planned(rows, 80, 1, shares=True)[0].branches[0].branches
    (plain, one), (branched, other) = gradient(weights, rows, layers, 1, False), gradient(weights, rows, layers, lanes, True)
    assert branched == pytest.approx(plain, abs=1e-5)
    assert len(one) == len(other) > 0
    for a, b in zip(one, other, strict=True):
        torch.testing.assert_close(b, a, rtol=1e-3, atol=1e-6)
    model = wrap(weights, STILL)
    prepare(model, "auto")
    apart, together = (dev_loss(model, planned(rows, 80, lanes, shares), 4) for shares in (False, True))
    assert float(together) == pytest.approx(float(apart), rel=1e-5)


def test_where_memory_runs_out_a_branch_is_what_can_be_taken_in_smaller_pieces() -> None:
    rows = family([(1, 1, 2), (1, 1, 3), (0, 0, 3)])
    (plan,) = planned(rows, 60, shares=True)
    (most,) = plan.divisible()
    assert most == 37 - 5 + 2 * (len(rows[1].input_ids) - 37)
    assert list(planned(rows, most // 2, shares=True)[0].divisible()) == []
