"""The process that keeps one run's index and weights loaded and answers questions, one after another. Stores nothing.

`python -m pipeline.results.warm_worker RUN_FOLDER`. A request is one JSON line: `{"id", "question", "row", "only"}`, or `{"drop": id}`
for a question whose asker has left. Answers are JSON lines that carry the `id`: `{"event": "text", "arm", "text"}` as it is written,
`{"event": "answer", …}` with what `Said` holds, then `{"event": "end"}` or `{"event": "failed", "reason"}`. It ends with its input, and
when idle.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from pipeline.errors import UserError
from pipeline.run_folder.store import RunFolder

IDLE_S = 600.0
"""Without a question for so long, the process ends and gives its memory back."""
Json = dict[str, Any]


class _Left(Exception):
    """Nobody waits for this answer any more."""


class Inbox:
    """Requests as they come in, read by a thread of its own; when the input ends, so does the process, whatever it is at."""

    def __init__(self, requests: IO[str], over: Callable[[], None] = lambda: os._exit(0)) -> None:
        self._requests, self._over = requests, over
        self._questions: queue.Queue[Json] = queue.Queue()
        self._dropped: set[str] = set()
        threading.Thread(target=self._read, daemon=True).start()

    def take(self, seconds: float) -> Json:
        """The next question; raises `queue.Empty` where none comes within so many seconds."""
        return self._questions.get(timeout=seconds)

    def left(self, question: str) -> bool:
        return question in self._dropped

    def _read(self) -> None:
        for line in self._requests:
            request = json.loads(line)
            if "drop" in request:
                self._dropped.add(request["drop"])
            else:
                self._questions.put(request)
        self._over()


def main() -> None:
    """Serve until the input ends; what libraries print goes to the errors."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    inbox = Inbox(os.fdopen(os.dup(0), "r", encoding="utf-8"))
    serve(RunFolder(Path(sys.argv[1])), inbox, answers)


def serve(run: RunFolder, inbox: Inbox, answers: IO[str], idle: float = IDLE_S) -> None:
    """Answer one question after another; what fails for one question leaves the others alone."""
    asking = None

    def send(**values: Any) -> None:
        answers.write(json.dumps(values) + "\n")
        answers.flush()

    while True:
        try:
            request = inbox.take(idle)
        except queue.Empty:
            return
        try:
            if asking is None:
                from pipeline.results.ask import Asking

                asking = Asking(run)
            _answer(asking, request, inbox, send)
        except UserError as error:
            send(id=request["id"], event="failed", reason=str(error))
        except _Left:
            continue


def _answer(asking: Any, request: Json, inbox: Inbox, send: Any) -> None:
    name = request["id"]

    def hear(arm: str, text: str) -> None:
        if inbox.left(name):
            raise _Left
        send(id=name, event="text", arm=arm, text=text)

    for said in asking.ask(request["question"], request["only"], request["row"], hear):
        if inbox.left(name):
            raise _Left
        send(id=name, event="answer", **asdict(said))
    send(id=name, event="end")


if __name__ == "__main__":
    main()
