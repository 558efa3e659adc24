"""Logits after a few tokens of each row alone, from a model of any family."""

from __future__ import annotations

from typing import Any

from torch import Tensor


class CarriesColumns:
    """Base of decoder layers that take `carried` (columns,): their last one goes on with these tokens alone."""


def logits_at(model: Any, columns: Tensor, **inputs: Any) -> Tensor:
    """Logits after these tokens of each row alone, (rows, columns, vocabulary).

    `inputs` as the model takes them; a cache among them gets the keys and values of all tokens. Raises RuntimeError where another number
    of columns comes back: a library that reads the request otherwise must not pass for an answer.
    """
    carries = any(isinstance(module, CarriesColumns) for module in model.modules())
    logits: Tensor = model(**inputs, **{"carried" if carries else "logits_to_keep": columns}).logits
    if logits.shape[1] != len(columns):
        raise RuntimeError(
            f"the model gave logits after {logits.shape[1]} tokens of a row where {len(columns)} were asked for: "
            "this version of transformers, or this model, does not choose tokens as expected"
        )
    return logits
