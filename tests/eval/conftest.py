"""The judge's endpoint that tests of judging and of metrics share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.eval.judge.judging import Server


@pytest.fixture
def server() -> Iterator[Server]:
    """A judge server in a process of its own, fresh for each test."""
    running = Server()
    yield running
    running.close()
