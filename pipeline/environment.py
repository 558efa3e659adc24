"""What a process started by Bakeoff finds in its environment: a reader of documents no key at all, a worker none but those of endpoints."""

from __future__ import annotations

import os

from pipeline.password import INSECURE, VARIABLE

PLAIN = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "TZ", "LANG", "LANGUAGE", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "USERPROFILE",
    "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE",
    "BAKEOFF_CACHE", "BAKEOFF_RUNS", "CUDA_VISIBLE_DEVICES", "TOKENIZERS_PARALLELISM",
)  # fmt: skip
FAMILIES = ("LC_", "PYTHON", "OMP_", "MKL_", "OPENBLAS_")
"""Beginnings of names that are passed on as well."""


def without_keys(**more: str) -> dict[str, str]:
    """For what reads files that others wrote: the variables known to hold no secret, and `more`."""
    return {**{name: value for name, value in os.environ.items() if name in PLAIN or name.startswith(FAMILIES)}, **more}


def for_work() -> dict[str, str]:
    """For a worker, which asks endpoints: everything but what belongs to the app's server."""
    return {name: value for name, value in os.environ.items() if name not in (VARIABLE, INSECURE) and not name.startswith("STREAMLIT_")}
