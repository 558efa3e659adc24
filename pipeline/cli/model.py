"""The command that tells what a model is, what fits, and whether our code computes what the library's does with it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import exits
from pipeline.cli.options import Json, show
from pipeline.errors import UserError

if TYPE_CHECKING:
    from finetune.card import Card

LARGEST = 0.2
"""Share of the device's memory up to which the check, which holds a model twice, is run."""


def model(
    name: Annotated[str, typer.Argument(help="A packaged model, a folder, a GGUF file, or an id of the hub.")],
    device: Annotated[str | None, typer.Option(help="cpu, cuda or cuda:1; left out: CUDA if there is one.")] = None,
    check: Annotated[bool, typer.Option(help="Answer, score and train a few rows by our code and by the library's.")] = True,
    as_json: Json = False,
) -> None:
    """Tell what a model is and what fits on this device, and check it: half a minute, before an experiment is built on it."""
    from finetune.card import card_of
    from finetune.errors import SetupError
    from finetune.pretrained import locate

    try:
        weights = locate(name)
        card = card_of(weights, device)
    except SetupError as error:
        raise UserError(str(error), where=name) from error
    checks, why = [], "left out (--no-check)"
    if check and (card.fit and card.fit[0].gib > LARGEST * card.memory_gib and (card.parameters or 0) > 10**9):
        why = f"left out: it would hold the model twice, and {card.memory_gib} GiB are too little for that"
    elif check:
        from finetune.model_check import check as checked

        checks = checked(weights, device)
    result: dict[str, Any] = {"schema": 1, **asdict(card), "checks": [asdict(one) for one in checks]}
    show(result, as_json, _text(card, result["checks"], why))
    if not all(one.passed for one in checks):
        raise typer.Exit(exits.BLOCKED)


def _text(card: Card, checks: list[dict[str, Any]], why: str) -> str:
    from finetune.card import lines

    told = [f"Check of {one['name']}: {'passed' if one['passed'] else 'NOT PASSED'}: {one['told']}" for one in checks] or [f"Check: {why}"]
    pairs = [line.partition(": ") for line in (*lines(card), *told)]
    width = max(len(name) for name, _, _ in pairs)
    return "\n".join(f"{name:{width}}  {value}" for name, _, value in pairs)
