"""The error for what the user can fix: one message, which the caller prints without a traceback."""


class SetupError(Exception):
    """Something in the user's input or setup; the message names the place and the remedy."""
