"""A candidate as an MLflow model: its bundle, and `mlflow_agent` as the code that answers from it. MLflow is in the extra `tracking`."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from pipeline.errors import UserError
from pipeline.files import flush_all, told_plainly
from pipeline.run_folder.store import RunFolder
from pipeline.serving import bundle
from pipeline.stages.tracking import QUIET

AGENT = Path(__file__).with_name("mlflow_agent.py")
BUNDLE = "bundle"


def write(run: RunFolder, wanted: bundle.Chosen, target: Path) -> Path:
    """Write the model to `target`, which appears whole or not at all. MLflow asks it once, to see that it answers."""
    target = target.resolve()
    if target.exists():
        raise UserError("this folder exists already.", where=str(target), remedy="Name one that does not.")
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import mlflow.pyfunc
    except ImportError as error:
        raise UserError("MLflow is not installed.", where="--mlflow", remedy="Install the extra `tracking`.") from error
    with told_plainly(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".mlflow-", dir=target.parent))
        try:
            made = bundle.write(run, wanted, part / BUNDLE)
            with _no_traces(part / "store"):
                mlflow.pyfunc.save_model(
                    path=str(part / "model"), python_model=str(AGENT), artifacts={BUNDLE: str(made)},
                    pip_requirements=[f"bakeoff=={version('bakeoff')}"],
                )  # fmt: skip
            flush_all(part / "model")
            (part / "model").rename(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return target


@contextmanager
def _no_traces(store: Path) -> Iterator[None]:
    """The question that MLflow asks is written to no store of the user's."""
    import mlflow

    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(store.as_uri())
    mlflow.tracing.disable()
    try:
        yield
    finally:
        mlflow.tracing.enable()
        mlflow.set_tracking_uri(before)
