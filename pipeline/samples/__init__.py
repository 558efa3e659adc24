"""The bundled cases: each a folder with an experiment, examples and documents of its own. Holds no logic beyond finding them."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import UserError

FOLDER = Path(__file__).resolve().parent


def names() -> list[str]:
    """The cases there are, `facts` first."""
    found = sorted(path.parent.name for path in FOLDER.glob("*/experiment.yaml"))
    return sorted(found, key=lambda name: (name != "facts", name))


def experiment_of(case: str) -> Path:
    """The experiment file of a bundled case; an unknown name is a UserError that lists the known ones."""
    if case not in names():
        raise UserError(f"there is no bundled case {case!r} (available: {', '.join(names())}).")
    return FOLDER / case / "experiment.yaml"
