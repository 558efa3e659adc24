"""Commands for finished runs: decide, calibrate, ask, export, report, compare. Each imports what it needs inside itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import exits
from pipeline.cli.options import RUNS, Json, Out, RunName, Set, show, with_groups


@dataclass(frozen=True)
class ScoresTable:
    """Scores from another tool, and the rules that decide on them."""

    scores: Annotated[
        Path | None, typer.Option(help="Decide from this CSV or Parquet table: columns row, arm, value; group, seed, metric if known.")
    ] = None
    metric: Annotated[str | None, typer.Option(help="With --scores: the metric to decide by.")] = None
    margin: Annotated[float, typer.Option(help="With --scores: the smallest difference that matters.")] = 0.03
    alpha: Annotated[float, typer.Option(help="With --scores: the significance level.")] = 0.05
    scale: Annotated[
        str | None,
        typer.Option(help="With --scores: the best value there can be if it is not 1, such as 100 for percentages; own: no known scale."),
    ] = None


def decide(
    *,
    name: Annotated[str | None, typer.Argument(metavar="[RUN]", help="A finished run, unless --scores is given.")] = None,
    table: ScoresTable,
    overrides: Set = None,
    out: Out = RUNS,
    as_json: Json = False,
) -> None:
    """Decide again from a run's stored scores, with other rules (--set decision.margin=0.05), or from another tool's scores (--scores)."""
    from pipeline.cli.text import decision_text
    from pipeline.errors import UserError
    from pipeline.results.redecide import decide_run

    if table.scores is not None:
        from eval.external_scores import decide_scores

        decision = decide_scores(table.scores, table.metric, table.margin, table.alpha, table.scale).to_json()
    elif name is not None:
        decision = decide_run(out, name, overrides or [])
    else:
        raise UserError("decide needs a run, or a table with --scores.", remedy="See `bakeoff decide --help`.")
    show(decision, as_json, decision_text(decision))
    if decision["verdict"] == "blocked":
        raise typer.Exit(exits.BLOCKED)


@dataclass(frozen=True)
class Labelling:
    """Which answers people label, in which file, and who they are."""

    rows: Annotated[
        int, typer.Option(min=1, help="How many answers to label, 30 to 60. With 10 or more an arm, labels also correct that arm's mean.")
    ] = 40
    output: Annotated[Path, typer.Option("--output", "-o", help="Write the answers to label to this CSV file.")] = Path("labels.csv")
    labels: Annotated[Path | None, typer.Option(help="Read labels from this file, once it is filled in.")] = None
    rater: Annotated[str, typer.Option(help="Name of the person who labels.")] = "me"


def calibrate_run(
    *,
    name: RunName,
    metric: Annotated[str | None, typer.Option(help="The metric to compare with people's labels; the judge's if left out.")] = None,
    labelling: Labelling,
    out: Out = RUNS,
    as_json: Json = False,
) -> None:
    """Compare a judge with people: write answers to label; with --labels, read them and say whether the judge may decide."""
    from pipeline.cli.text import calibration_text
    from pipeline.results.redecide import renew
    from pipeline.run_folder.store import find
    from pipeline.stages.evaluation import calibrate

    run, asked = find(out, name), [metric] if metric else []
    context = calibrate.open_run(run, *asked)
    if labelling.labels is None:
        made = calibrate.draw(context, metric, labelling.rows)
        calibrate.write_cards(context, made.cards, labelling.output, labelling.rater)
        told = {"run": run.id, "file": str(labelling.output), "metric": made.metric, "cards": len(made.cards)}
        text = (
            f"{len(made.cards)} answers, stratified by {made.metric}, are in {labelling.output}. Fill in the column label: correct, "
            f"abstained, fabricated or unsure (or 1 to 4), or wrong (0). Then: bakeoff calibrate {run.id} --labels {labelling.output}"
        )
        return show(told, as_json, text)
    calibrate.take_labels(run, labelling.labels, labelling.rater)
    figures = renew(run, *asked)
    return show({"run": run.id, **figures}, as_json, calibration_text(figures, run.read_json("decision.json")))


def ask(
    name: RunName,
    question: Annotated[str, typer.Argument(help="The question; - reads it from standard input.")],
    arms: Annotated[list[str] | None, typer.Option("--arm", help="Ask only this arm; repeat it for several.")] = None,
    out: Out = RUNS,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, as answers come.")] = False,
) -> None:
    """Ask every arm of a finished run one question. Nothing is scored or stored."""
    from pipeline.results.ask import ask as ask_arms
    from pipeline.run_folder.store import find

    text = sys.stdin.read() if question == "-" else question
    for said in ask_arms(find(out, name), text.strip(), arms or []):
        typer.echo(json.dumps(asdict(said)) if as_json else f"{said.label} ({said.seconds:.2f} s): {said.text or said.failure}")


def export(
    name: RunName,
    to: Annotated[Path, typer.Argument(help="The folder to write; it must not exist yet.")],
    arm: Annotated[str, typer.Option(help="The fine-tuned arm to export.")] = "lora",
    seed: Annotated[int | None, typer.Option(help="The training seed; the first one if left out.")] = None,
    mlflow: Annotated[bool, typer.Option("--mlflow", help="Write an MLflow model (ResponsesAgent) with the arm's bundle instead.")] = False,
    out: Out = RUNS,
) -> None:
    """Write a fine-tuned arm's merged weights and adapter, with instructions for transformers, vLLM, llama.cpp and Ollama."""
    from pipeline.results.deliver import deliver
    from pipeline.run_folder.store import find

    if mlflow:
        from pipeline.serving.bundle import choice
        from pipeline.serving.mlflow_model import write

        run = find(out, name)
        typer.echo(f"Written to {write(run, choice(run, arm, seed), to)}. Load it: mlflow.pyfunc.load_model({str(to)!r}).")
        return
    typer.echo(f"Written to {deliver(find(out, name), arm, seed, to)}; README.md there says how to load it.")


