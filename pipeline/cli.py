"""The command line. Each command imports what it needs inside itself, so that `bakeoff --help` answers at once."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline import exits

app = typer.Typer(
    name="bakeoff",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Retrieval, fine-tuning, both, or neither: measured on your own task and data.",
)

Out = Annotated[Path, typer.Option("--out", envvar="BAKEOFF_RUNS", help="Folder where runs are kept.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, the beginning of it, or its folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a value of the experiment file.")]
RUNS = Path("runs")


@app.command()
def run(
    experiment: Annotated[Path, typer.Argument(help="The experiment file (YAML).")],
    out: Out = RUNS,
    overrides: Set = None,
    preset: Annotated[str | None, typer.Option(help="quick, standard or thorough.")] = None,
    as_json: Json = False,
) -> None:
    """Run a comparison to its verdict and report; run again, it reuses whatever did not change."""
    from pipeline.foreground import run_here

    wanted = [*(overrides or []), *([f"preset={preset}"] if preset else [])]
    _end(run_here(experiment, out, wanted, quiet=as_json), as_json)


@app.command()
def demo(case: Annotated[str, typer.Option(help="Which bundled case.")] = "facts", out: Out = RUNS, as_json: Json = False) -> None:
    """Run a bundled case, end to end."""
    from pipeline.foreground import run_here
    from pipeline.samples import experiment_of

    _end(run_here(experiment_of(case), out, [], quiet=as_json), as_json)


@app.command()
def resume(name: RunName, out: Out = RUNS, as_json: Json = False) -> None:
    """Go on with a run that was cancelled, failed or killed; ends as an undisturbed run would."""
    from pipeline.foreground import resume_here
    from pipeline.store import find

    _end(resume_here(find(out, name), quiet=as_json), as_json)


@app.command()
def probe(
    kind: Annotated[str, typer.Argument(metavar="PROBE", help="learning_curve, forgetting, change or robustness.")],
    name: RunName,
    out: Out = RUNS,
    as_json: Json = False,
) -> None:
    """Evidence beyond the average for a run: what was not asked for in its experiment is done now, and its report made again."""
    from pipeline.foreground import probe_here
    from pipeline.wording import probe_text

    found = probe_here(kind, out, name, quiet=as_json)
    _show(found, as_json, probe_text(found))


@app.command()
def status(name: RunName, out: Out = RUNS, as_json: Json = False) -> None:
    """How a run stands: its state, stage, progress and time left."""
    from dataclasses import asdict

    from pipeline import jobs
    from pipeline.wording import status_line

    state = jobs.state(out, name)
    _show(asdict(state), as_json, status_line(state))


@app.command()
def cancel(name: RunName, out: Out = RUNS, as_json: Json = False) -> None:
    """Stop a run's worker; what is done is kept, and `resume` goes on from there."""
    from dataclasses import asdict

    from pipeline import jobs
    from pipeline.wording import status_line

    state = jobs.cancel(out, name)
    _show(asdict(state), as_json, status_line(state))


@app.command("list")
def list_runs(out: Out = RUNS, as_json: Json = False) -> None:
    """All runs, newest first, with their states and verdicts."""
    from pipeline.overview import overview
    from pipeline.wording import overview_table

    rows = overview(out)
    _show({"runs": rows}, as_json, overview_table(rows, out))


@app.command()
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
    from pipeline.errors import UserError
    from pipeline.redecide import decide_run
    from pipeline.wording import decision_text

    if scores is not None:
        from eval.elsewhere import decide_scores

        decision = decide_scores(scores, metric, margin, alpha).to_json()
    elif name is not None:
        decision = decide_run(out, name, overrides or [])
    else:
        raise UserError("decide needs a run, or a table with --scores.", remedy="See `bakeoff decide --help`.")
    _show(decision, as_json, decision_text(decision))
    if decision["verdict"] == "blocked":
        raise typer.Exit(exits.BLOCKED)


@app.command("calibrate")
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
    from pipeline import calibrate
    from pipeline.redecide import renew
    from pipeline.store import find
    from pipeline.wording import calibration_text

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
        return _show(told, as_json, text)
    calibrate.take_labels(run, labels, rater)
    figures = renew(run, *asked)
    return _show({"run": run.id, **figures}, as_json, calibration_text(figures, run.read_json("decision.json")))


@app.command()
def init(
    files: Annotated[list[Path], typer.Argument(help="Examples, and documents or folders of them.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write it.")] = Path("experiment.yaml"),
    force: Annotated[bool, typer.Option(help="Replace a file that is there.")] = False,
) -> None:
    """Look at the data and propose an experiment, with a reason for every guess."""
    from pipeline.errors import UserError
    from pipeline.ingest.propose import propose, write_experiment
    from pipeline.store import write_bytes

    if output.exists() and not force:
        raise UserError("this file exists.", where=str(output), remedy="Choose another with -o, or replace it with --force.")
    for path in files:
        if not path.exists():
            raise UserError("there is no such file.", where=str(path))
    text = write_experiment(propose(files), output.resolve().parent.name or "experiment", output.resolve().parent)
    write_bytes(output, text.encode())
    typer.echo(f"{text}\nWritten to {output}. Next: bakeoff audit {output}")


