"""A finished comparison in an experiment tracker: MLflow, one run a comparison with a nested run for each candidate. Reads what is stored.

Nothing here can fail a comparison: what cannot be written is told in a sentence.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.experiment.load import Experiment, dump
from pipeline.run_folder.store import RunFolder

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ALLOW_FILE_STORE": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
}
"""Set where the user set nothing: MLflow would call home, refuse folders, and wait for minutes where nobody listens."""
ARTIFACTS = ("decision.json", "summary.json", "manifest.json", "experiment.yaml", "report/report.html", "report/report.json")
RUN, PARENT = "bakeoff.run", "mlflow.parentRunId"
LONGEST, AT_ONCE = 500, 100
"""Characters of a parameter's value, and parameters in one request: MLflow's own limits."""


def write(run: RunFolder, experiment: Experiment) -> str:
    """Where it was written, or why not, in a sentence; empty where nothing is asked for. What an earlier session wrote is replaced."""
    uri = experiment.tracking.mlflow
    if uri is None:
        return ""
    try:
        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from mlflow.tracking import MlflowClient

            _write(MlflowClient(tracking_uri=uri), run, experiment)
    except ImportError as error:
        return f"Nothing was written to MLflow: {error.name} is not installed (pip install 'bakeoff[tracking]')."
    except Exception as error:
        told = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        return f"Nothing, or not all, was written to MLflow at {uri}: {told}"
    return f"Written to MLflow at {uri}, experiment {experiment.name}."


def _write(client: Any, run: RunFolder, experiment: Experiment) -> None:
    from mlflow.entities import Param

    found = client.get_experiment_by_name(experiment.name)
    place = found.experiment_id if found else client.create_experiment(experiment.name)
    for before in client.search_runs([place], f"tags.`{RUN}` = '{run.id}'"):
        client.delete_run(before.info.run_id)
    decision, summary = run.read_json("decision.json") or {}, run.read_json("summary.json") or {}
    whole = client.create_run(place, run_name=run.id, tags={RUN: run.id, **_told(decision)}).info.run_id
    params = [Param(name, value[:LONGEST]) for name, value in flat(dump(experiment))]
    for first in range(0, len(params), AT_ONCE):
        client.log_batch(whole, params=params[first : first + AT_ONCE])
    for arm, entry in summary.get("arms", {}).items():
        _candidate(client, place, whole, {RUN: run.id, "label": str(entry["label"])}, arm, dict(measured(entry)))
    for name in ARTIFACTS:
        if (run.path / name).exists():
            client.log_artifact(whole, str(run.path / name))
    client.set_terminated(whole)


def _candidate(client: Any, place: str, whole: str, tags: Mapping[str, str], arm: str, values: Mapping[str, float]) -> None:
    from mlflow.entities import Metric, Param

    made = client.create_run(place, run_name=arm, tags={**tags, PARENT: whole})
    metrics = [Metric(name, value, made.info.start_time, 0) for name, value in values.items()]
    client.log_batch(made.info.run_id, metrics=metrics, params=[Param("candidate", arm)])
    client.set_terminated(made.info.run_id)


def _told(decision: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(decision[name]) for name in ("outcome", "winner", "sentence", "metric") if decision.get(name) is not None}


def measured(entry: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Name and value of what was measured of a candidate, with intervals; what was not measured is not there."""
    for metric, told in entry["metrics"].items():
        for name, value in (("", told.get("mean")), ("_low", told.get("low")), ("_high", told.get("high")), ("_rows", told.get("n"))):
            if value is not None:
                yield f"{metric}{name}", float(value)
    for name, value in (entry.get("cost") or {}).items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield f"cost.{name}", float(value)


def flat(values: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, str]]:
    """`section.key` and its value as text; sections that are empty or off are left out."""
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from flat(value, f"{place}{name}.")
        elif value not in (None, [], {}, ""):
            yield f"{place}{name}", str(value)
