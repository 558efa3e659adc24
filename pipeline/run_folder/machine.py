"""What a stage was done on, as far as its seconds depend on it. Loads nothing for it."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import psutil


def here(beside: int = 1) -> dict[str, Any]:
    """Processor, cores, threads, memory and GPU of this process; `beside`: jobs of the run that may be at work at once."""
    threads = os.environ.get("OMP_NUM_THREADS", "")
    return {**_fixed(), "threads": int(threads) if threads.isdecimal() else os.cpu_count(), "gpu": _gpu(), "beside": beside}


def hour(on: Mapping[str, Any] | None, prices: Mapping[str, float], usual: float) -> float:
    """Price of an hour of the machine a stage was done on: of the longest part of its name among `prices`, else `usual`."""
    names = " ".join(str((on or {}).get(part) or "") for part in ("gpu", "processor")).casefold()
    fitting = [part for part in prices if part.casefold() in names]
    return prices[max(fitting, key=len)] if fitting else usual


@cache
def _fixed() -> dict[str, Any]:
    return {"processor": _processor(), "cores": os.cpu_count(), "memory_gib": round(psutil.virtual_memory().total / 2**30)}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _gpu() -> str | None:
    torch = sys.modules.get("torch")
    try:
        return str(torch.cuda.get_device_name()) if torch is not None and torch.cuda.is_available() else None
    except (AttributeError, RuntimeError):
        return None
