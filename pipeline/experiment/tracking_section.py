"""The section `tracking` of the experiment: where a finished comparison is written down besides its own folder."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import field_validator

from pipeline.experiment.data_section import Section


class Tracking(Section):
    mlflow: str | None = None
    """MLflow's tracking URI, or a folder. Needs the extra `tracking`. Its user name, password or token come from MLflow's own environment
    variables. A failure to reach it is told, and fails nothing."""

    @field_validator("mlflow")
    @classmethod
    def _without_a_key(cls, value: str | None) -> str | None:
        if value is not None and ("@" in urlsplit(value).netloc or urlsplit(value).query):
            raise ValueError("holds a user name, password or query; MLflow reads MLFLOW_TRACKING_USERNAME, _PASSWORD or _TOKEN")
        return value
