"""What a process that reads files from strangers may do: bounds on memory and processor time, no network, no programs, no keys."""

from __future__ import annotations

import contextlib
import signal
import sys
from typing import Any

from pipeline.environment import without_keys

MEMORY = 2 * 2**30
"""Bytes that files may take beyond the libraries themselves."""
FORBIDDEN = (
    "socket.connect",
    "socket.getaddrinfo",
    "socket.bind",
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.remove",
)
OUT_OF_TIME = -int(getattr(signal, "SIGPROF", 0))
"""The exit status of a process that used up its processor time."""


def environment() -> dict[str, str]:
    """For such a process."""
    return without_keys(PYTHONWARNINGS="ignore", PYTHONIOENCODING="utf-8", OMP_NUM_THREADS="1")


def confine() -> None:
    """From now on: no more memory than `MEMORY` on top, and nothing forbidden. Load what is needed before."""
    _limit_memory()
    sys.addaudithook(_refuse)


def processor_seconds(seconds: float | None) -> None:
    """The process is ended by the system once it has computed for so long from now; None: no bound any more."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds or 0.0)


def _limit_memory() -> None:
    import psutil

    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        limit = psutil.Process().memory_info().vms + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in FORBIDDEN:
        raise PermissionError(event)
