"""Files → examples on their side of the split, and documents. Rows that cannot be read are kept in quarantine."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from pathlib import PurePath
from typing import Any

import orjson

from pipeline.arms import built
from pipeline.data.ingest.documents.endings import ARCHIVES, CONVERTED
from pipeline.experiment.load import Experiment, answering, dump
from pipeline.files import write_bytes
from pipeline.records import Example, write_lines
from pipeline.run_folder import keys
from pipeline.stages.base import Context, Stage

SIDES = ("train", "dev", "test", "unused")
SIZES = "data/sizes.json"
"""How many rows of each side are used, and how many there were before any cap."""
CODE = tuple(
    f"pipeline/{part}"
    for part in ("data/ingest", "data/split.py", "data/enough.py", "data/personal.py", "data/masking.py", "records.py", "tasks")
)


def stage(experiment: Experiment, files: dict[str, str]) -> Stage:
    """The stage that reads, masks and splits; `files`: what was named, each with its content's hash."""
    settings = dump(experiment)
    return Stage(
        name="data",
        outputs=(*(f"data/{side}.jsonl" for side in SIDES), SIZES, "data/documents.jsonl", "data/quarantine.jsonl"),
        inputs={
            "data": without_places(settings["data"]),
            "task": answering(experiment),
            "files": files,
            **_converters(files),
            **({} if built(experiment) else {"built": False}),
        },
        code=CODE,
        needs=(),
        work=work,
    )


def _converters(files: dict[str, str]) -> dict[str, object]:
    """The versions that converted documents depend on, where there may be any."""
    endings = {PurePath(name).suffix.lower() for name in files}
    return {"converters": keys.versions(keys.CONVERTERS)} if endings & {*CONVERTED, *ARCHIVES} else {}


def input_files(experiment: Experiment) -> dict[str, str]:
    """Content hashes of every file the experiment names."""
    return keys.of_inputs([*experiment.data.examples, *experiment.data.documents])


def work(context: Context) -> None:
    """Write the split rows, the documents, and what could not be read with its reasons."""
    from pipeline.data.enough import refuse_too_few
    from pipeline.data.ingest import load_documents, load_examples
    from pipeline.data.masking import masked_document, masked_example
    from pipeline.data.personal import mask
    from pipeline.data.split import sides, split

    experiment, folder = context.experiment, context.run.path / "data"
    examples = load_examples(experiment.data, experiment.task)
    documents = load_documents(experiment.data)
    rows, texts, bad = examples.records, documents.records, [*examples.quarantined, *documents.quarantined]
    if experiment.data.mask_personal_data:
        rows, texts = [masked_example(row) for row in rows], [masked_document(text) for text in texts]
        bad = [replace(row, excerpt=mask(row.excerpt)) for row in bad]
    untrained = not built(experiment)
    settings = experiment.data.split.model_copy(update={"least_train": 0}) if untrained else experiment.data.split
    there = Counter(row.split for row in sides(rows, settings, experiment.task.kind, untrained))
    rows = split(rows, settings, experiment.task.kind, untrained)
    given = untrained or any(row.split for row in examples.records)
    refuse_too_few(rows, settings, given, ", ".join(experiment.data.examples))
    _check(rows, experiment)
    for side in SIDES:
        write_lines(folder / f"{side}.jsonl", (row for row in rows if row.split == side))
    write_lines(folder / "documents.jsonl", texts)
    write_bytes(folder / "quarantine.jsonl", b"".join(orjson.dumps(asdict(row)) + b"\n" for row in bad))
    counts = {side: sum(row.split == side for row in rows) for side in SIDES}
    context.run.write_json(SIZES, {side: {"used": counts[side], "there": there[side]} for side in ("train", "dev", "test")})
    context.progress.note(
        f"{counts['train']} train, {counts['dev']} dev and {counts['test']} test rows, {counts['unused']} set aside, "
        f"{len(texts)} documents; {sum(row.kind != 'note' for row in bad)} left out (data/quarantine.jsonl)"
    )


def _check(rows: list[Example], experiment: Experiment) -> None:
    from pipeline.tasks import task_for

    train, test = ([row for row in rows if row.split == side] for side in ("train", "test"))
    task = task_for(experiment.task, train or test)
    task.check([row for row in rows if row.split in ("dev", "test")])


def without_places(data: dict[str, Any]) -> dict[str, Any]:
    """Where files lie does not change what is in them; of sides there remains which of the examples they are."""
    sides = {side: [data["examples"].index(file) for file in files] for side, files in data["sides"].items()}
    return {**{key: value for key, value in data.items() if key not in ("examples", "documents")}, "sides": sides}
