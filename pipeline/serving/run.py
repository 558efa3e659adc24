"""Listens on a port until it is told to end, and answers first what has come in. Prints a line a request to stderr."""

from __future__ import annotations

import json
import math
import socket
import sys
from typing import Any

import uvicorn

from pipeline.errors import UserError
from pipeline.serving.engine import Engine
from pipeline.serving.server import Server


def listen(engine: Engine, host: str, port: int, key: str | None, *, texts: bool) -> None:
    """Serve until SIGTERM or Ctrl-C; what has come in by then is answered, each within its time."""
    app = Server(engine, key, _log, texts=texts).app()
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=math.ceil(engine.limits.seconds))
    try:
        bound = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UserError(f"{host}:{port} cannot be listened on ({error.strerror}).", remedy="Choose another with --port.") from error
    name = f"[{host}]" if ":" in host else host
    sys.stderr.write(f"{engine.name} at http://{name}:{bound.getsockname()[1]}/v1\n")
    sys.stderr.flush()
    try:
        uvicorn.Server(config).run(sockets=[bound])
    finally:
        engine.close()


def _log(line: dict[str, Any]) -> None:
    sys.stderr.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stderr.flush()
