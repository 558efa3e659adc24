"""What a bundle carries of all test rows without their texts: vectors of their questions, and how many were declined."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.records import Example, Prediction
from pipeline.stages.base import Context

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VECTORS = "questions.npy"


def write(context: Context, rows: Iterable[Example], folder: Path) -> None:
    """The vectors of these rows' questions, (n, d) float32; from them a text can be guessed, though not read."""
    import numpy as np

    with (folder / VECTORS).open("wb") as file:
        np.save(file, context.embedder.encode([row.query for row in rows], "query"), allow_pickle=False)


def vectors(folder: Path) -> NDArray[np.float32] | None:
    """What `write` wrote; None where it was left out."""
    import numpy as np

    if not (folder / VECTORS).is_file():
        return None
    found: NDArray[np.float32] = np.load(folder / VECTORS, allow_pickle=False)
    return found


def declined(predictions: Iterable[Prediction]) -> dict[str, Any]:
    """`{"rows", "abstained"}` of those that have an answer."""
    said = [one for one in predictions if not one.failure]
    return {"rows": len(said), "abstained": sum(one.abstained for one in said)}
