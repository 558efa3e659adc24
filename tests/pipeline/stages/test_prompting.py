"""What stands in a prompt: passages as retrieved, or the whole documents they come from, each once."""

from __future__ import annotations

from pathlib import Path

import orjson

from pipeline.experiment.load import load
from pipeline.files import write_bytes
from pipeline.records import Hit
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages import data
from pipeline.stages.base import Context
from pipeline.stages.prediction.prompting import Prompter
from tests.tiny_run import write_tiny


def context_of(folder: Path, parent: bool) -> Context:
    """Two passages of one document, one of another, found for every row in that order."""
    run = RunFolder(folder / f"run-{parent}")
    context = Context(run, load(write_tiny(folder), [f"retrieval.parent={str(parent).lower()}", "retrieval.k=2"]), Progress(run))
    data.work(context)
    first, second = context.documents[:2]
    passages = [(first.id, first.text[:40]), (first.id, first.text[40:80]), (second.id, second.text[:40])]
    lines = [{"id": f"{d}:{n}", "document": d, "title": "", "text": text, "metadata": {}} for n, (d, text) in enumerate(passages)]
    write_bytes(run.path / "index/passages.jsonl", b"".join(orjson.dumps(line) + b"\n" for line in lines))
    hits = [{"passage": line["id"], "document": line["document"], "score": 1.0, "gold": None} for line in lines]
    for side in ("train", "dev", "test"):
        rows: list[str] = [row.id for row in getattr(context, side)]
        write_bytes(run.path / f"retrieved/{side}.jsonl", b"".join(orjson.dumps({"row": row, "hits": hits}) + b"\n" for row in rows))
    return context


def test_whole_documents_stand_there_once_where_they_are_asked_for(tmp_path: Path) -> None:
    plain, whole = context_of(tmp_path, False), context_of(tmp_path, True)
    row, first = plain.test[0], plain.documents[0]
    few, all_of_it = Prompter(plain), Prompter(whole)
    assert [hit.document for hit in few.found(row)] == [first.id, first.id]
    assert [hit.document for hit in all_of_it.found(row)] == [document.id for document in plain.documents[:2]]
    shown = all_of_it.ask(row, all_of_it.found(row)).messages[-1].content
    assert first.text[-60:] in shown
    assert first.text[-60:] not in few.ask(row, few.found(row)).messages[-1].content
    again = Hit(f"{first.id}:1", first.id, 0.5, None)
    assert [hit.passage for hit in all_of_it.ask(row, [*all_of_it.found(row)[:1], again]).passages] == [f"{first.id}:0"]
