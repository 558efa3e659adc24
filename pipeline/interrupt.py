"""Ends a worker within seconds of Ctrl-C or TERM, even while a long native computation keeps Python from noticing.

Nothing needs rescuing: whatever is killed at any moment can be resumed. So the first signal raises KeyboardInterrupt in
the main thread, and a watch thread (woken by the signal itself, below Python) ends the process if that has not helped in time.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

PATIENCE_S = 3.0
EXIT_CODE = 130


def install(on_give_up: Callable[[], None]) -> None:
    """From now on INT and TERM interrupt; `on_give_up` is called before the process is ended by force."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    threading.Thread(target=_watch, args=(read_end, on_give_up), daemon=True, name="interrupt").start()


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _watch(read_end: int, on_give_up: Callable[[], None]) -> None:
    while True:
        numbers = os.read(read_end, 64)
        if any(number in (signal.SIGINT, signal.SIGTERM) for number in numbers):
            break
    threading.Event().wait(PATIENCE_S)
    on_give_up()
    os._exit(EXIT_CODE)
