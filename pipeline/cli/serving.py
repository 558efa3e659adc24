"""Commands that ship a candidate: bundle and serve. Each imports what it needs inside itself."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from pipeline.cli import watch
from pipeline.cli.options import RUNS, Json, Out, RunName, show, with_groups

LOCAL = ("localhost", "127.0.0.1", "::1")
KEY, UPSTREAM_KEY = "BAKEOFF_SERVE_KEY", "BAKEOFF_UPSTREAM_KEY"


def bundle(
    name: RunName,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write; it must not exist.")],
    arm: Annotated[str | None, typer.Option(help="The candidate; the winner, or what the run says to take today, if left out.")] = None,
    seed: Annotated[int | None, typer.Option(help="Which training; the first if left out.")] = None,
    questions: Annotated[str, typer.Option(help="Test questions that come with it: plain, masked (personal data) or none.")] = "plain",
    out: Out = RUNS,
    as_json: Json = False,
) -> None:
    """Write a candidate as a folder that serves: weights, index, prompt, settings, and test questions with their measured answers."""
    from pipeline.errors import UserError
    from pipeline.run_folder.store import RunFolder, find
    from pipeline.serving import bundle as bundles

    kept: Literal["plain", "masked", "none"] | None = next((one for one in ("plain", "masked", "none") if one == questions), None)
    if kept is None:
        raise UserError(f"--questions {questions}: take plain, masked or none.")
    run = find(out, name)
    folder = bundles.write(run, bundles.choice(run, arm, seed, kept), output)
    told = dict(RunFolder(folder).read_json(bundles.FILE) or {})
    show({"folder": str(folder), **told}, as_json, f"{told['label']} of {run.id} is in {folder}. Serve it: bakeoff serve {folder}")


@dataclass(frozen=True)
class Where:
    """Where it listens."""

    host: Annotated[str, typer.Option(help="localhost: only this machine can reach it. Beyond it a key is needed.")] = "localhost"
    port: Annotated[int, typer.Option(help="The port; 0 takes a free one.")] = 8000


@dataclass(frozen=True)
class Bounds:
    """What is checked and how long things may take."""

    self_check: Annotated[bool, typer.Option(help="Answer the bundle's test questions first, and refuse where an answer differs.")] = True
    seconds: Annotated[float, typer.Option(help="The longest that an answer may take, its waiting included.")] = 120.0
    waiting: Annotated[int, typer.Option(help="Questions that may wait at once.")] = 64
    log_texts: Annotated[bool, typer.Option(help="Write questions and answers to the request log, which holds none otherwise.")] = False


@dataclass(frozen=True)
class Writer:
    """Who writes the answers."""

    upstream: Annotated[
        str | None, typer.Option(help="A server with OpenAI's API (vLLM, llama.cpp) that writes the answers; passages come from here.")
    ] = None
    upstream_model: Annotated[str | None, typer.Option(help="The model to ask it for; the first that it names if left out.")] = None


def serve(
    *,
    folder: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A folder that `bakeoff bundle` wrote.")],
    where: Where,
    bounds: Bounds,
    writer: Writer,
) -> None:
    """Serve a bundle over OpenAI's chat API. Clients must send the key in BAKEOFF_SERVE_KEY; BAKEOFF_UPSTREAM_KEY is for the upstream."""
    from pipeline.errors import UserError
    from pipeline.serving.engine import Engine, Limits
    from pipeline.serving.run import listen
    from pipeline.serving.upstream import found

    key = os.environ.get(KEY) or None
    if key is None and where.host not in LOCAL:
        raise UserError(f"--host {where.host} lets other machines in without a key.", remedy=f"Set {KEY}, or serve localhost alone.")
    server = None
    if writer.upstream is not None:
        key_env = UPSTREAM_KEY if os.environ.get(UPSTREAM_KEY) else None
        server = found(writer.upstream.rstrip("/"), writer.upstream_model, key_env, bounds.seconds)
    engine = Engine(folder, Limits(bounds.seconds, bounds.waiting), server)
    if bounds.self_check:
        _say("Answering the bundle's test questions …")
        if differing := engine.check():
            raise UserError(
                f"{len(differing)} of {engine.told['questions']['count']} test questions are answered otherwise than measured: "
                f"{', '.join(differing[:5])}.",
                where=str(folder),
                remedy="Serve it with the libraries and the kind of machine that it was measured on, or with --no-self-check.",
            )  # fmt: skip
    if engine.take_up_documents():
        _say("Documents that were added or taken out earlier are taken up.")
    listen(engine, where.host, where.port, key, texts=bounds.log_texts)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def register(app: typer.Typer) -> None:
    """Add these commands to the app."""
    app.command()(bundle)
    app.command()(with_groups(serve))
    app.command()(watch.watch)
