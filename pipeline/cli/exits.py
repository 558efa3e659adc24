"""How a command ends: 0 done, 1 our bug, 2 the user's input or setup, 3 a blocked verdict, 130 interrupted."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import Any

BUG, USER, BLOCKED, INTERRUPTED = 1, 2, 3, 130


def run(app: Callable[[], Any]) -> int:
    """Call the command line and turn what comes out of it into an exit code; a user's mistake is one message on stderr."""
    try:
        app()
    except SystemExit as ended:  # how typer ends: its own usage errors with 2, Ctrl-C with 130
        code = ended.code if isinstance(ended.code, int) else 0
        return _say("Interrupted. What is done is kept: `bakeoff resume` goes on.", code) if code == INTERRUPTED else code
    except Exception as error:
        if type(error).__name__ == "Cancelled":
            return _say("Cancelled. What is done is kept: `bakeoff resume` goes on.", INTERRUPTED)
        if type(error).__name__ in ("UserError", "SetupError"):
            return _say(f"bakeoff: {error}", USER)
        traceback.print_exc()
        return _say("bakeoff: this is our bug; please report it with the lines above.", BUG)
    return 0


def _say(message: str, code: int) -> int:
    sys.stderr.write(message + "\n")
    return code
