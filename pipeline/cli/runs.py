"""Commands for keeping runs in order: what they are called, deleting them, bringing them back. Each imports what it needs itself."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.options import RUNS, Json, Out, RunName, show

WholeId = Annotated[str, typer.Argument(metavar="RUN", help="The run's whole id.")]


def describe(
    name: RunName,
    called: Annotated[str | None, typer.Option("--name", help="What to call it; empty: its experiment's name.")] = None,
    note: Annotated[str | None, typer.Option(help="A note on it.")] = None,
    tags: Annotated[list[str] | None, typer.Option("--tag", help="Add this tag; repeat it for several.")] = None,
    without: Annotated[list[str] | None, typer.Option("--no-tag", help="Take this tag away.")] = None,
    out: Out = RUNS,
    as_json: Json = False,
) -> None:
    """Give a run a name, a note and tags. Without options: show them. No result depends on them."""
    from dataclasses import asdict

    from pipeline.run_folder import about
    from pipeline.run_folder.store import find

    run = find(out, name)
    said = about.read(run)
    if called is not None or note is not None or tags or without:
        kept = [tag for tag in (*said.tags, *(tags or [])) if tag not in (without or [])]
        said = about.write(run, said.name if called is None else called, said.note if note is None else note, kept)
    text = "\n".join([f"{run.id}: {said.name or '(no name)'}", *([f"Tags: {', '.join(said.tags)}"] if said.tags else []), said.note])
    show({"run": run.id, **asdict(said)}, as_json, text.rstrip())


def delete(name: WholeId, out: Out = RUNS, as_json: Json = False) -> None:
    """Delete a run that is not at work. For a day `restore` brings it back."""
    from pipeline.results import trash

    trash.expire(out)
    gone = trash.delete(out, name)
    text = f"{name} is deleted. Until {gone.until:%Y-%m-%d %H:%M} UTC `bakeoff restore {name}` brings it back."
    show({"deleted": name, "until": gone.until.isoformat(timespec="seconds")}, as_json, text)


def restore(name: WholeId, out: Out = RUNS, as_json: Json = False) -> None:
    """Bring back a run that was deleted within a day."""
    from pipeline.results import trash

    run = trash.restore(out, name)
    show({"restored": run.id}, as_json, f"{run.id} is back.")


def register(app: typer.Typer) -> None:
    """Add these commands to the app."""
    for command in (describe, delete, restore):
        app.command()(command)
