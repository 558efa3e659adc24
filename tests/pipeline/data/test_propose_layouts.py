"""The proposal on many layouts that teams come with: right, or it asks; and what it writes can be loaded and imported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.data.ingest import load_examples
from pipeline.data.ingest.rows.propose import propose, write_experiment
from pipeline.experiment.load import load
from tests.pipeline.data.layouts import COUNT, LAYOUTS, Layout, written


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_the_proposal_is_right_or_asks(layout: Layout, tmp_path: Path) -> None:
    found = propose([written(layout, tmp_path)])
    proposed = (found.task.value, found.columns["input"].value, found.columns["references"].value)
    assert proposed == (layout.kind, layout.input, layout.references), found
    assert found.settings == layout.settings
    assert not layout.asks or any("documents" not in question for question in found.questions)
    path = tmp_path / "experiment.yaml"
    path.write_text(write_experiment(found, "a name with spaces", tmp_path), encoding="utf-8")
    experiment = load(path)
    loaded = load_examples(experiment.data, experiment.task)
    assert (len(loaded.records), loaded.quarantined) == (COUNT, [])


def test_there_are_at_least_25() -> None:
    assert len({layout.name for layout in LAYOUTS}) == len(LAYOUTS) >= 25


@pytest.mark.parametrize(
    ("examples", "documents"),
    [
        ({"question": "Who?", "answers": ["Bo"]}, {"doc_id": "a", "title": "t", "text": "words"}),
        ({"query": "Who?", "gold": "Bo"}, {"_id": "a", "text": "words"}),
        ({"prompt": "Who?", "reply": "Bo"}, {"url": "a", "title": "t", "contents": "words"}),
        ({"question": "Who?", "answer": "Bo", "passage": "words"}, {"id": "a", "text": "words"}),
    ],
)
def test_documents_are_told_from_examples(examples: dict[str, Any], documents: dict[str, Any], tmp_path: Path) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    first.write_text(json.dumps(documents) + "\n")
    second.write_text(json.dumps(examples) + "\n")
    found = propose([first, second])
    assert (found.examples, found.documents) == ([second], [first])
