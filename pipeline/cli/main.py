"""The command line. Each command imports what it needs inside itself, so that `bakeoff --help` answers at once."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli import drafting, exits, gate, results, runs, serving
from pipeline.cli.grade import grade_file
from pipeline.cli.model import model
from pipeline.cli.options import RUNS, Json, Out, RunName, Set, Where, show, with_groups
from pipeline.cli.plan import plan
from pipeline.cli.questions import questions
from pipeline.cli.training import export_training

app = typer.Typer(
    name="bakeoff",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Retrieval, fine-tuning, both, or neither: measured on your own task and data.",
)


@app.command()
@with_groups
def run(
    *,
    experiment: Annotated[Path, typer.Argument(help="The experiment file (YAML).")],
    out: Out = RUNS,
    overrides: Set = None,
    preset: Annotated[str | None, typer.Option(help="quick, standard or thorough.")] = None,
    upload: Annotated[
        bool,
        typer.Option("--upload-training-data", help="Allow the uploads of endpoints[].finetune (docs/hosted.md)."),
    ] = False,
    where: Where,
    as_json: Json = False,
) -> None:
    """Run a comparison to its verdict and report. Run again, it repeats only what changed."""
    from dataclasses import asdict

    from pipeline.cli.foreground import run_here
    from pipeline.distributed.machines import asked_for

    wanted = [*(overrides or []), *([f"preset={preset}"] if preset else [])]
    _end(run_here(experiment, out, wanted, quiet=as_json, machines=asked_for(**asdict(where)), upload=upload), as_json)


@app.command()
def demo(
    case: Annotated[str, typer.Option(help="A bundled case.")] = "facts",
    finished: Annotated[bool, typer.Option("--finished", help="Show the finished example at once instead; nothing is run.")] = False,
    out: Out = RUNS,
    as_json: Json = False,
) -> None:
    """Run a bundled case from its data to its report."""
    from pipeline.cli.foreground import run_here
    from pipeline.results.example import result
    from pipeline.samples import experiment_of

    _end(result(out) if finished else run_here(experiment_of(case), out, [], quiet=as_json), as_json)


@app.command()
@with_groups
def resume(*, name: RunName, out: Out = RUNS, where: Where, as_json: Json = False) -> None:
    """Continue a run that was cancelled, failed or was killed. The result is the same as without the interruption."""
    from dataclasses import asdict

    from pipeline.cli.foreground import resume_here
    from pipeline.distributed.machines import asked_for
    from pipeline.run_folder.store import find

    _end(resume_here(find(out, name), quiet=as_json, machines=asked_for(**asdict(where))), as_json)


@app.command()
def probe(
    kind: Annotated[str, typer.Argument(metavar="PROBE", help="learning_curve, forgetting, change or robustness.")],
    name: RunName,
    out: Out = RUNS,
    as_json: Json = False,
) -> None:
    """Run one more probe (learning_curve, forgetting, robustness or change) on a finished run, and renew its report."""
    from pipeline.cli.foreground import probe_here
    from pipeline.cli.text import probe_text

    found = probe_here(kind, out, name, quiet=as_json)
    show(found, as_json, probe_text(found))


@app.command()
def status(name: RunName, out: Out = RUNS, as_json: Json = False) -> None:
    """Show a run's state, stage, progress and time left."""
    from dataclasses import asdict

    from pipeline import jobs
    from pipeline.cli.text import status_line

    state = jobs.state(out, name)
    show(asdict(state), as_json, status_line(state))


@app.command()
def cancel(name: RunName, out: Out = RUNS, as_json: Json = False) -> None:
    """Stop a run. Finished work is kept; `resume` continues from there."""
    from dataclasses import asdict

    from pipeline import jobs
    from pipeline.cli.text import status_line

    state = jobs.cancel(out, name)
    show(asdict(state), as_json, status_line(state))


@app.command("list")
def list_runs(out: Out = RUNS, as_json: Json = False) -> None:
    """List all runs, newest first, with their names, tags, states and verdicts, and those that can be brought back."""
    from pipeline.cli.text import overview_table
    from pipeline.results.overview import overview
    from pipeline.results.trash import deleted

    rows = overview(out)
    gone = [{"run": one.run.id, "until": one.until.isoformat(timespec="seconds")} for one in deleted(out)]
    show({"runs": rows, "deleted": gone}, as_json, overview_table(rows, gone, out))


@app.command()
def init(
    files: Annotated[list[Path], typer.Argument(help="Examples, and documents or folders of them.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The experiment file to write.")] = Path("experiment.yaml"),
    force: Annotated[bool, typer.Option(help="Replace the file if it exists.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object; a file that exists is left as it is.")] = False,
) -> None:
    """Read your files and propose an experiment file, with a reason for every guess; show the first rows as they will be used."""
    from pipeline.cli.rows import first_rows_text
    from pipeline.data.ingest.rows.propose import propose, write_experiment
    from pipeline.errors import UserError
    from pipeline.files import write_bytes
    from pipeline.planning.first_rows import first_rows, proposal_json

    write = force or not output.exists()
    if not write and not as_json:
        raise UserError("this file already exists.", where=str(output), remedy="Choose another name with -o, or replace it with --force.")
    for path in files:
        if not path.exists():
            raise UserError("there is no such file.", where=str(path))
    proposal, folder = propose(files), output.resolve().parent
    text = write_experiment(proposal, folder.name or "experiment", folder)
    found = first_rows(text, folder)
    if write:
        write_bytes(output, text.encode())
    written = str(output) if write else None
    said = f"{text}\n{first_rows_text(found)}\n\nWritten to {output}. Next: bakeoff audit {output}"
    show({"schema": 1, "proposal": proposal_json(proposal), **found.to_json(), "written": written}, as_json, said)


