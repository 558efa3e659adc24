"""One candidate of a finished run → a folder that answers by itself: weights, index, prompt and settings as they were measured.

The folder is laid out as a run's is, reduced to what this candidate needs, so that it answers by the code that was measured.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import yaml

from pipeline.arms import Arm, chosen
from pipeline.data.masking import masked_example
from pipeline.data.personal import mask
from pipeline.errors import UserError
from pipeline.experiment.load import Experiment, dump, load
from pipeline.files import flush_all, hash_of, told_plainly, write_bytes
from pipeline.records import Example, write_lines
from pipeline.results import outcomes
from pipeline.results.ask import Quiet, check
from pipeline.results.taken import taken
from pipeline.run_folder.store import RunFolder
from pipeline.serving import guide, measured
from pipeline.stages.base import Context, drawn
from pipeline.stages.prediction import likelihood, remote
from pipeline.stages.prediction.prompting import Prompter
from pipeline.stages.tuning import retrieval_settings

ADDED = "documents"
"""The folder of what was added while it served (`documents`)."""
FILE, SUMS, QUESTIONS = outcomes.BUNDLE, "SHA256SUMS", "questions.json"
SHOWN = 20
"""Test questions that come with the measured answers."""
Kept = Literal["plain", "masked", "none"]


class BundleContext(Context):
    """Of a bundle: its one adapter lies at the top."""

    def adapter_folder(self, training: str, seed: int) -> Path:
        return self.run.path


@dataclass(frozen=True)
class Chosen:
    """Which candidate, by which training, and what is shown of the test questions."""

    arm: str
    seed: int
    questions: Kept = "plain"


def choice(run: RunFolder, arm: str | None, seed: int | None, questions: Kept = "plain") -> Chosen:
    """The candidate asked for, else the winner or what the run says to take today; its first training where none is named."""
    seeds = load(run.path / "experiment.yaml").finetune.seeds or [0]
    return Chosen(arm or taken(run), seeds[0] if seed is None else seed, questions)


def write(run: RunFolder, wanted: Chosen, target: Path) -> Path:
    """Write the bundle to `target`, which appears whole or not at all; a UserError where this candidate cannot be taken out of its run."""
    target = target.resolve()
    if target.exists():
        raise UserError("this folder exists already.", where=str(target), remedy="Name one that does not.")
    experiment = load(run.path / "experiment.yaml")
    arm = _arm(run, experiment, wanted)
    with told_plainly(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".bundle-", dir=target.parent))
        try:
            _fill(run, experiment, arm, wanted, part)
            part.chmod(0o755)
            flush_all(part)
            part.rename(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return target


def _arm(run: RunFolder, experiment: Experiment, wanted: Chosen) -> Arm:
    arm = {one.name: one for one in chosen(experiment)}.get(wanted.arm)
    if arm is None:
        raise UserError(f"{run.id} has no candidate {wanted.arm!r}.", remedy=f"It has {', '.join(a.name for a in chosen(experiment))}.")
    if arm.system:
        raise UserError(f"{arm.name} was not made here, so there is nothing of it to take along.", where="--arm")
    if arm.diagnostic:
        raise UserError(f"{arm.name} is given what a deployment would not have.", where="--arm")
    if arm.adapter and not (run.path / "adapters" / arm.adapter / f"seed-{wanted.seed}" / "adapter").is_dir():
        raise UserError(f"{run.id} holds no training of {arm.name} with seed {wanted.seed}.", remedy="Choose another with --seed.")
    if arm.passages == "retrieved":
        check(run)
    return arm


def _fill(run: RunFolder, experiment: Experiment, arm: Arm, wanted: Chosen, part: Path) -> None:
    context = Context(run, experiment, Quiet(run))
    made = RunFolder(part)
    write_bytes(part / "experiment.yaml", yaml.safe_dump(_settings(context, arm, wanted), sort_keys=False, allow_unicode=True).encode())
    _copy(run, arm, wanted.seed, part)
    asked = _questions(context, arm, wanted)
    whole = arm.shots or not arm.language_model
    for side, rows in (("train", context.train if whole else []), ("dev", []), ("test", [row for row, _ in asked])):
        write_lines(part / f"data/{side}.jsonl", rows)
    write_lines(
        part / "data/documents.jsonl", context.documents if retrieval_settings.settings_of(run, experiment.retrieval).parent else []
    )
    if not whole and not _same_prompts(context, made, arm):
        write_lines(part / "data/train.jsonl", context.train)
        if not _same_prompts(context, made, arm):
            raise UserError(f"the prompt of {arm.name} cannot be made again outside its run.", where=str(run.path))
    made.write_json(QUESTIONS, {"schema": 1, "rows": [{"id": row.id, "input": row.input, "answer": text} for row, text in asked]})
    made.write_json("prompt.json", _prompt(context, arm))
    outcomes.write(run, arm.name, wanted.seed, part)
    if wanted.questions != "none":
        measured.write(context, map(masked_example, context.test) if wanted.questions == "masked" else context.test, part)
    told = _told(context, arm, wanted, len(asked))
    made.write_json(FILE, told)
    for name, text in guide.files(told).items():
        write_bytes(part / name, text.encode())
    write_bytes(part / SUMS, sums(part).encode())


def _settings(context: Context, arm: Arm, wanted: Chosen) -> dict[str, Any]:
    """The experiment, reduced to this arm, with what training rows decided written out."""
    settings, task = dump(context.experiment), context.task
    labels = list(getattr(task, "labels", ())) or None
    settings["task"] |= {"instructions": task.system, "max_new_tokens": task.max_new_tokens}
    if labels and context.experiment.task.kind == "classification":
        settings["task"]["labels"] = labels
    settings |= {"arms": [] if arm.endpoint else [arm.name], "judge": None, "systems": [], "own_code": ".", "tracking": {}}
    settings["data"] |= {"examples": ["(not in the bundle)"], "documents": []}
    settings["finetune"] |= {"seeds": [wanted.seed], "search": False}
    asked = (arm.endpoint, context.experiment.retrieval.query_by if arm.passages == "retrieved" else None)
    settings["endpoints"] = [one for one in settings["endpoints"] if one["name"] in asked]
    prices = settings["decision"]["prices"]
    prices["tokens"] = {name: price for name, price in prices["tokens"].items() if name in asked}
    settings["task"]["metrics"] = []
    return settings


def _copy(run: RunFolder, arm: Arm, seed: int, part: Path) -> None:
    if arm.passages == "retrieved":
        shutil.copytree(run.path / "index", part / "index")
    if arm.adapter:
        shutil.copytree(run.path / "adapters" / arm.adapter / f"seed-{seed}" / "adapter", part / "adapter")
    tuned = [remote.tuned_file(str(arm.endpoint), arm.hosted)] if arm.hosted else []
    for name in (*tuned, *retrieval_settings.STORED, likelihood.name(arm.name, seed), likelihood.name(arm.name, 0)):
        if (run.path / name).is_file():
            (part / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(run.path / name, part / name)


def _questions(context: Context, arm: Arm, wanted: Chosen) -> list[tuple[Example, str]]:
    """Test rows without their references, and what the arm answered in the run; drawn by the split's seed."""
    if wanted.questions == "none":
        return []
    said = {p.row: p for p in context.run.predictions(arm.name, wanted.seed if arm.adapter else 0) if not p.failure}
    rows = drawn([row for row in context.test if row.id in said], SHOWN, context.experiment.data.split.seed, "bundle")
    bare = [(replace(row, references=(), gold_passages=(), slices={}, origin=""), said[row.id].text) for row in rows]
    return [(masked_example(row), mask(text)) for row, text in bare] if wanted.questions == "masked" else bare


