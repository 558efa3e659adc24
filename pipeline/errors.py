"""The one error for what the user can fix: printed as a message without a traceback, exit code 2."""

from __future__ import annotations


class UserError(Exception):
    """Something in the user's input or setup; the message names where (file, line) and what to do."""

    def __init__(self, message: str, *, where: str = "", remedy: str = "") -> None:
        self.message, self.where, self.remedy = message, where, remedy
        super().__init__(f"{where + ': ' if where else ''}{message}{' ' + remedy if remedy else ''}")


class Damaged(UserError):
    """A file of a run does not hold what was written; the stage that wrote it is to be done anew."""


class Cancelled(Exception):
    """Somebody asked to stop; what is done is kept. The message, where there is one, says how to go on."""