@app.command()
def audit(
    experiment: Annotated[Path, typer.Argument(help="The experiment file (YAML).")], overrides: Set = None, as_json: Json = False
) -> None:
    """What would make the comparison unfair, before anything is spent; leaves nothing behind."""
    from pipeline.experiment import load
    from pipeline.preview import audit_only
    from pipeline.wording import audit_text

    found = audit_only(load(experiment, overrides))
    _show(found, as_json, audit_text(found))
    if any(finding["severity"] == "blocks" for finding in found["findings"]):
        raise typer.Exit(exits.BLOCKED)


@app.command()
def ask(
    name: RunName,
    question: Annotated[str, typer.Argument(help="What to ask; - reads it from standard input.")],
    arms: Annotated[list[str] | None, typer.Option("--arm", help="Only this arm; may be given several times.")] = None,
    out: Out = RUNS,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, as answers come.")] = False,
) -> None:
    """Put one question to every arm of a finished run; unscored, and nothing is stored."""
    from dataclasses import asdict

    from pipeline.ask import ask as ask_arms
    from pipeline.store import find

    text = sys.stdin.read() if question == "-" else question
    for said in ask_arms(find(out, name), text.strip(), arms or []):
        typer.echo(json.dumps(asdict(said)) if as_json else f"{said.label} ({said.seconds:.2f} s): {said.text or said.failure}")


@app.command()
def export(
    name: RunName,
    to: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    arm: Annotated[str, typer.Option(help="A fine-tuned arm.")] = "lora",
    seed: Annotated[int | None, typer.Option(help="Which training; the first one unless given.")] = None,
    out: Out = RUNS,
) -> None:
    """Write a fine-tuned arm's merged weights and adapter, with how to load them in transformers, vLLM, llama.cpp and Ollama."""
    from pipeline.deliver import deliver
    from pipeline.store import find

    typer.echo(f"Written to {deliver(find(out, name), arm, seed, to)}; README.md there says how to load it.")


@app.command()
def estimate(
    experiment: Annotated[Path, typer.Argument(help="The experiment file (YAML).")], overrides: Set = None, as_json: Json = False
) -> None:
    """How long a run will take on this machine, measured for about a minute on a few of its rows; leaves nothing behind."""
    from dataclasses import asdict

    from pipeline.estimate import estimate as measure
    from pipeline.experiment import load
    from pipeline.wording import estimate_text

    found = measure(load(experiment, overrides))
    _show({**asdict(found), "seconds": found.seconds}, as_json, estimate_text(found))


@app.command()
def report(
    name: RunName,
    kind: Annotated[str, typer.Option("--format", help="html, pdf, docx, xlsx, md or json.")] = "html",
    out: Out = RUNS,
) -> None:
    """Where a finished run's report is."""
    from pipeline.errors import UserError
    from pipeline.store import find

    path = find(out, name).path / "report" / f"report.{kind}"
    if not path.exists():
        there = sorted(p.suffix[1:] for p in path.parent.glob("report.*"))
        raise UserError(f"this run has no {kind} report (there are: {', '.join(there) or 'none yet'}).", remedy="See `bakeoff status`.")
    typer.echo(path)


@app.command()
def compare(one: RunName, other: RunName, out: Out = RUNS, as_json: Json = False) -> None:
    """Two runs side by side; differences only where their test rows and references are the same."""
    from pipeline.compare import compare_runs
    from pipeline.wording import comparison_text

    found = compare_runs(out, one, other)
    _show(found, as_json, comparison_text(found))


@app.command()
def work(folder: Annotated[Path, typer.Argument(help="The run folder.")]) -> None:
    """Be the detached worker of a run (the app and `jobs` start it)."""
    from pipeline import interrupt, jobs
    from pipeline.foreground import mark_cancelled
    from pipeline.store import RunFolder

    interrupt.install(lambda: mark_cancelled(RunFolder(folder)))
    jobs.work(folder)


@app.command("app")
def open_app(
    port: Annotated[int, typer.Option(help="Where to listen.")] = 8501,
    host: Annotated[str, typer.Option(help="localhost: this machine alone.")] = "localhost",
    out: Out = RUNS,
) -> None:
    """The same in a browser."""
    import os
    import subprocess

    import pipeline

    script = Path(pipeline.__file__).resolve().parent.parent / "streamlit_app.py"
    command = [
        sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port), "--server.address", host,
    ]  # fmt: skip
    raise typer.Exit(subprocess.call(command, cwd=script.parent, env={**os.environ, "BAKEOFF_RUNS": str(out.resolve())}))


def _end(result: dict[str, Any], as_json: bool) -> None:
    from pipeline.wording import result_text

    _show(result, as_json, result_text(result))
    if result["decision"]["verdict"] == "blocked":
        raise typer.Exit(exits.BLOCKED)


def _show(value: dict[str, Any], as_json: bool, text: str) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False) if as_json else text)


def main() -> None:
    """The console script: every way a command can end, as an exit code (see `pipeline.exits`)."""
    warnings.filterwarnings("ignore", category=FutureWarning)  # of the libraries among themselves; tests turn them into errors
    sys.exit(exits.run(app))
