"""Ray on a busy machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 900.0


def patiently(asked: Callable[..., Any]) -> Callable[..., Any]:
    """`ray._private.services.get_node`, asked again: Ray gives a node thirty seconds to begin, and on a busy machine it takes longer."""

    def call(*arguments: Any) -> Any:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                return asked(*arguments)
            except RuntimeError:
                if time.monotonic() > until:
                    raise
            time.sleep(0.5)

    return call
