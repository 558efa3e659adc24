"""What a run began with, its experiment and its manifest, held to what there is now: changed data or code is another run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipeline.errors import UserError
from pipeline.experiment.load import Experiment
from pipeline.run_folder import record
from pipeline.run_folder.store import RunFolder, now
from pipeline.stages import manifest
from pipeline.stages.base import Stage, code_key
from pipeline.systems.door import identities

EXPERIMENT, MANIFEST = "experiment.yaml", "manifest.json"
CHANGED = "since this run was begun"
"""Stands in the message about a run that cannot go on because its data or code is another now."""
HEAD = ("bakeoff", "commit", "code", "versions", "hardware")
"""What a later session may have otherwise."""
NAMED = 5


def refuse_damaged(run: RunFolder) -> None:
    """A UserError where the experiment is not the one that the run was begun with."""
    begun = record.entries(run).get(record.BEGINNING)
    known = {EXPERIMENT: begun.files[EXPERIMENT]} if begun and EXPERIMENT in begun.files else {}
    if record.damage(run, known):
        raise UserError(
            "this file is not what the run was begun with.", where=str(run.path / EXPERIMENT),
            remedy="Start a new run with `bakeoff run` and your own experiment file.",
        )  # fmt: skip


def refuse_changed(run: RunFolder, experiment: Experiment, plan: Sequence[Stage], files: Mapping[str, str]) -> None:
    """A UserError where the data or the code that results were made by changed: what is stored would stand under a wrong manifest."""
    begun, stages = _manifest(run), {stage.name: stage for stage in plan}
    again = f"`bakeoff run {run.path / EXPERIMENT} --out {run.path.parent}` starts a new run with what there is now; "
    again += "it takes over every stage that the change leaves as it was."
    if begun is not None and begun["files"] != files:
        names = sorted(name for name in {*begun["files"], *files} if begun["files"].get(name) != files.get(name))
        raise UserError(f"the data changed {CHANGED} ({_some(names)}).", where=run.id, remedy=again)
    if begun is not None and begun.get("systems", {}) != (systems := identities(experiment)):
        names = sorted(name for name in {*begun.get("systems", {}), *systems} if begun.get("systems", {}).get(name) != systems.get(name))
        raise UserError(f"what answers for a system changed {CHANGED} ({_some(names)}).", where=run.id, remedy=again)
    other = [name for name, entry in record.entries(run).items() if name in stages and entry.code != code_key(stages[name])]
    if other:
        raise UserError(f"Bakeoff or its libraries changed {CHANGED} (stages {_some(other)}).", where=run.id, remedy=again)


def write_down(run: RunFolder, experiment: Experiment, files: dict[str, str]) -> None:
    """The manifest where there is none, else what this session has otherwise, under `resumed`; and the hash of both files."""
    made, begun = manifest.build(experiment, files), _manifest(run)
    told = begun or {**made, "started": next((event["time"] for event in run.events()), now()), "resumed": []}
    last = {**told, **(told["resumed"][-1] if told["resumed"] else {})}
    if any(last[name] != made[name] for name in HEAD):
        told = {**told, "resumed": [*told["resumed"], {"time": now(), **{name: made[name] for name in HEAD}}]}
    if there := uploads(run):
        told = {**told, "uploaded": there}
    if told != begun:
        run.write_json(MANIFEST, told)
    _seal(run)


def tell_uploads(run: RunFolder) -> None:
    """What was uploaded by now, into the manifest."""
    run.write_json(MANIFEST, {**(_manifest(run) or {}), "uploaded": uploads(run)})
    _seal(run)


def uploads(run: RunFolder) -> list[dict[str, Any]]:
    """Files of training rows that lie at a service: where, as what, how many rows and bytes, their hash and when."""
    kept = [run.read_json(str(path.relative_to(run.path))) or {} for path in sorted(run.path.glob("hosted/*/*.json"))]
    return [{"where": one["where"], **file} for one in kept for file in one["files"].values()]


def _seal(run: RunFolder) -> None:
    entry = record.entries(run).get(record.BEGINNING, record.Entry("", finished=True))
    files_now = record.seal(run, (EXPERIMENT, MANIFEST))
    if files_now != dict(entry.files):
        record.write(run, record.BEGINNING, replace(entry, files=files_now))


def _manifest(run: RunFolder) -> dict[str, Any] | None:
    """As it was written; None where there is none, or where it was damaged."""
    begun = record.entries(run).get(record.BEGINNING)
    if begun is None or record.damage(run, {MANIFEST: begun.files.get(MANIFEST, "")}):
        return None
    return dict(run.read_json(MANIFEST) or {})


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
