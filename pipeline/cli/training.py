"""`bakeoff export-training`: an arm's training pairs for other trainers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import RUNS, Out, RunName


def export_training(
    name: RunName,
    to: Annotated[Path, typer.Argument(help="The folder to write; it must not exist yet.")],
    arm: Annotated[str, typer.Option(help="The fine-tuned arm whose pairs are written, an endpoint's too.")] = "lora",
    out: Out = RUNS,
) -> None:
    """Write the pairs that an arm is trained on, without the test rows, for TRL, Axolotl, LLaMA-Factory, Unsloth and hosted fine-tuning."""
    from pipeline.results.training_export import export_training as write
    from pipeline.run_folder.store import find

    typer.echo(f"Written to {write(find(out, name), arm, to)}; README.md there says which file is for whom.")
