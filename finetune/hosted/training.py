"""One training at a service, step by step: files up, one job, wait, its model. Each step is kept before the next, so that a killed
training goes on where it was, and no training is started twice: what cannot be known from what was kept is asked of the service.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from finetune.errors import SetupError
from finetune.hosted.client import LONGEST_WAIT_S, Client, ServiceError
from finetune.hosted.services import Order, Seen

Kept = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What is to be trained."""

    model: str
    files: Mapping[str, bytes]
    """`train` and, where there are rows for it, `dev`: JSON Lines of chats."""
    epochs: int
    suffix: str
    seed: int = 0
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Twelve hex digits of everything that the trained weights depend on."""
        said = json.dumps([self.model, self.epochs, self.suffix, self.seed, dict(self.arguments)], sort_keys=True)
        contents = [hashlib.sha256(self.files[side]).hexdigest() for side in sorted(self.files)]
        return hashlib.sha256(repr((said, contents)).encode()).hexdigest()[:12]

    @property
    def tokens(self) -> int:
        """About a token for three bytes, in all epochs: rather too many than too few."""
        return self.epochs * len(self.files["train"]) // 3


class HostedTraining:
    """One training; `kept` is what an earlier session left of it, and `keep` stores it."""

    def __init__(self, client: Client, wanted: Wanted, kept: Kept | None, keep: Callable[[Kept], None]) -> None:
        self._client, self.wanted, self._keep = client, wanted, keep
        fresh: Kept = {
            "schema": 1, "where": client.base_url, "base_model": wanted.model, "digest": wanted.digest, "files": {}, "job": None,
            "status": "", "model": None, "tokens": None, "tokens_estimated": False, "seconds": None, "began": None, "past": [],
        }  # fmt: skip
        self.kept = kept if kept and kept.get("digest") == wanted.digest else fresh

    @property
    def model(self) -> str | None:
        """What to ask; None while it is not done."""
        return str(self.kept["model"]) if self.kept["model"] else None

    @property
    def begun(self) -> bool:
        """Whether a job is known."""
        return self.kept["job"] is not None

    def begin(self) -> None:
        """Upload what is not there, and start the job unless there is one."""
        if self.begun:
            return
        ids = {side: self._uploaded(side, data) for side, data in self.wanted.files.items()}
        order = Order(
            self.wanted.model, ids["train"], ids.get("dev"), self.wanted.epochs, f"{self.wanted.suffix}-{self.kept['digest']}",
            self.wanted.seed, self.wanted.arguments,
        )  # fmt: skip
        job, there = self._started(order)
        began = self.kept["began"] if there and self.kept["began"] else datetime.now(UTC).isoformat(timespec="seconds")
        self._store(job={"id": job.id, "found": there}, began=began, status=job.status)

    def look(self) -> bool:
        """Asks how the job is; whether it is done. A SetupError where it failed or was ended there: the next `begin` starts another."""
        if self.model is not None:
            return True
        job = self._client.look(self.kept["job"]["id"])
        if job.status != self.kept["status"]:
            self._store(status=job.status)
        if job.ended == "done":
            self._finish(job)
            return True
        if job.ended:
            self._store(job=None, past=[*self.kept["past"], job.id])
            how = "was cancelled there" if job.ended == "cancelled" else f"failed: {job.error or job.status}"
            raise SetupError(f"the job {job.id} {how}")
        return False

    def end(self) -> bool:
        """Cancel the job, if there is one that is not done; whether there was. A ServiceError where that was not to be had."""
        if self.model is not None:
            return False
        file = self.kept["files"].get("train", {}).get("id")
        known = self.kept["job"]["id"] if self.begun else None
        if known is None and file:  # ended between asking for a job and keeping its id
            known = getattr(self._there(file, brief=True), "id", None)
        if known is None:
            return False
        self._client.end(known)
        self._store(job=None, status="cancelled", past=[*self.kept["past"], known])
        return True

    @property
    def waited_s(self) -> float:
        """Since the job was started."""
        began = self.kept["began"]
        return (datetime.now(UTC) - datetime.fromisoformat(began)).total_seconds() if began else 0.0

    def _finish(self, job: Seen) -> None:
        if job.model is None:
            raise SetupError(f"the job {job.id} is done, but the service names no model for it")
        tokens = self.wanted.tokens if job.tokens is None else job.tokens
        seconds = self.waited_s if job.seconds is None else job.seconds
        self._store(model=job.model, tokens=tokens, tokens_estimated=job.tokens is None, seconds=round(seconds, 1))

    def _uploaded(self, side: str, data: bytes) -> str:
        if known := self.kept["files"].get(side, {}).get("id"):
            return str(known)
        name = f"bakeoff-{self.kept['digest']}-{side}" + ("" if self._client.service.datasets else ".jsonl")
        there = self._client.file(name)
        found = there or self._client.upload(name, data)
        told = {"name": name, "rows": data.count(b"\n"), "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        at = datetime.now(UTC).isoformat(timespec="seconds")
        self._store(files={**self.kept["files"], side: {**told, "id": found, "found": there is not None, "at": at}})
        return found

    def _started(self, order: Order) -> tuple[Seen, bool]:
        """The job, and whether it was there already. Looked for before every try, since an answer may have been lost."""
        tried = 0
        while True:
            if found := self._there(order.train):
                return found, tried == 0
            try:
                return self._client.create(order), False
            except ServiceError as error:
                if not error.again or error.wait_s > LONGEST_WAIT_S:
                    raise
                if tried >= self._client.retries:
                    if found := self._there(order.train):
                        return found, False
                    raise
                time.sleep(max(error.wait_s, random.uniform(0.5, 1.0) * min(LONGEST_WAIT_S, 0.5 * 2**tried)))
                tried += 1

    def _there(self, file: str, brief: bool = False) -> Seen | None:
        """A job on our file that runs or is done; the file's name holds a hash of all that the training depends on, so it is this one."""
        dead = ("failed", "cancelled")
        mine = (job for job in self._client.jobs(brief) if file in job.files and job.ended not in dead and job.id not in self.kept["past"])
        return next(mine, None)

    def _store(self, **changes: Any) -> None:
        self.kept = {**self.kept, **changes}
        self._keep(self.kept)
