"""The commands that read a finished run, or ask it something. Each imports what it needs inside itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import exits
from pipeline.cli.options import RUNS, Json, Out, RunName, Set, show


def decide(
    name: Annotated[str | None, typer.Argument(metavar="[RUN]", help="A run; or use --scores.")] = None,
    scores: Annotated[Path | None, typer.Option(help="A CSV or Parquet table: row, arm, value (group, seed, metric).")] = None,
    metric: Annotated[str | None, typer.Option(help="The metric to decide by, with --scores.")] = None,
    margin: Annotated[float, typer.Option(help="The smallest difference that matters, with --scores.")] = 0.03,
    alpha: Annotated[float, typer.Option(help="The level of the tests, with --scores.")] = 0.05,
    overrides: Set = None,
    out: Out = RUNS,
    as_json: Json = False,
) -> None:
    """The verdict from stored scores, with other rules (--set decision.margin=0.05), or from scores made elsewhere."""
    from pipeline.cli.text import decision_text
    from pipeline.errors import UserError
    from pipeline.results.redecide import decide_run

    if scores is not None:
        from eval.external_scores import decide_scores

        decision = decide_scores(scores, metric, margin, alpha).to_json()
    elif name is not None:
        decision = decide_run(out, name, overrides or [])
    else:
        raise UserError("decide needs a run, or a table with --scores.", remedy="See `bakeoff decide --help`.")
    show(decision, as_json, decision_text(decision))
    if decision["verdict"] == "blocked":
        raise typer.Exit(exits.BLOCKED)


def calibrate_run(
    name: RunName,
    metric: Annotated[str | None, typer.Option(help="What to hold against people; left out: the judge's.")] = None,
    rows: Annotated[int, typer.Option(min=1, help="Answers to label, 30 to 60; 10 an arm also correct the arm's mean.")] = 40,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the answers to label.")] = Path("labels.csv"),
    labels: Annotated[Path | None, typer.Option(help="That file, filled in.")] = None,
    rater: Annotated[str, typer.Option(help="Who has labelled.")] = "me",
    out: Out = RUNS,
    as_json: Json = False,
) -> None:
    """Hold a judge against people: writes answers to label; with --labels, reads them and says whether the judge may decide."""
    from pipeline.cli.text import calibration_text
    from pipeline.results.redecide import renew
    from pipeline.run_folder.store import find
    from pipeline.stages.evaluation import calibrate

    run, asked = find(out, name), [metric] if metric else []
    context = calibrate.open_run(run, *asked)
    if labels is None:
        made = calibrate.draw(context, metric, rows)
        calibrate.write_cards(context, made.cards, output, rater)
        told = {"run": run.id, "file": str(output), "metric": made.metric, "cards": len(made.cards)}
        text = (
            f"{len(made.cards)} answers, drawn by {made.metric}, are in {output}. Fill in the column label with correct, abstained, "
            f"fabricated or unsure (1 to 4), or wrong (0). Then: bakeoff calibrate {run.id} --labels {output}"
        )
        return show(told, as_json, text)
    calibrate.take_labels(run, labels, rater)
    figures = renew(run, *asked)
    return show({"run": run.id, **figures}, as_json, calibration_text(figures, run.read_json("decision.json")))


def ask(
    name: RunName,
    question: Annotated[str, typer.Argument(help="What to ask; - reads it from standard input.")],
    arms: Annotated[list[str] | None, typer.Option("--arm", help="Only this arm; may be given several times.")] = None,
    out: Out = RUNS,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, as answers come.")] = False,
) -> None:
    """Put one question to every arm of a finished run; unscored, and nothing is stored."""
    from dataclasses import asdict

    from pipeline.results.ask import ask as ask_arms
    from pipeline.run_folder.store import find

    text = sys.stdin.read() if question == "-" else question
    for said in ask_arms(find(out, name), text.strip(), arms or []):
        typer.echo(json.dumps(asdict(said)) if as_json else f"{said.label} ({said.seconds:.2f} s): {said.text or said.failure}")


def export(
    name: RunName,
    to: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    arm: Annotated[str, typer.Option(help="A fine-tuned arm.")] = "lora",
    seed: Annotated[int | None, typer.Option(help="Which training; the first one unless given.")] = None,
    out: Out = RUNS,
) -> None:
    """Write a fine-tuned arm's merged weights and adapter, with how to load them in transformers, vLLM, llama.cpp and Ollama."""
    from pipeline.results.deliver import deliver
    from pipeline.run_folder.store import find

    typer.echo(f"Written to {deliver(find(out, name), arm, seed, to)}; README.md there says how to load it.")


def report(
    name: RunName,
    kind: Annotated[str, typer.Option("--format", help="html, pdf, docx, xlsx, md or json.")] = "html",
    to: Annotated[Path | None, typer.Option("--output", "-o", help="Write it here instead of saying where it is.")] = None,
    rows: Annotated[bool, typer.Option("--rows/--no-rows", help="With --output: leave out questions, answers and passages.")] = True,
    mask: Annotated[bool, typer.Option("--mask", help="With --output: mask e-mail addresses, telephone and card numbers, keys.")] = False,
    out: Out = RUNS,
) -> None:
    """Where a finished run's report is, or a copy of it without its rows or with personal data masked."""
    from pipeline.errors import UserError
    from pipeline.results.redact import render
    from pipeline.run_folder.store import find, write_bytes

    run = find(out, name)
    if to is not None:
        write_bytes(to, render(run, kind, rows=rows, masked=mask))
        typer.echo(to)
        return
    if mask or not rows:
        raise UserError("--no-rows and --mask make a copy.", remedy="Say where with -o FILE.")
    path = run.path / "report" / f"report.{kind}"
    if not path.exists():
        there = sorted(p.suffix[1:] for p in path.parent.glob("report.*"))
        raise UserError(f"this run has no {kind} report (there are: {', '.join(there) or 'none yet'}).", remedy="See `bakeoff status`.")
    typer.echo(path)


def compare(one: RunName, other: RunName, out: Out = RUNS, as_json: Json = False) -> None:
    """Two runs side by side; differences only where their test rows and references are the same."""
    from pipeline.cli.text import comparison_text
    from pipeline.results.compare import compare_runs

    found = compare_runs(out, one, other)
    show(found, as_json, comparison_text(found))


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    commands: dict[str, Callable[..., None]] = {
        "decide": decide,
        "calibrate": calibrate_run,
        "ask": ask,
        "export": export,
        "report": report,
        "compare": compare,
    }
    for name, command in commands.items():
        app.command(name)(command)
