"""Blocks on a page → the order in which they are read: column by column, between what runs across the columns. Reads no text.

pdfminer's own order goes wrong where a running title stands above one of two columns: it then begins with the right one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

SHARE = 0.03
"""Of the height of all blocks: less than this on one side is a remark and not a column."""
CROSSING = 0.4
"""Of the height of all blocks: more than this across a gutter, and it is none."""
NARROWEST = 0.15
"""Of the page's width: narrower things side by side are labels and values, which are read row by row."""

MOST = 400
"""Blocks on a page; of more than these (a drawing, a plan) no columns are sought."""


class Block(NamedTuple):
    """A rectangle in points, measured from the page's upper left corner, and its number."""

    left: float
    top: float
    right: float
    bottom: float
    number: int

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def width(self) -> float:
        return self.right - self.left


def reading_order(blocks: Sequence[Block], page_width: float) -> list[Block]:
    """All of `blocks`, each once."""
    ordered = sorted(blocks, key=lambda block: block.top)
    alone = 0  # what stands above all the rest: a title over three columns
    while alone < len(ordered) - 1 and ordered[alone].bottom <= ordered[alone + 1].top:
        alone += 1
    return [*ordered[:alone], *_columns(ordered[alone:], page_width)]


def _columns(blocks: Sequence[Block], page_width: float) -> list[Block]:
    gutter = _gutter(blocks, NARROWEST * page_width)
    if gutter is None:
        return sorted(blocks, key=lambda block: (block.top, block.left))
    found: list[Block] = []
    across = sorted((block for block in blocks if block.left < gutter < block.right), key=lambda block: block.top)
    rest = [block for block in blocks if not block.left < gutter < block.right]
    for wide in [*across, None]:
        above = [block for block in rest if wide is None or block.top < wide.top]
        rest = [block for block in rest if block not in above]
        for side in (True, False):
            found += reading_order([block for block in above if (block.right <= gutter) is side], page_width)
        found += [wide] if wide else []
    return found


def _gutter(blocks: Sequence[Block], narrowest: float) -> float | None:
    """Where columns part: the place that fewest blocks cross, with a column's worth on both sides."""
    if not 1 < len(blocks) <= MOST:
        return None
    total = sum(block.height for block in blocks)
    best: tuple[float, float] | None = None
    for place in sorted({block.left - 0.5 for block in blocks})[1:]:
        left = [block for block in blocks if block.right <= place]
        right = [block for block in blocks if block.left >= place]
        crossing = total - sum(block.height for block in (*left, *right))
        columns = all(
            sum(block.height for block in side if block.width >= narrowest) >= SHARE * total and _beside(side, other)
            for side, other in ((left, right), (right, left))
        )
        if columns and crossing <= CROSSING * total and (best is None or crossing < best[0]):
            best = (crossing, place)
    return best[1] if best else None


def _beside(side: Sequence[Block], other: Sequence[Block]) -> bool:
    """Whether the two stand next to each other and not one below the other."""
    top, bottom = min(block.top for block in other), max(block.bottom for block in other)
    return any(block.top < bottom and block.bottom > top for block in side)
