"""A finished comparison in MLflow's own store, read back by MLflow's client; and what cannot be written is a sentence, not a failure."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.experiment.load import Experiment, load
from pipeline.experiment.tracking_section import Tracking
from pipeline.run_folder.store import RunFolder
from pipeline.stages import tracking
from tests.pipeline.stored_runs import VERDICTS, stored
from tests.tiny_run import write_tiny


def finished(folder: Path, uri: str) -> tuple[RunFolder, Experiment]:
    run = stored(folder, "partial", **VERDICTS["partial"])
    experiment = load(run.path / "experiment.yaml").model_copy(update={"tracking": Tracking(mlflow=uri)})
    return run, experiment


def test_one_run_a_comparison_and_one_below_it_a_candidate_read_back(tmp_path: Path) -> None:
    uri = (tmp_path / "mlruns").as_uri()
    run, experiment = finished(tmp_path, uri)
    assert tracking.write(run, experiment) == f"Written to MLflow at {uri}, experiment partial."
    assert tracking.write(run, experiment).startswith("Written"), "written once more, in place of the first"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mlflow.tracking import MlflowClient

        client = MlflowClient(tracking_uri=uri)
        place = client.get_experiment_by_name("partial")
        runs = {one.info.run_name: one for one in client.search_runs([place.experiment_id])}
        assert set(runs) == {run.id, "base", "rag", "lora"}
        whole, rag, lora = runs[run.id], runs["rag"], runs["lora"]
        assert rag.data.tags["mlflow.parentRunId"] == whole.info.run_id
        assert whole.data.params["task.kind"] == "question_answering"
        summary = run.read_json("summary.json") or {}
        told = summary["arms"]["rag"]["metrics"]["exact_match"]
        written = {name: rag.data.metrics[f"exact_match{name}"] for name in ("", "_low", "_high", "_rows")}
        assert written == {"": told["mean"], "_low": told["low"], "_high": told["high"], "_rows": told["n"]}
        assert "exact_match" not in lora.data.metrics, "what was not measured is not zero"
        decision = json.loads(Path(client.download_artifacts(whole.info.run_id, "decision.json")).read_text())
        assert decision["sentence"] == whole.data.tags["sentence"]
        assert {one.path for one in client.list_artifacts(whole.info.run_id)} >= {"decision.json", "summary.json", "report.html"}
        assert {one.info.status for one in runs.values()} == {"FINISHED"}


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    run, experiment = finished(tmp_path, "http://127.0.0.1:9")
    told = tracking.write(run, experiment)
    assert told.startswith("Nothing, or not all, was written to MLflow at http://127.0.0.1:9")
    assert tracking.write(run, experiment.model_copy(update={"tracking": Tracking()})) == ""


def test_no_key_in_the_address_and_a_folder_is_the_experiments_own(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds a user name"):
        load(write_tiny(tmp_path, tracking={"mlflow": "https://me:secret@mlflow.example.org"}))
    assert load(write_tiny(tmp_path, tracking={"mlflow": "mlruns"})).tracking.mlflow == (tmp_path / "mlruns").resolve().as_uri()
