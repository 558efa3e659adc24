"""Hands a plan's jobs to workers and takes their stages over. The one process that writes to the run's folder; no worker does.

What has no job is done by the driver itself in a thread, one stage after another, so that it goes on watching meanwhile.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.distributed import attempt as attempts
from pipeline.distributed.apart import Post
from pipeline.distributed.attempt import Attempt, Ticket
from pipeline.distributed.machines import Call, Executor, Machines
from pipeline.errors import UserError
from pipeline.run_folder import record
from pipeline.stages.base import Context, Stage
from pipeline.stages.doing import Doing
from pipeline.stages.graph import Job, by_rank

TOLD = ("stage_started", "train_step", "progress", "note")
"""Of a worker's events, those that belong to the run's."""


@dataclass
class Worker:
    """A job that is at work elsewhere."""

    job: Job
    todo: list[Stage]
    """Stages that are not taken over yet."""
    attempt: Attempt
    handle: Any
    heartbeat: str | None = None
    since: float = field(default_factory=time.monotonic)
    """When the heartbeat was first seen, by this process's clock."""
    events: int = 0
    status: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Order:
    """What is to be done, besides the plan itself."""

    files: dict[str, str]
    """Hashes of the input files."""
    probe: str | None
    machines: Machines
    post: Post | None = None
    """Where workers see no folder of the run."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """That stages are expected to take, as far as known; only their proportions count."""


class Driver:
    """One session's work at a plan by several processes."""

    def __init__(self, context: Context, doing: Doing, jobs: Sequence[Job], executor: Executor, order: Order) -> None:
        self._context, self._run, self._doing, self._executor, self._order = context, context.run, doing, executor, order
        self._left = by_rank(jobs, order.seconds)
        self._stages = {stage.name: stage for job in jobs for stage in job.stages}
        self._jobs = [job for job in jobs if not job.own]
        self._todo: dict[str, list[Stage]] = {}
        """Of the jobs whose turn has come, stages whose results are not here yet."""
        self._done: set[str] = set()
        self._own: tuple[Job, Future[None]] | None = None
        self._workers: list[Worker] = []
        self._tries: dict[str, int] = {}
        self._seen: dict[str, dict[str, Any]] = {}
        """Where each job's last worker is, or was."""
        self._session = os.urandom(4).hex()
        """In every attempt's name: no two sessions' attempts share a folder."""

    def run(self) -> None:
        """Until every job is done; a UserError where one cannot be. Workers are ended however it ends."""
        try:
            while self._left or self._workers or self._own:
                self._start()
                self._look()
                self._context.progress.jobs([self._shown(job) for job in self._jobs], self._status_of_first())
                time.sleep(self._order.machines.look_s)
        finally:
            self._executor.close()
        attempts.removed(self._run)
        if self._order.post is not None:
            self._order.post.end()

    def _start(self) -> None:
        """Every job whose turn has come and for which there is room, first what most time hangs on."""
        for job in [one for one in self._left if self._done.issuperset(one.waits_for)]:
            todo = self._known(job)
            if todo and not (self._own is None if job.own else len(self._workers) < self._executor.room):
                continue
            self._left.remove(job)
            if todo and job.own:
                self._own = (job, self._in_thread(todo[0]))
            elif todo:
                self._submit(job, todo)

    def _known(self, job: Job) -> list[Stage]:
        """Its stages that are to be done; those whose results are known elsewhere are here now."""
        if job.name not in self._todo:
            self._todo[job.name] = [stage for stage in job.stages if self._doing.begun(stage) is not None]
            self._done.update({stage.name for stage in job.stages} - {stage.name for stage in self._todo[job.name]})
        return self._todo[job.name]

    def _in_thread(self, stage: Stage) -> Future[None]:
        ended: Future[None] = Future()

        def work() -> None:
            try:
                self._doing.complete(stage)
                ended.set_result(None)
            except BaseException as error:
                ended.set_exception(error)

        threading.Thread(target=work, daemon=True, name="own stage").start()
        return ended

    def _submit(self, job: Job, todo: Sequence[Stage]) -> None:
        for stage in todo:
            self._doing.check_needs(stage, without={one.name for one in todo})
        number = self._tries[job.name] = self._tries.get(job.name, 0) + 1
        names = {name for stage in todo for name in (stage.name, *stage.needs)}
        ticket = Ticket(
            job=job.name, attempt=f"{number}-{self._session}", stages={stage.name: stage.outputs for stage in todo},
            keys={name: self._doing.keys[name] for name in sorted(names)}, files=self._order.files, probe=self._order.probe,
            code=attempts.code_here(), beside=min(self._executor.room, len(self._jobs)),
        )  # fmt: skip
        there = attempts.made(self._run, ticket, todo)
        call = Call(str(self._run.path), job.name, ticket.attempt)
        if (post := self._order.post) is not None:
            call = replace(call, place=post.send(there, todo, self._stages), store=post.store.url)
        self._workers.append(Worker(job, list(todo), there, self._executor.submit(call)))

    def _look(self) -> None:
        if self._own is not None and self._own[1].done():
            (job, ended), self._own = self._own, None
            ended.result()
            self._done.update(stage.name for stage in job.stages)
        for worker in list(self._workers):
            self._look_at(worker)

    def _look_at(self, worker: Worker) -> None:
        alive = self._executor.alive(worker.handle)  # before its word is read: what it said last is not missed
        if self._order.post is not None:
            self._order.post.look(worker.attempt, worker.todo, at_once=not alive)
        outcome = worker.attempt.outcome()
        self._relay(worker)
        self._take_over(worker, ended=outcome is not None)
        if outcome is not None:
            self._workers.remove(worker)
            self._ended(worker, outcome)
        elif not alive:
            self._again(worker, "its process ended without a word (killed, or out of memory)")
        elif worker.heartbeat is not None and time.monotonic() - worker.since > self._order.machines.lease_s:
            self._again(worker, f"no sign of life for {self._order.machines.lease_s:g} s")

    def _relay(self, worker: Worker) -> None:
        """Its events and its progress."""
        events = worker.attempt.run.events(worker.events)
        worker.events += len(events)
        for event in events:
            if event["event"] in TOLD:
                self._context.progress.relay({**event, "job": worker.job.name}, kept=True)
        worker.status = worker.attempt.run.status()
        sign = worker.status.get("heartbeat") or attempts.claimed(worker.attempt)
        if sign != worker.heartbeat:
            worker.heartbeat, worker.since = sign, time.monotonic()
        if worker.heartbeat:
            self._seen[worker.job.name] = {name: worker.status.get(name) for name in ("host", "pid")}
        if worker.status.get("total"):
            step = {name: worker.status.get(name) for name in ("stage", "done", "total", "eta_s")}
            self._context.progress.relay({"event": "progress", **step}, kept=False)

    def _take_over(self, worker: Worker, *, ended: bool) -> None:
        """The stages that it has done, in order; once it has ended also those that may still grow."""
        there = record.entries(worker.attempt.run)
        for stage in list(worker.todo):
            entry = there.get(stage.name)
            if entry is None or not (entry.finished or ended) or not self._doing.adopted(worker.attempt.run, stage):
                return
            worker.todo.remove(stage)
            self._done.add(stage.name)

    def _ended(self, worker: Worker, outcome: dict[str, Any]) -> None:
        match outcome["state"]:
            case "refused":
                raise UserError(outcome["message"], where=outcome["where"], remedy=outcome["remedy"])
            case "failed":
                raise RuntimeError(f"{worker.job.name}: {outcome['message']} (more in worker.log)")
            case "done" if not worker.todo:
                self._executor.done(worker.handle)
                if self._order.post is not None:
                    self._order.post.finished([worker.attempt.ticket.keys[stage] for stage in worker.attempt.ticket.stages])
                return
        self._again(worker, str(outcome.get("message", "what it wrote did not come here whole")))

    def _again(self, worker: Worker, why: str) -> None:
        """The job's next attempt, which begins with what this one left; a UserError once there were too many."""
        self._executor.cancel(worker.handle)
        if worker in self._workers:
            self._workers.remove(worker)
        for stage in worker.todo:
            attempts.left(self._run, worker.attempt.run, stage.name, stage.outputs)
        if self._tries[worker.job.name] > self._order.machines.retries:
            raise UserError(
                f"{worker.job.name} was begun {self._tries[worker.job.name]} times: {why}.", remedy="`bakeoff resume` tries again."
            )
        self._context.progress.note(f"{worker.job.name} is begun anew where it stood: {why}.")
        self._todo[worker.job.name] = worker.todo
        self._left.insert(0, worker.job)

    def _status_of_first(self) -> dict[str, Any]:
        """Of the stage that the run's status names where the driver itself is at none."""
        at_work = [one.status for one in self._workers if one.heartbeat] if self._own is None else []
        return {name: at_work[0].get(name) for name in ("stage", "done", "total", "eta_s")} if at_work else {}

    def _shown(self, job: Job) -> dict[str, Any]:
        worker = next((one for one in self._workers if one.job is job), None)
        names = [stage.name for stage in job.stages]
        state = "done" if self._done.issuperset(names) else "waits" if worker is None else "running" if worker.heartbeat else "starting"
        told = {name: worker.status.get(name) if worker else None for name in ("stage", "done", "total", "eta_s")}
        told |= self._seen.get(job.name, {"host": None, "pid": None})
        return {"job": job.name, "state": state, "stages": names, "attempt": self._tries.get(job.name, 0), **told}
