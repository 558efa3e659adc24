"""What the user can mend, told in one message; caught and printed without a traceback by whoever calls."""


class SetupError(Exception):
    """Something in the user's input or setup; the message names the place and the remedy."""
