"""The error for what the user can fix: one message, which the caller prints without a traceback."""


class SetupError(Exception):
    """Something in the user's input or setup; the message names the place and the remedy."""


class Stopped(Exception):
    """The caller asked to stop; a checkpoint is written, and the same call made again goes on from it."""
