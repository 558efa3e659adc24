"""A team's own Python object in this process: an embedder or a store that a stage asks many times. What it does is its own business."""

from __future__ import annotations

import importlib
import sys
import traceback
from typing import Any

from pipeline.errors import UserError
from pipeline.own_code.source import source_of

LONGEST = 300


def loaded(target: str, folder: str, kinds: tuple[type, ...], where: str) -> Any:
    """The object at `package.module:attribute`, of one of these kinds; a function without arguments, or a class, is called for it.

    A UserError that names the file and line where it cannot be had.
    """
    source_of(target, folder, where)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    module, _, names = target.partition(":")
    try:
        found = importlib.import_module(module)
        for name in names.split("."):
            found = getattr(found, name)
        made = found() if callable(found) and not isinstance(found, kinds) else found
    except Exception as error:
        raise UserError(f"{target} cannot be used: {_told(error)}.", where=where, remedy="Mend it there; nothing was changed.") from error
    if not isinstance(made, kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise UserError(f"{target} is a {type(made).__name__}, not a LangChain {wanted}, nor a function that gives one.", where=where)
    return made


def _told(error: Exception) -> str:
    """What went wrong, and in which line of whose file."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename != __file__ and "importlib" not in one.filename]
    place = f" ({frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno})" if frames else ""
    return " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST] + place
