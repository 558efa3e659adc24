"""Shows a run's progress: a bar with the time left if a terminal is attached, and a line for each stage."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self

from pipeline.run_folder.store import RunFolder


class Terminal:
    """Writes to standard error, so that standard output holds the result alone."""

    def __init__(self, run: RunFolder, *, show: bool, lines: bool) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._console = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
        self._lines, self._run = lines, run
        self._bar = Progress(
            TextColumn("  {task.description:32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
            console=self._console, disable=not show, transient=True,
        )  # fmt: skip
        self._tasks: dict[str, Any] = {}
        """By stage; several where other processes do some of them."""
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        if self._lines:
            self._console.print(f"Run {self._run.id} in {self._run.path}", markup=False)
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()

    def listen(self, event: dict[str, Any]) -> None:
        """One event of `pipeline.run_folder.progress`."""
        kind = event["event"]
        if kind == "stage_started":
            self._remove(event["stage"])
            self._tasks[event["stage"]] = self._bar.add_task(event["stage"], total=None)
        elif kind in ("progress", "train_step") and self._tasks:
            task = self._tasks.get(event.get("stage", ""), next(reversed(self._tasks.values())))
            self._bar.update(task, completed=event["done"], total=event["total"])
        elif kind == "stage_done":
            self._stage_done(event)
        elif kind == "note" and self._lines:
            self._console.print(f"    {event['message']}", markup=False)

    def _stage_done(self, event: dict[str, Any]) -> None:
        self._remove(event["stage"])
        if self._lines:
            took = f"reused ({event['reused_from']})" if event["reused_from"] else f"{event['seconds']:.1f} s"
            self._console.print(f"  {event['stage']:32} {took}", markup=False)

    def _remove(self, stage: str) -> None:
        if (task := self._tasks.pop(stage, None)) is not None:
            self._bar.remove_task(task)
