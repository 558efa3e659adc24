"""What ends `bakeoff app` ends its server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.tiny_run import ROOT


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=2).close()
    except OSError:
        return False
    return True


def test_a_killed_app_leaves_no_server_behind(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "pipeline", "app", "--port", str(port), "--out", str(tmp_path)]
    environment = {**os.environ, "STREAMLIT_SERVER_HEADLESS": "true"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as app:
        until = time.monotonic() + 60
        while not answers(port) and time.monotonic() < until:
            assert app.poll() is None
            time.sleep(0.2)
        assert answers(port)
        app.send_signal(signal.SIGKILL)
        app.wait(10)
        assert not answers(port)
