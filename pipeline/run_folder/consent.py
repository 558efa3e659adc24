"""Whether people allowed training rows of a run to leave this machine. Asked before a run begins, and before anything is uploaded."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.run_folder.store import RunFolder, now

FILE = "consent.json"


def allow(run: RunFolder, addresses: Iterable[str]) -> None:
    """From now on training rows of this run may be uploaded to these addresses."""
    told = run.read_json(FILE) or {"schema": 1, "upload_training_data": {}}
    there = dict(told["upload_training_data"])
    run.write_json(FILE, {**told, "upload_training_data": {**dict.fromkeys(addresses, now()), **there}})


def allowed(run: RunFolder) -> set[str]:
    """Where they may be uploaded to."""
    return set((run.read_json(FILE) or {"upload_training_data": {}})["upload_training_data"])
