"""The command for a build server: is the new one worse than the one in use?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import exits
from pipeline.cli.options import RUNS, Json, Out, show, with_groups

Side = Annotated[str, typer.Argument(metavar="RUN", help="The new one: a finished run, or a table of scores (CSV, Parquet).")]


@dataclass(frozen=True)
class Terms:
    """What is held against what, and how strictly."""

    baseline: Annotated[str, typer.Option(help="The one in use: a finished run, a bundle, or a table of scores.")] = ""
    arm: Annotated[str | None, typer.Option(help="Of the new one; its winner, or what it says to take today, if left out.")] = None
    baseline_arm: Annotated[str | None, typer.Option(help="The same of the one in use.")] = None
    metric: Annotated[str | None, typer.Option(help="The metric to go by; the new run's own if left out.")] = None
    margin: Annotated[float | None, typer.Option(help="The most it may be worse by, a share of 1; the new run's own if left out.")] = None
    alpha: Annotated[float | None, typer.Option(help="The level of the tests; the new run's own if left out.")] = None
    scale: Annotated[str | None, typer.Option(help="Of tables: the best value there can be if it is not 1, such as 100.")] = None


@dataclass(frozen=True)
class Files:
    """What is written."""

    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML here.")] = None
    markdown: Annotated[Path | None, typer.Option(help="Write a summary in Markdown here, for a pull request.")] = None


def gate(*, new: Side, terms: Terms, files: Files, out: Out = RUNS, as_json: Json = False) -> None:
    """Is the new one worse than the one in use, on the same rows? Ends with 0 (not worse), 4 (worse) or 5 (these rows cannot show it)."""
    from pipeline.errors import UserError
    from pipeline.files import write_bytes
    from pipeline.results.gate import Asked, hold
    from pipeline.results.gate_files import HEADS, junit, markdown, sentence

    if not terms.baseline:
        raise UserError("gate needs something to hold the run against.", remedy="Add --baseline with a run, a bundle or a table of scores.")
    held = hold(out, new, terms.baseline, Asked(terms.arm, terms.baseline_arm, terms.metric, terms.margin, terms.alpha, terms.scale))
    for path, made in ((files.junit, junit), (files.markdown, lambda held: markdown(held).encode())):
        if path is not None:
            write_bytes(path, made(held))
    show({**held.to_json(), "sentence": sentence(held)}, as_json, f"{HEADS[held.gate.outcome]}. {sentence(held)}")
    if held.gate.outcome != "not_worse":
        raise typer.Exit(exits.WORSE if held.gate.outcome == "worse" else exits.NOT_SHOWN)


command = with_groups(gate)
