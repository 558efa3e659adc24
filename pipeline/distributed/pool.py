"""Workers that somebody else started (`bakeoff work RUN --pool`), on whatever machines see the run's folder, and that take what there is.

Nothing is started here: the attempts lie in the run's folder until a worker claims one. So any scheduler will do that can start a command.
"""

from __future__ import annotations

from pipeline.distributed.machines import Call

MOST = 1000
"""Attempts that lie there at once, unless told otherwise."""


class Pool:
    """At most `jobs` attempts at once."""

    def __init__(self, jobs: int) -> None:
        self.room = jobs or MOST

    def submit(self, call: Call) -> Call:
        return call

    def done(self, worker: Call) -> None:
        pass

    def alive(self, worker: Call) -> bool:
        """One that waits does; of one that has claimed its attempt its signs of life tell, and the lease."""
        return True

    def cancel(self, worker: Call) -> None:
        pass

    def close(self) -> None:
        """Workers see by the run's own state that there is no more to do."""
