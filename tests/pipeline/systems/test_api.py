"""From Python: the examples of docs/python.md run as they stand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pipeline.api import Comparison, Experiment, compare
from pipeline.errors import UserError
from pipeline.experiment.load import load
from tests.pipeline.systems.experiments import ROWS, rows, write_answers, write_experiment
from tests.tiny_run import ROOT

BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.mark.slow
def test_the_examples_of_the_docs_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    write_answers(tmp_path / "current.csv", 28)
    lines = [json.dumps({"id": row["id"], "answer": "nobody but the caretaker"}) for row in rows()]
    (tmp_path / "proposed.jsonl").write_text("\n".join(lines))
    systems = [{"name": "current", "answers": "current.csv"}, {"name": "proposed", "answers": "proposed.jsonl"}]
    write_experiment(tmp_path, systems)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in BLOCK.findall((ROOT / "docs/python.md").read_text(encoding="utf-8")):
        exec(block, names)
    assert "winner current" in capsys.readouterr().out
    found = names["found"]
    assert isinstance(found, Comparison)
    assert set(found.answers["arm"]) == {"current", "proposed"}
    assert len(found.answers) == 2 * ROWS
    assert found.report.exists()
    experiment = load(tmp_path / "experiment.yaml")
    assert isinstance(experiment, Experiment)
    assert compare(experiment).run.id == found.run.id


def test_a_mistake_is_told_as_on_the_command_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nothing to compare"):
        compare({"name": "none", "task": {"kind": "question_answering"}, "data": {"examples": "x.csv"}, "arms": []}, tmp_path)
