"""The error for what the user can fix: one message, which the caller prints without a traceback."""


class SetupError(Exception):
    """Something in the user's input or setup; the message names the place and the remedy."""


class Stopped(Exception):
    """The caller asked to stop; a checkpoint is written, and the same call made again goes on from it."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether this is what PyTorch (a device's or the processor's allocator) or Python raises when memory runs out."""
    import torch

    told = str(error).lower()
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "can't allocate memory" in told or "out of memory" in told
