"""A step's rows as a prefix tree: a prefix that rows share is computed once, before the rest of these rows; other rows go in parts.

Retrieval gives rows of one document the same passages, so that their prompts are equal up to the question. Plans only; computes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from finetune.engine.lanes import shared_out
from finetune.engine.prefix import in_common, most, shared_tokens

if TYPE_CHECKING:
    from finetune.rows import Encoded

R = TypeVar("R")
MIN_TOKENS = 64
"""A branch of its own saves at least so many tokens a row; a pass over fewer costs as much as it saves."""


@dataclass(frozen=True)
class Branch:
    """Rows whose first `shared` tokens are the same."""

    shared: int
    parts: list[list[Encoded]] = field(default_factory=list)
    """Rows that are computed side by side, as many to a part as memory holds at once."""
    branches: list[Branch] = field(default_factory=list)
    """Rows that share more."""

    def rows(self) -> Iterator[Encoded]:
        for part in self.parts:
            yield from part
        for branch in self.branches:
            yield from branch.rows()

    def divisible(self, held: int = 0) -> Iterator[int]:
        """Tokens at once, of everything that can be taken in smaller pieces; `held`: of the beginnings before it."""
        for part in self.parts:
            if held or len(part) > 1:
                yield held + len(part) * (len(part[0].input_ids) - self.shared)
        for branch in self.branches:
            yield from branch.divisible(held + branch.shared - self.shared)


def planned(rows: Sequence[Encoded], tokens: int, lanes: int = 1, shares: bool = False) -> list[Branch]:
    """One branch for each lane, about equally much work in each; all of them have the same beginning in common, if rows may share any.

    At most `tokens` are held at once in a lane, the beginning that all rows share not counted, unless a single row has more.
    """
    ordered = sorted(rows, key=lambda row: -len(row.input_ids))
    shared = shared_tokens(ordered) if shares else 0
    alone, groups = _alike(ordered, shared, tokens) if shares else (ordered, [])
    units = [*([row] for row in alone), *groups]
    share = max(1, sum(_tokens(unit, shared) for unit in units) // lanes)
    pieces = [piece for unit in units for piece in _pieces(unit, -(-_tokens(unit, shared) // share))]
    dealt = shared_out(pieces, lambda unit: _tokens(unit, shared), lanes)
    return [_branch(some, shared, tokens) for some in dealt]


def _branch(units: Sequence[list[Encoded]], shared: int, tokens: int) -> Branch:
    alone = [unit[0] for unit in units if len(unit) == 1]
    return Branch(shared, parts_of(alone, tokens, shared), [_grown(unit, shared, tokens) for unit in units if len(unit) > 1])


def _grown(rows: list[Encoded], before: int, tokens: int) -> Branch:
    """The branch of rows that share more than the `before` tokens that all do."""
    shared = shared_tokens(rows)
    room = tokens - (shared - before)
    alone, groups = _alike(rows, shared, room)
    return _branch([*([row] for row in alone), *groups], shared, room)


def _alike(rows: Sequence[Encoded], shared: int, tokens: int) -> tuple[list[Encoded], list[list[Encoded]]]:
    """Rows that stand alone, and groups that share at least MIN_TOKENS more than `shared` and are not too long to be held."""
    long = [row for row in rows if len(row.input_ids) - shared > tokens]
    held = (row for row in rows if len(row.input_ids) - shared <= tokens)
    groups = groups_of(held, lambda row: row.input_ids, most, shared + MIN_TOKENS)
    return [*long, *(one[0] for one in groups if len(one) == 1)], [one for one in groups if len(one) > 1]


def groups_of(rows: Iterable[R], tokens: Callable[[R], list[int]], most: Callable[[R], int], least: int) -> list[list[R]]:
    """All rows, those together that share at least their first `least` tokens; of each, `most` says how many it can share."""
    groups: list[list[R]] = []
    limit = 0
    for row in sorted(rows, key=tokens):
        limit = min(limit, most(row))
        # In this order all rows of a group share what its first and last one do.
        if groups and in_common(tokens(groups[-1][0]), tokens(row), limit) >= least:
            groups[-1].append(row)
        else:
            groups.append([row])
            limit = most(row)
    return groups


def _pieces(unit: list[Encoded], count: int) -> list[list[Encoded]]:
    """Rows that are more than a lane's share of the work, in so many pieces."""
    size = -(-len(unit) // count)
    return [unit[start : start + size] for start in range(0, len(unit), size)]


def _tokens(unit: Sequence[Encoded], before: int) -> int:
    """Tokens of rows behind a beginning of `before` tokens, what they share once."""
    once = shared_tokens(unit) - before if len(unit) > 1 else 0
    return once + sum(len(row.input_ids) - before - once for row in unit)


def parts_of(rows: Sequence[Encoded], tokens: int, shared: int = 0) -> list[list[Encoded]]:
    """Rows by length, the longest first, as many to a part as fit in `tokens` without their first `shared` ones; at least one."""
    ordered = sorted(rows, key=lambda row: -len(row.input_ids))
    return [[ordered[i] for i in part] for part in packed([len(row.input_ids) - shared for row in ordered], tokens)]


def packed(lengths: Sequence[int], tokens: int) -> list[range]:
    """Rows of these lengths in turn, as many to a part as fit in `tokens` with their padding; at least one."""
    parts: list[range] = []
    start, longest = 0, 0
    for row, length in enumerate(lengths):
        longest = max(longest, length)
        if row > start and (row + 1 - start) * longest > tokens:
            parts.append(range(start, row))
            start, longest = row, length
    return [*parts, range(start, len(lengths))] if lengths else []
