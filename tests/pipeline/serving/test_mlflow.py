"""A candidate as an MLflow model, loaded back by MLflow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.run_folder.store import RunFolder
from pipeline.serving import bundle
from pipeline.serving.mlflow_model import write


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_mlflow_loads_it_back_and_it_answers_as_was_measured(run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import mlflow

    monkeypatch.chdir(tmp_path)
    model = write(run, bundle.Chosen("hybrid", 0), tmp_path / "model")
    assert not list(model.rglob("*.pkl"))
    with pytest.raises(UserError, match="exists already"):
        write(run, bundle.Chosen("hybrid", 0), model)
    mlflow.set_tracking_uri((tmp_path / "store").as_uri())
    mlflow.tracing.disable()
    loaded = mlflow.pyfunc.load_model(str(model))
    for row in json.loads((model / "artifacts/bundle/questions.json").read_text())["rows"][:3]:
        asked = {"input": [{"role": "user", "content": row["input"]}]}
        item = loaded.predict(asked)["output"][0]["content"][0]
        assert item["text"] == row["answer"]
        assert [one["type"] for one in item["annotations"]] == ["file_citation"] * 2
        events = list(loaded.predict_stream(asked))
        assert "".join(one.get("delta", "") for one in events) in row["answer"]
        assert events[-1]["item"]["content"][0]["text"] == row["answer"]
    assert {path.name for path in tmp_path.iterdir()} <= {"model", "store"}