@app.command()
def audit(
    experiment: Annotated[Path, typer.Argument(help="The experiment file (YAML).")], overrides: Set = None, as_json: Json = False
) -> None:
    """Check the data for problems that would make the comparison unfair, before anything is trained or paid for. Writes nothing."""
    from pipeline.cli.text import audit_text
    from pipeline.experiment.load import load
    from pipeline.planning.preview import audit_only

    found = audit_only(load(experiment, overrides))
    show(found, as_json, audit_text(found))
    if any(finding["severity"] == "blocks" for finding in found["findings"]):
        raise typer.Exit(exits.BLOCKED)


@app.command()
def estimate(
    experiment: Annotated[Path, typer.Argument(help="The experiment file (YAML).")], overrides: Set = None, as_json: Json = False
) -> None:
    """Estimate how long a run will take on this machine, by measuring a few of its rows for about a minute. Writes nothing."""
    from dataclasses import asdict

    from pipeline.cli.text import estimate_text
    from pipeline.experiment.load import load
    from pipeline.planning.estimate import estimate as measure

    found = measure(load(experiment, overrides))
    show({**asdict(found), "seconds": found.seconds}, as_json, estimate_text(found))


@app.command()
def work(
    folder: Annotated[str, typer.Argument(help="The run folder; with --store the attempt's place in it.")],
    job: Annotated[
        str | None, typer.Option(help="One job that the run's driver asks for (`bakeoff status RUN --json` lists them).")
    ] = None,
    attempt: Annotated[str | None, typer.Option(help="Which attempt at the job; else the newest.")] = None,
    store: Annotated[
        str, typer.Option(metavar="URL", help="Where this machine does not see the run's folder: the store that the run was given.")
    ] = "",
    pool: Annotated[bool, typer.Option("--pool", help="Take whatever jobs the run's driver lays out, until it has ended.")] = False,
    tied: Annotated[bool, typer.Option("--tied", hidden=True, help="End when standard input is closed.")] = False,
) -> None:
    """Work on a run in this process. The app starts runs this way, and executors start jobs."""
    from pipeline import interrupt, jobs

    if pool:
        from pipeline.worker import work_pool

        interrupt.install(lambda: None)
        typer.echo(f"{work_pool(Path(folder))} jobs done")
        return
    if job is not None:
        from pipeline.distributed.machines import Call
        from pipeline.worker import work_job

        interrupt.install(lambda: None)
        raise typer.Exit(0 if work_job(Call(folder, job, attempt or "", store), tied=tied) == "done" else 1)
    from pipeline.cli.foreground import mark_cancelled
    from pipeline.run_folder.store import RunFolder

    interrupt.install(lambda: mark_cancelled(RunFolder(Path(folder))))
    jobs.work(Path(folder))


@app.command("app")
def open_app(
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8501,
    host: Annotated[str, typer.Option(help="localhost: only this machine can reach the app.")] = "localhost",
    out: Out = RUNS,
    insecure: Annotated[bool, typer.Option(help="Let other machines reach the app without a password.")] = False,
) -> None:
    """Open the app in a browser."""
    import os

    import pipeline
    from pipeline.password import INSECURE

    script = Path(pipeline.__file__).resolve().parent.parent / "streamlit_app.py"
    command = [
        sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port), "--server.address", host,
    ]  # fmt: skip
    settings = {**os.environ, "BAKEOFF_RUNS": str(out.resolve()), **({INSECURE: "1"} if insecure else {})}
    os.chdir(script.parent)
    os.execve(command[0], command, settings)  # noqa: S606  (this process becomes the server: what ends it, ends it)


@app.command()
def password() -> None:
    """Ask for a password and print its hash. Set it as BAKEOFF_PASSWORD_HASH to protect a shared app."""
    from pipeline.password import VARIABLE, hashed

    typer.echo(f"{VARIABLE}='{hashed(typer.prompt('Password', hide_input=True, confirmation_prompt=True))}'")


def _end(result: dict[str, Any], as_json: bool) -> None:
    from pipeline.cli.text import result_text

    show(result, as_json, result_text(result))
    if result["decision"]["verdict"] == "blocked":
        raise typer.Exit(exits.BLOCKED)


results.register(app)
runs.register(app)
serving.register(app)
app.command("grade")(grade_file)
app.command("gate")(gate.command)
app.command("model")(model)
app.command("plan")(plan)
app.command("export-questions")(questions)
app.command("draft-questions")(drafting.draft_questions)
app.command("export-drafts")(drafting.export_drafts)
app.command("export-training")(export_training)


def main() -> None:
    """The console script. It ends with an exit code of `pipeline.cli.exits`."""
    warnings.filterwarnings("ignore", category=FutureWarning)  # between libraries; tests turn them into errors
    sys.exit(exits.run(app))