def report(
    name: RunName,
    kind: Annotated[str, typer.Option("--format", help="html, pdf, docx, xlsx, md or json.")] = "html",
    to: Annotated[Path | None, typer.Option("--output", "-o", help="Write a copy to this file; else print where the report is.")] = None,
    rows: Annotated[bool, typer.Option("--rows/--no-rows", help="With -o: --no-rows leaves out questions, answers and passages.")] = True,
    mask: Annotated[bool, typer.Option("--mask", help="With -o: mask e-mail addresses, telephone and card numbers, keys.")] = False,
    out: Out = RUNS,
) -> None:
    """Print where a finished run's report is, or write a copy: without its rows, or with personal data masked."""
    from pipeline.errors import UserError
    from pipeline.files import write_bytes
    from pipeline.results.redact import render
    from pipeline.run_folder.store import find

    run = find(out, name)
    if to is not None:
        write_bytes(to, render(run, kind, rows=rows, masked=mask))
        typer.echo(to)
        return
    if mask or not rows:
        raise UserError("--no-rows and --mask need a file to write.", remedy="Name it with -o FILE.")
    path = run.path / "report" / f"report.{kind}"
    if not path.exists():
        there = sorted(p.suffix[1:] for p in path.parent.glob("report.*"))
        raise UserError(f"this run has no {kind} report (it has: {', '.join(there) or 'none yet'}).", remedy="See `bakeoff status`.")
    typer.echo(path)


def compare(one: RunName, other: RunName, out: Out = RUNS, as_json: Json = False) -> None:
    """Show two runs side by side. Differences are shown only if both have the same test rows and references."""
    from pipeline.cli.text import comparison_text
    from pipeline.results.compare import compare_runs

    found = compare_runs(out, one, other)
    show(found, as_json, comparison_text(found))


def verify_run(name: RunName, out: Out = RUNS, as_json: Json = False) -> None:
    """Check that every file of a run holds what was written. Damaged files are named; exit code 4 if there are any."""
    from pipeline.results import verify
    from pipeline.run_folder.store import find

    found = verify.verify(find(out, name))
    show(verify.as_json(found), as_json, verify.as_text(found))
    if not found.sound:
        raise typer.Exit(exits.DAMAGED)


def register(app: typer.Typer) -> None:
    """Add these commands to the app."""
    commands: dict[str, Callable[..., None]] = {
        "decide": decide,
        "calibrate": calibrate_run,
        "ask": ask,
        "export": export,
        "report": report,
        "compare": compare,
        "verify": verify_run,
    }
    for name, command in commands.items():
        app.command(name)(with_groups(command))
