"""Runs that fine-tune at a service, ended at given places, each session in a process forked from one that has loaded everything.

    python -m tests.pipeline.hosted.hosted_kills EXPERIMENT RUNS PLACE…        prints how each session ended, as JSON

A place is the beginning of a request (`POST /files`): the session is killed once the service has done it, before its answer is read.
`ask N`: at the N-th answer; `stage NAME`: as it begins; `end`: not at all. With `interrupt ` before it, it is interrupted, not killed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline import interrupt
from pipeline.experiment.load import load
from pipeline.run import prepare
from pipeline.run_folder.store import RunFolder
from pipeline.stages import hosted
from tests.pipeline.faults import session


def at(place: str, number: signal.Signals) -> Callable[[RunFolder], None]:
    """What a session does before it begins."""
    from finetune.hosted.client import Client
    from finetune.inference.endpoint import Endpoint

    def end() -> None:
        os.kill(os.getpid(), number)

    def before(run: RunFolder) -> None:
        interrupt.install(lambda: None)
        tried, send, answers = Client._tried, Endpoint.send, [0]

        async def request(self: Client, method: str, path: str, *rest: Any, **more: Any) -> dict[str, Any]:
            found = await tried(self, method, path, *rest, **more)
            if f"{method} {path}".startswith(place):
                end()
            return found

        async def answer(self: Endpoint, *rest: Any) -> Any:
            found = await send(self, *rest)
            answers[0] += 1
            if place == f"ask {answers[0]}":
                end()
            return found

        Client._tried, Endpoint.send = request, answer  # type: ignore[method-assign]

    return before


def listening(place: str) -> Callable[[dict[str, Any]], None]:
    def listen(event: dict[str, Any]) -> None:
        if event["event"] == "stage_started" and place == f"stage {event['stage']}":
            os.kill(os.getpid(), signal.SIGKILL)

    return listen


def main() -> None:
    experiment, runs, places = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    run = prepare(load(experiment), runs)
    hosted.allow(run, load(experiment))
    import openai  # noqa: F401
    import sentence_transformers  # noqa: F401

    ends = []
    for place in places:
        number = signal.SIGINT if place.startswith("interrupt ") else signal.SIGKILL
        bare = place.removeprefix("interrupt ")
        ends.append(session(run, at(bare, number), listening(bare)).strip().rpartition("\n")[2])
    sys.stdout.write(json.dumps({"run": str(run.path), "ends": ends}) + "\n")


if __name__ == "__main__":
    main()
