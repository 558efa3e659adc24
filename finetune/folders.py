"""Puts a finished folder of model files in its place. Knows nothing of what is in it."""

from __future__ import annotations

import os
from pathlib import Path


def put(part: Path, target: Path) -> None:
    """Rename `part` to `target`: flushed to the disk, and as readable as the folder it comes into. OSError where `target` holds anything.

    Libraries write weights for their owner alone (mode 0600), and temporary folders are closed to others.
    """
    readable = target.parent.stat().st_mode
    for place in [part, *sorted(part.rglob("*"))]:
        place.chmod(0o700 | (readable & 0o055) if place.is_dir() else 0o600 | (readable & 0o044))
        _flush(place)
    part.rename(target)
    _flush(target.parent)


def _flush(place: Path) -> None:
    number = os.open(place, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
