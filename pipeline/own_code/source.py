"""Where a team's own Python object stands, and the hash of its source. Nothing of it is run or imported here."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from pipeline.errors import UserError
from pipeline.files import hash_of
from pipeline.run_folder.keys import of_value


def source_of(target: str, folder: str, where: str) -> Path:
    """The file of `package.module:attribute`, looked for in `folder`, then among what is installed; a UserError where it is not there."""
    module = target.partition(":")[0]
    places: list[str] | None = [folder, *sys.path]
    spec: ModuleSpec | None = None
    parts = module.split(".")
    for depth in range(len(parts)):
        spec = PathFinder.find_spec(".".join(parts[: depth + 1]), places)
        if spec is None:
            raise UserError(
                f"there is no module {module!r}.", where=where,
                remedy=f"It is looked for in {folder} (the setting own_code) and among the installed packages.",
            )  # fmt: skip
        places = list(spec.submodule_search_locations or [])
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        raise UserError(f"{module!r} is no Python module with a source file.", where=where)
    return Path(spec.origin)


def hash_of_source(target: str, folder: str, where: str) -> str:
    """Of the module's file; where it belongs to a package in `folder`, of all Python files of that package."""
    path = source_of(target, folder, where)
    top = Path(folder) / target.partition(":")[0].split(".")[0]
    files = sorted(top.rglob("*.py")) if top.is_dir() else [path]
    return of_value({str(file.relative_to(top if top.is_dir() else path.parent)): hash_of(file) for file in files})[:16]
