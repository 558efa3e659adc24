"""The bundled cases: a folder each, with an experiment, examples and documents. Only finds them."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import UserError

FOLDER = Path(__file__).resolve().parent


def names() -> list[str]:
    """The cases whose kind of task is built, `facts` first."""
    from pipeline.tasks import KINDS

    found = sorted(path.parent.name for path in FOLDER.glob("*/experiment.yaml") if _kind(path) in KINDS)
    return sorted(found, key=lambda name: (name != "facts", name))


def _kind(path: Path) -> str:
    import yaml

    return str(yaml.safe_load(path.read_text(encoding="utf-8"))["task"]["kind"])


def experiment_of(case: str) -> Path:
    """The experiment file of a bundled case; an unknown name is a UserError that lists the known ones."""
    if case not in {path.parent.name for path in FOLDER.glob("*/experiment.yaml")}:
        raise UserError(f"there is no bundled case {case!r} (available: {', '.join(names())}).")
    return FOLDER / case / "experiment.yaml"
