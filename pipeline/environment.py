"""What a process started by Bakeoff finds in its environment: a reader of documents no key at all, a worker none but those of endpoints."""

from __future__ import annotations

import os
from collections.abc import Iterable

from pipeline.password import INSECURE, VARIABLE

PLAIN = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "TZ", "LANG", "LANGUAGE", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "USERPROFILE",
    "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE",
    "TRANSFORMERS_OFFLINE", "BAKEOFF_CACHE", "BAKEOFF_RUNS", "CUDA_VISIBLE_DEVICES", "TOKENIZERS_PARALLELISM",
)  # fmt: skip
WAYS = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""How other servers are reached from here."""
OWN = (VARIABLE, INSECURE)
"""The app's own."""
FAMILIES = ("LC_", "PYTHON", "OMP_", "MKL_", "OPENBLAS_")
"""Beginnings of names that are passed on as well."""


def without_keys(**more: str) -> dict[str, str]:
    """For what reads files that others wrote: the variables known to hold no secret, and `more`."""
    return {**{name: value for name, value in os.environ.items() if name in PLAIN or name.startswith(FAMILIES)}, **more}


def for_work() -> dict[str, str]:
    """For a worker, which asks endpoints: everything but what belongs to the app's server."""
    return {name: value for name, value in os.environ.items() if name not in OWN and not name.startswith("STREAMLIT_")}


def for_asking(keys: Iterable[str]) -> dict[str, str]:
    """For what answers questions: no key at all, unless an endpoint answers; then those it reads, and the way to it."""
    named = list(keys)
    ways = [spelt for way in WAYS for spelt in (way, way.lower())] if named else []
    return without_keys(**{name: os.environ[name] for name in (*named, *ways) if name in os.environ and name not in OWN})