def _same_prompts(context: Context, made: RunFolder, arm: Arm) -> bool:
    """Whether the bundle searches by the same settings, and puts the run's test rows to the model in the same words."""
    there = BundleContext(made, load(made.path / "experiment.yaml"), Quiet(made))
    own, other = Prompter(context), Prompter(there)
    rows = drawn(context.test, SHOWN, context.experiment.data.split.seed, "prompts")
    hits = {row.id: own.found(row) if arm.passages == "retrieved" else [] for row in rows}
    same = all(own.ask(row, hits[row.id]).messages == other.ask(row, hits[row.id]).messages for row in rows)
    settings = [retrieval_settings.settings_of(one.run, one.experiment.retrieval) for one in (context, there)]
    same = same and settings[0] == settings[1]
    return same and context.task.schema == there.task.schema and all(context.task.scored(row) == there.task.scored(row) for row in rows)


def _prompt(context: Context, arm: Arm) -> dict[str, Any]:
    """What the model is told, and one row as it is put to it; for those who write their own server."""
    prompter, task = Prompter(context), context.task
    choices = tuple(f"{{choice {place}}}" for place, _ in enumerate(context.test[0].choices, start=1))
    row = replace(context.test[0], input="{input}", choices=choices, history=(), steps=())
    hits = prompter.found(context.test[0]) if arm.passages == "retrieved" else []
    example = [asdict(message) for message in prompter.ask(row, hits, shots=arm.shots).messages]
    return {"schema": 1, "system": task.system, "max_new_tokens": task.max_new_tokens, "json_schema": task.schema, "example": example}


def _told(context: Context, arm: Arm, wanted: Chosen, questions: int) -> dict[str, Any]:
    run, experiment = context.run, context.experiment
    retrieval = retrieval_settings.settings_of(run, experiment.retrieval).model_dump(mode="json")
    manifest, decision = run.read_json("manifest.json") or {}, run.read_json("decision.json") or {}
    return {
        "schema": 1, "arm": arm.name, "label": arm.label, "seed": wanted.seed, "run": run.id, "bakeoff": manifest.get("bakeoff"),
        "code": manifest.get("code"), "data": manifest.get("data"),
        "base_model": manifest.get("model") if arm.local else None, "endpoint": arm.endpoint,
        "embedder": manifest.get("embedder") if arm.passages == "retrieved" else None,
        "retrieval": retrieval if arm.passages == "retrieved" else None, "task": experiment.task.kind,
        "decoding": {"greedy": True, "max_new_tokens": context.task.max_new_tokens},
        "verdict": {key: decision.get(key) for key in ("verdict", "arm", "metric", "sentence")},
        "right": (decision.get("right") or {}).get(arm.name), "versions": manifest.get("versions"),
        "abstained": measured.declined(run.predictions(arm.name, wanted.seed if arm.adapter else 0)),
        "questions": {"count": questions, "kept": wanted.questions},
    }  # fmt: skip


def sums(folder: Path) -> str:
    """A line `hash  path` for every file, as sha256sum reads it; the list itself is not in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    return "".join(f"{hash_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in files)


def damaged(folder: Path) -> list[str]:
    """Files that are missing, changed, or not on the list; documents that were added while it served have a list of their own."""
    listed = {name: known for known, _, name in (line.partition("  ") for line in (folder / SUMS).read_text("utf-8").splitlines())}
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    there = {name: path for path in files if not (name := path.relative_to(folder).as_posix()).startswith(f"{ADDED}/")}
    changed = [name for name, known in listed.items() if name in there and hash_of(there[name]) != known]
    return sorted({*changed, *(listed.keys() ^ there.keys())})


def version(folder: Path) -> str:
    """Eight hex digits by which two bundles are told apart."""
    return hashlib.sha256((folder / SUMS).read_bytes()).hexdigest()[:8]
